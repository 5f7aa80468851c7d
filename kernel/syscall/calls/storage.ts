/**
 * What happens to a file's storage (POSIX fsync, fdatasync, sync, posix_fallocate, posix_fadvise; Linux syncfs,
 * sync_file_range, fallocate, readahead).
 */
import { dropSetId } from '../../fs/attributes';
import { File, fileRelease, fileSync, isReadable, isWritable } from '../../fs/file';
import { inodeMutex } from '../../fs/inode';
import { checkSize } from '../../fs/limits';
import { isDirectory, isRegular, isSymlink } from '../../fs/stat';
import { superBlockSync, syncAll } from '../../fs/sync';
import { EBADF, EFBIG, EINVAL, EISDIR, ENODEV, EOPNOTSUPP, ESPIPE } from '../../lib/errno';
import { pageGet, pagePut } from '../../mm/page-cache';
import { pageCacheFlush } from '../../mm/writeback';
import { isPipe } from '../../ipc/pipe-file';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';

function syncFile(fd: u64, dataOnly: bool): i64 {
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  const error = fileSync(file, dataOnly);
  fileRelease(file);
  return error;
}

export function sysFsync(a: SyscallArgs): i64 {
  return syncFile(a.a0, false);
}

export function sysFdatasync(a: SyscallArgs): i64 {
  return syncFile(a.a0, true);
}

export function sysSync(_a: SyscallArgs): i64 {
  syncAll();
  return 0;
}

export function sysSyncfs(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const error = superBlockSync(file.inode.superBlock);
  fileRelease(file);
  return error;
}

const SYNC_RANGE_FLAGS: u64 = 7;

/** Writes and waits for all dirty pages of the file, which is more than is asked for. */
export function sysSyncFileRange(a: SyscallArgs): i64 {
  if (<i64>a.a1 < 0 || <i64>a.a2 < 0 || (a.a3 & ~SYNC_RANGE_FLAGS) != 0) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const mode = file.inode.mode;
  let error = -ESPIPE;
  if (isRegular(mode) || isDirectory(mode) || isSymlink(mode)) error = pageCacheFlush(file.inode);
  fileRelease(file);
  return error;
}

const FALLOC_KEEP_SIZE: u32 = 1;
const FALLOC_PUNCH_HOLE: u32 = 2;

function allocate(file: File, mode: u32, offset: i64, length: i64): i32 {
  const inode = file.inode;
  if (offset < 0 || length <= 0) return -EINVAL;
  if ((mode & FALLOC_PUNCH_HOLE) != 0 && (mode & FALLOC_KEEP_SIZE) == 0) return -EOPNOTSUPP;
  if (!isWritable(file)) return -EBADF;
  if (isDirectory(inode.mode)) return -EISDIR;
  if (!isRegular(inode.mode)) return isPipe(file) ? -ESPIPE : -ENODEV;
  if (offset + length < 0) return -EFBIG;
  if (inode.ops.allocate == 0) return -EOPNOTSUPP;
  mutexLock(inodeMutex(inode));
  let error = (mode & FALLOC_KEEP_SIZE) != 0 ? 0 : checkSize(inode, <u64>(offset + length));
  if (error == 0) {
    dropSetId(inode);
    error = call_indirect<i32>(inode.ops.allocate, inode, mode, <u64>offset, <u64>length);
  }
  mutexUnlock(inodeMutex(inode));
  return error;
}

export function sysFallocate(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const error = allocate(file, <u32>a.a1, <i64>a.a2, <i64>a.a3);
  fileRelease(file);
  return error;
}

const FADV_WILLNEED: u64 = 3;
const FADV_MAX: u64 = 5;
const PAGE_SHIFT: u64 = 12;
/** Most pages that one call reads ahead: 2 MiB. */
const MAX_AHEAD: u64 = 512;

/** Brings pages of a regular file into memory; errors are not the caller's to hear. */
function readAhead(file: File, offset: u64, length: u64): void {
  const inode = file.inode;
  if (inode.ops.readPages == 0 || offset >= inode.size) return;
  const end = min(length == 0 ? inode.size : offset + length, inode.size);
  const first = offset >> PAGE_SHIFT;
  const count = min(((end + 4095) >> PAGE_SHIFT) - first, MAX_AHEAD);
  for (let i: u64 = 0; i < count; i++) {
    const page = pageGet(inode, first + i, <u32>(count - i));
    if (page < 0) return;
    pagePut(<u64>page);
  }
}

export function sysFadvise64(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  let error = 0;
  if (isPipe(file)) error = -ESPIPE;
  else if (a.a3 > FADV_MAX || <i64>a.a2 < 0) error = -EINVAL;
  else if (a.a3 == FADV_WILLNEED) readAhead(file, a.a1, a.a2);
  fileRelease(file);
  return error;
}

export function sysReadahead(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  let error = 0;
  if (!isReadable(file)) error = -EBADF;
  else if (!isRegular(file.inode.mode)) error = -EINVAL;
  else readAhead(file, a.a1, max<u64>(a.a2, 1));
  fileRelease(file);
  return error;
}
