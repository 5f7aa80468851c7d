/**
 * Path resolution (POSIX XBD 4.13): from a string to a Dentry.
 *
 * - "." and ".." are resolved here, against the tree that was walked; ".." of the root is the root.
 * - A component longer than NAME_MAX or a path longer than PATH_MAX is -ENAMETOOLONG, the empty path -ENOENT, a file in the
 *   middle -ENOTDIR, more than MAX_LINKS symbolic links -ELOOP.
 */
import { ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Dentry, dentryGet, dentryLookup, dentryParent, dentryPutHeld, dentryTop } from './dentry';
import { vfsRoot } from './mount';
import { isDirectory, isSymlink } from './stat';

export const NAME_MAX: u32 = 255;
/** With the final NUL. */
export const PATH_MAX: u32 = 4096;
const MAX_LINKS: u32 = 40;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** A walk: where it is (one reference), and what is left of the path. */
@unmanaged
export class PathWalk {
  at: Dentry;
  /** NUL-terminated. */
  rest: usize;
  /** Buffer of a path that a symbolic link gave; 0: none. */
  owned: usize;
  links: u32;
  followLast: bool;
  /** Set when the last component does not exist but its directory does: open() may create it. */
  missingLast: bool;
}

export function pathLength(path: usize): u32 {
  let n: u32 = 0;
  while (n < PATH_MAX && load<u8>(path + n) != 0) n++;
  return n;
}

function move(w: PathWalk, to: Dentry): void {
  dentryPutHeld(w.at);
  w.at = to;
}

function moveToParent(w: PathWalk): void {
  const parent = dentryTop(dentryParent(w.at));
  dentryGet(parent);
  move(w, parent);
}

/** Puts a link's target before the rest of the path. The link's dentry is `link`. */
function followLink(w: PathWalk, link: Dentry): i32 {
  if (++w.links > MAX_LINKS) return -ELOOP;
  const buffer = kmalloc(PATH_MAX);
  if (buffer == 0) return -ENOMEM;
  const inode = link.inode;
  const length: i32 =
    inode.ops.readLink == 0 ? -ENOENT : call_indirect<i32>(inode.ops.readLink, inode, buffer, PATH_MAX);
  const rest = pathLength(w.rest);
  if (length < 0 || <u32>length + rest + 2 > PATH_MAX) {
    kfree(buffer);
    return length < 0 ? length : -ENAMETOOLONG;
  }
  store<u8>(buffer + length, SLASH);
  memory.copy(buffer + length + 1, w.rest, rest + 1);
  if (rest == 0) store<u8>(buffer + length, 0);
  kfree(w.owned);
  w.owned = buffer;
  w.rest = buffer;
  const root = vfsRoot();
  if (load<u8>(buffer) == SLASH && root != null) {
    dentryGet(root);
    move(w, root);
  }
  return 0;
}

function skipSlashes(w: PathWalk): void {
  while (load<u8>(w.rest) == SLASH) w.rest++;
}

/** One ordinary component of `length` bytes at `name`; `w.rest` is after it. `scratch` is a Dentry pointer. */
function step(w: PathWalk, name: usize, length: u32, scratch: usize): i32 {
  const error = dentryLookup(w.at, name, length, scratch);
  if (error != 0) {
    // A path that ends in a slash names a directory, which open() does not create.
    if (error == -ENOENT) w.missingLast = load<u8>(w.rest) == 0;
    return error;
  }
  const found = changetype<Dentry>(load<usize>(scratch));
  if (isSymlink(found.inode.mode) && (w.followLast || load<u8>(w.rest) != 0)) {
    const failed = followLink(w, found);
    dentryPutHeld(found);
    return failed;
  }
  const top = dentryTop(found);
  if (top != found) {
    dentryGet(top);
    dentryPutHeld(found);
  }
  if (load<u8>(w.rest) == SLASH && !isDirectory(top.inode.mode)) {
    dentryPutHeld(top);
    return -ENOTDIR;
  }
  move(w, top);
  return 0;
}

function walk(w: PathWalk, scratch: usize): i32 {
  while (true) {
    skipSlashes(w);
    if (load<u8>(w.rest) == 0) return 0;
    const name = w.rest;
    let length: u32 = 0;
    while (load<u8>(name + length) != 0 && load<u8>(name + length) != SLASH) length++;
    if (!isDirectory(w.at.inode.mode)) return -ENOTDIR;
    if (length > NAME_MAX) return -ENAMETOOLONG;
    w.rest = name + length;
    if (length == 1 && load<u8>(name) == DOT) continue;
    if (length == 2 && load<u8>(name) == DOT && load<u8>(name, 1) == DOT) {
      moveToParent(w);
      continue;
    }
    const error = step(w, name, length, scratch);
    if (error != 0) return error;
  }
}

function run(w: PathWalk, path: usize, scratch: usize): i32 {
  const length = pathLength(path);
  if (length == 0) return -ENOENT;
  if (length >= PATH_MAX) return -ENAMETOOLONG;
  w.rest = path;
  w.missingLast = false;
  const error = walk(w, scratch);
  kfree(w.owned);
  w.owned = 0;
  return error;
}

/** Resolution that may follow a symbolic link at the end of the path, or find it. */
export const FOLLOW: u32 = 1;

/**
 * Resolves `path`, relative to the absolute path `cwd` unless it is absolute itself (0: the root). Stores the Dentry with
 * a reference in `out`, and in `missing` (a u32, or 0) whether only the last component was not found. The namespace
 * lock is held.
 */
export function pathResolve(cwd: usize, path: usize, flags: u32, out: usize, missing: usize): i32 {
  const root = vfsRoot();
  if (root == null) return -ENOENT;
  const memory = kmalloc(offsetof<PathWalk>() + 8);
  if (memory == 0) return -ENOMEM;
  const w = changetype<PathWalk>(memory);
  const scratch = memory + offsetof<PathWalk>();
  dentryGet(root);
  w.at = root;
  let error = 0;
  if (cwd != 0 && load<u8>(path) != SLASH && load<u8>(path) != 0) {
    w.followLast = true;
    error = run(w, cwd, scratch);
    if (error == 0 && !isDirectory(w.at.inode.mode)) error = -ENOTDIR;
    w.missingLast = false;
  }
  if (error == 0) {
    w.followLast = (flags & FOLLOW) != 0;
    error = run(w, path, scratch);
  }
  if (error == 0) store<usize>(out, changetype<usize>(w.at));
  else dentryPutHeld(w.at);
  if (missing != 0) store<u32>(missing, w.missingLast ? 1 : 0);
  kfree(memory);
  return error;
}

/** True when a path ends in a slash or a dot component, so that it can name a directory only. */
export function pathWantsDirectory(path: usize): bool {
  const length = pathLength(path);
  return length > 0 && load<u8>(path + length - 1) == SLASH;
}
