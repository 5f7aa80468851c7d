/**
 * Calls on descriptors (POSIX read, write, lseek, dup, fcntl, ioctl, fstat; Linux getdents64, readv, writev).
 */
import { fdClose, fdDup2, fdGetFlags, fdInstall, fdSetFlags } from '../../fs/fd-table';
import {
  File,
  fileGetdents64,
  fileIoctl,
  fileRead,
  fileReadAt,
  fileRelease,
  fileRetain,
  fileSeek,
  fileStat,
  fileWrite,
} from '../../fs/file';
import { O_APPEND, O_CLOEXEC, O_NONBLOCK } from '../../fs/open-flags';
import { STAT_BYTES } from '../../fs/stat';
import { isPipe, pipeGetSize, pipeSetSize } from '../../ipc/pipe-file';
import { EBADF, EFAULT, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { fileOf, giveStructure, isNullFile } from '../buffers';
import { copyAny, copyFromUser, copyToUser, copyToUserPartial, isUserRange } from '../user-copy';

/** Largest piece moved between a file and user memory at a time. */
const CHUNK: u64 = 65536;
/** Linux's MAX_RW_COUNT. */
const MAX_COUNT: u64 = 0x7ffff000;
const MAX_VECTORS: u64 = 1024;
/** Vectors of up to this many bytes go to pipes, sockets and terminals as one message. */
const WHOLE_MAX: u64 = 262144;

const F_DUPFD: u64 = 0;
const F_GETFD: u64 = 1;
const F_SETFD: u64 = 2;
const F_GETFL: u64 = 3;
const F_SETFL: u64 = 4;
const F_DUPFD_CLOEXEC: u64 = 1030;
const F_SETPIPE_SZ: u64 = 1031;
const F_GETPIPE_SZ: u64 = 1032;
/** What F_SETFL changes. */
const SETTABLE: u32 = O_APPEND | O_NONBLOCK;

export function sysRead(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = readInto(file, a.a1, min(a.a2, MAX_COUNT), -1);
  fileRelease(file);
  return result;
}

export function sysPread64(a: SyscallArgs): i64 {
  const offset = <i64>a.a3;
  if (offset < 0) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = readInto(file, a.a1, min(a.a2, MAX_COUNT), offset);
  fileRelease(file);
  return result;
}

export function sysWrite(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = writeFrom(file, a.a1, min(a.a2, MAX_COUNT));
  fileRelease(file);
  return result;
}

export function sysReadv(a: SyscallArgs): i64 {
  return vectored(a, false);
}

export function sysWritev(a: SyscallArgs): i64 {
  return vectored(a, true);
}

export function sysClose(a: SyscallArgs): i64 {
  return fdClose(currentProcess().files, <i32>a.a0);
}

export function sysLseek(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = fileSeek(file, <i64>a.a1, <u32>a.a2);
  fileRelease(file);
  return result;
}

export function sysIoctl(a: SyscallArgs): i64 {
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = fileIoctl(file, <u32>a.a1, a.a2);
  fileRelease(file);
  return result;
}

export function sysDup(a: SyscallArgs): i64 {
  return duplicate(a.a0, 0, false);
}

export function sysDup2(a: SyscallArgs): i64 {
  return fdDup2(currentProcess().files, <i32>a.a0, <i32>a.a1, false);
}

export function sysDup3(a: SyscallArgs): i64 {
  if (a.a0 == a.a1 || (a.a2 & ~(<u64>O_CLOEXEC)) != 0) return -EINVAL;
  return fdDup2(currentProcess().files, <i32>a.a0, <i32>a.a1, a.a2 != 0);
}

export function sysFcntl(a: SyscallArgs): i64 {
  const files = currentProcess().files;
  const fd = <i32>a.a0;
  if (a.a1 == F_DUPFD) return duplicate(a.a0, a.a2, false);
  if (a.a1 == F_DUPFD_CLOEXEC) return duplicate(a.a0, a.a2, true);
  if (a.a1 == F_GETFD) return fdGetFlags(files, fd);
  if (a.a1 == F_SETFD) return fdSetFlags(files, fd, <u32>a.a2);
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  let result: i64 = -EINVAL;
  if (a.a1 == F_GETFL) result = file.flags;
  else if (a.a1 == F_SETFL) result = setStatusFlags(file, <u32>a.a2);
  else if (a.a1 == F_GETPIPE_SZ) result = isPipe(file) ? pipeGetSize(file) : -EBADF;
  else if (a.a1 == F_SETPIPE_SZ) result = isPipe(file) ? pipeSetSize(file, a.a2) : -EBADF;
  fileRelease(file);
  return result;
}

function setStatusFlags(file: File, flags: u32): i64 {
  file.flags = (file.flags & ~SETTABLE) | (flags & SETTABLE);
  return 0;
}

function duplicate(fd: u64, minimum: u64, cloexec: bool): i64 {
  if (minimum > 0x7fffffff) return -EINVAL;
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  fileRetain(file);
  const result = fdInstall(currentProcess().files, file, <i32>minimum, cloexec);
  if (result < 0) fileRelease(file);
  fileRelease(file);
  return result;
}

/** `offset` -1: at the file's own position. */
function readInto(file: File, to: u64, count: u64, offset: i64): i64 {
  if (!isUserRange(to, count)) return -EFAULT;
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

function writeFrom(file: File, from: u64, count: u64): i64 {
  if (!isUserRange(from, count)) return -EFAULT;
  if (file.ops.anyMemory) return fileWrite(file, <usize>from, <usize>count);
  const chunk = <usize>min(count, CHUNK);
  const buffer = kmalloc(chunk);
  if (buffer == 0) return -ENOMEM;
  let total: u64 = 0;
  let result: i64 = 0;
  do {
    const want = <usize>min(count - total, CHUNK);
    result = copyFromUser(buffer, from + total, want);
    if (result < 0) break;
    result = fileWrite(file, buffer, want);
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
function transferPieces(file: File, vectors: usize, size: usize, write: bool): i64 {
  let total: i64 = 0;
  let result: i64 = 0;
  for (let i: usize = 0; result >= 0 && i < size; i += 16) {
    const address = load<u64>(vectors + i);
    const length = load<u64>(vectors + i, 8);
    if (length == 0) continue;
    result = write ? writeFrom(file, address, length) : readInto(file, address, length, -1);
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

function transfer(file: File, vectors: usize, size: usize, write: bool): i64 {
  const total = vectorTotal(vectors, size);
  if (total < 0) return total;
  if (file.ops.seekable) return transferPieces(file, vectors, size, write);
  if (<u64>total <= WHOLE_MAX) return transferWhole(file, vectors, size, <usize>total, write);
  // A stream may give less than was asked for; writes beyond this size are not whole anyway.
  return write
    ? transferPieces(file, vectors, size, true)
    : transferWhole(file, vectors, size, <usize>CHUNK, false);
}

function vectored(a: SyscallArgs, write: bool): i64 {
  if (a.a2 > MAX_VECTORS) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const size = <usize>a.a2 * 16;
  const vectors = kmalloc(size);
  let result: i64 = vectors == 0 ? -ENOMEM : copyFromUser(vectors, a.a1, size);
  if (result == 0) result = transfer(file, vectors, size, write);
  kfree(vectors);
  fileRelease(file);
  return result;
}
