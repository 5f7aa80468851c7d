/** Where paths start (POSIX chdir, fchdir, getcwd, umask; chroot) and what directories hold (Linux getdents, getdents64). */
import { FsContext, fsContextSetCwd, fsContextSetRoot, fsContextSetUmask } from '../../fs/context';
import { dcacheEnter, dcacheLeaveQuickly, isUnlinkedLocked } from '../../fs/dentry';
import { fileGetdents64, fileRelease } from '../../fs/file';
import { AT_FDCWD } from '../../fs/open-flags';
import {
  PATH_MAX,
  WALK_FOLLOW,
  isNoWalk,
  walkBuffer,
  walkFind,
  walkFree,
  walkTake,
} from '../../fs/path-walk';
import { searchPermission } from '../../fs/permission';
import { placePathLocked } from '../../fs/place-path';
import { isDirectory } from '../../fs/stat';
import { EBADF, EFAULT, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, ERANGE } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { fileOf, fileOfAny, isNullFile, isWalkError, takeWalk, walkError } from '../buffers';
import { copyToUser } from '../user-copy';

const HERE: u64 = <u64>AT_FDCWD;
/** "(unreachable)", which Linux puts before the path of a working directory outside of the root. */
const UNREACHABLE = memory.data<u8>([
  0x28, 0x75, 0x6e, 0x72, 0x65, 0x61, 0x63, 0x68, 0x61, 0x62, 0x6c, 0x65, 0x29,
]);
const UNREACHABLE_BYTES: usize = 13;

/** Finds a directory that may be searched and makes it the working directory, or the root. */
function changeTo(address: u64, root: bool): i64 {
  const w = takeWalk(HERE, address);
  if (isWalkError(w)) return walkError(w);
  let error = walkFind(w, WALK_FOLLOW);
  if (error == 0) {
    if (!isDirectory(w.found.mode)) error = -ENOTDIR;
    else error = searchPermission(w.found, w.who);
    if (error == 0 && root && !isSuperuser(currentCredentials())) error = -EPERM;
  }
  if (error == 0) {
    if (root) fsContextSetRoot(currentProcess().fs, w.mount, w.dentry);
    else fsContextSetCwd(currentProcess().fs, w.mount, w.dentry);
  }
  walkFree(w);
  return error;
}

export function sysChdir(a: SyscallArgs): i64 {
  return changeTo(a.a0, false);
}

export function sysChroot(a: SyscallArgs): i64 {
  return changeTo(a.a0, true);
}

export function sysFchdir(a: SyscallArgs): i64 {
  const file = fileOfAny(a.a0);
  if (isNullFile(file)) return -EBADF;
  let error = -ENOTDIR;
  if (changetype<usize>(file.dentry) != 0 && isDirectory(file.inode.mode)) {
    error = searchPermission(file.inode, currentCredentials());
    if (error == 0) fsContextSetCwd(currentProcess().fs, file.mount, file.dentry);
  }
  fileRelease(file);
  return error;
}

/** Linux getcwd: the length with the NUL. */
export function sysGetcwd(a: SyscallArgs): i64 {
  const w = walkTake();
  if (isNoWalk(w)) return -ENOMEM;
  const buffer = walkBuffer(w);
  const c = changetype<FsContext>(currentProcess().fs);
  // The path is made behind room for the prefix.
  const path = buffer + UNREACHABLE_BYTES;
  const flags = dcacheEnter();
  const gone = isUnlinkedLocked(c.cwd);
  let length = placePathLocked(
    c.cwdMount,
    c.cwd,
    c.rootMount,
    c.root,
    path,
    <usize>PATH_MAX - UNREACHABLE_BYTES,
  );
  dcacheLeaveQuickly(flags);
  let start = path;
  if (length == -2) {
    length = 0;
    while (load<u8>(path + length) != 0) length++;
    start = buffer;
    memory.copy(start, UNREACHABLE, UNREACHABLE_BYTES);
    length += <i32>UNREACHABLE_BYTES;
  }
  let result: i64 = length + 1;
  if (gone) result = -ENOENT;
  else if (length < 0) result = -ENAMETOOLONG;
  else if (a.a1 < <u64>result) result = -ERANGE;
  else if (copyToUser(a.a0, start, <usize>result) < 0) result = -EFAULT;
  walkFree(w);
  return result;
}

export function sysUmask(a: SyscallArgs): i64 {
  return fsContextSetUmask(currentProcess().fs, <u32>a.a0);
}

/** Largest piece of a directory given at a time. */
const MAX_ENTRIES_BYTES: u64 = 65536;

/** A struct linux_dirent has the type in its last byte; linux_dirent64 after the length. */
function toOldForm(buffer: usize, size: usize): void {
  let at: usize = 0;
  while (at < size) {
    const record = buffer + at;
    const length = <usize>load<u16>(record, 16);
    const type = load<u8>(record, 18);
    memory.copy(record + 18, record + 19, length - 19);
    store<u8>(record + length - 1, type);
    at += length;
  }
}

function getdents(a: SyscallArgs, old: bool): i64 {
  const size = <usize>min(<u64>(<u32>a.a2), MAX_ENTRIES_BYTES);
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const buffer = kmalloc(size);
  let result: i64 = buffer == 0 ? -ENOMEM : size == 0 ? -EINVAL : fileGetdents64(file, buffer, size);
  if (result > 0 && old) toOldForm(buffer, <usize>result);
  if (result > 0 && copyToUser(a.a1, buffer, <usize>result) < 0) result = -EFAULT;
  kfree(buffer);
  fileRelease(file);
  return result;
}

export function sysGetdents(a: SyscallArgs): i64 {
  return getdents(a, true);
}

export function sysGetdents64(a: SyscallArgs): i64 {
  return getdents(a, false);
}
