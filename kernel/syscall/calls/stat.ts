/** Asking about files (POSIX stat, lstat, fstat, fstatat, access; Linux statx, faccessat2). */
import { fileRelease } from '../../fs/file';
import { Inode } from '../../fs/inode';
import { isMountReadOnly } from '../../fs/mount';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  W_OK,
} from '../../fs/open-flags';
import {
  PathWalk,
  WALK_FOLLOW,
  isNoWalk,
  walkFind,
  walkFree,
  walkScratch,
  walkTake,
} from '../../fs/path-walk';
import { inodePermission } from '../../fs/permission';
import {
  STATX_BYTES,
  STAT_BYTES,
  isDirectory,
  isRegular,
  isSymlink,
  statFill,
  statxFill,
} from '../../fs/stat';
import { EBADF, EINVAL, ENOMEM, EROFS } from '../../lib/errno';
import { Credentials } from '../../proc/credentials';
import { SyscallArgs } from '../arguments';
import { fileOfAny, isNullFile, isWalkError, takeWalkOrEmpty, walkError } from '../buffers';
import { copyToUser } from '../user-copy';

const HERE: u64 = <u64>AT_FDCWD;

/** Finds the file and copies a struct stat, or a struct statx when `extended`, to `out`. */
function stat(dirfd: u64, address: u64, out: u64, flags: u32, extended: bool): i64 {
  const w = takeWalkOrEmpty(dirfd, address, (flags & AT_EMPTY_PATH) != 0);
  if (isWalkError(w)) return walkError(w);
  let error = walkFind(w, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
  if (error == 0) {
    const buffer = walkScratch(w);
    if (extended) statxFill(w.found, w.owned && w.dentry == w.mount.root, buffer);
    else statFill(w.found, buffer);
    error = copyToUser(out, buffer, extended ? STATX_BYTES : STAT_BYTES);
  }
  walkFree(w);
  return error;
}

export function sysStat(a: SyscallArgs): i64 {
  return stat(HERE, a.a0, a.a1, 0, false);
}

export function sysLstat(a: SyscallArgs): i64 {
  return stat(HERE, a.a0, a.a1, AT_SYMLINK_NOFOLLOW, false);
}

export function sysNewfstatat(a: SyscallArgs): i64 {
  const flags = <u32>a.a3;
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)) != 0) return -EINVAL;
  return stat(a.a0, a.a1, a.a2, flags, false);
}

export function sysFstat(a: SyscallArgs): i64 {
  const file = fileOfAny(a.a0);
  if (isNullFile(file)) return -EBADF;
  const w = walkTake();
  let error = -ENOMEM;
  if (!isNoWalk(w)) {
    statFill(file.inode, walkScratch(w));
    error = copyToUser(a.a1, walkScratch(w), STAT_BYTES);
    walkFree(w);
  }
  fileRelease(file);
  return error;
}

const STATX_SYNC_TYPE: u32 = 0x6000;
const STATX_RESERVED: u32 = 0x80000000;

export function sysStatx(a: SyscallArgs): i64 {
  const flags = <u32>a.a2;
  const allowed = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | STATX_SYNC_TYPE;
  if ((flags & ~allowed) != 0 || (flags & STATX_SYNC_TYPE) == STATX_SYNC_TYPE) return -EINVAL;
  if (((<u32>a.a3) & STATX_RESERVED) != 0) return -EINVAL;
  return stat(a.a0, a.a1, a.a4, flags, true);
}

function mayAccess(w: PathWalk, inode: Inode, mode: u32, who: Credentials): i32 {
  if (mode == 0) return 0;
  const stored = isRegular(inode.mode) || isDirectory(inode.mode) || isSymlink(inode.mode);
  if ((mode & W_OK) != 0 && stored && w.owned && isMountReadOnly(w.mount)) return -EROFS;
  return inodePermission(inode, mode, who);
}

/** access(2): with the real user and group, unless AT_EACCESS. */
function access(dirfd: u64, address: u64, mode: u64, flags: u32): i64 {
  if ((mode & ~7) != 0) return -EINVAL;
  if ((flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  const w = takeWalkOrEmpty(dirfd, address, (flags & AT_EMPTY_PATH) != 0);
  if (isWalkError(w)) return walkError(w);
  const given = w.who;
  if ((flags & AT_EACCESS) == 0 && (given.uid != given.fsuid || given.gid != given.fsgid)) {
    const copy = changetype<Credentials>(walkScratch(w));
    memory.copy(walkScratch(w), changetype<usize>(given), offsetof<Credentials>());
    copy.fsuid = given.uid;
    copy.fsgid = given.gid;
    w.who = copy;
  }
  let error = walkFind(w, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
  if (error == 0) error = mayAccess(w, w.found, <u32>mode, w.who);
  walkFree(w);
  return error;
}

export function sysAccess(a: SyscallArgs): i64 {
  return access(HERE, a.a0, a.a1, 0);
}

export function sysFaccessat(a: SyscallArgs): i64 {
  return access(a.a0, a.a1, a.a2, 0);
}

export function sysFaccessat2(a: SyscallArgs): i64 {
  return access(a.a0, a.a1, a.a2, <u32>a.a3);
}
