/**
 * rename (POSIX rename, Linux renameat2(2)).
 *
 * - Renames between directories take one lock of all renames first, so that the tree does not change under the search for
 *   ancestors; then the directories' mutexes, an ancestor's first; then those of the files.
 * - A directory never becomes its own descendant: -EINVAL; nor replaces its ancestor: -ENOTEMPTY.
 */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOMEM,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
  EXDEV,
} from '../lib/errno';
import { kfree } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import {
  Dentry,
  dcacheEnter,
  dcacheLeaveQuickly,
  dentryExchange,
  dentryMove,
  dentryNameRoom,
  dentryPut,
  isBelowLocked,
  isNegative,
} from './dentry';
import { Inode, inodeMutex } from './inode';
import { isMountReadOnly } from './mount';
import { LAST_NAME, PathWalk, WALK_PARENT, walkLookupHeld, walkRun } from './path-walk';
import { MAY_EXEC, MAY_WRITE, deletePermission, inodePermission } from './permission';
import { isDirectory } from './stat';

export const RENAME_NOREPLACE: u32 = 1;
export const RENAME_EXCHANGE: u32 = 2;

const renameLock = changetype<Mutex>(memory.data(64, 8));

function isBelow(d: Dentry, ancestor: Dentry): bool {
  const flags = dcacheEnter();
  const result = isBelowLocked(d, ancestor);
  dcacheLeaveQuickly(flags);
  return result;
}

function lockDirectories(a: Dentry, b: Dentry): void {
  const first = inodeMutex(a.inode);
  const second = inodeMutex(b.inode);
  if (a.inode == b.inode) mutexLock(first);
  else {
    mutexLock(renameLock);
    // An ancestor first; of strangers the one with the lower address.
    const aFirst =
      isBelow(b, a) || (!isBelow(a, b) && changetype<usize>(a.inode) < changetype<usize>(b.inode));
    mutexLock(aFirst ? first : second);
    mutexLock(aFirst ? second : first);
  }
}

function unlockDirectories(a: Dentry, b: Dentry): void {
  mutexUnlock(inodeMutex(a.inode));
  if (a.inode == b.inode) return;
  mutexUnlock(inodeMutex(b.inode));
  mutexUnlock(renameLock);
}

/** Both files' mutexes, in the order of addresses; `b` may be null or the same. */
function lockFiles(a: Inode, b: usize): void {
  const other = changetype<Inode>(b);
  if (b == 0 || other == a) {
    mutexLock(inodeMutex(a));
    return;
  }
  const aFirst = changetype<usize>(a) < b;
  mutexLock(inodeMutex(aFirst ? a : other));
  mutexLock(inodeMutex(aFirst ? other : a));
}

function unlockFiles(a: Inode, b: usize): void {
  mutexUnlock(inodeMutex(a));
  if (b != 0 && changetype<Inode>(b) != a) mutexUnlock(inodeMutex(changetype<Inode>(b)));
}

/** A directory's own ".." changes when its parent does: it must be writable. */
function checkMovedDirectory(from: PathWalk, to: PathWalk, inode: Inode): i32 {
  if (!isDirectory(inode.mode) || from.dentry.inode == to.dentry.inode) return 0;
  return inodePermission(inode, MAY_WRITE, from.who);
}

/** Rights, types, mounts and ancestors. 0, 1 when there is nothing to do, or a negative errno. */
function check(from: PathWalk, to: PathWalk, flags: u32): i32 {
  const source = from.child;
  const target = to.child;
  if (isNegative(source)) return -ENOENT;
  const inode = source.inode;
  const exists = !isNegative(target);
  if (exists && (flags & RENAME_NOREPLACE) != 0) return -EEXIST;
  if (!exists && (flags & RENAME_EXCHANGE) != 0) return -ENOENT;
  if (exists && target.inode == inode) return 1;
  // A name that ends in a slash is a directory's, or is to become one's.
  if (
    !isDirectory(inode.mode) &&
    (from.trailingSlash || (to.trailingSlash && (flags & RENAME_EXCHANGE) == 0))
  )
    return -ENOTDIR;
  if (isBelow(to.dentry, source)) return -EINVAL;
  if (exists && isBelow(from.dentry, target)) return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
  if (isMountReadOnly(from.mount)) return -EROFS;
  let error = deletePermission(from.dentry.inode, inode, from.who);
  if (error == 0) {
    error = exists
      ? deletePermission(to.dentry.inode, target.inode, to.who)
      : inodePermission(to.dentry.inode, MAY_WRITE | MAY_EXEC, to.who);
  }
  if (error == 0) error = checkMovedDirectory(from, to, inode);
  if (error != 0) return error;
  if (!exists) return to.dentry.inode.links == 0 ? -ENOENT : source.mounts != 0 ? -EBUSY : 0;
  if (flags & RENAME_EXCHANGE) {
    error = checkMovedDirectory(from, to, target.inode);
    if (error != 0) return error;
  } else if (isDirectory(inode.mode)) {
    if (!isDirectory(target.inode.mode)) return -ENOTDIR;
  } else if (isDirectory(target.inode.mode)) return -EISDIR;
  return source.mounts != 0 || target.mounts != 0 ? -EBUSY : 0;
}

function exchange(from: PathWalk, to: PathWalk): i32 {
  const a = from.child;
  const b = to.child;
  const directory = from.dentry.inode;
  if (directory.ops.exchange == 0) return -EINVAL;
  const roomForA = dentryNameRoom(b.nameLength);
  const roomForB = dentryNameRoom(a.nameLength);
  let error = -ENOMEM;
  if (roomForA != 0 && roomForB != 0) {
    memory.copy(roomForA, b.name, b.nameLength);
    memory.copy(roomForB, a.name, a.nameLength);
    lockFiles(a.inode, b.inodeAddress);
    error = call_indirect<i32>(
      directory.ops.exchange,
      directory,
      a.name,
      a.nameLength,
      a.inode,
      to.dentry.inode,
      b.name,
      b.nameLength,
      b.inode,
    );
    unlockFiles(a.inode, b.inodeAddress);
  }
  if (error == 0) dentryExchange(a, b, roomForA, roomForB);
  else {
    kfree(roomForA);
    kfree(roomForB);
  }
  return error;
}

function replace(from: PathWalk, to: PathWalk): i32 {
  const source = from.child;
  const target = to.child;
  const directory = from.dentry.inode;
  if (directory.ops.rename == 0) return -EPERM;
  const room = dentryNameRoom(target.nameLength);
  if (room == 0) return -ENOMEM;
  memory.copy(room, target.name, target.nameLength);
  lockFiles(source.inode, target.inodeAddress);
  const error = call_indirect<i32>(
    directory.ops.rename,
    directory,
    source.name,
    source.nameLength,
    source.inode,
    to.dentry.inode,
    target.name,
    target.nameLength,
    target.inodeAddress,
  );
  unlockFiles(source.inode, target.inodeAddress);
  if (error == 0) dentryMove(source, target, room);
  else kfree(room);
  return error;
}

function renameHeld(from: PathWalk, to: PathWalk, flags: u32): i32 {
  let error = walkLookupHeld(from, from.last, from.lastLength, from.lastHash);
  if (error != 0) return error;
  error = walkLookupHeld(to, to.last, to.lastLength, to.lastHash);
  if (error != 0) {
    to.child = changetype<Dentry>(<usize>0);
    return error;
  }
  error = check(from, to, flags);
  if (error != 0) return error > 0 ? 0 : error;
  return flags & RENAME_EXCHANGE ? exchange(from, to) : replace(from, to);
}

/** Renames what `from` names to what `to` names; neither has been run. `flags`: RENAME_ bits. */
export function renameNames(from: PathWalk, to: PathWalk, flags: u32): i32 {
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 || flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
    return -EINVAL;
  let error = walkRun(from, WALK_PARENT);
  if (error == 0) error = walkRun(to, WALK_PARENT);
  if (error != 0) return error;
  if (from.mount != to.mount) return -EXDEV;
  if (from.lastKind != LAST_NAME) return -EBUSY;
  if (to.lastKind != LAST_NAME) return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
  from.child = changetype<Dentry>(<usize>0);
  to.child = changetype<Dentry>(<usize>0);
  lockDirectories(from.dentry, to.dentry);
  error = renameHeld(from, to, flags);
  unlockDirectories(from.dentry, to.dentry);
  if (changetype<usize>(from.child) != 0) dentryPut(from.child);
  if (changetype<usize>(to.child) != 0) dentryPut(to.child);
  return error;
}
