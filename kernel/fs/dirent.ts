/**
 * Directory entries as getdents64 gives them (struct linux_dirent64): inode number, position after the entry, record
 * length, type, NUL-terminated name, padded to eight bytes.
 */
const INODE: usize = 0;
const NEXT: usize = 8;
const LENGTH: usize = 16;
const TYPE: usize = 18;
const NAME: usize = 19;

export const DIRENT_SCRATCH_BYTES: usize = 64;

/** Where entries go: `used` of `size` bytes at `buffer`. */
@unmanaged
export class DirentSink {
  buffer: usize;
  size: usize;
  used: usize;
  /** An entry did not fit. */
  full: bool;
  /** DIRENT_SCRATCH_BYTES for a file system that makes its names up. */
  scratch: usize;
}

/** Appends an entry; false when there is no room, and nothing is written then. `next` is the position after it. */
export function direntEmit(
  sink: DirentSink,
  inode: u64,
  next: u64,
  type: u8,
  name: usize,
  nameLength: u32,
): bool {
  const length = (NAME + nameLength + 1 + 7) & ~7;
  if (sink.full || sink.used + length > sink.size) {
    sink.full = true;
    return false;
  }
  const record = sink.buffer + sink.used;
  memory.fill(record, 0, length);
  store<u64>(record + INODE, inode);
  store<u64>(record + NEXT, next);
  store<u16>(record + LENGTH, <u16>length);
  store<u8>(record + TYPE, type);
  memory.copy(record + NAME, name, nameLength);
  sink.used += length;
  return true;
}
