/** Copying between descriptors inside the kernel (Linux sendfile, copy_file_range, splice, tee). */
import {
  File,
  fileRead,
  fileReadAt,
  fileRelease,
  fileWrite,
  fileWriteAt,
  isReadable,
  isWritable,
} from '../../fs/file';
import { O_APPEND } from '../../fs/open-flags';
import { isDirectory, isRegular } from '../../fs/stat';
import { isPipe } from '../../ipc/pipe-file';
import { EBADF, EFAULT, EINVAL, EISDIR, ENOMEM, EOVERFLOW, ESPIPE } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';

const CHUNK: usize = 65536;
const MAX_COUNT: u64 = 0x7ffff000;
/** In place of an offset: the file's own position. */
const AT_POSITION: i64 = -1;

/** Reads an offset at `address` (0: AT_POSITION): below -1 an errno. */
function takeOffset(address: u64): i64 {
  if (address == 0) return AT_POSITION;
  const slot = threadScratch(currentThread());
  if (copyFromUser(slot, address, 8) != 0) return -EFAULT;
  const offset = load<i64>(slot);
  return offset < 0 ? -EINVAL : offset;
}

function giveOffset(address: u64, offset: i64): i64 {
  if (address == 0) return 0;
  const slot = threadScratch(currentThread());
  store<i64>(slot, offset);
  return copyToUser(address, slot, 8);
}

function readSome(file: File, buffer: usize, count: usize, offset: i64): i64 {
  return offset < 0 ? fileRead(file, buffer, count) : fileReadAt(file, buffer, count, offset);
}

function writeSome(file: File, buffer: usize, count: usize, offset: i64): i64 {
  return offset < 0 ? fileWrite(file, buffer, count) : fileWriteAt(file, buffer, count, offset);
}

/**
 * Moves up to `count` bytes: bytes that were written, 0 at the end, or a negative errno when none were. When less could be
 * written than was read from the file's own position, that is set back.
 */
function move(from: File, to: File, count: u64, fromOffset: i64, toOffset: i64, once: bool): i64 {
  const buffer = kmalloc(<usize>min(count, <u64>CHUNK));
  if (buffer == 0) return -ENOMEM;
  let done: i64 = 0;
  let error: i64 = 0;
  while (<u64>done < count) {
    const want = <usize>min(count - <u64>done, <u64>CHUNK);
    const n = readSome(from, buffer, want, fromOffset < 0 ? AT_POSITION : fromOffset + done);
    if (n <= 0) {
      error = n;
      break;
    }
    const written = writeSome(to, buffer, <usize>n, toOffset < 0 ? AT_POSITION : toOffset + done);
    if (written < n && fromOffset < 0 && from.ops.seekable) from.offset -= n - max<i64>(written, 0);
    if (written <= 0) {
      error = written;
      break;
    }
    done += written;
    if (written < n || once) break;
  }
  kfree(buffer);
  return done != 0 ? done : error;
}

function checkPair(from: File, to: File): i32 {
  if (!isReadable(from) || !isWritable(to)) return -EBADF;
  return isDirectory(from.inode.mode) ? -EISDIR : 0;
}

export function sysSendfile(a: SyscallArgs): i64 {
  const offset = takeOffset(a.a2);
  if (offset < AT_POSITION) return offset;
  const to = fileOf(a.a0);
  if (isNullFile(to)) return -EBADF;
  const from = fileOf(a.a1);
  let result: i64 = -EBADF;
  if (!isNullFile(from)) {
    result = checkPair(from, to);
    if (result == -EISDIR) result = -EINVAL;
    if (result == 0 && offset >= 0 && !from.ops.seekable) result = -ESPIPE;
    if (result == 0 && !from.ops.seekable) result = -EINVAL;
    if (result == 0 && (to.flags & O_APPEND) != 0) result = -EINVAL;
    if (result == 0) result = move(from, to, min(a.a3, MAX_COUNT), offset, AT_POSITION, false);
    if (result > 0 && giveOffset(a.a2, offset + result) != 0) result = -EFAULT;
    fileRelease(from);
  }
  fileRelease(to);
  return result;
}

function overlaps(from: File, to: File, fromOffset: i64, toOffset: i64, count: u64): bool {
  if (from.inode != to.inode) return false;
  const a = fromOffset < 0 ? <i64>from.offset : fromOffset;
  const b = toOffset < 0 ? <i64>to.offset : toOffset;
  return a < b + <i64>count && b < a + <i64>count;
}

function copyRange(from: File, to: File, fromOffset: i64, toOffset: i64, count: u64): i64 {
  const refused = checkPair(from, to);
  if (refused != 0) return refused;
  if (isDirectory(to.inode.mode)) return -EISDIR;
  if (!isRegular(from.inode.mode) || !isRegular(to.inode.mode)) return -EINVAL;
  if ((to.flags & O_APPEND) != 0) return -EBADF;
  if (overlaps(from, to, fromOffset, toOffset, count)) return -EINVAL;
  return move(from, to, count, fromOffset, toOffset, false);
}

export function sysCopyFileRange(a: SyscallArgs): i64 {
  if (a.a5 != 0) return -EINVAL;
  const fromOffset = takeOffset(a.a1);
  if (fromOffset < AT_POSITION) return fromOffset;
  const toOffset = takeOffset(a.a3);
  if (toOffset < AT_POSITION) return toOffset;
  const count = min(a.a4, MAX_COUNT);
  if (fromOffset >= 0 && fromOffset + <i64>count < 0) return -EOVERFLOW;
  const from = fileOf(a.a0);
  if (isNullFile(from)) return -EBADF;
  const to = fileOf(a.a2);
  let result: i64 = -EBADF;
  if (!isNullFile(to)) {
    result = copyRange(from, to, fromOffset, toOffset, count);
    if (result > 0) {
      const failed = giveOffset(a.a1, fromOffset + result) != 0 || giveOffset(a.a3, toOffset + result) != 0;
      if (failed) result = -EFAULT;
    }
    fileRelease(to);
  }
  fileRelease(from);
  return result;
}

const SPLICE_FLAGS: u64 = 15;

/** One of the two is a pipe: what is there is moved, once. */
export function sysSplice(a: SyscallArgs): i64 {
  if ((a.a5 & ~SPLICE_FLAGS) != 0) return -EINVAL;
  const fromOffset = takeOffset(a.a1);
  if (fromOffset < AT_POSITION) return fromOffset;
  const toOffset = takeOffset(a.a3);
  if (toOffset < AT_POSITION) return toOffset;
  const from = fileOf(a.a0);
  if (isNullFile(from)) return -EBADF;
  const to = fileOf(a.a2);
  let result: i64 = -EBADF;
  if (!isNullFile(to)) {
    result = checkPair(from, to);
    if (result == 0 && !isPipe(from) && !isPipe(to)) result = -EINVAL;
    if (result == 0 && isPipe(from) && a.a1 != 0) result = -ESPIPE;
    if (result == 0 && isPipe(to) && a.a3 != 0) result = -ESPIPE;
    if (result == 0 && (to.flags & O_APPEND) != 0) result = -EINVAL;
    if (result == 0) result = move(from, to, min(a.a4, MAX_COUNT), fromOffset, toOffset, true);
    if (result > 0) {
      const failed = giveOffset(a.a1, fromOffset + result) != 0 || giveOffset(a.a3, toOffset + result) != 0;
      if (failed) result = -EFAULT;
    }
    fileRelease(to);
  }
  fileRelease(from);
  return result;
}
