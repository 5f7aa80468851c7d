/**
 * Extended attributes (Linux xattr(7)): no file system of Breenix stores any. Names and files are checked as Linux does,
 * then it is told that there is none (-ENODATA), or that there can be none (-EOPNOTSUPP).
 */
import { fileRelease } from '../../fs/file';
import { AT_FDCWD } from '../../fs/open-flags';
import { WALK_FOLLOW, walkFind, walkFree } from '../../fs/path-walk';
import { EBADF, EFAULT, EOPNOTSUPP, ERANGE } from '../../lib/errno';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile, isWalkError, takeWalk, walkError } from '../buffers';
import { copyStringFromUser } from '../user-copy';

const NAME_BYTES: usize = 256;

/** Is the file there? 0 or a negative errno. */
function checkPath(address: u64, follow: bool): i64 {
  const w = takeWalk(<u64>AT_FDCWD, address);
  if (isWalkError(w)) return walkError(w);
  const error = walkFind(w, follow ? WALK_FOLLOW : 0);
  walkFree(w);
  return error;
}

function checkDescriptor(fd: u64): i64 {
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  fileRelease(file);
  return 0;
}

/** 0 or what is wrong with the attribute's name. */
function checkName(address: u64): i64 {
  const length = copyStringFromUser(threadScratch(currentThread()), address, NAME_BYTES);
  if (length == -EFAULT) return -EFAULT;
  return length <= 0 ? -ERANGE : 0;
}

function notThere(found: i64, name: u64): i64 {
  const error = checkName(name);
  return error != 0 ? error : found != 0 ? found : -EOPNOTSUPP;
}

export function sysGetxattr(a: SyscallArgs): i64 {
  return notThere(checkPath(a.a0, true), a.a1);
}

export function sysLgetxattr(a: SyscallArgs): i64 {
  return notThere(checkPath(a.a0, false), a.a1);
}

export function sysFgetxattr(a: SyscallArgs): i64 {
  return notThere(checkDescriptor(a.a0), a.a1);
}

/** An empty list. */
export function sysListxattr(a: SyscallArgs): i64 {
  return checkPath(a.a0, true);
}

export function sysLlistxattr(a: SyscallArgs): i64 {
  return checkPath(a.a0, false);
}

export function sysFlistxattr(a: SyscallArgs): i64 {
  return checkDescriptor(a.a0);
}
