/** Removing names: unlink and rmdir (POSIX unlinkat). The walk has a path and has not been run. */
import { EBUSY, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS } from '../lib/errno';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { Dentry, dentryDelete, dentryPut, isNegative } from './dentry';
import { Inode, inodeMutex, inodePut } from './inode';
import { isMountReadOnly } from './mount';
import {
  LAST_DOT,
  LAST_DOT_DOT,
  LAST_NAME,
  PathWalk,
  WALK_PARENT,
  walkLookupHeld,
  walkRun,
} from './path-walk';
import { deletePermission } from './permission';
import { isDirectory } from './stat';

/** Whether the name may go: types, rights, mounts. The directory's mutex is held. */
function checkRemove(w: PathWalk, victim: Dentry, asDirectory: bool): i32 {
  const directory = w.dentry.inode;
  const inode = victim.inode;
  if (isMountReadOnly(w.mount)) return -EROFS;
  const refused = deletePermission(directory, inode, w.who);
  if (refused != 0) return refused;
  if (asDirectory) {
    if (!isDirectory(inode.mode)) return -ENOTDIR;
  } else if (isDirectory(inode.mode)) return -EISDIR;
  else if (w.trailingSlash) return -ENOTDIR;
  if (victim.mounts != 0) return -EBUSY;
  return directory.ops.unlink == 0 ? -EPERM : 0;
}

/** Removes `victim`; the directory's mutex is held. An inode to be put when it is not goes to w.slot, else 0. */
function removeHeld(w: PathWalk, victim: Dentry, asDirectory: bool): i32 {
  const refused = checkRemove(w, victim, asDirectory);
  if (refused != 0) return refused;
  const inode = victim.inode;
  const directory = w.dentry.inode;
  mutexLock(inodeMutex(inode));
  const error = call_indirect<i32>(directory.ops.unlink, directory, victim.name, victim.nameLength, inode);
  mutexUnlock(inodeMutex(inode));
  if (error == 0) w.slot = dentryDelete(victim);
  return error;
}

/** unlink(2), or rmdir(2) with `asDirectory`. */
export function removeName(w: PathWalk, asDirectory: bool): i32 {
  const error = walkRun(w, WALK_PARENT);
  if (error != 0) return error;
  if (w.lastKind != LAST_NAME) {
    if (!asDirectory) return -EISDIR;
    return w.lastKind == LAST_DOT ? -EINVAL : w.lastKind == LAST_DOT_DOT ? -ENOTEMPTY : -EBUSY;
  }
  const mutex = inodeMutex(w.dentry.inode);
  mutexLock(mutex);
  const found = walkLookupHeld(w, w.last, w.lastLength, w.lastHash);
  if (found != 0) {
    mutexUnlock(mutex);
    return found;
  }
  const victim = w.child;
  w.slot = 0;
  const result = isNegative(victim) ? -ENOENT : removeHeld(w, victim, asDirectory);
  mutexUnlock(mutex);
  dentryPut(victim);
  if (w.slot != 0) inodePut(changetype<Inode>(w.slot));
  return result;
}
