/**
 * Reading and writing (POSIX read, write, pread, pwrite, readv, writev, lseek; Linux preadv2, pwritev2).
 */
import {
  File,
  fileRead,
  fileReadAt,
  fileRelease,
  fileSeek,
  fileSync,
  fileWrite,
  fileWriteAt,
} from '../../fs/file';
import { EBADF, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyAny, copyFromUser, copyToUserPartial, isUserRange } from '../user-copy';

/** Largest piece moved between a file and user memory at a time. */
const CHUNK: u64 = 65536;
/** Linux's MAX_RW_COUNT. */
const MAX_COUNT: u64 = 0x7ffff000;
const MAX_VECTORS: u64 = 1024;
/** Vectors of up to this many bytes go to pipes, sockets and terminals as one message. */
const WHOLE_MAX: u64 = 262144;
/** In place of an offset: the file's own position. */
const AT_POSITION: i64 = -1;

/** Flags of preadv2 and pwritev2 (include/uapi/linux/fs.h). */
const RWF_HIPRI: u64 = 1;
const RWF_DSYNC: u64 = 2;
const RWF_SYNC: u64 = 4;

export function sysRead(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = readInto(file, a.a1, a.a2, AT_POSITION);
  fileRelease(file);
  return result;
}

export function sysPread64(a: SyscallArgs): i64 {
  const offset = <i64>a.a3;
  if (offset < 0) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = readInto(file, a.a1, a.a2, offset);
  fileRelease(file);
  return result;
}

export function sysWrite(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = writeFrom(file, a.a1, a.a2, AT_POSITION);
  fileRelease(file);
  return result;
}

export function sysPwrite64(a: SyscallArgs): i64 {
  const offset = <i64>a.a3;
  if (offset < 0) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = writeFrom(file, a.a1, a.a2, offset);
  fileRelease(file);
  return result;
}

export function sysReadv(a: SyscallArgs): i64 {
  return vectored(a, false, AT_POSITION, 0);
}

export function sysWritev(a: SyscallArgs): i64 {
  return vectored(a, true, AT_POSITION, 0);
}

export function sysPreadv(a: SyscallArgs): i64 {
  return <i64>a.a3 < 0 ? -EINVAL : vectored(a, false, <i64>a.a3, 0);
}

export function sysPwritev(a: SyscallArgs): i64 {
  return <i64>a.a3 < 0 ? -EINVAL : vectored(a, true, <i64>a.a3, 0);
}

export function sysPreadv2(a: SyscallArgs): i64 {
  if ((a.a5 & ~RWF_HIPRI) != 0) return -EOPNOTSUPP;
  return <i64>a.a3 < -1 ? -EINVAL : vectored(a, false, <i64>a.a3, 0);
}

export function sysPwritev2(a: SyscallArgs): i64 {
  if ((a.a5 & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC)) != 0) return -EOPNOTSUPP;
  return <i64>a.a3 < -1 ? -EINVAL : vectored(a, true, <i64>a.a3, a.a5);
}

export function sysLseek(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = fileSeek(file, <i64>a.a1, <u32>a.a2);
  fileRelease(file);
  return result;
}

/** `offset`: AT_POSITION or where. The whole of what was asked for must lie in user space, however little is moved. */
function readInto(file: File, to: u64, asked: u64, offset: i64): i64 {
  if (!isUserRange(to, asked)) return -EFAULT;
  const count = min(asked, MAX_COUNT);
  if (file.ops.anyMemory)
    return offset < 0
      ? fileRead(file, <usize>to, <usize>count)
      : fileReadAt(file, <usize>to, <usize>count, offset);
  const chunk = <usize>min(count, CHUNK);
  const buffer = kmalloc(chunk);
  if (buffer == 0) return -ENOMEM;
  let total: u64 = 0;
  let result: i64 = 0;
  do {
    const want = <usize>min(count - total, CHUNK);
    result = offset < 0 ? fileRead(file, buffer, want) : fileReadAt(file, buffer, want, offset + <i64>total);
    if (result <= 0) break;
    const copied = copyToUserPartial(to + total, buffer, <usize>result);
    total += <u64>copied;
    if (copied < <usize>result) result = -EFAULT;
    if (copied < want) break;
  } while (total < count);
  kfree(buffer);
  return total > 0 ? <i64>total : result;
}

function writeFrom(file: File, from: u64, asked: u64, offset: i64): i64 {
  if (!isUserRange(from, asked)) return -EFAULT;
  const count = min(asked, MAX_COUNT);
  if (file.ops.anyMemory)
    return offset < 0
      ? fileWrite(file, <usize>from, <usize>count)
      : fileWriteAt(file, <usize>from, <usize>count, offset);
  const chunk = <usize>min(count, CHUNK);
  const buffer = kmalloc(chunk);
  if (buffer == 0) return -ENOMEM;
  let total: u64 = 0;
  let result: i64 = 0;
  do {
    const want = <usize>min(count - total, CHUNK);
    result = copyFromUser(buffer, from + total, want);
    if (result < 0) break;
    result =
      offset < 0 ? fileWrite(file, buffer, want) : fileWriteAt(file, buffer, want, offset + <i64>total);
    if (result <= 0) break;
    total += <u64>result;
    if (<usize>result < want) break;
  } while (total < count);
  kfree(buffer);
  return total > 0 ? <i64>total : result;
}

/** Sum of the lengths; -EINVAL when it is more than a ssize_t holds, -EFAULT for a piece outside of user space. */
function vectorTotal(vectors: usize, size: usize): i64 {
  let total: u64 = 0;
  for (let i: usize = 0; i < size; i += 16) {
    const length = load<u64>(vectors + i, 8);
    if (<i64>length < 0 || <i64>(total + length) < 0) return -EINVAL;
    if (!isUserRange(load<u64>(vectors + i), length)) return -EFAULT;
    total += length;
  }
  return <i64>total;
}

/** Pieces one after the other: for files with a position, where one call may be many. */
function transferPieces(file: File, vectors: usize, size: usize, write: bool, offset: i64): i64 {
  let total: i64 = 0;
  let result: i64 = 0;
  for (let i: usize = 0; result >= 0 && i < size; i += 16) {
    const address = load<u64>(vectors + i);
    const length = load<u64>(vectors + i, 8);
    if (length == 0) continue;
    const at = offset < 0 ? AT_POSITION : offset + total;
    result = write ? writeFrom(file, address, length, at) : readInto(file, address, length, at);
    if (result > 0) total += result;
    if (result < <i64>length) break;
  }
  return total > 0 ? total : result;
}

/** Between the pieces and a buffer of `count` bytes; bytes moved, fewer when memory faults. */
function gatherOrScatter(vectors: usize, size: usize, buffer: usize, count: usize, gather: bool): usize {
  let done: usize = 0;
  for (let i: usize = 0; i < size && done < count; i += 16) {
    const address = load<usize>(vectors + i);
    const n = min(load<usize>(vectors + i, 8), count - done);
    const left = gather ? copyAny(buffer + done, address, n) : copyAny(address, buffer + done, n);
    done += n - left;
    if (left != 0) break;
  }
  return done;
}

/** All pieces as one message: for pipes, sockets, terminals, which must neither block nor split between pieces. */
function transferWhole(file: File, vectors: usize, size: usize, total: usize, write: bool): i64 {
  const buffer = kmalloc(total);
  if (buffer == 0) return -ENOMEM;
  let result: i64 = 0;
  if (write) {
    const n = gatherOrScatter(vectors, size, buffer, total, true);
    result = n == 0 && total != 0 ? -EFAULT : fileWrite(file, buffer, n);
  } else {
    result = fileRead(file, buffer, total);
    if (result > 0) {
      const n = gatherOrScatter(vectors, size, buffer, <usize>result, false);
      result = n == 0 ? -EFAULT : <i64>n;
    }
  }
  kfree(buffer);
  return result;
}

function transfer(file: File, vectors: usize, size: usize, write: bool, offset: i64): i64 {
  const total = vectorTotal(vectors, size);
  if (total < 0) return total;
  if (file.ops.seekable || offset >= 0) return transferPieces(file, vectors, size, write, offset);
  if (<u64>total <= WHOLE_MAX) return transferWhole(file, vectors, size, <usize>total, write);
  // A stream may give less than was asked for; writes beyond this size are not whole anyway.
  return write
    ? transferPieces(file, vectors, size, true, AT_POSITION)
    : transferWhole(file, vectors, size, <usize>CHUNK, false);
}

function vectored(a: SyscallArgs, write: bool, offset: i64, flags: u64): i64 {
  if (a.a2 > MAX_VECTORS) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const size = <usize>a.a2 * 16;
  const vectors = kmalloc(size);
  let result: i64 = vectors == 0 ? -ENOMEM : copyFromUser(vectors, a.a1, size);
  if (result == 0) result = transfer(file, vectors, size, write, offset);
  kfree(vectors);
  if (result > 0 && (flags & (RWF_DSYNC | RWF_SYNC)) != 0) {
    const error = fileSync(file, (flags & RWF_SYNC) == 0);
    if (error < 0) result = error;
  }
  fileRelease(file);
  return result;
}
