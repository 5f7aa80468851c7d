/**
 * How large a file may become: by the file system and by RLIMIT_FSIZE of the process (POSIX write: EFBIG, SIGXFSZ).
 */
import { EFBIG } from '../lib/errno';
import { Inode } from './inode';

export const NO_LIMIT: u64 = ~(<u64>0);

/** () => u64: the process's limits; () => void: sends it SIGXFSZ. 0 while nobody has set them. */
let limitOf: u32 = 0;
let exceeded: u32 = 0;
let filesOf: u32 = 0;

/** RLIMIT_NOFILE of those who have none. */
const DEFAULT_FILES: u32 = 1024;

/** Set once: where the limits of the running process come from (process-limits.ts). */
export function setLimitSources(size: () => u64, onExceeded: () => void, files: () => u32): void {
  limitOf = size.index;
  exceeded = onExceeded.index;
  filesOf = files.index;
}

/** One above the highest descriptor that the running process may have. */
export function descriptorLimit(): u32 {
  return filesOf == 0 ? DEFAULT_FILES : call_indirect<u32>(filesOf);
}

/** How many of `count` bytes (above 0) may be written at `at`; -EFBIG when none. */
export function allowedLength(inode: Inode, at: u64, count: u64): i64 {
  const largest = inode.superBlock.maxFileSize;
  if (at >= largest) return -EFBIG;
  const room = min(count, largest - at);
  if (limitOf == 0) return <i64>room;
  const limit = call_indirect<u64>(limitOf);
  if (at < limit) return <i64>min(room, limit - at);
  call_indirect<void>(exceeded);
  return -EFBIG;
}

/** May a file have this size? 0 or -EFBIG. */
export function checkSize(inode: Inode, size: u64): i32 {
  if (size > inode.superBlock.maxFileSize) return -EFBIG;
  if (limitOf == 0 || size <= inode.size || size <= call_indirect<u64>(limitOf)) return 0;
  call_indirect<void>(exceeded);
  return -EFBIG;
}
