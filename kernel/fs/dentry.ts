/**
 * Names: the tree of directory entries that have been looked up, and its cache (the dcache).
 *
 * - A Dentry is a name in a directory and has an inode, or none: then it remembers that the name does not exist. It holds a
 *   reference of its parent and its inode; its users hold references of it. One without users stays cached until its
 *   place is needed.
 * - One spinlock guards the tree, all references, and the mounts (mount.ts). Path walks hold it over many components, so
 *   nothing that sleeps is done with it: what is to be freed is put on lists, and dcacheLeave() frees it afterwards.
 * - Functions whose names end in Locked need the lock held. Those that add, remove or rename names also need the mutex of
 *   the directory's inode.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Inode, SuperBlock, inodePut } from './inode';

@unmanaged
export class Dentry {
  /** null for the root of a file system, and for a name that is in no tree. */
  parent: Dentry | null;
  /** Address of the Inode; 0: the name does not exist. dentryInode() gives it where it is known to be there. */
  inodeAddress: usize;
  superBlock: SuperBlock;
  /** Not NUL-terminated. */
  name: usize;
  nameLength: u32;
  nameHash: u32;
  references: i32;
  /** DENTRY_ bits. */
  flags: u32;
  /** Mounts on it. */
  mounts: u32;
  hashNext: usize;
  newer: usize;
  older: usize;
  firstChild: usize;
  nextSibling: usize;
  previousSibling: usize;

  get inode(): Inode {
    return changetype<Inode>(this.inodeAddress);
  }
}

/** In the hash table: to be found. */
const DENTRY_HASHED: u32 = 1;
/** On the list of unused ones. */
const DENTRY_UNUSED: u32 = 2;

/** "#": what proc shows of files that never had a name. */
const NAMELESS = memory.data<u8>([0x23]);
const HASH_SLOTS: u32 = 4096;
const hashTable = memory.data(4096 * 8, 8);
const lock = memory.data(4, 4);
/** Unused names, the most recently released first. */
let newest: usize = 0;
let oldest: usize = 0;
let unusedCount: u32 = 0;
let totalCount: u32 = 0;
/** Unused names that stay cached. */
let maxUnused: u32 = 1024;
/** Dentries to be freed, linked by hashNext. */
let dead: usize = 0;
/** Called by dcacheLeave with the list of mounts to be ended (mount.ts). */
let deadMounts: usize = 0;
let endMounts: u32 = 0;

export function dcacheEnter(): u64 {
  return lockIrqSave(lock);
}

/** Releases the lock, nothing else: for those who hold an inode's mutex. What is to be freed waits for the next leave. */
export function dcacheLeaveQuickly(flags: u64): void {
  unlockIrqRestore(lock, flags);
}

/** Releases the lock and frees what is due. May sleep: no mutex of an inode is held. */
export function dcacheLeave(flags: u64): void {
  if (unusedCount > maxUnused) trimLocked();
  const dentries = dead;
  const mounts = deadMounts;
  dead = 0;
  deadMounts = 0;
  unlockIrqRestore(lock, flags);
  if (dentries != 0) freeList(dentries);
  if (mounts != 0) call_indirect<void>(endMounts, mounts);
}

/** How many unused names stay cached, by the size of memory. */
export function dcacheSetLimit(names: u32): void {
  maxUnused = names;
}

/** Names in memory, and those of them that nobody uses: for /proc/sys/fs/dentry-state. */
export function dcacheCount(): u32 {
  return totalCount;
}

export function dcacheUnusedCount(): u32 {
  return unusedCount;
}

/** The function (first: usize) => void that ends mounts of the list that dcacheDeferMountsLocked() made. */
export function dcacheSetMountEnd(end: (first: usize) => void): void {
  endMounts = end.index;
}

/** The list of mounts to be ended at the next dcacheLeave(). */
export function dcacheDeadMountsLocked(): usize {
  return deadMounts;
}

export function dcacheSetDeadMountsLocked(first: usize): void {
  deadMounts = first;
}

function freeList(first: usize): void {
  let at = first;
  while (at != 0) {
    const d = changetype<Dentry>(at);
    const next = d.hashNext;
    if (d.inodeAddress != 0) inodePut(d.inode);
    freeMemory(d);
    at = next;
  }
}

function inlineName(d: Dentry): usize {
  return changetype<usize>(d) + offsetof<Dentry>();
}

function freeMemory(d: Dentry): void {
  if (d.name != inlineName(d)) kfree(d.name);
  kfree(changetype<usize>(d));
}

/** FNV-1a, one byte at a time: start with NAME_HASH_START. */
export const NAME_HASH_START: u32 = 0x811c9dc5;

export function nameHashStep(hash: u32, byte: u8): u32 {
  return (hash ^ byte) * 0x01000193;
}

export function nameHash(name: usize, length: u32): u32 {
  let h = NAME_HASH_START;
  for (let i: u32 = 0; i < length; i++) h = nameHashStep(h, load<u8>(name + i));
  return h;
}

function slotOf(parent: usize, hash: u32): usize {
  const mixed = hash ^ (<u32>(parent >> 5) * 0x9e3779b1);
  return hashTable + ((mixed ^ (mixed >> 15)) & (HASH_SLOTS - 1)) * 8;
}

function sameBytes(a: usize, b: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** The cached name, without a new reference; a null pointer when it is not cached. */
export function dentryFindLocked(parent: Dentry, name: usize, length: u32, hash: u32): Dentry {
  let at = load<usize>(slotOf(changetype<usize>(parent), hash));
  while (at != 0) {
    const d = changetype<Dentry>(at);
    if (d.nameHash == hash && d.parent == parent && d.nameLength == length && sameBytes(d.name, name, length))
      break;
    at = d.hashNext;
  }
  return changetype<Dentry>(at);
}

export function isNegative(d: Dentry): bool {
  return d.inodeAddress == 0;
}

function hashLocked(d: Dentry): void {
  const slot = slotOf(changetype<usize>(d.parent), d.nameHash);
  d.hashNext = load<usize>(slot);
  store<usize>(slot, changetype<usize>(d));
  d.flags |= DENTRY_HASHED;
}

function unhashLocked(d: Dentry): void {
  if ((d.flags & DENTRY_HASHED) == 0) return;
  let link = slotOf(changetype<usize>(d.parent), d.nameHash);
  while (load<usize>(link) != changetype<usize>(d)) link = load<usize>(link) + offsetof<Dentry>('hashNext');
  store<usize>(link, d.hashNext);
  d.hashNext = 0;
  d.flags &= ~DENTRY_HASHED;
}

/** Removed from its directory, while somebody still uses it. */
export function isUnlinkedLocked(d: Dentry): bool {
  return d.parent != null && (d.flags & DENTRY_HASHED) == 0 && !d.superBlock.volatile;
}

function linkUnusedLocked(d: Dentry): void {
  const at = changetype<usize>(d);
  d.newer = 0;
  d.older = newest;
  if (newest != 0) changetype<Dentry>(newest).newer = at;
  else oldest = at;
  newest = at;
  d.flags |= DENTRY_UNUSED;
  unusedCount++;
}

function unlinkUnusedLocked(d: Dentry): void {
  if (d.newer != 0) changetype<Dentry>(d.newer).older = d.older;
  else newest = d.older;
  if (d.older != 0) changetype<Dentry>(d.older).newer = d.newer;
  else oldest = d.newer;
  d.flags &= ~DENTRY_UNUSED;
  unusedCount--;
}

function addChildLocked(parent: Dentry, d: Dentry): void {
  const at = changetype<usize>(d);
  d.parent = parent;
  d.previousSibling = 0;
  d.nextSibling = parent.firstChild;
  if (parent.firstChild != 0) changetype<Dentry>(parent.firstChild).previousSibling = at;
  parent.firstChild = at;
}

function removeChildLocked(parent: Dentry, d: Dentry): void {
  if (d.nextSibling != 0) changetype<Dentry>(d.nextSibling).previousSibling = d.previousSibling;
  if (d.previousSibling != 0) changetype<Dentry>(d.previousSibling).nextSibling = d.nextSibling;
  else parent.firstChild = d.nextSibling;
}

/** Puts an unused dentry on the list of the dead; its parent loses a user and perhaps goes too. */
function killLocked(first: Dentry): void {
  let d = first;
  while (true) {
    if (d.flags & DENTRY_UNUSED) unlinkUnusedLocked(d);
    unhashLocked(d);
    const parent = d.parent;
    if (parent != null) removeChildLocked(parent, d);
    d.hashNext = dead;
    dead = changetype<usize>(d);
    totalCount--;
    if (parent == null) return;
    parent.references--;
    if (parent.references != 0) return;
    if (parent.flags & DENTRY_HASHED) {
      linkUnusedLocked(parent);
      return;
    }
    d = parent;
  }
}

function trimLocked(): void {
  while (unusedCount > maxUnused && oldest != 0) killLocked(changetype<Dentry>(oldest));
}

/** Frees up to `count` unused names, the oldest first, and with them their inodes: for memory pressure. May sleep. */
export function dcacheShrink(count: u32): void {
  const flags = dcacheEnter();
  for (let n: u32 = 0; n < count && oldest != 0; n++) killLocked(changetype<Dentry>(oldest));
  dcacheLeave(flags);
}

/** One with a reference, in no tree yet; a null pointer when out of memory. */
function allocate(superBlock: SuperBlock, name: usize, length: u32, hash: u32, inode: usize): Dentry {
  const at = kmalloc(offsetof<Dentry>() + length);
  const d = changetype<Dentry>(at);
  if (at == 0) return d;
  d.superBlock = superBlock;
  d.inodeAddress = inode;
  d.references = 1;
  d.name = inlineName(d);
  d.nameLength = length;
  d.nameHash = hash;
  memory.copy(d.name, name, length);
  return d;
}

/** The root of a file system, with a reference; takes over the caller's reference of the inode unless it is null. */
export function dentryCreateRoot(inode: Inode): Dentry | null {
  const d = allocate(inode.superBlock, 0, 0, 0, changetype<usize>(inode));
  const flags = dcacheEnter();
  if (changetype<usize>(d) != 0) totalCount++;
  dcacheLeaveQuickly(flags);
  return changetype<Dentry | null>(changetype<usize>(d));
}

/**
 * Adds a name with one reference; `inode` (0: the name does not exist) is taken over. A null pointer when out of memory,
 * nothing is taken then. The directory's mutex is held, so the name is not there yet.
 */
export function dentryAdd(parent: Dentry, name: usize, length: u32, hash: u32, inode: usize): Dentry {
  const superBlock = parent.superBlock;
  const d = allocate(superBlock, name, length, hash, inode);
  if (changetype<usize>(d) == 0) return d;
  const flags = dcacheEnter();
  totalCount++;
  parent.references++;
  addChildLocked(parent, d);
  if (!superBlock.volatile && (inode != 0 || !superBlock.noNegative)) hashLocked(d);
  dcacheLeaveQuickly(flags);
  return d;
}

/** A file without a name of its own (O_TMPFILE): below `parent`, but not to be found. Takes over as dentryAdd does. */
export function dentryAddNameless(parent: Dentry, inode: usize): Dentry {
  const d = allocate(parent.superBlock, NAMELESS, 1, 0, inode);
  if (changetype<usize>(d) == 0) return d;
  const flags = dcacheEnter();
  totalCount++;
  parent.references++;
  addChildLocked(parent, d);
  dcacheLeaveQuickly(flags);
  return d;
}

export function dentryGetLocked(d: Dentry): void {
  if (d.references == 0) unlinkUnusedLocked(d);
  d.references++;
}

export function dentryPutLocked(d: Dentry): void {
  d.references--;
  if (d.references != 0) return;
  if (d.flags & DENTRY_HASHED) linkUnusedLocked(d);
  else killLocked(d);
}

export function dentryGet(d: Dentry): void {
  const flags = dcacheEnter();
  dentryGetLocked(d);
  dcacheLeaveQuickly(flags);
}

/** Gives up a reference. May sleep. */
export function dentryPut(d: Dentry): void {
  const flags = dcacheEnter();
  dentryPutLocked(d);
  dcacheLeave(flags);
}

/** A name that did not exist now has `inode`, whose reference is taken over. The directory's mutex is held. */
export function dentryInstantiate(d: Dentry, inode: Inode): void {
  const flags = dcacheEnter();
  d.inodeAddress = changetype<usize>(inode);
  if ((d.flags & DENTRY_HASHED) == 0 && !d.superBlock.volatile) hashLocked(d);
  dcacheLeaveQuickly(flags);
}

/** Drops unused names below `d`, which is a directory that has gone or is to be forgotten. */
function pruneChildrenLocked(d: Dentry): void {
  let at = d.firstChild;
  while (at != 0) {
    const child = changetype<Dentry>(at);
    at = child.nextSibling;
    if (child.references == 0) killLocked(child);
  }
}

/**
 * The name was removed; the caller has a reference. If nobody else uses it, it says from now on that there is no such
 * name, and the result is the inode's reference, to be put by the caller once it holds no mutex; otherwise it keeps its
 * inode for its users, and the result is 0. The directory's mutex is held.
 */
export function dentryDelete(d: Dentry): usize {
  const flags = dcacheEnter();
  d.references++; // pruning must not end it
  pruneChildrenLocked(d);
  d.references--;
  let inode: usize = 0;
  if (d.references == 1 && !d.superBlock.volatile && !d.superBlock.noNegative && d.firstChild == 0) {
    inode = d.inodeAddress;
    d.inodeAddress = 0;
  } else unhashLocked(d);
  dcacheLeaveQuickly(flags);
  return inode;
}

/**
 * Room for a name of `length` bytes outside of `d`, for dentryMove(): 0 when out of memory. It is made beforehand, since a
 * rename that the file system has done cannot fail any more.
 */
export function dentryNameRoom(length: u32): usize {
  return kmalloc(max<usize>(length, 1));
}

function renameLocked(d: Dentry, parent: Dentry, room: usize, length: u32, hash: u32): void {
  const old = d.parent;
  unhashLocked(d);
  parent.references++;
  if (old != null) {
    removeChildLocked(old, d);
    dentryPutLocked(old);
  }
  if (d.name != inlineName(d)) kfree(d.name);
  d.name = room;
  d.nameLength = length;
  d.nameHash = hash;
  addChildLocked(parent, d);
  if (!d.superBlock.volatile) hashLocked(d);
}

/**
 * `d` takes the place of `target` (a name that existed or not), whose users keep what they have. `room` holds a copy of
 * the target's name and is taken over. Both directories' mutexes are held.
 */
export function dentryMove(d: Dentry, target: Dentry, room: usize): void {
  const flags = dcacheEnter();
  const parent = target.parent;
  if (parent != null) {
    pruneChildrenLocked(target);
    unhashLocked(target);
    renameLocked(d, parent, room, target.nameLength, target.nameHash);
  }
  dcacheLeaveQuickly(flags);
}

/** The two names change places; the rooms hold copies of the other's name and are taken over. */
export function dentryExchange(a: Dentry, b: Dentry, roomForA: usize, roomForB: usize): void {
  const flags = dcacheEnter();
  const parentA = a.parent;
  const parentB = b.parent;
  if (parentA != null && parentB != null) {
    const lengthA = a.nameLength;
    const hashA = a.nameHash;
    parentA.references++;
    renameLocked(a, parentB, roomForA, b.nameLength, b.nameHash);
    renameLocked(b, parentA, roomForB, lengthA, hashA);
    dentryPutLocked(parentA);
  }
  dcacheLeaveQuickly(flags);
}

/** Is `d` below `ancestor`, or the same? */
export function isBelowLocked(d: Dentry, ancestor: Dentry): bool {
  let at: Dentry | null = d;
  while (at != null) {
    if (at == ancestor) return true;
    at = at.parent;
  }
  return false;
}

/** Forgets all unused names of a file system: before it is unmounted. */
export function dentryForgetAll(superBlock: SuperBlock): void {
  const flags = dcacheEnter();
  let at = oldest;
  while (at != 0) {
    const d = changetype<Dentry>(at);
    at = d.newer;
    if (d.superBlock != superBlock) continue;
    const before = d.older;
    killLocked(d);
    // A parent that has become unused by this is the newest on the list.
    if (at == 0 && newest != before) at = newest;
  }
  dcacheLeave(flags);
}

/** Forgets that `name` does not exist in `parent`, or what it was: for file systems whose names come by themselves. */
export function dentryForget(parent: Dentry, name: usize, length: u32): void {
  const flags = dcacheEnter();
  const d = dentryFindLocked(parent, name, length, nameHash(name, length));
  if (changetype<usize>(d) != 0) {
    if (d.references == 0) killLocked(d);
    else unhashLocked(d);
  }
  dcacheLeave(flags);
}
