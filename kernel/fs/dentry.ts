/**
 * Names: the tree of directory entries that have been looked up, and its cache.
 *
 * - A Dentry belongs to one directory and has one inode. It holds a reference to both; users of it hold references to
 *   it. One without users stays in the cache until its place is needed.
 * - A file system mounted on a directory hangs its root in `mounted`; that root's `covers` points back.
 * - The namespace lock guards the tree. Functions that need it held say so; the others take it.
 */
import { ENOMEM, ENOTDIR } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { Inode, inodePut } from './inode';
import { isDirectory } from './stat';

@unmanaged
export class Dentry {
  parent: Dentry | null;
  inode: Inode;
  /** Root of what is mounted here. */
  mounted: Dentry | null;
  /** For the root of a mounted file system: the directory under it. */
  covers: Dentry | null;
  hashNext: Dentry | null;
  newer: Dentry | null;
  older: Dentry | null;
  references: i32;
  nameLength: u32;
  nameHash: u32;
}

/** Unused names that stay cached. */
const MAX_UNUSED: u32 = 512;
const HASH_SLOTS: u32 = 256;

const hashTable = memory.data(256 * 8, 8);
const namespaceLock = changetype<Mutex>(memory.data(offsetof<Mutex>(), 8));
/** Unused names, the most recently released first. */
let newest: Dentry | null = null;
let oldest: Dentry | null = null;
let unused: u32 = 0;

export function namespaceEnter(): void {
  mutexLock(namespaceLock);
}

export function namespaceLeave(): void {
  mutexUnlock(namespaceLock);
}

/** Address of the name; not NUL-terminated. */
export function dentryName(d: Dentry): usize {
  return changetype<usize>(d) + offsetof<Dentry>();
}

/** FNV-1a. */
function hashName(name: usize, length: u32): u32 {
  let h: u32 = 0x811c9dc5;
  for (let i: u32 = 0; i < length; i++) h = (h ^ load<u8>(name + i)) * 0x01000193;
  return h;
}

function slotOf(parent: Dentry | null, nameHash: u32): usize {
  const mixed = nameHash ^ (<u32>(changetype<usize>(parent) >> 5) * 0x9e3779b1);
  return hashTable + (mixed & (HASH_SLOTS - 1)) * 8;
}

function isCached(d: Dentry): bool {
  return d.parent != null && !d.inode.superBlock.volatile;
}

function linkUnused(d: Dentry): void {
  const was = newest;
  d.newer = null;
  d.older = was;
  if (was != null) was.newer = d;
  else oldest = d;
  newest = d;
  unused++;
}

function unlinkUnused(d: Dentry): void {
  const newer = d.newer;
  const older = d.older;
  if (newer != null) newer.older = older;
  else newest = older;
  if (older != null) older.newer = newer;
  else oldest = newer;
  unused--;
}

function unhash(d: Dentry): void {
  const slot = slotOf(d.parent, d.nameHash);
  let at = changetype<Dentry | null>(load<usize>(slot));
  if (at == d) {
    store<usize>(slot, changetype<usize>(d.hashNext));
    return;
  }
  while (at != null) {
    if (at.hashNext == d) {
      at.hashNext = d.hashNext;
      return;
    }
    at = at.hashNext;
  }
}

/** Frees a dentry that nobody uses; the parent loses a user, and perhaps goes too: a loop, not a recursion. */
function destroy(first: Dentry): void {
  let d: Dentry | null = first;
  while (d != null) {
    const parent: Dentry | null = d.parent;
    inodePut(d.inode);
    kfree(changetype<usize>(d));
    d = null;
    if (parent != null) {
      parent.references--;
      if (parent.references == 0) {
        if (isCached(parent)) linkUnused(parent);
        else d = parent;
      }
    }
  }
}

function trim(): void {
  while (unused > MAX_UNUSED) {
    const d = oldest;
    if (d == null) return;
    unlinkUnused(d);
    unhash(d);
    destroy(d);
  }
}

/** A dentry with one reference that takes over the caller's reference of the inode. null: out of memory, nothing taken. */
function create(parent: Dentry | null, name: usize, length: u32, inode: Inode): Dentry | null {
  const at = kmalloc(offsetof<Dentry>() + length);
  if (at == 0) return null;
  const d = changetype<Dentry>(at);
  d.parent = parent;
  d.inode = inode;
  d.references = 1;
  d.nameLength = length;
  d.nameHash = hashName(name, length);
  memory.copy(dentryName(d), name, length);
  if (parent != null) parent.references++;
  if (isCached(d)) {
    const slot = slotOf(parent, d.nameHash);
    d.hashNext = changetype<Dentry | null>(load<usize>(slot));
    store<usize>(slot, changetype<usize>(d));
  }
  return d;
}

/** The root of a file system, from its root inode. */
export function dentryCreateRoot(inode: Inode): Dentry | null {
  return create(null, 0, 0, inode);
}

/** The namespace lock is held. */
export function dentryGet(d: Dentry): void {
  if (d.references == 0) unlinkUnused(d);
  d.references++;
}

/** Gives up a reference; the namespace lock is held. */
export function dentryPutHeld(d: Dentry): void {
  d.references--;
  if (d.references != 0) return;
  if (isCached(d)) {
    linkUnused(d);
    trim();
  } else destroy(d);
}

export function dentryPut(d: Dentry): void {
  namespaceEnter();
  dentryPutHeld(d);
  namespaceLeave();
}

function findCached(parent: Dentry, name: usize, length: u32): Dentry | null {
  const nameHash = hashName(name, length);
  let d = changetype<Dentry | null>(load<usize>(slotOf(parent, nameHash)));
  while (d != null) {
    if (
      d.nameHash == nameHash &&
      d.parent == parent &&
      d.nameLength == length &&
      memory.compare(dentryName(d), name, length) == 0
    ) {
      return d;
    }
    d = d.hashNext;
  }
  return null;
}

/**
 * Finds `name` in `parent`, without looking at mounts: stores the Dentry with a reference in `out`. 0, -ENOENT, -ENOTDIR,
 * -ENOMEM or what the file system says. The namespace lock is held.
 */
export function dentryLookup(parent: Dentry, name: usize, length: u32, out: usize): i32 {
  const directory = parent.inode;
  if (!isDirectory(directory.mode)) return -ENOTDIR;
  if (!directory.superBlock.volatile) {
    const cached = findCached(parent, name, length);
    if (cached != null) {
      dentryGet(cached);
      store<usize>(out, changetype<usize>(cached));
      return 0;
    }
  }
  const error = call_indirect<i32>(directory.ops.lookup, directory, name, length, out);
  if (error != 0) return error;
  const inode = changetype<Inode>(load<usize>(out));
  const d = create(parent, name, length, inode);
  if (d == null) {
    inodePut(inode);
    return -ENOMEM;
  }
  store<usize>(out, changetype<usize>(d));
  return 0;
}

/** The directory above, crossing to the file system below at a mount; the root is its own parent. */
export function dentryParent(d: Dentry): Dentry {
  let at = d;
  while (true) {
    const covered = at.covers;
    if (covered == null) break;
    at = covered;
  }
  const parent = at.parent;
  return parent == null ? at : parent;
}

/** What is to be seen at `d`: the root of the topmost mount on it, or itself. */
export function dentryTop(d: Dentry): Dentry {
  let at = d;
  while (true) {
    const mounted = at.mounted;
    if (mounted == null) return at;
    at = mounted;
  }
}

/** Inode of the parent directory; alive as long as `d` is. */
export function dentryParentInode(d: Dentry): Inode {
  return dentryTop(dentryParent(d)).inode;
}

/** Writes the absolute path of `d` with a final NUL; the length without it, or -1 when `max` is too small. */
export function dentryPath(d: Dentry, out: usize, max: usize): i32 {
  if (max < 2) return -1;
  let at = out + max - 1;
  store<u8>(at, 0);
  let here = d;
  while (true) {
    let covered = here.covers;
    while (covered != null) {
      here = covered;
      covered = here.covers;
    }
    const parent = here.parent;
    if (parent == null) break;
    if (at - out < <usize>here.nameLength + 1) return -1;
    at -= here.nameLength;
    memory.copy(at, dentryName(here), here.nameLength);
    at--;
    store<u8>(at, 0x2f);
    here = parent;
  }
  if (load<u8>(at) == 0) {
    at--;
    store<u8>(at, 0x2f);
  }
  const length = out + max - 1 - at;
  memory.copy(out, at, length + 1);
  return <i32>length;
}
