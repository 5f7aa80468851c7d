/**
 * Making, removing and renaming names (POSIX mkdir, mknod, unlink, rmdir, link, symlink, rename, readlink and their *at
 * forms; Linux renameat2).
 */
import { inodeAccessed } from '../../fs/access-time';
import { fsContextUmask } from '../../fs/context';
import { makeLink, makeNode, makeSymlink } from '../../fs/create';
import { AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW } from '../../fs/open-flags';
import { PATH_MAX, WALK_FOLLOW, walkFind, walkFree, walkSecondBuffer } from '../../fs/path-walk';
import { removeName } from '../../fs/remove';
import { renameNames } from '../../fs/rename';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISVTX,
  isSymlink,
} from '../../fs/stat';
import { EFAULT, EINVAL, ENOENT, EPERM } from '../../lib/errno';
import { kfree } from '../../mm/kmalloc';
import { currentCredentials } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import {
  isPathError,
  isWalkError,
  pathError,
  takePath,
  takeWalk,
  takeWalkOrEmpty,
  walkError,
} from '../buffers';
import { copyToUser } from '../user-copy';

const HERE: u64 = <u64>AT_FDCWD;
const PERMISSIONS: u32 = 0o7777;

function make(dirfd: u64, address: u64, mode: u32, device: u64): i64 {
  const w = takeWalk(dirfd, address);
  if (isWalkError(w)) return walkError(w);
  const result = makeNode(w, mode & ~fsContextUmask(currentProcess().fs), device);
  walkFree(w);
  return result;
}

/** Of the mode, mkdir(2) takes the permissions and the sticky bit. */
function makeDirectory(dirfd: u64, address: u64, mode: u64): i64 {
  return make(dirfd, address, S_IFDIR | ((<u32>mode) & (0o777 | S_ISVTX)), 0);
}

function mknod(dirfd: u64, address: u64, mode: u32, device: u64): i64 {
  const given = mode & S_IFMT;
  const type = given == 0 ? S_IFREG : given;
  if (type == S_IFDIR) return -EPERM;
  const known = type == S_IFREG || type == S_IFIFO || type == S_IFSOCK || type == S_IFCHR || type == S_IFBLK;
  if (!known) return -EINVAL;
  const isDevice = type == S_IFCHR || type == S_IFBLK;
  return make(dirfd, address, type | (mode & PERMISSIONS), isDevice ? <u64>(<u32>device) : 0);
}

export function sysMkdir(a: SyscallArgs): i64 {
  return makeDirectory(HERE, a.a0, a.a1);
}

export function sysMkdirat(a: SyscallArgs): i64 {
  return makeDirectory(a.a0, a.a1, a.a2);
}

export function sysMknod(a: SyscallArgs): i64 {
  return mknod(HERE, a.a0, <u32>a.a1, a.a2);
}

export function sysMknodat(a: SyscallArgs): i64 {
  return mknod(a.a0, a.a1, <u32>a.a2, a.a3);
}

function remove(dirfd: u64, address: u64, asDirectory: bool): i64 {
  const w = takeWalk(dirfd, address);
  if (isWalkError(w)) return walkError(w);
  const result = removeName(w, asDirectory);
  walkFree(w);
  return result;
}

export function sysUnlink(a: SyscallArgs): i64 {
  return remove(HERE, a.a0, false);
}

export function sysRmdir(a: SyscallArgs): i64 {
  return remove(HERE, a.a0, true);
}

export function sysUnlinkat(a: SyscallArgs): i64 {
  if (((<u32>a.a2) & ~AT_REMOVEDIR) != 0) return -EINVAL;
  return remove(a.a0, a.a1, a.a2 != 0);
}

function symlink(target: u64, dirfd: u64, address: u64): i64 {
  const text = takePath(target);
  if (isPathError(text)) return pathError(text);
  const w = takeWalk(dirfd, address);
  let result: i64 = 0;
  if (isWalkError(w)) result = walkError(w);
  else {
    let length: u32 = 0;
    while (load<u8>(text + length) != 0) length++;
    result = makeSymlink(w, text, length);
    walkFree(w);
  }
  kfree(text);
  return result;
}

export function sysSymlink(a: SyscallArgs): i64 {
  return symlink(a.a0, HERE, a.a1);
}

export function sysSymlinkat(a: SyscallArgs): i64 {
  return symlink(a.a0, a.a1, a.a2);
}

function link(oldDir: u64, oldAddress: u64, newDir: u64, newAddress: u64, flags: u32): i64 {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  const mayBeEmpty = (flags & AT_EMPTY_PATH) != 0;
  const from = takeWalkOrEmpty(oldDir, oldAddress, mayBeEmpty);
  if (isWalkError(from)) return walkError(from);
  let result: i64 = 0;
  if (from.isEmpty && currentCredentials().fsuid != 0) result = -ENOENT;
  else result = walkFind(from, flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0);
  if (result == 0 && !from.owned) result = -EPERM;
  if (result == 0) {
    const to = takeWalk(newDir, newAddress);
    if (isWalkError(to)) result = walkError(to);
    else {
      // A file of O_TMPFILE is reached by its descriptor, or through /proc/self/fd.
      const nameless = from.isEmpty || (flags & AT_SYMLINK_FOLLOW) != 0;
      result = makeLink(to, from.mount, from.dentry, nameless);
      walkFree(to);
    }
  }
  walkFree(from);
  return result;
}

export function sysLink(a: SyscallArgs): i64 {
  return link(HERE, a.a0, HERE, a.a1, 0);
}

export function sysLinkat(a: SyscallArgs): i64 {
  return link(a.a0, a.a1, a.a2, a.a3, <u32>a.a4);
}

function rename(oldDir: u64, oldAddress: u64, newDir: u64, newAddress: u64, flags: u32): i64 {
  const from = takeWalk(oldDir, oldAddress);
  if (isWalkError(from)) return walkError(from);
  const to = takeWalk(newDir, newAddress);
  let result: i64 = 0;
  if (isWalkError(to)) result = walkError(to);
  else {
    result = renameNames(from, to, flags);
    walkFree(to);
  }
  walkFree(from);
  return result;
}

export function sysRename(a: SyscallArgs): i64 {
  return rename(HERE, a.a0, HERE, a.a1, 0);
}

export function sysRenameat(a: SyscallArgs): i64 {
  return rename(a.a0, a.a1, a.a2, a.a3, 0);
}

export function sysRenameat2(a: SyscallArgs): i64 {
  return rename(a.a0, a.a1, a.a2, a.a3, <u32>a.a4);
}

function readlink(dirfd: u64, address: u64, out: u64, size: u64): i64 {
  if (<i32>size <= 0) return -EINVAL;
  const w = takeWalkOrEmpty(dirfd, address, true);
  if (isWalkError(w)) return walkError(w);
  let result: i64 = w.isEmpty && w.base == 0 ? -ENOENT : walkFind(w, 0);
  if (result == 0) {
    const inode = w.found;
    if (!isSymlink(inode.mode) || inode.ops.readLink == 0) result = w.isEmpty ? -ENOENT : -EINVAL;
    else {
      const buffer = walkSecondBuffer(w);
      const max = <u32>min(size, <u64>PATH_MAX);
      result = call_indirect<i32>(inode.ops.readLink, inode, buffer, PATH_MAX);
      if (result > <i64>max) result = max;
      if (result > 0 && copyToUser(out, buffer, <usize>result) < 0) result = -EFAULT;
      if (result > 0 && w.owned) inodeAccessed(w.mount, inode);
    }
  }
  walkFree(w);
  return result;
}

export function sysReadlink(a: SyscallArgs): i64 {
  return readlink(HERE, a.a0, a.a1, a.a2);
}

export function sysReadlinkat(a: SyscallArgs): i64 {
  return readlink(a.a0, a.a1, a.a2, a.a3);
}
