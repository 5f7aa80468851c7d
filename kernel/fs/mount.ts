/**
 * The tree of mounts: which root of a file system is to be seen at which directory.
 *
 * - A place in the system is a Mount and a Dentry: one directory can be seen through several mounts (mount --bind), and
 *   ".." and the flags of access depend on which one it was reached by.
 * - The lock of dentry.ts guards the tree and the references. A mount in the tree has one reference for that, one of its
 *   parent's for each mount on it, and its users' (open files, working directories, path walks).
 */
import { EBUSY, EINVAL, ENOMEM, ENOTDIR } from '../lib/errno';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import {
  Dentry,
  dcacheDeadMountsLocked,
  dcacheEnter,
  dcacheLeave,
  dcacheLeaveQuickly,
  dcacheSetDeadMountsLocked,
  dcacheSetMountEnd,
  dentryCreateRoot,
  dentryForgetAll,
  dentryGetLocked,
  dentryPut,
  dentryPutLocked,
  isBelowLocked,
} from './dentry';
import { Inode, SuperBlock, inodePut } from './inode';
import { isDirectory } from './stat';
import { MS_RDONLY, MS_RELATIME, superBlockEnd } from './super-block';

@unmanaged
export class Mount {
  /** In the order in which they were made. */
  next: Mount | null;
  previous: Mount | null;
  /** null for the root, and for one that was taken out of the tree. */
  parent: Mount | null;
  mountpoint: Dentry | null;
  root: Dentry;
  superBlock: SuperBlock;
  /** What was mounted, for /proc/mounts: NUL-terminated, its own. */
  source: usize;
  /** MS_ flags that are of the mount. */
  flags: u32;
  id: u32;
  references: i32;
  /** Mounts on directories of this one. */
  children: u32;
  /** Mounts of the same directory, by hash. */
  hashNext: usize;
  /** In the tree. */
  attached: bool;
}

const HASH_SLOTS: u32 = 64;
const hashTable = memory.data(64 * 8, 8);
let first: Mount | null = null;
let last: Mount | null = null;
let rootMount: Mount | null = null;
let lastId: u32 = 0;
let count: u32 = 0;

/** The mounts in the order in which they were made: for those who hold the lock. */
export function firstMountLocked(): Mount | null {
  return first;
}

export function mountCount(): u32 {
  return count;
}

/** The mount at the top of the tree; null before the root file system is mounted. */
export function mountOfRoot(): Mount | null {
  return rootMount;
}

function slotOf(parent: Mount, at: Dentry): usize {
  const mixed = <u32>(changetype<usize>(parent) >> 6) + <u32>(changetype<usize>(at) >> 6) * 0x9e3779b1;
  return hashTable + ((mixed ^ (mixed >> 16)) & (HASH_SLOTS - 1)) * 8;
}

/** What is mounted on `at` as seen through `parent`; a null pointer when nothing is. */
export function mountOnLocked(parent: Mount, at: Dentry): Mount {
  let m = load<usize>(slotOf(parent, at));
  while (m != 0) {
    const mount = changetype<Mount>(m);
    if (mount.parent == parent && mount.mountpoint == at) break;
    m = mount.hashNext;
  }
  return changetype<Mount>(m);
}

function isNone(mount: Mount): bool {
  return changetype<usize>(mount) == 0;
}

export function mountGetLocked(mount: Mount): void {
  mount.references++;
}

/** The last reference is of a mount outside of the tree: it ends when the lock is released. */
export function mountPutLocked(mount: Mount): void {
  mount.references--;
  if (mount.references != 0) return;
  mount.hashNext = dcacheDeadMountsLocked();
  dcacheSetDeadMountsLocked(changetype<usize>(mount));
}

/** Gives up a place. May sleep. */
export function placePut(mount: Mount, dentry: Dentry): void {
  const flags = dcacheEnter();
  dentryPutLocked(dentry);
  mountPutLocked(mount);
  dcacheLeave(flags);
}

export function placeGet(mount: Mount, dentry: Dentry): void {
  const flags = dcacheEnter();
  dentryGetLocked(dentry);
  mountGetLocked(mount);
  dcacheLeaveQuickly(flags);
}

/** Ends mounts that nobody uses any more; with the last one of a file system, that too. May sleep. */
function endMounts(firstDead: usize): void {
  let at = firstDead;
  while (at != 0) {
    const mount = changetype<Mount>(at);
    at = mount.hashNext;
    const superBlock = mount.superBlock;
    dentryPut(mount.root);
    kfree(mount.source);
    kfree(changetype<usize>(mount));
    const flags = dcacheEnter();
    superBlock.mounts--;
    const unused = superBlock.mounts == 0;
    dcacheLeave(flags);
    if (!unused) continue;
    dentryForgetAll(superBlock);
    superBlockEnd(superBlock);
  }
}

export function mountsInit(): void {
  dcacheSetMountEnd(endMounts);
}

function copyString(text: usize): usize {
  let length: usize = 0;
  while (load<u8>(text + length) != 0) length++;
  const copy = kmalloc(length + 1);
  if (copy != 0) memory.copy(copy, text, length);
  return copy;
}

/** A mount outside of the tree with one reference; takes over a reference of `root`. A null pointer: out of memory. */
export function mountCreate(superBlock: SuperBlock, root: Dentry, source: usize, mountFlags: u32): Mount {
  const mount = alloc<Mount>();
  if (isNone(mount)) return mount;
  mount.source = copyString(source);
  if (mount.source == 0) {
    kfree(changetype<usize>(mount));
    return changetype<Mount>(<usize>0);
  }
  mount.superBlock = superBlock;
  mount.root = root;
  mount.flags = mountFlags;
  mount.references = 1;
  const flags = dcacheEnter();
  superBlock.mounts++;
  mount.id = ++lastId;
  dcacheLeaveQuickly(flags);
  return mount;
}

function appendLocked(mount: Mount): void {
  mount.attached = true;
  mount.previous = last;
  const before = last;
  if (before == null) first = mount;
  else before.next = mount;
  last = mount;
  count++;
}

/** Puts it into the tree at a place that the caller has references of; the tree takes over the caller's reference. */
export function mountAttach(mount: Mount, parent: Mount, at: Dentry): i32 {
  const flags = dcacheEnter();
  let error = 0;
  if (isDirectory(at.inode.mode) != isDirectory(mount.root.inode.mode)) error = -ENOTDIR;
  else if (!isNone(mountOnLocked(parent, at))) error = -EBUSY;
  else if (!parent.attached || at.inode.links == 0) error = -EINVAL;
  else {
    mountGetLocked(parent);
    parent.children++;
    dentryGetLocked(at);
    at.mounts++;
    mount.parent = parent;
    mount.mountpoint = at;
    const slot = slotOf(parent, at);
    mount.hashNext = load<usize>(slot);
    store<usize>(slot, changetype<usize>(mount));
    appendLocked(mount);
  }
  dcacheLeaveQuickly(flags);
  return error;
}

/** The root of all; -EBUSY when there is one. Takes over the reference of the root inode in any case. */
export function mountRoot(superBlock: SuperBlock, rootInode: Inode): i32 {
  mountsInit();
  if (rootMount != null) {
    inodePut(rootInode);
    return -EBUSY;
  }
  const root = dentryCreateRoot(rootInode);
  if (root == null) {
    inodePut(rootInode);
    return -ENOMEM;
  }
  const mount = mountCreate(
    superBlock,
    root,
    superBlock.sourceName,
    MS_RELATIME | (superBlock.flags & MS_RDONLY),
  );
  if (isNone(mount)) {
    dentryPut(root);
    return -ENOMEM;
  }
  const flags = dcacheEnter();
  appendLocked(mount);
  rootMount = mount;
  dcacheLeaveQuickly(flags);
  return 0;
}

/** Mounts a file system with its root inode, whose reference is taken over, at a place. */
export function mountNew(
  superBlock: SuperBlock,
  rootInode: Inode,
  parent: Mount,
  at: Dentry,
  source: usize,
  mountFlags: u32,
): i32 {
  const root = dentryCreateRoot(rootInode);
  if (root == null) {
    inodePut(rootInode);
    return -ENOMEM;
  }
  return mountDentry(superBlock, root, parent, at, source, mountFlags);
}

/** Shows `root`, whose reference is taken over, at a place. */
export function mountDentry(
  superBlock: SuperBlock,
  root: Dentry,
  parent: Mount,
  at: Dentry,
  source: usize,
  mountFlags: u32,
): i32 {
  const mount = mountCreate(superBlock, root, source, mountFlags);
  if (isNone(mount)) {
    dentryPut(root);
    return -ENOMEM;
  }
  const error = mountAttach(mount, parent, at);
  if (error != 0) {
    const flags = dcacheEnter();
    mountPutLocked(mount);
    dcacheLeave(flags);
  }
  return error;
}

function unhashLocked(mount: Mount, parent: Mount, at: Dentry): void {
  let link = slotOf(parent, at);
  while (load<usize>(link) != changetype<usize>(mount))
    link = load<usize>(link) + offsetof<Mount>('hashNext');
  store<usize>(link, mount.hashNext);
}

/** Takes a mount out of the tree: the reference of the tree is given up. The lock is held. */
function detachLocked(mount: Mount): void {
  const parent = mount.parent;
  const at = mount.mountpoint;
  const before = mount.previous;
  const after = mount.next;
  if (before == null) first = after;
  else before.next = after;
  if (after == null) last = before;
  else after.previous = before;
  count--;
  mount.attached = false;
  if (parent != null && at != null) {
    unhashLocked(mount, parent, at);
    mount.parent = null;
    mount.mountpoint = null;
    at.mounts--;
    parent.children--;
    dentryPutLocked(at);
    mountPutLocked(parent);
  }
  mountPutLocked(mount);
}

/** Any mount on a directory of `mount`; a null pointer when there is none. */
function anyChildLocked(mount: Mount): Mount {
  let m = first;
  while (m != null) {
    if (m.parent == mount) break;
    m = m.next;
  }
  return changetype<Mount>(changetype<usize>(m));
}

/**
 * Takes a mount out of the tree. `lazy`: with all mounts on it, and whoever uses it may go on (MNT_DETACH); else -EBUSY
 * when somebody does besides the caller, who has one reference.
 */
export function mountDetach(mount: Mount, lazy: bool): i32 {
  const flags = dcacheEnter();
  let error = 0;
  if (mount == rootMount || !mount.attached) error = mount == rootMount ? -EBUSY : -EINVAL;
  else if (!lazy && (mount.children != 0 || mount.references > 2)) error = -EBUSY;
  if (error == 0) {
    while (true) {
      let victim = mount;
      for (let child = anyChildLocked(victim); !isNone(child); child = anyChildLocked(victim)) victim = child;
      const done = victim == mount;
      detachLocked(victim);
      if (done) break;
    }
  }
  dcacheLeave(flags);
  return error;
}

/** Moves a mount to another place (MS_MOVE). */
export function mountMove(mount: Mount, parent: Mount, to: Dentry): i32 {
  const flags = dcacheEnter();
  const oldParent = mount.parent;
  const oldAt = mount.mountpoint;
  let error = 0;
  if (oldParent == null || oldAt == null || !mount.attached || !parent.attached) error = -EINVAL;
  else if (isDirectory(to.inode.mode) != isDirectory(mount.root.inode.mode)) error = -ENOTDIR;
  else if (!isNone(mountOnLocked(parent, to))) error = -EBUSY;
  else if (isInsideLocked(parent, mount)) error = -EINVAL;
  else {
    unhashLocked(mount, oldParent, oldAt);
    mountGetLocked(parent);
    parent.children++;
    dentryGetLocked(to);
    to.mounts++;
    mount.parent = parent;
    mount.mountpoint = to;
    const slot = slotOf(parent, to);
    mount.hashNext = load<usize>(slot);
    store<usize>(slot, changetype<usize>(mount));
    oldAt.mounts--;
    oldParent.children--;
    dentryPutLocked(oldAt);
    mountPutLocked(oldParent);
  }
  dcacheLeave(flags);
  return error;
}

function isInsideLocked(inner: Mount, outer: Mount): bool {
  let m: Mount | null = inner;
  while (m != null) {
    if (m == outer) return true;
    m = m.parent;
  }
  return false;
}

/** Is the place (mount, at) within what the root of the caller shows? For /proc/mounts and getcwd. */
export function isReachableLocked(mount: Mount, at: Dentry, rootM: Mount, root: Dentry): bool {
  let m = mount;
  let d = at;
  while (m != rootM) {
    const parent = m.parent;
    const point = m.mountpoint;
    if (parent == null || point == null) return false;
    m = parent;
    d = point;
  }
  return isBelowLocked(d, root);
}

/** A place that cannot be written: its file system or this mount of it is read-only. */
export function isMountReadOnly(mount: Mount): bool {
  return ((mount.flags | mount.superBlock.flags) & MS_RDONLY) != 0;
}

/** Is some mount of this file system in the tree? A null pointer when none is; the lock is held. */
export function mountOfSuperLocked(superBlock: SuperBlock): Mount {
  let m = first;
  while (m != null) {
    if (m.superBlock == superBlock) break;
    m = m.next;
  }
  return changetype<Mount>(changetype<usize>(m));
}

/** Inode number of the directory above a place; its own at the top of the tree. */
export function parentNumber(mount: Mount, dentry: Dentry): u64 {
  const flags = dcacheEnter();
  let m = mount;
  let d = dentry;
  while (d == m.root) {
    const parent = m.parent;
    const point = m.mountpoint;
    if (parent == null || point == null) break;
    m = parent;
    d = point;
  }
  const above = d.parent;
  const number = above == null ? d.inode.number : above.inode.number;
  dcacheLeaveQuickly(flags);
  return number;
}
