/** Descriptors (POSIX close, dup, fcntl; Linux dup3, close_range, ioctl, flock). */
import {
  fdClose,
  fdCloseRange,
  fdDup2,
  fdGetFlags,
  fdInstall,
  fdSetFlags,
  fdTableUnshare,
} from '../../fs/fd-table';
import { File, fileIoctl, fileRelease, fileRetain } from '../../fs/file';
import { LOCK_FLOCK, F_RDLCK, F_UNLCK, F_WRLCK, lockSet } from '../../fs/locks';
import {
  O_ACCMODE,
  O_APPEND,
  O_ASYNC,
  O_CLOEXEC,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  O_RDONLY,
} from '../../fs/open-flags';
import { isOwnerOrSuperuser } from '../../fs/permission';
import { isDirectory, isRegular } from '../../fs/stat';
import { tmpAddSeals, tmpIsOf, tmpSeals } from '../../fs/tmpfs/seals';
import { isPipe, pipeGetSize, pipeSetSize } from '../../ipc/pipe-file';
import { EBADF, EFAULT, EINVAL, ENOMEM, ENOTTY, EPERM } from '../../lib/errno';
import { currentCredentials } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, fileOfAny, isNullFile } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';
import { recordLock } from './record-locks';

/** Commands of fcntl (asm-generic/fcntl.h, linux/fcntl.h). */
const F_DUPFD: u32 = 0;
const F_GETFD: u32 = 1;
const F_SETFD: u32 = 2;
const F_GETFL: u32 = 3;
const F_SETFL: u32 = 4;
const F_GETLK: u32 = 5;
const F_SETLK: u32 = 6;
const F_SETLKW: u32 = 7;
const F_SETOWN: u32 = 8;
const F_GETOWN: u32 = 9;
const F_OFD_GETLK: u32 = 36;
const F_OFD_SETLK: u32 = 37;
const F_OFD_SETLKW: u32 = 38;
const F_GETLEASE: u32 = 1025;
const F_DUPFD_CLOEXEC: u32 = 1030;
const F_SETPIPE_SZ: u32 = 1031;
const F_GETPIPE_SZ: u32 = 1032;
const F_ADD_SEALS: u32 = 1033;
const F_GET_SEALS: u32 = 1034;
/** What F_SETFL changes. */
const SETTABLE: u32 = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;

const SEAL_SEAL: u32 = 1;

export function sysClose(a: SyscallArgs): i64 {
  return fdClose(currentProcess().files, <i32>a.a0);
}

const CLOSE_RANGE_UNSHARE: u32 = 2;
const CLOSE_RANGE_CLOEXEC: u32 = 4;

export function sysCloseRange(a: SyscallArgs): i64 {
  const first = <u32>a.a0;
  const last = <u32>a.a1;
  const flags = <u32>a.a2;
  if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0) return -EINVAL;
  const p = currentProcess();
  if (flags & CLOSE_RANGE_UNSHARE) {
    const own = fdTableUnshare(p.files);
    if (own == 0) return -ENOMEM;
    p.files = own;
  }
  fdCloseRange(p.files, first, last, (flags & CLOSE_RANGE_CLOEXEC) != 0);
  return 0;
}

export function sysDup(a: SyscallArgs): i64 {
  return duplicate(a.a0, 0, false);
}

export function sysDup2(a: SyscallArgs): i64 {
  return fdDup2(currentProcess().files, <i32>a.a0, <i32>a.a1, false);
}

export function sysDup3(a: SyscallArgs): i64 {
  if (<i32>a.a0 == <i32>a.a1 || (a.a2 & ~(<u64>O_CLOEXEC)) != 0) return -EINVAL;
  return fdDup2(currentProcess().files, <i32>a.a0, <i32>a.a1, a.a2 != 0);
}

function duplicate(fd: u64, minimum: u64, cloexec: bool): i64 {
  if (minimum > 0x7fffffff) return -EINVAL;
  const file = fileOfAny(fd);
  if (isNullFile(file)) return -EBADF;
  const result = fdInstall(currentProcess().files, file, <i32>minimum, cloexec);
  if (result < 0) fileRelease(file);
  return result;
}

function setStatusFlags(file: File, flags: u32): i64 {
  if ((flags & O_NOATIME) != 0 && !isOwnerOrSuperuser(file.inode, currentCredentials())) return -EPERM;
  file.flags = (file.flags & ~SETTABLE) | (flags & SETTABLE);
  return 0;
}

function addSeals(file: File, seals: u32): i64 {
  if (!tmpIsOf(file.inode)) return -EINVAL;
  if ((file.flags & O_ACCMODE) == O_RDONLY) return -EPERM;
  return tmpAddSeals(file.inode, seals);
}

/** What concerns the open file, not the descriptor. */
function control(file: File, command: u32, argument: u64): i64 {
  switch (command) {
    case F_SETFL:
      return setStatusFlags(file, <u32>argument);
    case F_GETLK:
    case F_OFD_GETLK:
      return recordLock(file, command == F_OFD_GETLK, false, true, argument);
    case F_SETLK:
    case F_OFD_SETLK:
      return recordLock(file, command == F_OFD_SETLK, false, false, argument);
    case F_SETLKW:
    case F_OFD_SETLKW:
      return recordLock(file, command == F_OFD_SETLKW, true, false, argument);
    case F_SETOWN:
      file.owner = <i32>argument;
      return 0;
    case F_GETOWN:
      return file.owner;
    case F_GETLEASE:
      return F_UNLCK;
    case F_GETPIPE_SZ:
      return isPipe(file) ? pipeGetSize(file) : -EBADF;
    case F_SETPIPE_SZ:
      return isPipe(file) ? pipeSetSize(file, argument) : -EBADF;
    case F_ADD_SEALS:
      return addSeals(file, <u32>argument);
    case F_GET_SEALS:
      return tmpIsOf(file.inode) ? <i64>tmpSeals(file.inode) : -EINVAL;
    default:
      return -EINVAL;
  }
}

export function sysFcntl(a: SyscallArgs): i64 {
  const files = currentProcess().files;
  const fd = <i32>a.a0;
  const command = <u32>a.a1;
  if (command == F_DUPFD) return duplicate(a.a0, a.a2, false);
  if (command == F_DUPFD_CLOEXEC) return duplicate(a.a0, a.a2, true);
  if (command == F_GETFD) return fdGetFlags(files, fd);
  if (command == F_SETFD) return fdSetFlags(files, fd, <u32>a.a2);
  const any = fileOfAny(a.a0);
  if (isNullFile(any)) return -EBADF;
  if (command == F_GETFL) {
    const flags = any.flags;
    fileRelease(any);
    return flags;
  }
  fileRelease(any);
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = control(file, command, a.a2);
  fileRelease(file);
  return result;
}

const FIONCLEX: u32 = 0x5450;
const FIOCLEX: u32 = 0x5451;
const FIONBIO: u32 = 0x5421;
const FIOASYNC: u32 = 0x5452;
const FIONREAD: u32 = 0x541b;

function switchFlag(file: File, flag: u32, address: u64): i64 {
  const word = threadScratch(currentThread());
  if (copyFromUser(word, address, 4) != 0) return -EFAULT;
  file.flags = load<i32>(word) != 0 ? file.flags | flag : file.flags & ~flag;
  return 0;
}

/** What is left to read of a regular file. */
function bytesLeft(file: File, address: u64): i64 {
  const word = threadScratch(currentThread());
  store<i32>(word, <i32>(<i64>file.inode.size - <i64>file.offset));
  return copyToUser(address, word, 4);
}

export function sysIoctl(a: SyscallArgs): i64 {
  const request = <u32>a.a1;
  if (request == FIOCLEX) return fdSetFlags(currentProcess().files, <i32>a.a0, 1);
  if (request == FIONCLEX) return fdSetFlags(currentProcess().files, <i32>a.a0, 0);
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  let result: i64 = 0;
  if (request == FIONBIO) result = switchFlag(file, O_NONBLOCK, a.a2);
  else if (request == FIONREAD && isRegular(file.inode.mode)) result = bytesLeft(file, a.a2);
  else if (request == FIOASYNC && file.ops.ioctl == 0) result = switchFlag(file, O_ASYNC, a.a2);
  else if (isDirectory(file.inode.mode)) result = -ENOTTY;
  else result = fileIoctl(file, request, a.a2);
  fileRelease(file);
  return result;
}

const LOCK_SH: u32 = 1;
const LOCK_EX: u32 = 2;
const LOCK_NB: u32 = 4;
const LOCK_UN: u32 = 8;

export function sysFlock(a: SyscallArgs): i64 {
  const operation = (<u32>a.a1) & ~LOCK_NB;
  if (operation != LOCK_SH && operation != LOCK_EX && operation != LOCK_UN) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const type = operation == LOCK_SH ? F_RDLCK : operation == LOCK_EX ? F_WRLCK : F_UNLCK;
  const wait = ((<u32>a.a1) & LOCK_NB) == 0;
  const owner = changetype<usize>(file);
  const result = lockSet(file.inode, LOCK_FLOCK, owner, 0, type, 0, u64.MAX_VALUE, wait);
  fileRelease(file);
  return result;
}
