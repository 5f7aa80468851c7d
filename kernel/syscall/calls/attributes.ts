/**
 * Changing what is known about files (POSIX chmod, chown, utimensat, truncate and their f and *at forms; Linux utime,
 * utimes, futimesat, fchmodat2).
 */
import {
  TIME_KEEP,
  TIME_NOW,
  TIME_SET,
  inodeChangeMode,
  inodeChangeOwner,
  inodeSetTimes,
  inodeTruncate,
} from '../../fs/attributes';
import { fileRelease, isWritable } from '../../fs/file';
import { Inode } from '../../fs/inode';
import { isMountReadOnly } from '../../fs/mount';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../../fs/open-flags';
import {
  PathWalk,
  WALK_FOLLOW,
  isNoWalk,
  walkFind,
  walkFree,
  walkScratch,
  walkTake,
} from '../../fs/path-walk';
import { MAY_WRITE, inodePermission } from '../../fs/permission';
import { isDirectory, isRegular, isSymlink } from '../../fs/stat';
import { EBADF, EINVAL, EISDIR, ENOMEM, EOPNOTSUPP, EROFS } from '../../lib/errno';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile, isWalkError, takeWalk, takeWalkOrEmpty, walkError } from '../buffers';
import { copyFromUser } from '../user-copy';

const HERE: u64 = <u64>AT_FDCWD;
const NS_PER_SECOND: i64 = 1_000_000_000;
const NS_PER_MICROSECOND: i64 = 1000;
const UTIME_NOW: i64 = 0x3fffffff;
const UTIME_OMIT: i64 = 0x3ffffffe;

/** What is to be done with an inode: its arguments, in memory of the caller. */
type Change = (inode: Inode, a: u64, b: u64) => i32;

/** Finds a file by path and applies a change, unless its mount is read-only. */
function changePath(dirfd: u64, address: u64, flags: u32, change: Change, a: u64, b: u64): i64 {
  const w = takeWalkOrEmpty(dirfd, address, (flags & AT_EMPTY_PATH) != 0);
  if (isWalkError(w)) return walkError(w);
  let error = walkFind(w, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
  if (error == 0 && w.owned && isMountReadOnly(w.mount)) error = -EROFS;
  if (error == 0) error = call_indirect<i32>(change.index, w.found, a, b);
  walkFree(w);
  return error;
}

function changeDescriptor(fd: u64, change: Change, a: u64, b: u64): i64 {
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  const readOnly = changetype<usize>(file.dentry) != 0 && isMountReadOnly(file.mount);
  const error = readOnly ? -EROFS : call_indirect<i32>(change.index, file.inode, a, b);
  fileRelease(file);
  return error;
}

/** Links have no permissions of their own: -EOPNOTSUPP (fchmodat with AT_SYMLINK_NOFOLLOW). */
function setMode(inode: Inode, mode: u64, _b: u64): i32 {
  return isSymlink(inode.mode) ? -EOPNOTSUPP : inodeChangeMode(inode, <u32>mode);
}

function setOwner(inode: Inode, uid: u64, gid: u64): i32 {
  return inodeChangeOwner(inode, <u32>uid, <u32>gid);
}

export function sysChmod(a: SyscallArgs): i64 {
  return changePath(HERE, a.a0, 0, setMode, a.a1, 0);
}

export function sysFchmod(a: SyscallArgs): i64 {
  return changeDescriptor(a.a0, setMode, a.a1, 0);
}

export function sysFchmodat(a: SyscallArgs): i64 {
  return changePath(a.a0, a.a1, 0, setMode, a.a2, 0);
}

export function sysFchmodat2(a: SyscallArgs): i64 {
  const flags = <u32>a.a3;
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  return changePath(a.a0, a.a1, flags, setMode, a.a2, 0);
}

export function sysChown(a: SyscallArgs): i64 {
  return changePath(HERE, a.a0, 0, setOwner, a.a1, a.a2);
}

export function sysLchown(a: SyscallArgs): i64 {
  return changePath(HERE, a.a0, AT_SYMLINK_NOFOLLOW, setOwner, a.a1, a.a2);
}

export function sysFchown(a: SyscallArgs): i64 {
  return changeDescriptor(a.a0, setOwner, a.a1, a.a2);
}

export function sysFchownat(a: SyscallArgs): i64 {
  const flags = <u32>a.a4;
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  return changePath(a.a0, a.a1, flags, setOwner, a.a2, a.a3);
}

/** Two times of a file and what to do with each; it lies in the scratch of a walk. */
@unmanaged
class Times {
  accessed: i64;
  modified: i64;
  accessedKind: u32;
  modifiedKind: u32;
}

/** Where in the scratch. */
const TIMES_AT: usize = 256;
const PAIRS_AT: usize = 320;
const PAIRS_BYTES: usize = 32;

/** What the fraction of a second counts; UTIMBUF_SECONDS: struct utimbuf, two times without one. */
const NANOSECONDS: i64 = 1;
const MICROSECONDS: i64 = NS_PER_MICROSECOND;
const UTIMBUF_SECONDS: i64 = 0;

function setKind(t: Times, first: bool, time: i64, kind: u32): void {
  if (first) {
    t.accessed = time;
    t.accessedKind = kind;
  } else {
    t.modified = time;
    t.modifiedKind = kind;
  }
}

/** Times from two pairs of seconds and a fraction of `unit` nanoseconds. -EINVAL for a fraction that is none. */
function fillTimes(t: Times, pairs: usize, unit: i64): i32 {
  for (let i: usize = 0; i < 2; i++) {
    if (unit == UTIMBUF_SECONDS) {
      setKind(t, i == 0, load<i64>(pairs + i * 8) * NS_PER_SECOND, TIME_SET);
      continue;
    }
    const seconds = load<i64>(pairs + i * 16);
    const fraction = load<i64>(pairs + i * 16, 8);
    let kind = TIME_SET;
    if (unit == NANOSECONDS && fraction == UTIME_NOW) kind = TIME_NOW;
    else if (unit == NANOSECONDS && fraction == UTIME_OMIT) kind = TIME_KEEP;
    else if (fraction < 0 || fraction >= NS_PER_SECOND / unit) return -EINVAL;
    setKind(t, i == 0, seconds * NS_PER_SECOND + fraction * unit, kind);
  }
  return 0;
}

/** Reads the times at `address` (0: now) into the scratch of `w`. */
function takeTimes(w: PathWalk, address: u64, unit: i64): i32 {
  const t = changetype<Times>(walkScratch(w) + TIMES_AT);
  setKind(t, true, 0, TIME_NOW);
  setKind(t, false, 0, TIME_NOW);
  if (address == 0) return 0;
  const pairs = walkScratch(w) + PAIRS_AT;
  const error = copyFromUser(pairs, address, unit == UTIMBUF_SECONDS ? 16 : PAIRS_BYTES);
  return error != 0 ? error : fillTimes(t, pairs, unit);
}

function applyTimes(w: PathWalk, inode: Inode): i32 {
  const t = changetype<Times>(walkScratch(w) + TIMES_AT);
  return inodeSetTimes(inode, t.accessed, t.accessedKind, t.modified, t.modifiedKind);
}

function keepsBoth(w: PathWalk): bool {
  const t = changetype<Times>(walkScratch(w) + TIMES_AT);
  return t.accessedKind == TIME_KEEP && t.modifiedKind == TIME_KEEP;
}

function timesOfPath(dirfd: u64, address: u64, flags: u32, times: u64, unit: i64): i64 {
  const w = takeWalkOrEmpty(dirfd, address, (flags & AT_EMPTY_PATH) != 0);
  if (isWalkError(w)) return walkError(w);
  let error = takeTimes(w, times, unit);
  if (error == 0 && !keepsBoth(w)) {
    error = walkFind(w, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
    if (error == 0 && w.owned && isMountReadOnly(w.mount)) error = -EROFS;
    if (error == 0) error = applyTimes(w, w.found);
  }
  walkFree(w);
  return error;
}

/** futimens: utimensat(2) with a null path. */
function timesOfDescriptor(fd: u64, times: u64): i64 {
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  const w = walkTake();
  let error = isNoWalk(w) ? -ENOMEM : takeTimes(w, times, NANOSECONDS);
  if (error == 0) {
    if (changetype<usize>(file.dentry) != 0 && isMountReadOnly(file.mount)) error = -EROFS;
    else error = applyTimes(w, file.inode);
  }
  if (!isNoWalk(w)) walkFree(w);
  fileRelease(file);
  return error;
}

export function sysUtimensat(a: SyscallArgs): i64 {
  const flags = <u32>a.a3;
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  if (a.a1 == 0 && <i32>a.a0 != AT_FDCWD) return flags == 0 ? timesOfDescriptor(a.a0, a.a2) : -EINVAL;
  return timesOfPath(a.a0, a.a1, flags, a.a2, NANOSECONDS);
}

export function sysUtimes(a: SyscallArgs): i64 {
  return timesOfPath(HERE, a.a0, 0, a.a1, MICROSECONDS);
}

export function sysFutimesat(a: SyscallArgs): i64 {
  return timesOfPath(a.a0, a.a1, 0, a.a2, MICROSECONDS);
}

export function sysUtime(a: SyscallArgs): i64 {
  return timesOfPath(HERE, a.a0, 0, a.a1, UTIMBUF_SECONDS);
}

export function sysTruncate(a: SyscallArgs): i64 {
  if (<i64>a.a1 < 0) return -EINVAL;
  const w = takeWalk(HERE, a.a0);
  if (isWalkError(w)) return walkError(w);
  let error = walkFind(w, WALK_FOLLOW);
  if (error == 0) {
    const inode = w.found;
    if (isDirectory(inode.mode)) error = -EISDIR;
    else if (!isRegular(inode.mode)) error = -EINVAL;
    else if (isMountReadOnly(w.mount)) error = -EROFS;
    else error = inodePermission(inode, MAY_WRITE, w.who);
    if (error == 0) error = inodeTruncate(inode, <i64>a.a1);
  }
  walkFree(w);
  return error;
}

export function sysFtruncate(a: SyscallArgs): i64 {
  if (<i64>a.a1 < 0) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const good = isWritable(file) && isRegular(file.inode.mode);
  const error = good ? inodeTruncate(file.inode, <i64>a.a1) : -EINVAL;
  fileRelease(file);
  return error;
}
