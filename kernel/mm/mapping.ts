/**
 * The pages of one inode that are in memory, and what all parts of the page cache share.
 *
 * - A page is named by the physical address of its frame; its state is in the frame's record (`flags`, `mapping`, `index`).
 *   The cache itself is one owner of the frame, and so is each page-table entry and each user of pageGet().
 * - `cacheLock` guards every tree, the flags of cached pages, the order of use and the list of dirty inodes. Only the
 *   locks of the heap and of the frames are taken under it.
 * - A mapping of a file system without `writePages` is its pages' only home (tmpfs): they are never given up or written.
 */
import { Inode } from '../fs/inode';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { WAIT_QUEUE_SIZE, WaitQueue, sleepOnUninterruptible, wakeAll } from '../sched/wait-queue';
import { FrameRecord, frameRecord } from './buddy';
import { alloc, kfree } from './kmalloc';
import { PAGE_SHIFT } from './layout';
import { RadixTree } from './radix-tree';

/** FrameRecord.flags of cached pages. Contents are valid. */
export const PG_UPTODATE: u8 = 1;
/** Being read: not to be used, moved or given up. */
export const PG_LOCKED: u8 = 2;
export const PG_DIRTY: u8 = 4;
/** Being written to the device. */
export const PG_WRITEBACK: u8 = 8;
/** Used since it was last looked at. */
export const PG_REFERENCED: u8 = 16;
/** In the order of use. */
export const PG_LRU: u8 = 32;

@unmanaged
export class Mapping extends RadixTree {
  inode: Inode;
  /** Neighbours in the list of mappings with dirty pages, oldest first. */
  dirtyNext: usize;
  dirtyPrevious: usize;
  dirtySinceNs: u64;
  dirtyPages: u64;
  /** Index at which a sequential reader would miss next, and how much it was given last time. */
  readNext: u64;
  readWindow: u32;
  /** First error of writing pages that nobody has been told yet. */
  error: i32;
  /** The only home of its pages. */
  inMemory: bool;
  onDirtyList: bool;
  /** First of the areas that map the file (file-areas.ts). */
  areas: usize;
  /** Mutex of whoever writes pages. */
  writing0: u64;
  writing1: u64;
  writing2: u64;
  writing3: u64;
  writing4: u64;
}

const lock = memory.data(4, 4);
/** Where threads wait for pages, by a hash of the frame. */
const QUEUES: u64 = 16;
const queues = memory.data(16 * 24, 8);

let cached: u64 = 0;
let inMemoryPages: u64 = 0;

export function cacheLock(): usize {
  return lock;
}

export function recordOf(page: u64): FrameRecord {
  return frameRecord(<u32>(page >> PAGE_SHIFT));
}

/** Pages of files in memory, those of tmpfs among them. */
export function cachedPages(): u64 {
  return cached;
}

/** Pages of tmpfs and shared memory. */
export function sharedMemoryPages(): u64 {
  return inMemoryPages;
}

/** The cache lock is held. */
export function countPage(mapping: Mapping, change: i64): void {
  cached += change;
  if (mapping.inMemory) inMemoryPages += change;
}

/** Are the inode's pages its only home? */
export function isInMemory(inode: Inode): bool {
  return inode.ops.writePages == 0 && inode.superBlock.device == null;
}

/** The mapping of an inode, made at the first call; null when out of memory. */
export function mappingOf(inode: Inode): Mapping {
  if (inode.pages != 0) return changetype<Mapping>(inode.pages);
  const fresh = alloc<Mapping>();
  if (changetype<usize>(fresh) == 0) return fresh;
  fresh.inode = inode;
  fresh.inMemory = isInMemory(inode);
  const flags = lockIrqSave(lock);
  const lost = inode.pages != 0;
  if (!lost) inode.pages = changetype<usize>(fresh);
  unlockIrqRestore(lock, flags);
  if (lost) kfree(changetype<usize>(fresh));
  return changetype<Mapping>(inode.pages);
}

function queueOf(page: u64): WaitQueue {
  return changetype<WaitQueue>(queues + <usize>((page >> PAGE_SHIFT) % QUEUES) * WAIT_QUEUE_SIZE);
}

/** Sleeps until something happened to the page; the cache lock is held, and given up meanwhile. */
export function waitForPage(page: u64): void {
  sleepOnUninterruptible(queueOf(page), lock, 0);
}

export function wakeForPage(page: u64): void {
  wakeAll(queueOf(page));
}
