/**
 * Path resolution (POSIX XBD 4.13, Linux path_resolution(7)): from a string to a place, or to the directory of the last
 * name.
 *
 * - A PathWalk comes from a pool, with buffers, so that a call on a path allocates nothing. Use: walkTake(), put the path
 *   into walkBuffer(), walkStart(), walkRun(), look at `mount` and `dentry`, walkFree(), which gives their references up.
 * - Names in the cache are walked under the lock of dentry.ts without touching a reference. Only a name that is not cached
 *   or a symbolic link leaves the lock: the place is retained meanwhile, and the directory's mutex is held while its file
 *   system looks the name up.
 * - "." and ".." are resolved here; ".." of the root is the root.
 */
import { ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Credentials, currentCredentials } from '../proc/credentials';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { FsContext } from './context';
import {
  Dentry,
  NAME_HASH_START,
  dcacheEnter,
  dcacheLeave,
  dcacheLeaveQuickly,
  dentryAdd,
  dentryFindLocked,
  dentryGetLocked,
  dentryPutLocked,
  isNegative,
  nameHashStep,
} from './dentry';
import { File, fileRelease } from './file';
import { Inode, inodeMutex, inodePut } from './inode';
import { Mount, mountGetLocked, mountOfRoot, mountOnLocked, mountPutLocked } from './mount';
import { searchPermission } from './permission';
import { isDirectory, isSymlink } from './stat';

export const NAME_MAX: u32 = 255;
/** With the final NUL. */
export const PATH_MAX: u32 = 4096;
const MAX_LINKS: u32 = 40;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** Flags of a walk: follow a symbolic link at the end; stop at the directory of the last name. */
export const WALK_FOLLOW: u32 = 1;
export const WALK_PARENT: u32 = 2;

/** What the last name is, with WALK_PARENT. */
export const LAST_NAME: u32 = 0;
export const LAST_ROOT: u32 = 1;
export const LAST_DOT: u32 = 2;
export const LAST_DOT_DOT: u32 = 3;

/** Room for structures that a call copies to or from its program. */
export const WALK_SCRATCH_BYTES: usize = 512;

@unmanaged
export class PathWalk {
  poolNext: usize;
  /** Where it is; retained when `owned`. */
  mount: Mount;
  dentry: Dentry;
  rootMount: Mount;
  root: Dentry;
  /** Whose permissions count. */
  who: Credentials;
  irqFlags: u64;
  /** What is left of the path, NUL-terminated. */
  rest: usize;
  flags: u32;
  links: u32;
  owned: bool;
  started: bool;
  /** The path ended in a slash: its last name is a directory's. */
  trailingSlash: bool;
  /** With WALK_PARENT: the last name; it lies in a buffer of the walk or in the caller's path. */
  lastKind: u32;
  lastLength: u32;
  lastHash: u32;
  last: usize;
  /** Result of walkLookup: a dentry with a reference, perhaps negative. */
  child: Dentry;
  /** FsContext and File of walkStart, or 0. */
  context: usize;
  base: usize;
  /** The walk has a reference of `base`. */
  ownsBase: bool;
  /** The empty path, where AT_EMPTY_PATH allows it: the base itself. */
  isEmpty: bool;
  /** What walkFind() found; of a file without a name there is no place, and `owned` is false. */
  found: Inode;
  /** Where operations store what they find. */
  slot: usize;
}

const POOL_MAX: u32 = 32;
const poolLock = memory.data(4, 4);
let pool: usize = 0;
let pooled: u32 = 0;

const BUFFER_A: usize = offsetof<PathWalk>();
const BUFFER_B: usize = BUFFER_A + <usize>PATH_MAX;
const SCRATCH: usize = BUFFER_B + <usize>PATH_MAX;
const WALK_BYTES: usize = SCRATCH + WALK_SCRATCH_BYTES;

/** A walk for the caller alone; a null pointer when out of memory. walkFree() gives it back. */
export function walkTake(): PathWalk {
  const flags = lockIrqSave(poolLock);
  let at = pool;
  if (at != 0) {
    pool = changetype<PathWalk>(at).poolNext;
    pooled--;
  }
  unlockIrqRestore(poolLock, flags);
  if (at == 0) at = kmalloc(WALK_BYTES);
  const w = changetype<PathWalk>(at);
  if (at != 0) {
    w.owned = false;
    w.ownsBase = false;
  }
  return w;
}

/** PATH_MAX bytes for the path to be walked. */
export function walkBuffer(w: PathWalk): usize {
  return changetype<usize>(w) + BUFFER_A;
}

/** PATH_MAX bytes for a result; not while the walk runs. */
export function walkSecondBuffer(w: PathWalk): usize {
  return changetype<usize>(w) + BUFFER_B;
}

/** WALK_SCRATCH_BYTES, 8-byte aligned, for the caller. */
export function walkScratch(w: PathWalk): usize {
  return changetype<usize>(w) + SCRATCH;
}

/** Gives up the place that the walk holds. May sleep. */
export function walkDrop(w: PathWalk): void {
  if (!w.owned) return;
  w.owned = false;
  const flags = dcacheEnter();
  dentryPutLocked(w.dentry);
  mountPutLocked(w.mount);
  dcacheLeave(flags);
}

export function walkFree(w: PathWalk): void {
  walkDrop(w);
  if (w.ownsBase) fileRelease(changetype<File>(w.base));
  const at = changetype<usize>(w);
  const flags = lockIrqSave(poolLock);
  const keep = pooled < POOL_MAX;
  if (keep) {
    w.poolNext = pool;
    pool = at;
    pooled++;
  }
  unlockIrqRestore(poolLock, flags);
  if (!keep) kfree(at);
}

/** Is the walk's pointer null? */
export function isNoWalk(w: PathWalk): bool {
  return changetype<usize>(w) == 0;
}

/**
 * Says what to walk: `path` (NUL-terminated, the caller's as long as the walk lives), a relative one from the open
 * directory `base` (which the caller retains), or from the working directory of `context` (0: the top of the tree) when
 * `base` is null.
 */
export function walkStart(w: PathWalk, context: usize, base: File | null, path: usize): void {
  w.who = currentCredentials();
  w.rest = path;
  w.links = 0;
  w.context = context;
  w.base = changetype<usize>(base);
  w.started = false;
  w.isEmpty = false;
}

/** Finds the start of the walk, which the lock keeps alive: 0, -ENOENT before there is a root, or -ENOTDIR. */
function startLocked(w: PathWalk): i32 {
  const top = mountOfRoot();
  if (top == null) return -ENOENT;
  w.started = true;
  w.rootMount = top;
  w.root = top.root;
  w.mount = top;
  w.dentry = top.root;
  if (w.context != 0) {
    const c = changetype<FsContext>(w.context);
    w.rootMount = c.rootMount;
    w.root = c.root;
    w.mount = c.cwdMount;
    w.dentry = c.cwd;
  }
  if (load<u8>(w.rest) == SLASH) {
    w.mount = w.rootMount;
    w.dentry = w.root;
  } else if (w.base != 0) {
    const base = changetype<File>(w.base);
    if (changetype<usize>(base.dentry) == 0) return -ENOTDIR;
    w.mount = base.mount;
    w.dentry = base.dentry;
  }
  return 0;
}

function ownLocked(w: PathWalk): void {
  if (w.owned) return;
  mountGetLocked(w.mount);
  dentryGetLocked(w.dentry);
  w.owned = true;
}

/** Goes to a place that the lock keeps alive. */
function moveLocked(w: PathWalk, mount: Mount, dentry: Dentry): void {
  if (w.owned) {
    mountGetLocked(mount);
    dentryGetLocked(dentry);
    dentryPutLocked(w.dentry);
    mountPutLocked(w.mount);
  }
  w.mount = mount;
  w.dentry = dentry;
}

/** Goes to `d` of `mount`, or to what is mounted on it. */
function moveOntoLocked(w: PathWalk, mount: Mount, d: Dentry): void {
  let m = mount;
  let at = d;
  while (at.mounts != 0) {
    const on = mountOnLocked(m, at);
    if (changetype<usize>(on) == 0) break;
    m = on;
    at = on.root;
  }
  moveLocked(w, m, at);
}

function moveUpLocked(w: PathWalk): void {
  let mount = w.mount;
  let d = w.dentry;
  while (true) {
    if (mount == w.rootMount && d == w.root) return;
    if (d != mount.root) break;
    const parent = mount.parent;
    const point = mount.mountpoint;
    if (parent == null || point == null) return;
    mount = parent;
    d = point;
  }
  const above = d.parent;
  if (above == null) return;
  // What is mounted over the directory above is what is seen there.
  moveOntoLocked(w, mount, above);
}

/** Asks the file system for the name, with the directory's mutex held: 0 and w.child (a reference), or an errno. */
export function walkLookupHeld(w: PathWalk, name: usize, length: u32, hash: u32): i32 {
  const parent = w.dentry;
  const directory = parent.inode;
  if (!directory.superBlock.volatile) {
    const flags = dcacheEnter();
    const cached = dentryFindLocked(parent, name, length, hash);
    if (changetype<usize>(cached) != 0) dentryGetLocked(cached);
    dcacheLeaveQuickly(flags);
    w.child = cached;
    if (changetype<usize>(cached) != 0) return 0;
  }
  if (directory.links == 0 || directory.ops.lookup == 0) return -ENOENT;
  const slot = changetype<usize>(w) + offsetof<PathWalk>('slot');
  w.slot = 0;
  const error = call_indirect<i32>(directory.ops.lookup, directory, name, length, slot);
  if (error != 0 && error != -ENOENT) return error;
  const inode: usize = error == 0 ? w.slot : 0;
  const child = dentryAdd(parent, name, length, hash, inode);
  w.child = child;
  if (changetype<usize>(child) != 0) return 0;
  if (inode != 0) inodePut(changetype<Inode>(inode));
  return -ENOMEM;
}

/** As above, from within a walk: leaves the lock and takes the directory's mutex. */
function lookupSlowly(w: PathWalk, name: usize, length: u32, hash: u32): i32 {
  ownLocked(w);
  dcacheLeaveQuickly(w.irqFlags);
  const mutex = inodeMutex(w.dentry.inode);
  mutexLock(mutex);
  const error = walkLookupHeld(w, name, length, hash);
  mutexUnlock(mutex);
  w.irqFlags = dcacheEnter();
  return error;
}

function stringLength(s: usize): u32 {
  let n: u32 = 0;
  while (load<u8>(s + n) != 0) n++;
  return n;
}

/** The buffer in which `w.rest` does not lie. */
function otherBuffer(w: PathWalk): usize {
  const a = walkBuffer(w);
  return w.rest >= a && w.rest < a + <usize>PATH_MAX ? walkSecondBuffer(w) : a;
}

/** Puts the target of the link `inode` before the rest of the path; no lock is held. */
function readTarget(w: PathWalk, inode: Inode, isLast: bool): i32 {
  const buffer = otherBuffer(w);
  const length: i32 =
    inode.ops.readLink == 0 ? -ENOENT : call_indirect<i32>(inode.ops.readLink, inode, buffer, PATH_MAX);
  if (length < 0) return length;
  if (length == 0) return -ENOENT;
  if (<u32>length >= PATH_MAX) return -ENAMETOOLONG;
  let end: u32 = length;
  if (!isLast || w.trailingSlash) {
    const rest = stringLength(w.rest);
    if (end + rest + 2 > PATH_MAX) return -ENAMETOOLONG;
    store<u8>(buffer + end, SLASH);
    end++;
    memory.copy(buffer + end, w.rest, rest);
    end += rest;
  }
  store<u8>(buffer + end, 0);
  w.rest = buffer;
  return 0;
}

/** Goes where a link of proc leads without a path: InodeOps.jump stores a place with references in the scratch. */
function jump(w: PathWalk, inode: Inode): i32 {
  const place = walkScratch(w);
  const error = call_indirect<i32>(inode.ops.jump, inode, place);
  if (error != 0) return error;
  walkDrop(w);
  w.mount = changetype<Mount>(load<usize>(place));
  w.dentry = changetype<Dentry>(load<usize>(place, 8));
  w.owned = true;
  return 0;
}

/** Follows the link `d`. The lock is left and taken again; on success the walk goes on with w.rest. */
function followLocked(w: PathWalk, d: Dentry, isLast: bool): i32 {
  if (++w.links > MAX_LINKS) return -ELOOP;
  ownLocked(w);
  dentryGetLocked(d);
  dcacheLeaveQuickly(w.irqFlags);
  const inode = d.inode;
  const jumps = inode.ops.jump != 0;
  const error = jumps ? jump(w, inode) : readTarget(w, inode, isLast);
  w.irqFlags = dcacheEnter();
  dentryPutLocked(d);
  if (error != 0 || jumps) return error;
  if (load<u8>(w.rest) == SLASH) moveLocked(w, w.rootMount, w.root);
  return 0;
}

function isNull(d: Dentry): bool {
  return changetype<usize>(d) == 0;
}

function walkLocked(w: PathWalk): i32 {
  let jumped = false;
  while (true) {
    let name = w.rest;
    while (load<u8>(name) == SLASH) name++;
    if (load<u8>(name) == 0) {
      // The path was "/", or a link of proc was its end.
      w.rest = name;
      w.lastKind = LAST_ROOT;
      if ((w.flags & WALK_PARENT) != 0 && !jumped) return 0;
      return !w.trailingSlash || isDirectory(w.dentry.inode.mode) ? 0 : -ENOTDIR;
    }
    const directory = w.dentry.inode;
    if (!isDirectory(directory.mode)) return -ENOTDIR;
    let error = searchPermission(directory, w.who);
    if (error != 0) return error;
    let hash = NAME_HASH_START;
    let end = name;
    let byte = load<u8>(end);
    while (byte != 0 && byte != SLASH) {
      hash = nameHashStep(hash, byte);
      end++;
      byte = load<u8>(end);
    }
    const length = <u32>(end - name);
    while (load<u8>(end) == SLASH) end++;
    const isLast = load<u8>(end) == 0;
    w.rest = end;
    w.trailingSlash = isLast && byte == SLASH;
    let kind = LAST_NAME;
    if (load<u8>(name) == DOT) {
      if (length == 1) kind = LAST_DOT;
      else if (length == 2 && load<u8>(name, 1) == DOT) kind = LAST_DOT_DOT;
    }
    if (isLast && (w.flags & WALK_PARENT) != 0) {
      if (kind == LAST_NAME && length > directory.superBlock.maxNameLength) return -ENAMETOOLONG;
      w.lastKind = kind;
      w.last = name;
      w.lastLength = length;
      w.lastHash = hash;
      return 0;
    }
    if (kind != LAST_NAME) {
      if (kind == LAST_DOT_DOT) moveUpLocked(w);
      continue;
    }
    if (length > directory.superBlock.maxNameLength) return -ENAMETOOLONG;
    let child = changetype<Dentry>(<usize>0);
    let retained = false;
    if (!directory.superBlock.volatile) child = dentryFindLocked(w.dentry, name, length, hash);
    if (isNull(child)) {
      error = lookupSlowly(w, name, length, hash);
      if (error != 0) return error;
      child = w.child;
      retained = true;
    }
    if (isNegative(child)) {
      if (retained) dentryPutLocked(child);
      return -ENOENT;
    }
    if (isSymlink(child.inode.mode) && (!isLast || w.trailingSlash || (w.flags & WALK_FOLLOW) != 0)) {
      error = followLocked(w, child, isLast);
      if (retained) dentryPutLocked(child);
      if (error != 0) return error;
      jumped = true;
      continue;
    }
    const mustBeDirectory = w.trailingSlash;
    if (retained) {
      // The child's reference keeps it alive while the old place is given up.
      moveOntoLocked(w, w.mount, child);
      ownLocked(w);
      dentryPutLocked(child);
    } else moveOntoLocked(w, w.mount, child);
    if (isLast) return mustBeDirectory && !isDirectory(w.dentry.inode.mode) ? -ENOTDIR : 0;
  }
}

/**
 * Walks: 0 and a retained place, or a negative errno. With WALK_PARENT the place is the directory of the last name
 * (`lastKind`, `last`...), which is not looked up. May be called again with another w.rest to go on from the place.
 */
export function walkRun(w: PathWalk, flags: u32): i32 {
  w.flags = flags;
  w.trailingSlash = false;
  if (load<u8>(w.rest) == 0) return -ENOENT;
  w.irqFlags = dcacheEnter();
  let error = w.started ? 0 : startLocked(w);
  if (error == 0) error = walkLocked(w);
  if (error == 0) ownLocked(w);
  dcacheLeave(w.irqFlags);
  return error;
}

/** Walks to an existing file, `w.found`; the empty path (w.isEmpty) is the base. 0 or a negative errno. */
export function walkFind(w: PathWalk, flags: u32): i32 {
  if (w.isEmpty && w.base != 0 && changetype<usize>(changetype<File>(w.base).dentry) == 0) {
    w.found = changetype<File>(w.base).inode;
    return 0;
  }
  let error = 0;
  if (w.isEmpty) {
    w.irqFlags = dcacheEnter();
    error = startLocked(w);
    if (error == 0) ownLocked(w);
    dcacheLeaveQuickly(w.irqFlags);
  } else error = walkRun(w, flags);
  if (error == 0) w.found = w.dentry.inode;
  return error;
}

/**
 * For open(): the last name turned out to be the link `d` (of which the caller has a reference): goes on behind it, with
 * WALK_PARENT again.
 */
export function walkFollowLast(w: PathWalk, d: Dentry): i32 {
  if (++w.links > MAX_LINKS) return -ELOOP;
  const inode = d.inode;
  if (inode.ops.jump != 0) {
    w.lastKind = LAST_ROOT;
    return jump(w, inode);
  }
  const error = readTarget(w, inode, true);
  if (error != 0) return error;
  w.irqFlags = dcacheEnter();
  if (load<u8>(w.rest) == SLASH) moveLocked(w, w.rootMount, w.root);
  const failed = walkLocked(w);
  if (failed == 0) ownLocked(w);
  dcacheLeave(w.irqFlags);
  return failed;
}

/** Goes to the child (a reference of which the caller has and keeps) that is not a link, and to what is mounted on it. */
export function walkEnter(w: PathWalk, d: Dentry): void {
  const flags = dcacheEnter();
  moveOntoLocked(w, w.mount, d);
  ownLocked(w);
  dcacheLeave(flags);
}
