/**
 * Changing what is known about a file: mode, owner, times, size (POSIX chmod, chown, utimensat, truncate). The functions
 * check permissions, take the inode's mutex, and tell the file system; the caller has checked that the mount is writable.
 */
import { EACCES, EINVAL, EISDIR, EPERM, ETXTBSY } from '../lib/errno';
import { pageCacheTruncate } from '../mm/page-cache';
import { Credentials, currentCredentials, isInGroup } from '../proc/credentials';
import { realtimeNs } from '../sched/clock';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { Inode, inodeMutex, inodeTouchChanged } from './inode';
import { checkSize } from './limits';
import { MAY_WRITE, inodePermission, isOwnerOrSuperuser } from './permission';
import { S_IFMT, S_ISGID, S_ISUID, isDirectory, isRegular } from './stat';

const ALL_MODE: u32 = 0o7777;
const GROUP_EXEC: u32 = 0o010;
/** "Do not change" of chown(2). */
export const KEEP_ID: u32 = 0xffffffff;

/**
 * Tells the file system; the mutex is held. Without `changed` attributes live in memory (tmpfs), but not where inodes come
 * and go (proc): -EPERM.
 */
function tell(inode: Inode): i32 {
  if (inode.ops.changed == 0) return inode.superBlock.volatile ? -EPERM : 0;
  return call_indirect<i32>(inode.ops.changed, inode);
}

function withoutSetId(mode: u32): u32 {
  const kept = mode & ~S_ISUID;
  // Without group execution the bit marks mandatory locking on old systems, and stays.
  return mode & GROUP_EXEC ? kept & ~S_ISGID : kept;
}

/** A write by anybody but root takes the set-id bits away (POSIX write). The mutex is held; the write stores the inode. */
export function dropSetId(inode: Inode): void {
  if (currentCredentials().fsuid != 0) inode.mode = withoutSetId(inode.mode);
}

/** chmod(2): permission bits of `mode`. */
export function inodeChangeMode(inode: Inode, mode: u32): i32 {
  const who = currentCredentials();
  if (!isOwnerOrSuperuser(inode, who)) return -EPERM;
  mutexLock(inodeMutex(inode));
  const before = inode.mode;
  let bits = mode & ALL_MODE;
  if (who.fsuid != 0 && !isInGroup(who, inode.gid)) bits &= ~S_ISGID;
  inode.mode = (before & S_IFMT) | bits;
  inodeTouchChanged(inode);
  const error = tell(inode);
  if (error != 0) inode.mode = before;
  mutexUnlock(inodeMutex(inode));
  return error;
}

function mayChangeOwner(inode: Inode, uid: u32, gid: u32, who: Credentials): bool {
  if (who.fsuid == 0) return true;
  if (uid != KEEP_ID && uid != inode.uid) return false;
  if (inode.uid != who.fsuid) return uid == KEEP_ID && gid == KEEP_ID;
  return gid == KEEP_ID || gid == inode.gid || isInGroup(who, gid);
}

/** chown(2): KEEP_ID leaves one as it is. Set-id bits of files go (for root too, as on Linux). */
export function inodeChangeOwner(inode: Inode, uid: u32, gid: u32): i32 {
  mutexLock(inodeMutex(inode));
  let error = -EPERM;
  if (mayChangeOwner(inode, uid, gid, currentCredentials())) {
    const oldUid = inode.uid;
    const oldGid = inode.gid;
    const oldMode = inode.mode;
    if (uid != KEEP_ID) inode.uid = uid;
    if (gid != KEEP_ID) inode.gid = gid;
    if (!isDirectory(oldMode)) inode.mode = withoutSetId(oldMode);
    inodeTouchChanged(inode);
    error = tell(inode);
    if (error != 0) {
      inode.uid = oldUid;
      inode.gid = oldGid;
      inode.mode = oldMode;
    }
  }
  mutexUnlock(inodeMutex(inode));
  return error;
}

/** What inodeSetTimes does with a time. */
export const TIME_SET: u32 = 0;
export const TIME_NOW: u32 = 1;
export const TIME_KEEP: u32 = 2;

/** utimensat(2): times in nanoseconds where their kind is TIME_SET. */
export function inodeSetTimes(
  inode: Inode,
  accessed: i64,
  accessedKind: u32,
  modified: i64,
  modifiedKind: u32,
): i32 {
  if (accessedKind == TIME_KEEP && modifiedKind == TIME_KEEP) return 0;
  const who = currentCredentials();
  if (!isOwnerOrSuperuser(inode, who)) {
    if (accessedKind != TIME_NOW || modifiedKind != TIME_NOW) return -EPERM;
    if (inodePermission(inode, MAY_WRITE, who) != 0) return -EACCES;
  }
  mutexLock(inodeMutex(inode));
  const now = <i64>realtimeNs();
  const oldAccessed = inode.accessed;
  const oldModified = inode.modified;
  if (accessedKind != TIME_KEEP) inode.accessed = accessedKind == TIME_NOW ? now : accessed;
  if (modifiedKind != TIME_KEEP) inode.modified = modifiedKind == TIME_NOW ? now : modified;
  inode.changed = now;
  const error = tell(inode);
  if (error != 0) {
    inode.accessed = oldAccessed;
    inode.modified = oldModified;
  }
  mutexUnlock(inodeMutex(inode));
  return error;
}

/** Cuts or extends with the mutex held: pages first, then the storage. */
function resizeHeld(inode: Inode, size: u64): i32 {
  const before = inode.size;
  if (inode.ops.mayResize != 0) {
    const refused = call_indirect<i32>(inode.ops.mayResize, inode, size);
    if (refused != 0) return refused;
  }
  if (size > before) {
    // Zeroes what a mapping left behind the old end.
    if (inode.pages != 0) pageCacheTruncate(inode, size);
  } else {
    inode.size = size;
    if (inode.pages != 0) pageCacheTruncate(inode, size);
  }
  dropSetId(inode);
  const error = call_indirect<i32>(inode.ops.setSize, inode, size);
  if (error != 0 && inode.size == size) inode.size = before;
  return error;
}

/** truncate(2), ftruncate(2) and O_TRUNC: the caller has checked that it may write. */
export function inodeTruncate(inode: Inode, size: i64): i32 {
  if (isDirectory(inode.mode)) return -EISDIR;
  if (size < 0 || !isRegular(inode.mode) || inode.ops.setSize == 0) return -EINVAL;
  mutexLock(inodeMutex(inode));
  let error = inode.writers < 0 ? -ETXTBSY : checkSize(inode, <u64>size);
  if (error == 0) error = resizeHeld(inode, <u64>size);
  mutexUnlock(inodeMutex(inode));
  return error;
}
