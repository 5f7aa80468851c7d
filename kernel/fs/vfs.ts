/**
 * Files by path for the kernel itself and for tests. Paths are NUL-terminated kernel bytes; `context` is the FsContext of
 * the process for which it is done, 0 for the kernel's own. Everything answers 0 or a negative errno.
 */
import { ENOMEM, ENOTDIR } from '../lib/errno';
import { openWalk } from './open';
import { O_LARGEFILE } from './open-flags';
import { PathWalk, WALK_FOLLOW, isNoWalk, walkFree, walkRun, walkStart, walkTake } from './path-walk';
import { isDirectory, statFill } from './stat';

/** Opens `path` and stores the File in `out`. `mode` (umask applied) is for a file that open creates. */
export function vfsOpen(context: usize, path: usize, flags: u32, mode: u32, out: usize): i32 {
  const w = walkTake();
  if (isNoWalk(w)) return -ENOMEM;
  walkStart(w, context, null, path);
  const error = openWalk(w, flags | O_LARGEFILE, mode, out);
  walkFree(w);
  return error;
}

/** A walk to an existing file; the caller frees it in any case. */
function resolve(w: PathWalk, context: usize, path: usize, followLinks: bool): i32 {
  walkStart(w, context, null, path);
  return walkRun(w, followLinks ? WALK_FOLLOW : 0);
}

/** Fills a struct stat; with `followLinks` false a symbolic link itself is described. */
export function vfsStat(context: usize, path: usize, stat: usize, followLinks: bool): i32 {
  const w = walkTake();
  if (isNoWalk(w)) return -ENOMEM;
  const error = resolve(w, context, path, followLinks);
  if (error == 0) statFill(w.dentry.inode, stat);
  walkFree(w);
  return error;
}

/** A walk that stands at the existing directory `path`; walkFree() ends it. Negative errno in `out` (an i32): null. */
export function vfsDirectory(context: usize, path: usize, out: usize): PathWalk | null {
  const w = walkTake();
  let error = -ENOMEM;
  if (!isNoWalk(w)) {
    error = resolve(w, context, path, true);
    if (error == 0 && !isDirectory(w.dentry.inode.mode)) error = -ENOTDIR;
    if (error != 0) walkFree(w);
  }
  store<i32>(out, error);
  return error == 0 ? w : null;
}
