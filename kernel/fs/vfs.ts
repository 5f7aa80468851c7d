/**
 * What system calls ask of the file systems by path. Paths are NUL-terminated kernel bytes; `cwd` is the absolute path
 * that relative ones start from (0: the root). Everything answers 0 or a negative errno.
 */
import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOMEM, ENOTDIR, ERANGE, EROFS } from '../lib/errno';
import { alloc, kfree } from '../mm/kmalloc';
import { Dentry, dentryPath, dentryPut, namespaceEnter, namespaceLeave } from './dentry';
import { fileCreate } from './file';
import { Inode } from './inode';
import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_TRUNC,
  W_OK,
  X_OK,
} from './open-flags';
import { FOLLOW, pathResolve, pathWantsDirectory } from './path';
import { isDirectory, isRegular, isSymlink, statFill } from './stat';
import { isReadOnly } from './super-block';

/** Flags that act during open() only. */
const OPEN_ONLY: u32 = O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY | O_NOFOLLOW;

/** Where pathResolve() leaves its answers. */
@unmanaged
class Resolved {
  dentry: Dentry;
  missing: u32;
}

/** Resolves; the caller owns a reference of the dentry in the result. */
function resolve(cwd: usize, path: usize, flags: u32, out: Resolved): i32 {
  namespaceEnter();
  const at = changetype<usize>(out);
  const error = pathResolve(
    cwd,
    path,
    flags,
    at + offsetof<Resolved>('dentry'),
    at + offsetof<Resolved>('missing'),
  );
  namespaceLeave();
  return error;
}

function wantsWrite(flags: u32): bool {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
}

/** Whether the existing `inode` may be opened like this. */
function checkOpen(inode: Inode, path: usize, flags: u32): i32 {
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return -EEXIST;
  if (isSymlink(inode.mode)) return -ELOOP;
  if (isDirectory(inode.mode)) return wantsWrite(flags) || (flags & O_CREAT) != 0 ? -EISDIR : 0;
  if ((flags & O_DIRECTORY) != 0 || pathWantsDirectory(path)) return -ENOTDIR;
  if (isRegular(inode.mode) && wantsWrite(flags) && isReadOnly(inode.superBlock)) return -EROFS;
  return 0;
}

/** Makes the File of an existing dentry, whose reference it takes over. */
function openDentry(dentry: Dentry, path: usize, flags: u32, out: usize): i32 {
  const inode = dentry.inode;
  const refused = checkOpen(inode, path, flags);
  if (refused != 0) {
    dentryPut(dentry);
    return refused;
  }
  const file = fileCreate(dentry, inode, flags & ~OPEN_ONLY);
  if (file == null) {
    dentryPut(dentry);
    return -ENOMEM;
  }
  if (inode.ops.open != 0) {
    const error = call_indirect<i32>(inode.ops.open, inode, file);
    if (error != 0) {
      // Its release is not called: what was not opened cannot be closed.
      dentryPut(dentry);
      kfree(changetype<usize>(file));
      return error;
    }
  }
  store<usize>(out, changetype<usize>(file));
  return 0;
}

function openResolved(cwd: usize, path: usize, flags: u32, out: usize, r: Resolved): i32 {
  const error = resolve(cwd, path, flags & O_NOFOLLOW ? 0 : FOLLOW, r);
  if (error == -ENOENT && (flags & O_CREAT) != 0 && r.missing != 0) {
    return -EROFS; // every file system so far is read-only or has a fixed set of names
  }
  return error != 0 ? error : openDentry(r.dentry, path, flags, out);
}

/** Opens `path` and stores the File in `out`. `mode` is for files that open creates. */
export function vfsOpen(cwd: usize, path: usize, flags: u32, _mode: u32, out: usize): i32 {
  const r = alloc<Resolved>();
  if (changetype<usize>(r) == 0) return -ENOMEM;
  const error = openResolved(cwd, path, flags, out, r);
  kfree(changetype<usize>(r));
  return error;
}

/** Resolves to a dentry with a reference in `out`. */
function resolveTo(cwd: usize, path: usize, flags: u32, out: usize): i32 {
  namespaceEnter();
  const error = pathResolve(cwd, path, flags, out, 0);
  namespaceLeave();
  return error;
}

const SLOT_BYTES: usize = 8;

/** Fills a struct stat; with `followLinks` false a symbolic link itself is described. */
export function vfsStat(cwd: usize, path: usize, stat: usize, followLinks: bool): i32 {
  // The result slot lies in the caller's own buffer: struct stat is larger, and filled afterwards.
  const error = resolveTo(cwd, path, followLinks ? FOLLOW : 0, stat);
  if (error != 0) return error;
  const dentry = changetype<Dentry>(load<usize>(stat));
  if (pathWantsDirectory(path) && !isDirectory(dentry.inode.mode)) {
    dentryPut(dentry);
    return -ENOTDIR;
  }
  statFill(dentry.inode, stat);
  dentryPut(dentry);
  return 0;
}

/** The normalised absolute path of an existing directory, NUL-terminated, into `out`; -ERANGE when `max` is too small. */
export function vfsResolve(cwd: usize, path: usize, out: usize, max: usize): i32 {
  if (max < SLOT_BYTES) return -ERANGE;
  const error = resolveTo(cwd, path, FOLLOW, out);
  if (error != 0) return error;
  const dentry = changetype<Dentry>(load<usize>(out));
  let result = -ENOTDIR;
  if (isDirectory(dentry.inode.mode)) result = dentryPath(dentry, out, max) < 0 ? -ERANGE : 0;
  dentryPut(dentry);
  return result;
}

/** access(2) for the superuser: execution needs an execute bit, writing a writable file system. */
export function vfsAccess(cwd: usize, path: usize, mode: u32): i32 {
  const r = alloc<Resolved>();
  if (changetype<usize>(r) == 0) return -ENOMEM;
  let error = resolve(cwd, path, FOLLOW, r);
  if (error == 0) {
    const inode = r.dentry.inode;
    if (pathWantsDirectory(path) && !isDirectory(inode.mode)) error = -ENOTDIR;
    else if ((mode & W_OK) != 0 && isRegular(inode.mode) && isReadOnly(inode.superBlock)) error = -EROFS;
    else if ((mode & X_OK) != 0 && (inode.mode & 0o111) == 0) error = -EACCES;
    dentryPut(r.dentry);
  }
  kfree(changetype<usize>(r));
  return error;
}

/** The target of a symbolic link into `out`: its length, or -EINVAL when it is none. */
export function vfsReadLink(cwd: usize, path: usize, out: usize, max: u32): i32 {
  const r = alloc<Resolved>();
  if (changetype<usize>(r) == 0) return -ENOMEM;
  let result = resolve(cwd, path, 0, r);
  if (result == 0) {
    const inode = r.dentry.inode;
    result = isSymlink(inode.mode) ? call_indirect<i32>(inode.ops.readLink, inode, out, max) : -EINVAL;
    dentryPut(r.dentry);
  }
  kfree(changetype<usize>(r));
  return result;
}

/** For creating calls (mkdir, rename, ...) on what cannot be written: the errno that says why not. */
export function vfsRefuseCreate(cwd: usize, path: usize): i32 {
  const r = alloc<Resolved>();
  if (changetype<usize>(r) == 0) return -ENOMEM;
  let error = resolve(cwd, path, 0, r);
  if (error == 0) {
    dentryPut(r.dentry);
    error = -EEXIST;
  } else if (error == -ENOENT && r.missing != 0) error = -EROFS;
  kfree(changetype<usize>(r));
  return error;
}
