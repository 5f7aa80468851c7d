/**
 * Bringing dirty pages to the device: for fsync and sync, by age, and to make room.
 *
 * - The file system's `writePages` is called with the mapping's writing lock alone: it may take the file system's locks and
 *   the inode's mutex must not be among them (a writer who waits for room holds it).
 * - A page stops being dirty when its writing begins; whoever changes it meanwhile makes it dirty again. Pages that programs
 *   have mapped lose write access first, so that the next write is seen.
 * - Want of memory is no failure: pages stay dirty and are tried again. Any other is told once, by the next pageCacheFlush() of the inode (POSIX fsync); the pages are not tried again.
 */
import { Inode, SuperBlock, inodePut, inodeTryGet } from '../fs/inode';
import { EIO, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { nowNs } from '../sched/clock';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { WaitQueue, sleepUntil, wakeAll } from '../sched/wait-queue';
import { protectFilePages } from './file-areas';
import { kfree, kmalloc } from './kmalloc';
import { physToVirt } from './layout';
import {
  Mapping,
  PG_DIRTY,
  PG_LOCKED,
  PG_WRITEBACK,
  cacheLock,
  recordOf,
  waitForPage,
  wakeForPage,
} from './mapping';
import { clearDirty } from './page-cache';
import { RADIX_NONE, radixGet, radixNextTagged, radixTag } from './radix-tree';
import { reclaimFrames } from './frames';

/** Pages of one write. */
const WRITE_MAX: u32 = 32;
/** How often and how long fsync waits for memory. */
const MEMORY_ATTEMPTS: u32 = 50;
const MEMORY_WAIT_NS: u64 = 20_000_000;

/** For when there is no memory for a list: writing is what makes some. */
const reserve = memory.data(32 * 8, 8);
const reserveMutex = changetype<Mutex>(memory.data(40, 8));

/** Where the flusher thread sleeps. */
const queue = changetype<WaitQueue>(memory.data(24, 8));

let first: usize = 0;
let last: usize = 0;
let dirtyMappings: u32 = 0;
let dirtyPages: u64 = 0;
let writtenPages: u64 = 0;
let underWay: u64 = 0;

/** The cache lock is its lock. */
export function flusherQueue(): WaitQueue {
  return queue;
}

/** Pages that are to be written. */
export function dirtyPageCount(): u64 {
  return dirtyPages;
}

/** Pages that are being written. */
export function writebackPageCount(): u64 {
  return underWay;
}

/** Pages written since boot. */
export function writtenPageCount(): u64 {
  return writtenPages;
}

/** The mapping that has had dirty pages for the longest time; 0 when there is none. The cache lock is held. */
export function oldestDirty(): usize {
  return first;
}

/** One page more or less is dirty; the cache lock is held. */
export function countDirty(mapping: Mapping, change: i64): void {
  dirtyPages += change;
  mapping.dirtyPages += change;
  if (mapping.dirtyPages == 0) dirtyListRemove(mapping);
  else dirtyListAppend(mapping);
}

function dirtyListAppend(mapping: Mapping): void {
  if (mapping.onDirtyList) return;
  mapping.onDirtyList = true;
  mapping.dirtySinceNs = nowNs();
  mapping.dirtyNext = 0;
  mapping.dirtyPrevious = last;
  if (last != 0) changetype<Mapping>(last).dirtyNext = changetype<usize>(mapping);
  else first = changetype<usize>(mapping);
  last = changetype<usize>(mapping);
  if (dirtyMappings++ == 0) wakeAll(queue);
}

function dirtyListRemove(mapping: Mapping): void {
  if (!mapping.onDirtyList) return;
  mapping.onDirtyList = false;
  if (mapping.dirtyPrevious != 0) changetype<Mapping>(mapping.dirtyPrevious).dirtyNext = mapping.dirtyNext;
  else first = mapping.dirtyNext;
  if (mapping.dirtyNext != 0) changetype<Mapping>(mapping.dirtyNext).dirtyPrevious = mapping.dirtyPrevious;
  else last = mapping.dirtyPrevious;
  dirtyMappings--;
}

function writingLock(mapping: Mapping): Mutex {
  return changetype<Mutex>(changetype<usize>(mapping) + offsetof<Mapping>('writing0'));
}

/** Takes a run of dirty neighbours from `from` on into `list`, marked as being written; 0 when there is none. */
function takeRun(mapping: Mapping, from: u64, list: usize): u32 {
  const flags = lockIrqSave(cacheLock());
  let n: u32 = 0;
  let index = radixNextTagged(mapping, from);
  while (index != RADIX_NONE && n < WRITE_MAX) {
    const page = radixGet(mapping, index);
    if (page == 0) break;
    const record = recordOf(page);
    if ((record.flags & PG_DIRTY) == 0) break;
    if ((record.flags & (PG_WRITEBACK | PG_LOCKED)) != 0) {
      if (n != 0) break;
      waitForPage(page);
      index = radixNextTagged(mapping, from);
      continue;
    }
    clearDirty(mapping, record);
    record.flags |= PG_WRITEBACK;
    store<u64>(list + <usize>n * 8, page);
    n++;
    index++;
  }
  underWay += n;
  unlockIrqRestore(cacheLock(), flags);
  return n;
}

/** Writes `count` pages whose physical addresses are in `list`, which it overwrites. -ENOMEM: they are dirty still. */
function writeRun(mapping: Mapping, index: u64, list: usize, count: u32): i32 {
  const inode = mapping.inode;
  protectFilePages(mapping, index, index + count);
  for (let n: u32 = 0; n < count; n++) {
    const at = list + <usize>n * 8;
    store<usize>(at, physToVirt(load<u64>(at)));
  }
  const error =
    inode.ops.writePages == 0 ? -EIO : call_indirect<i32>(inode.ops.writePages, inode, index, count, list);
  const flags = lockIrqSave(cacheLock());
  // Memory comes back: nothing is lost for want of it.
  const again = error == -ENOMEM;
  if (error < 0 && !again && mapping.error == 0) mapping.error = error;
  for (let n: u32 = 0; n < count; n++) {
    const page = radixGet(mapping, index + n);
    const record = recordOf(page);
    record.flags &= ~PG_WRITEBACK;
    if (again && (record.flags & PG_DIRTY) == 0) {
      record.flags |= PG_DIRTY;
      radixTag(mapping, index + n);
      countDirty(mapping, 1);
    }
    wakeForPage(page);
  }
  underWay -= count;
  if (!again) writtenPages += count;
  unlockIrqRestore(cacheLock(), flags);
  return again ? -ENOMEM : 0;
}

/** Writes what is dirty now; the caller owns a reference of the inode. 0, or -ENOMEM when some pages had to stay dirty. */
export function writeMapping(mapping: Mapping): i32 {
  mutexLock(writingLock(mapping));
  let list = kmalloc(<usize>WRITE_MAX * 8);
  const reserved = list == 0;
  if (reserved) {
    mutexLock(reserveMutex);
    list = reserve;
  }
  let from: u64 = 0;
  let result: i32 = 0;
  while (true) {
    const count = takeRun(mapping, from, list);
    if (count == 0) break;
    const index = recordOf(load<u64>(list)).index;
    if (writeRun(mapping, index, list, count) < 0) result = -ENOMEM;
    from = index + count;
  }
  if (reserved) mutexUnlock(reserveMutex);
  else kfree(list);
  mutexUnlock(writingLock(mapping));
  return result;
}

/** Writes the dirty pages of an inode and waits for them: 0, or the first error since it was last asked. */
export function pageCacheFlush(inode: Inode): i32 {
  if (inode.pages == 0) return 0;
  const mapping = changetype<Mapping>(inode.pages);
  if (mapping.inMemory) return 0;
  let short = writeMapping(mapping);
  for (let attempt: u32 = 0; short < 0 && attempt < MEMORY_ATTEMPTS; attempt++) {
    reclaimFrames(WRITE_MAX);
    sleepUntil(nowNs() + MEMORY_WAIT_NS);
    short = writeMapping(mapping);
  }
  const error = mapping.error;
  mapping.error = 0;
  return error < 0 ? error : short;
}

/** The next inode with dirty pages, of `superBlock` unless that is 0, older than `beforeNs`, with a reference; or 0. */
function nextDirty(superBlock: usize, beforeNs: u64): usize {
  const flags = lockIrqSave(cacheLock());
  let at = first;
  while (at != 0) {
    const mapping = changetype<Mapping>(at);
    const inode = mapping.inode;
    const wanted = superBlock == 0 || changetype<usize>(inode.superBlock) == superBlock;
    if (wanted && mapping.dirtySinceNs <= beforeNs && inodeTryGet(inode)) break;
    at = mapping.dirtyNext;
  }
  unlockIrqRestore(cacheLock(), flags);
  return at;
}

/** Writes the pages of inodes that have been dirty since `beforeNs` or longer. */
export function writeOlderThan(superBlock: usize, beforeNs: u64): void {
  // What becomes dirty again meanwhile is younger; the bound is for clocks that stand still.
  for (let left = dirtyMappings; left > 0; left--) {
    const at = nextDirty(superBlock, beforeNs);
    if (at == 0) return;
    const inode = changetype<Mapping>(at).inode;
    writeMapping(changetype<Mapping>(at));
    inodePut(inode);
  }
}

/** Writes every dirty page of a file system; errors stay with the inodes. */
export function pageCacheFlushAll(superBlock: SuperBlock | null): void {
  writeOlderThan(changetype<usize>(superBlock), nowNs());
}
