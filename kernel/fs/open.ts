/**
 * Opening files (POSIX open, openat; Linux open(2)): from a walk and flags to a File.
 */
import {
  EACCES,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOMEM,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  EROFS,
} from '../lib/errno';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { inodeTruncate } from './attributes';
import { createHeld } from './create';
import { Dentry, dentryAddNameless, dentryPut, isNegative } from './dentry';
import { File, fileCountWriter, fileCreate, fileDiscard } from './file';
import { Inode, inodeMutex, inodePut } from './inode';
import { Mount, isMountReadOnly, placeGet, placePut } from './mount';
import {
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_TMPFILE_BIT,
  O_TRUNC,
  O_WRONLY,
} from './open-flags';
import {
  LAST_NAME,
  LAST_ROOT,
  PathWalk,
  WALK_FOLLOW,
  WALK_PARENT,
  walkEnter,
  walkFollowLast,
  walkLookupHeld,
  walkRun,
} from './path-walk';
import { MAY_EXEC, MAY_READ, MAY_WRITE, inodePermission, isOwnerOrSuperuser } from './permission';
import { isSpecial, specialOpen } from './special';
import { S_IFBLK, S_IFCHR, S_IFMT, S_IFREG, S_IFSOCK, isDirectory, isRegular, isSymlink } from './stat';
import { MS_NODEV } from './super-block';

/** Flags that act during open() only. */
const OPEN_ONLY: u32 = O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC | O_TMPFILE_BIT;
/** What O_PATH leaves of the flags. */
const PATH_FLAGS: u32 = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
/** Of the flags, O_NOCTTY is seen by terminals in `open` and then forgotten. */
const ALL_PERMISSIONS: u32 = 0o7777;

function accessOf(flags: u32): u32 {
  const mode = flags & O_ACCMODE;
  // Mode 3 is for ioctl only: Linux asks for both permissions.
  const access = mode == O_RDONLY ? MAY_READ : mode == O_WRONLY ? MAY_WRITE : MAY_READ | MAY_WRITE;
  return flags & O_TRUNC ? access | MAY_WRITE : access;
}

/** May the place be opened like this by the walk's caller? */
function checkOpen(w: PathWalk, flags: u32): i32 {
  const inode = w.dentry.inode;
  if (isSymlink(inode.mode)) return -ELOOP;
  if (isDirectory(inode.mode)) {
    if ((flags & (O_ACCMODE | O_TRUNC | O_CREAT)) != 0) return -EISDIR;
  } else if (flags & O_DIRECTORY) return -ENOTDIR;
  const access = accessOf(flags);
  const type = inode.mode & S_IFMT;
  if ((type == S_IFBLK || type == S_IFCHR) && (w.mount.flags & MS_NODEV) != 0) return -EACCES;
  if (type == S_IFSOCK) return -ENXIO;
  const stored = isRegular(inode.mode) || isDirectory(inode.mode);
  if ((access & MAY_WRITE) != 0 && stored && isMountReadOnly(w.mount)) return -EROFS;
  const error = inodePermission(inode, access, w.who);
  if (error != 0) return error;
  if ((flags & O_NOATIME) != 0 && !isOwnerOrSuperuser(inode, w.who)) return -EPERM;
  return 0;
}

/** The file system's or the device's part of opening, and O_TRUNC. */
function finish(file: File, inode: Inode, flags: u32, isNew: bool): i32 {
  const regular = isRegular(inode.mode);
  let error = regular && (accessOf(flags) & MAY_WRITE) != 0 ? fileCountWriter(file) : 0;
  if (error == 0) {
    // A file system with devices of its own (devpts) opens them itself.
    if (inode.ops.open != 0) error = call_indirect<i32>(inode.ops.open, inode, file);
    else if (isSpecial(inode.mode)) error = specialOpen(inode, file);
  }
  if (error == 0 && (flags & O_TRUNC) != 0 && regular && !isNew && inode.ops.setSize != 0) {
    error = inodeTruncate(inode, 0);
  }
  return error;
}

/** Makes the File of a place whose references are taken over in any case. */
function makeFile(mount: Mount, dentry: Dentry, flags: u32, isNew: bool, out: usize): i32 {
  const file = fileCreate(mount, dentry, flags & ~(OPEN_ONLY & ~O_NOCTTY));
  if (file == null) {
    placePut(mount, dentry);
    return -ENOMEM;
  }
  const error = finish(file, dentry.inode, flags, isNew);
  if (error != 0) {
    fileDiscard(file);
    return error;
  }
  file.flags &= ~O_NOCTTY;
  store<usize>(out, changetype<usize>(file));
  return 0;
}

/** Opens where the walk is. */
export function openPlace(w: PathWalk, flags: u32, out: usize): i32 {
  if (flags & O_PATH) {
    if ((flags & O_DIRECTORY) != 0 && !isDirectory(w.dentry.inode.mode)) return -ENOTDIR;
    placeGet(w.mount, w.dentry);
    const file = fileCreate(w.mount, w.dentry, flags & PATH_FLAGS & ~O_CLOEXEC);
    if (file == null) {
      placePut(w.mount, w.dentry);
      return -ENOMEM;
    }
    store<usize>(out, changetype<usize>(file));
    return 0;
  }
  const refused = checkOpen(w, flags);
  if (refused != 0) return refused;
  placeGet(w.mount, w.dentry);
  return makeFile(w.mount, w.dentry, flags, false, out);
}

/** Opens the file that was just created as `child`, whatever its mode says. */
function openCreated(w: PathWalk, child: Dentry, flags: u32, out: usize): i32 {
  walkEnter(w, child);
  placeGet(w.mount, w.dentry);
  return makeFile(w.mount, w.dentry, flags, true, out);
}

/** Finds or makes the last name in the directory where the walk is: 0 with w.child, and 1 when it was made. */
function findOrCreate(w: PathWalk, flags: u32, mode: u32): i32 {
  const mutex = inodeMutex(w.dentry.inode);
  mutexLock(mutex);
  let result = walkLookupHeld(w, w.last, w.lastLength, w.lastHash);
  if (result == 0 && isNegative(w.child)) {
    const child = w.child;
    result = createHeld(w, child, S_IFREG | (mode & ALL_PERMISSIONS), 0);
    if (result == 0) result = 1;
    mutexUnlock(mutex);
    if (result < 0) dentryPut(child);
    return result;
  }
  mutexUnlock(mutex);
  if (result == 0 && (flags & O_EXCL) != 0) {
    dentryPut(w.child);
    return -EEXIST;
  }
  return result;
}

function openCreating(w: PathWalk, flags: u32, mode: u32, out: usize): i32 {
  let error = walkRun(w, WALK_PARENT);
  while (error == 0) {
    if (w.lastKind != LAST_NAME) {
      // A link of proc has led to a file of its own.
      const isFile = w.lastKind == LAST_ROOT && !isDirectory(w.dentry.inode.mode);
      return isFile ? openPlace(w, flags, out) : flags & O_EXCL ? -EEXIST : -EISDIR;
    }
    if (w.trailingSlash) return -EISDIR;
    if (!isDirectory(w.dentry.inode.mode)) return -ENOTDIR;
    const found = findOrCreate(w, flags, mode);
    if (found < 0) return found;
    const child = w.child;
    if (found == 1) {
      const result = openCreated(w, child, flags, out);
      dentryPut(child);
      return result;
    }
    if (isSymlink(child.inode.mode)) {
      error = flags & O_NOFOLLOW ? -ELOOP : walkFollowLast(w, child);
      dentryPut(child);
      continue;
    }
    walkEnter(w, child);
    dentryPut(child);
    return openPlace(w, flags, out);
  }
  return error;
}

/** O_TMPFILE: a file without a name on the file system of a directory. */
function openTemporary(w: PathWalk, flags: u32, mode: u32, out: usize): i32 {
  if ((flags & O_ACCMODE) == O_RDONLY) return -EINVAL;
  const error = walkRun(w, flags & O_NOFOLLOW ? 0 : WALK_FOLLOW);
  if (error != 0) return error;
  const parent = w.dentry;
  const directory = parent.inode;
  if (!isDirectory(directory.mode)) return -ENOTDIR;
  if (isMountReadOnly(w.mount)) return -EROFS;
  const refused = inodePermission(directory, MAY_WRITE | MAY_EXEC, w.who);
  if (refused != 0) return refused;
  if (directory.ops.temporary == 0) return -EOPNOTSUPP;
  mutexLock(inodeMutex(directory));
  const slot = changetype<usize>(w) + offsetof<PathWalk>('slot');
  const made = call_indirect<i32>(
    directory.ops.temporary,
    directory,
    S_IFREG | (mode & ALL_PERMISSIONS),
    slot,
  );
  let dentry = changetype<Dentry>(<usize>0);
  if (made == 0) dentry = dentryAddNameless(parent, w.slot);
  mutexUnlock(inodeMutex(directory));
  if (made != 0) return made;
  if (changetype<usize>(dentry) == 0) {
    inodePut(changetype<Inode>(w.slot));
    return -ENOMEM;
  }
  placeGet(w.mount, w.dentry);
  dentryPut(w.dentry);
  return makeFile(w.mount, dentry, flags, true, out);
}

/**
 * Opens what the walk's path names and stores the File in `out`. `mode` (permissions, umask applied) is for a file that
 * open creates.
 */
export function openWalk(w: PathWalk, flags: u32, mode: u32, out: usize): i32 {
  if (flags & O_PATH) return openExisting(w, flags & PATH_FLAGS, out);
  const temporary = (flags & O_TMPFILE_BIT) != 0;
  if (temporary) return flags & O_DIRECTORY ? openTemporary(w, flags, mode, out) : -EINVAL;
  if ((flags & O_CREAT) == 0) return openExisting(w, flags, out);
  return flags & O_DIRECTORY ? -EINVAL : openCreating(w, flags, mode, out);
}

function openExisting(w: PathWalk, flags: u32, out: usize): i32 {
  const error = walkRun(w, flags & O_NOFOLLOW ? 0 : WALK_FOLLOW);
  return error != 0 ? error : openPlace(w, flags, out);
}
