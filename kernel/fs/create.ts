/**
 * Making names: mknod, mkdir, symlink, link (POSIX; Linux mknod(2), link(2)).
 *
 * The walk has been run with WALK_PARENT: it stands in the directory, and its last name is to be made.
 */
import { EEXIST, EMLINK, ENAMETOOLONG, ENOENT, ENOMEM, EPERM, EROFS, EXDEV } from '../lib/errno';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { Dentry, dentryInstantiate, dentryPut, isNegative } from './dentry';
import { Inode, inodeGet, inodeMutex } from './inode';
import { Mount, isMountReadOnly } from './mount';
import { LAST_NAME, PATH_MAX, PathWalk, walkLookupHeld, walkRun, WALK_PARENT } from './path-walk';
import { MAY_EXEC, MAY_WRITE, inodePermission } from './permission';
import { S_IFBLK, S_IFCHR, S_IFMT, isDirectory } from './stat';

/** May names be added to the directory where the walk is? */
function checkAdd(w: PathWalk, directory: Inode): i32 {
  if (isMountReadOnly(w.mount)) return -EROFS;
  if (directory.links == 0) return -ENOENT;
  return inodePermission(directory, MAY_WRITE | MAY_EXEC, w.who);
}

/** Makes a file of the type in `mode` as the name `child`, which does not exist. The directory's mutex is held. */
export function createHeld(w: PathWalk, child: Dentry, mode: u32, device: u64): i32 {
  const directory = w.dentry.inode;
  const refused = checkAdd(w, directory);
  if (refused != 0) return refused;
  if (directory.ops.create == 0) return -EPERM;
  const slot = changetype<usize>(w) + offsetof<PathWalk>('slot');
  const error = call_indirect<i32>(
    directory.ops.create,
    directory,
    child.name,
    child.nameLength,
    mode,
    device,
    slot,
  );
  if (error == 0) dentryInstantiate(child, changetype<Inode>(w.slot));
  return error;
}

/** Runs the walk to the directory and finds the last name: 0 with w.child and the directory's mutex held, or an errno. */
function beginNew(w: PathWalk, directoryName: bool): i32 {
  let error = walkRun(w, WALK_PARENT);
  if (error != 0) return error;
  if (w.lastKind != LAST_NAME) return -EEXIST;
  const directory = w.dentry.inode;
  mutexLock(inodeMutex(directory));
  error = walkLookupHeld(w, w.last, w.lastLength, w.lastHash);
  if (error == 0) {
    if (!isNegative(w.child)) error = -EEXIST;
    else if (w.trailingSlash && !directoryName) error = -ENOENT;
    if (error == 0) return 0;
    mutexUnlock(inodeMutex(directory));
    dentryPut(w.child);
    return error;
  }
  mutexUnlock(inodeMutex(directory));
  return error;
}

function endNew(w: PathWalk): void {
  mutexUnlock(inodeMutex(w.dentry.inode));
  dentryPut(w.child);
}

/** mknod(2) and mkdir(2): `mode` has the type and permissions (umask applied), `device` the number of a device. */
export function makeNode(w: PathWalk, mode: u32, device: u64): i32 {
  const type = mode & S_IFMT;
  if ((type == S_IFCHR || type == S_IFBLK) && w.who.fsuid != 0) return -EPERM;
  let error = beginNew(w, isDirectory(mode));
  if (error != 0) return error;
  error = createHeld(w, w.child, mode, device);
  endNew(w);
  return error;
}

/** symlink(2): `target` NUL-terminated. */
export function makeSymlink(w: PathWalk, target: usize, length: u32): i32 {
  if (length == 0) return -ENOENT;
  if (length >= PATH_MAX) return -ENAMETOOLONG;
  let error = beginNew(w, false);
  if (error != 0) return error;
  const directory = w.dentry.inode;
  error = checkAdd(w, directory);
  if (error == 0 && directory.ops.symlink == 0) error = -EPERM;
  if (error == 0) {
    const child = w.child;
    const slot = changetype<usize>(w) + offsetof<PathWalk>('slot');
    error = call_indirect<i32>(
      directory.ops.symlink,
      directory,
      child.name,
      child.nameLength,
      target,
      length,
      slot,
    );
    if (error == 0) dentryInstantiate(child, changetype<Inode>(w.slot));
  }
  endNew(w);
  return error;
}

const MAX_LINKS: u32 = 65000;

function linkHeld(w: PathWalk, inode: Inode, mayHaveNone: bool): i32 {
  const directory = w.dentry.inode;
  const refused = checkAdd(w, directory);
  if (refused != 0) return refused;
  if (directory.ops.link == 0) return -EPERM;
  mutexLock(inodeMutex(inode));
  let error = 0;
  if (inode.links == 0 && !mayHaveNone) error = -ENOENT;
  else if (inode.links >= MAX_LINKS) error = -EMLINK;
  else error = call_indirect<i32>(directory.ops.link, inode, directory, w.child.name, w.child.nameLength);
  mutexUnlock(inodeMutex(inode));
  if (error != 0) return error;
  inodeGet(inode);
  dentryInstantiate(w.child, inode);
  return 0;
}

/**
 * link(2): the file at a place (of which the caller has references) gets the name to which the walk leads.
 * `mayHaveNone`: it may be one of O_TMPFILE.
 */
export function makeLink(w: PathWalk, mount: Mount, dentry: Dentry, mayHaveNone: bool): i32 {
  const inode = dentry.inode;
  let error = beginNew(w, false);
  if (error != 0) return error;
  if (w.mount != mount) error = -EXDEV;
  else if (isDirectory(inode.mode)) error = -EPERM;
  else error = linkHeld(w, inode, mayHaveNone);
  endNew(w);
  return error;
}
