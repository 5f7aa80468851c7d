/**
 * Inodes: files as their file system knows them, without a name. What the operations may rely on (locks, references,
 * who changes which field) is in docs/internals/contracts.md, "File systems".
 *
 * - A file system gives an Inode out of lookup(), create() and symlink() with one reference for the caller. inodePut() of
 *   the last reference calls `release`; with `links` 0 that frees the file's storage.
 * - Two names of one file must give one Inode: a file system whose files can have several names, or are found again by
 *   number, uses inodeFind() and inodeInsert().
 * - Operations are function indices; 0 where a kind of file has no such operation.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { realtimeNs } from '../sched/clock';
import { Mutex } from '../sched/mutex';
import { WaitQueue, sleepOnUninterruptible, wakeAll } from '../sched/wait-queue';
import { File, FileOps } from './file';
import { locksFree } from './locks';
import { isDirectory } from './stat';
import { SuperBlock } from './super-block';

export { SuperBlock, superBlockCreate, superBlockFree } from './super-block';

/** The functions of the table below, by the field that holds their index. */
export type InodeLookup = (directory: Inode, name: usize, length: u32, out: usize) => i32;
export type InodeOpen = (inode: Inode, file: File) => i32;
export type InodeReadLink = (inode: Inode, buffer: usize, max: u32) => i32;
export type InodeJump = (inode: Inode, place: usize) => i32;
export type InodeRelease = (inode: Inode) => void;
export type InodeCreate = (
  directory: Inode,
  name: usize,
  length: u32,
  mode: u32,
  rdev: u64,
  out: usize,
) => i32;
export type InodeSymlink = (
  directory: Inode,
  name: usize,
  length: u32,
  target: usize,
  targetLength: u32,
  out: usize,
) => i32;
export type InodeLink = (inode: Inode, directory: Inode, name: usize, length: u32) => i32;
export type InodeUnlink = (directory: Inode, name: usize, length: u32, inode: Inode) => i32;
export type InodeRename = (
  oldDirectory: Inode,
  oldName: usize,
  oldLength: u32,
  inode: Inode,
  newDirectory: Inode,
  newName: usize,
  newLength: u32,
  replaced: Inode | null,
) => i32;
export type InodeExchange = (
  directoryA: Inode,
  nameA: usize,
  lengthA: u32,
  inodeA: Inode,
  directoryB: Inode,
  nameB: usize,
  lengthB: u32,
  inodeB: Inode,
) => i32;
export type InodeTemporary = (directory: Inode, mode: u32, out: usize) => i32;
export type InodeChanged = (inode: Inode) => i32;
export type InodeSetSize = (inode: Inode, size: u64) => i32;
export type InodePages = (inode: Inode, index: u64, count: u32, pages: usize) => i32;
export type InodePrepareWrite = (inode: Inode, offset: u64, length: u64) => i32;
export type InodeAllocate = (inode: Inode, mode: u32, offset: u64, length: u64) => i32;
export type InodeSeekData = (inode: Inode, offset: u64, hole: u32) => i64;
export type InodeSync = (inode: Inode, dataOnly: u32) => i32;

/** Names are not NUL-terminated; i32 results are 0 or a negative errno. */
@unmanaged
export class InodeOps {
  /** (directory: Inode, name: usize, length: u32, out: usize) => i32: stores an Inode in out, or -ENOENT. */
  lookup: u32;
  /** (inode: Inode, file: File) => i32; it may set the file's operations and data. */
  open: u32;
  /** (inode: Inode, buffer: usize, max: u32) => i32: bytes of the target, without a NUL. */
  readLink: u32;
  /** (inode: Inode, place: usize) => i32: for links that lead to a place without a path (proc): stores a Mount and a Dentry with references. */
  jump: u32;
  /** (inode: Inode) => void: frees what `data` holds, and the file's storage when `links` is 0. */
  release: u32;
  /** (dir: Inode, name: usize, length: u32, mode: u32, rdev: u64, out: usize) => i32: any type but a symbolic link. */
  create: u32;
  /** (dir: Inode, name: usize, length: u32, target: usize, targetLength: u32, out: usize) => i32 */
  symlink: u32;
  /** (inode: Inode, dir: Inode, name: usize, length: u32) => i32 */
  link: u32;
  /** (dir: Inode, name: usize, length: u32, inode: Inode) => i32; also rmdir: -ENOTEMPTY. */
  unlink: u32;
  /**
   * (oldDir: Inode, oldName: usize, oldLength: u32, inode: Inode, newDir: Inode, newName: usize, newLength: u32,
   * replaced: Inode | null) => i32; a replaced directory that is not empty is -ENOTEMPTY.
   */
  rename: u32;
  /** (dirA, nameA, lengthA, inodeA, dirB, nameB, lengthB, inodeB) => i32: the names change places; 0: not offered. */
  exchange: u32;
  /** (dir: Inode, mode: u32, out: usize) => i32: a file without a name, `links` 0; 0: -EOPNOTSUPP. */
  temporary: u32;
  /** (inode: Inode) => i32: mode, owner, times or size were changed in memory: to be written. 0: they live in memory. */
  changed: u32;
  /** (inode: Inode, size: u64) => i32: cut or extend; sets size, blocks and times. */
  setSize: u32;
  /** (inode: Inode, index: u64, count: u32, pages: usize) => i32: fills pages, zeroes behind the end. */
  readPages: u32;
  /** (inode: Inode, index: u64, count: u32, pages: usize) => i32 */
  writePages: u32;
  /** (inode: Inode, offset: u64, length: u64) => i32: reserves storage; -ENOSPC, -EFBIG. */
  prepareWrite: u32;
  /** (inode: Inode, dataOnly: u32) => i32: the file is on the device. */
  sync: u32;
  /** (inode: Inode, mode: u32, offset: u64, length: u64) => i32: fallocate(2); 0: -EOPNOTSUPP. */
  allocate: u32;
  /** (inode: Inode, offset: u64, hole: u32) => i64: where the next data (or hole) is, -ENXIO; 0: all of it is data. */
  seekData: u32;
  /** (inode: Inode, size: u64) => i32: may the file get this size? Asked before anything is cut; 0: any size. */
  mayResize: u32;
}

@unmanaged
export class Inode {
  superBlock: SuperBlock;
  number: u64;
  size: u64;
  /** Storage in units of 512 bytes. */
  blocks: u64;
  /** The same of what is written but has no place yet (delayed allocation): stat(2) counts it, too. */
  promised: u64;
  /** Nanoseconds since 1970. */
  accessed: i64;
  modified: i64;
  changed: i64;
  specialDevice: u64;
  /** Type and permissions. */
  mode: u32;
  uid: u32;
  gid: u32;
  links: u32;
  generation: u32;
  references: i32;
  ops: InodeOps;
  fileOps: FileOps;
  /** The file system's own. */
  data: usize;
  /** The page cache's: tree of pages, 0 without. */
  pages: usize;
  /** Record locks and leases (fs/locks). */
  locks: usize;
  /** State of a FIFO or socket (ipc). */
  ipc: usize;
  /** Watches (inotify). */
  watches: usize;
  /** Above 0: open for writing so often; below 0: being executed, which refuses writers (ETXTBSY). */
  writers: i32;
  /** INODE_ bits; the cache's lock guards them. */
  state: u32;
  hashNext: usize;
  /** List of the super block. */
  newer: usize;
  older: usize;
}

const INODE_HASHED: u32 = 1;
const INODE_FREEING: u32 = 2;

const HASH_SLOTS: u32 = 2048;
const hashTable = memory.data(2048 * 8, 8);
/** Guards the hash table, the lists of super blocks, references that fall to 0, and `state`. */
const cacheLock = memory.data(4, 4);
const freeingQueue = changetype<WaitQueue>(memory.data(32, 8));
let freeingWaiters: u32 = 0;

function slotOf(superBlock: SuperBlock, number: u64): usize {
  const mixed =
    ((<u32>number) ^ (<u32>(number >> 32))) * 0x9e3779b1 + <u32>(changetype<usize>(superBlock) >> 6);
  return hashTable + ((mixed ^ (mixed >> 15)) & (HASH_SLOTS - 1)) * 8;
}

function isNull(inode: Inode): bool {
  return changetype<usize>(inode) == 0;
}

/**
 * A new inode with one reference, not yet to be found by number; null when out of memory. Owner root, all times now; the
 * file system sets the rest. Its directory's rules for a new file's owner: inodeInitOwner of owner.ts.
 */
export function inodeCreate(
  superBlock: SuperBlock,
  number: u64,
  mode: u32,
  ops: InodeOps,
  fileOps: FileOps,
): Inode | null {
  const at = kmalloc(offsetof<Inode>() + offsetof<Mutex>());
  if (at == 0) return null;
  const inode = changetype<Inode>(at);
  inode.superBlock = superBlock;
  inode.number = number;
  inode.mode = mode;
  inode.links = isDirectory(mode) ? 2 : 1;
  inode.references = 1;
  inode.ops = ops;
  inode.fileOps = fileOps;
  const now = <i64>realtimeNs();
  inode.accessed = now;
  inode.modified = now;
  inode.changed = now;
  const flags = lockIrqSave(cacheLock);
  inode.older = superBlock.inodes;
  if (inode.older != 0) changetype<Inode>(inode.older).newer = at;
  superBlock.inodes = at;
  superBlock.inodeCount++;
  unlockIrqRestore(cacheLock, flags);
  return inode;
}

/** The inode's mutex: contracts.md says what it guards. */
export function inodeMutex(inode: Inode): Mutex {
  return changetype<Mutex>(changetype<usize>(inode) + offsetof<Inode>());
}

/** For a caller who has a reference. */
export function inodeGet(inode: Inode): void {
  atomic.add<i32>(changetype<usize>(inode) + offsetof<Inode>('references'), 1);
}

/**
 * Gives up a reference. The last one may sleep (it writes pages back, or frees storage): no spinlock and no inode's mutex
 * may be held.
 */
export function inodePut(inode: Inode): void {
  const at = changetype<usize>(inode);
  const flags = lockIrqSave(cacheLock);
  const last = atomic.sub<i32>(at + offsetof<Inode>('references'), 1) == 1;
  if (last) inode.state |= INODE_FREEING;
  unlockIrqRestore(cacheLock, flags);
  if (last) destroy(inode);
}

let pageRelease: u32 = 0;

/** Set by the page cache: writes an inode's pages back (links not 0) and forgets them. */
export function setPageRelease(release: (inode: Inode) => void): void {
  pageRelease = release.index;
}

/** A reference for somebody who has none and found the inode under a lock of his own; false when it is ending. */
export function inodeTryGet(inode: Inode): bool {
  const flags = lockIrqSave(cacheLock);
  const alive = (inode.state & INODE_FREEING) == 0;
  if (alive) atomic.add<i32>(changetype<usize>(inode) + offsetof<Inode>('references'), 1);
  unlockIrqRestore(cacheLock, flags);
  return alive;
}

/** Ends an inode without references: it stays findable, as one to wait for, until its file system is done with it. */
function destroy(inode: Inode): void {
  if (inode.pages != 0) call_indirect<void>(pageRelease, inode);
  if (inode.ops.release != 0) call_indirect<void>(inode.ops.release, inode);
  if (inode.locks != 0) locksFree(inode);
  const flags = lockIrqSave(cacheLock);
  if (inode.state & INODE_HASHED) unhash(inode);
  if (inode.newer != 0) changetype<Inode>(inode.newer).older = inode.older;
  else inode.superBlock.inodes = inode.older;
  if (inode.older != 0) changetype<Inode>(inode.older).newer = inode.newer;
  inode.superBlock.inodeCount--;
  const wake = freeingWaiters != 0;
  unlockIrqRestore(cacheLock, flags);
  if (wake) wakeAll(freeingQueue);
  kfree(changetype<usize>(inode));
}

function unhash(inode: Inode): void {
  let link = slotOf(inode.superBlock, inode.number);
  while (load<usize>(link) != changetype<usize>(inode))
    link = load<usize>(link) + offsetof<Inode>('hashNext');
  store<usize>(link, inode.hashNext);
}

/** A living inode of this number with a new reference, or null; waits for one that is being released. */
function findLocked(superBlock: SuperBlock, number: u64): Inode {
  let at = load<usize>(slotOf(superBlock, number));
  while (at != 0) {
    const inode = changetype<Inode>(at);
    if (inode.number == number && inode.superBlock == superBlock) {
      if ((inode.state & INODE_FREEING) == 0) {
        atomic.add<i32>(at + offsetof<Inode>('references'), 1);
        return inode;
      }
      freeingWaiters++;
      sleepOnUninterruptible(freeingQueue, cacheLock, 0);
      freeingWaiters--;
      at = load<usize>(slotOf(superBlock, number));
    } else at = inode.hashNext;
  }
  return changetype<Inode>(<usize>0);
}

/**
 * The inode of this number that is in memory, with a reference for the caller; null when there is none. Waits for one
 * that is being released.
 */
export function inodeFind(superBlock: SuperBlock, number: u64): Inode | null {
  const flags = lockIrqSave(cacheLock);
  const found = findLocked(superBlock, number);
  unlockIrqRestore(cacheLock, flags);
  return changetype<Inode | null>(changetype<usize>(found));
}

/**
 * Makes a filled inode findable by its number. The result is what the caller goes on with: `inode`, or the one that
 * another thread inserted meanwhile (`inode` was put then: its `release` sees links above 0).
 */
export function inodeInsert(inode: Inode): Inode {
  const flags = lockIrqSave(cacheLock);
  const other = findLocked(inode.superBlock, inode.number);
  if (isNull(other)) {
    const slot = slotOf(inode.superBlock, inode.number);
    inode.hashNext = load<usize>(slot);
    store<usize>(slot, changetype<usize>(inode));
    inode.state |= INODE_HASHED;
  }
  unlockIrqRestore(cacheLock, flags);
  if (isNull(other)) return inode;
  inodePut(inode);
  return other;
}

/**
 * The next inode of the super block that is in memory, with a reference, after `previous` (null: the first), whose
 * reference is given up: for going through all of them.
 */
export function inodeNext(superBlock: SuperBlock, previous: Inode | null): Inode | null {
  const flags = lockIrqSave(cacheLock);
  let at = previous == null ? superBlock.inodes : previous.older;
  while (at != 0 && (changetype<Inode>(at).state & INODE_FREEING) != 0) at = changetype<Inode>(at).older;
  if (at != 0) atomic.add<i32>(at + offsetof<Inode>('references'), 1);
  unlockIrqRestore(cacheLock, flags);
  if (previous != null) inodePut(previous);
  return changetype<Inode | null>(at);
}

/** The file's contents changed now. */
export function inodeTouchModified(inode: Inode): void {
  const now = <i64>realtimeNs();
  inode.modified = now;
  inode.changed = now;
}

/** What is known about the file (mode, owner, links) changed now. */
export function inodeTouchChanged(inode: Inode): void {
  inode.changed = <i64>realtimeNs();
}
