/**
 * The page cache: the contents of files in memory, one copy for read, write and mmap.
 *
 * - pageGet() answers a page with valid contents, read through the file system's `readPages` if need be; the caller owns a
 *   reference until pagePut(). It may sleep: no spinlock may be held. Errors are negative errnos.
 * - The file system's own locks may be held by nobody who calls pageGet() for one of its files; an inode's mutex may.
 * - Whoever writes into a page calls pageMarkDirty() afterwards. writeback.ts brings dirty pages to the device.
 * - Truncation: lower inode.size first, then call pageCacheTruncate(), then let the file system free the storage.
 */
import { Inode } from '../fs/inode';
import { ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { FrameRecord } from './buddy';
import { unmapFilePages } from './file-areas';
import { frameRelease, frameRetain, freeFrame } from './frames';
import { kfree } from './kmalloc';
import { PAGE_SHIFT, PAGE_SIZE, physToVirt } from './layout';
import {
  Mapping,
  PG_DIRTY,
  PG_LOCKED,
  PG_REFERENCED,
  PG_UPTODATE,
  PG_WRITEBACK,
  cacheLock,
  countPage,
  mappingOf,
  recordOf,
  waitForPage,
} from './mapping';
import { lruAdd, lruRemove } from './page-lru';
import { readMissing } from './page-read';
import {
  RADIX_NONE,
  radixGet,
  radixInsert,
  radixNext,
  radixRemove,
  radixTag,
  radixUntag,
} from './radix-tree';
import { countDirty, pageCacheFlush } from './writeback';
import { cacheFrame, makeRoom } from './reclaim';

export { pageCacheFlush, pageCacheFlushAll } from './writeback';

/** Kernel address of a page's contents. */
export function pageData(page: u64): usize {
  return physToVirt(page);
}

export function pagePut(page: u64): void {
  frameRelease(page);
}

/** As pageGet for one page, stored at `out`: 0 or a negative errno. */
export function pageCacheGet(inode: Inode, index: u64, out: usize): i32 {
  const page = pageGet(inode, index, 1);
  if (page < 0) return <i32>page;
  store<u64>(out, <u64>page);
  return 0;
}

/**
 * The page at `index` with a reference: its physical address, -EIO or what the file system says, -ENOMEM. `wanted` pages
 * from there on will be asked for: a hint for what to read at once.
 */
export function pageGet(inode: Inode, index: u64, wanted: u32): i64 {
  const mapping = mappingOf(inode);
  if (changetype<usize>(mapping) == 0) return -ENOMEM;
  let attempts: u32 = 0;
  while (true) {
    const flags = lockIrqSave(cacheLock());
    const page = lookUp(mapping, index);
    unlockIrqRestore(cacheLock(), flags);
    if (page != 0) return <i64>page;
    const error = readMissing(mapping, index, wanted);
    if (error == -ENOMEM && attempts++ < 3 && makeRoom()) continue;
    if (error < 0) return error;
  }
}

/** A valid page at `index` with a reference, waiting for one that is being read; 0 when there is none. The lock is held. */
function lookUp(mapping: Mapping, index: u64): u64 {
  while (true) {
    const page = radixGet(mapping, index);
    if (page == 0) return 0;
    const record = recordOf(page);
    if ((record.flags & PG_LOCKED) == 0) {
      record.flags |= PG_REFERENCED;
      frameRetain(page);
      return page;
    }
    waitForPage(page);
  }
}

/** The page at `index` with a reference if it is in memory, else 0. It waits for a page that is being read. */
export function pageFind(inode: Inode, index: u64): u64 {
  if (inode.pages == 0) return 0;
  const flags = lockIrqSave(cacheLock());
  const page = lookUp(changetype<Mapping>(inode.pages), index);
  unlockIrqRestore(cacheLock(), flags);
  return page;
}

/** As pageFind, but never sleeps: 0 also for a page that is being read. For page faults, under a space's lock. */
export function pageFindReady(inode: Inode, index: u64): u64 {
  if (inode.pages == 0) return 0;
  const flags = lockIrqSave(cacheLock());
  let page = radixGet(changetype<Mapping>(inode.pages), index);
  if (page != 0) {
    const record = recordOf(page);
    if ((record.flags & PG_LOCKED) != 0) page = 0;
    else {
      record.flags |= PG_REFERENCED;
      frameRetain(page);
    }
  }
  unlockIrqRestore(cacheLock(), flags);
  return page;
}

/**
 * As pageGet, for a page that is about to be overwritten as a whole, or that lies beyond the end of the file: it is not
 * read, its contents are zeroes when it is new.
 */
export function pageForOverwrite(inode: Inode, index: u64): i64 {
  const mapping = mappingOf(inode);
  if (changetype<usize>(mapping) == 0) return -ENOMEM;
  // The file system counts the pages of its own.
  if (mapping.inMemory) return pageGet(inode, index, 1);
  let attempts: u32 = 0;
  while (true) {
    let flags = lockIrqSave(cacheLock());
    let page = lookUp(mapping, index);
    unlockIrqRestore(cacheLock(), flags);
    if (page != 0) return <i64>page;
    page = cacheFrame();
    if (page != 0) {
      memory.fill(physToVirt(page), 0, <usize>PAGE_SIZE);
      flags = lockIrqSave(cacheLock());
      const taken = radixGet(mapping, index) != 0;
      const good = !taken && insertPage(mapping, index, page, PG_UPTODATE | PG_REFERENCED);
      if (good) frameRetain(page);
      unlockIrqRestore(cacheLock(), flags);
      if (good) return <i64>page;
      freeFrame(page);
      if (taken) continue;
    }
    if (attempts++ >= 3 || !makeRoom()) return -ENOMEM;
  }
}

/** Puts a fresh frame into the cache, which takes over the caller's reference. False when out of memory. Lock held. */
export function insertPage(mapping: Mapping, index: u64, page: u64, pageFlags: u8): bool {
  if (!radixInsert(mapping, index, page)) return false;
  const record = recordOf(page);
  record.mapping = changetype<usize>(mapping);
  record.index = index;
  record.flags = pageFlags;
  countPage(mapping, 1);
  if (!mapping.inMemory) lruAdd(page);
  return true;
}

/** Takes a page out of the cache, and the cache's reference with it. Nobody reads or writes it now. Lock held. */
export function removePage(mapping: Mapping, page: u64): void {
  const record = recordOf(page);
  clearDirty(mapping, record);
  lruRemove(page);
  radixRemove(mapping, record.index);
  record.mapping = 0;
  record.flags = 0;
  countPage(mapping, -1);
  frameRelease(page);
}

/** Takes the dirty mark of a page. Lock held. */
export function clearDirty(mapping: Mapping, record: FrameRecord): void {
  if ((record.flags & PG_DIRTY) == 0) return;
  record.flags &= ~PG_DIRTY;
  radixUntag(mapping, record.index);
  countDirty(mapping, -1);
}

/** The page was changed: it is to be written. Callable under a space's locks; a page that was truncated is left alone. */
export function pageMarkDirty(page: u64): void {
  const record = recordOf(page);
  const flags = lockIrqSave(cacheLock());
  const mapping = changetype<Mapping>(record.mapping);
  if (record.mapping != 0 && (record.flags & PG_DIRTY) == 0 && !mapping.inMemory) {
    record.flags |= PG_DIRTY;
    radixTag(mapping, record.index);
    countDirty(mapping, 1);
  }
  unlockIrqRestore(cacheLock(), flags);
}

/** Is `page` still page `index` of the inode (and not truncated meanwhile)? */
export function pageIsOf(page: u64, inode: Inode, index: u64): bool {
  const record = recordOf(page);
  return record.mapping != 0 && record.mapping == inode.pages && record.index == index;
}

/** Removes the pages from index `first` up to `end` (not included), waiting for those that are busy. */
function removeRange(mapping: Mapping, first: u64, end: u64): void {
  const flags = lockIrqSave(cacheLock());
  let index = first;
  while (true) {
    index = radixNext(mapping, index);
    if (index == RADIX_NONE || index >= end) break;
    const page = radixGet(mapping, index);
    if ((recordOf(page).flags & (PG_LOCKED | PG_WRITEBACK)) != 0) waitForPage(page);
    else removePage(mapping, page);
  }
  unlockIrqRestore(cacheLock(), flags);
}

/** Zeroes [from, to) of a page that is in memory. */
function zeroPart(inode: Inode, index: u64, from: u64, to: u64): void {
  const page = pageFind(inode, index);
  if (page == 0) return;
  memory.fill(physToVirt(page) + <usize>from, 0, <usize>(to - from));
  pageMarkDirty(page);
  pagePut(page);
}

/**
 * The file becomes (or became) `newSize` bytes long: pages beyond are forgotten, also where programs have mapped them, and
 * the rest of the last page reads as zeroes. For extension, too: what mmap wrote beyond the old end must not show.
 */
export function pageCacheTruncate(inode: Inode, newSize: u64): void {
  if (inode.pages == 0) return;
  const keep = (newSize + PAGE_SIZE - 1) >> PAGE_SHIFT;
  const mapping = changetype<Mapping>(inode.pages);
  if (newSize > inode.size) {
    const tail = inode.size & (PAGE_SIZE - 1);
    const end = inode.size >> PAGE_SHIFT == newSize >> PAGE_SHIFT ? newSize & (PAGE_SIZE - 1) : PAGE_SIZE;
    if (tail != 0) zeroPart(inode, inode.size >> PAGE_SHIFT, tail, end);
    return;
  }
  unmapFilePages(mapping, keep, RADIX_NONE, true);
  removeRange(mapping, keep, RADIX_NONE);
  // Again for what a page fault brought in between.
  unmapFilePages(mapping, keep, RADIX_NONE, true);
  const tail = newSize & (PAGE_SIZE - 1);
  if (tail != 0) zeroPart(inode, newSize >> PAGE_SHIFT, tail, PAGE_SIZE);
}

/** Forgets whole pages inside of [start, end) and zeroes the parts at its ends, for punching holes. */
export function pageCachePunch(inode: Inode, start: u64, end: u64): void {
  if (inode.pages == 0 || start >= end) return;
  const mapping = changetype<Mapping>(inode.pages);
  const first = (start + PAGE_SIZE - 1) >> PAGE_SHIFT;
  const last = end >> PAGE_SHIFT;
  const head = start & (PAGE_SIZE - 1);
  if (first > last) {
    zeroPart(inode, start >> PAGE_SHIFT, head, end & (PAGE_SIZE - 1));
    return;
  }
  if (head != 0) zeroPart(inode, start >> PAGE_SHIFT, head, PAGE_SIZE);
  if ((end & (PAGE_SIZE - 1)) != 0) zeroPart(inode, last, 0, end & (PAGE_SIZE - 1));
  if (first == last) return;
  unmapFilePages(mapping, first, last, false);
  removeRange(mapping, first, last);
  unmapFilePages(mapping, first, last, false);
}

/** Forgets clean, unused pages of [first, end), for posix_fadvise and MADV_DONTNEED of files. */
export function pageCacheForget(inode: Inode, first: u64, end: u64): void {
  if (inode.pages == 0) return;
  const mapping = changetype<Mapping>(inode.pages);
  if (mapping.inMemory) return;
  const flags = lockIrqSave(cacheLock());
  let index = radixNext(mapping, first);
  while (index != RADIX_NONE && index < end) {
    const page = radixGet(mapping, index);
    const record = recordOf(page);
    const busy = (record.flags & (PG_LOCKED | PG_WRITEBACK | PG_DIRTY)) != 0;
    if (!busy && record.references == 1) removePage(mapping, page);
    index = radixNext(mapping, index + 1);
  }
  unlockIrqRestore(cacheLock(), flags);
}

/** Pages of the file that are in memory. */
export function pageCacheCount(inode: Inode): u64 {
  return inode.pages == 0 ? 0 : changetype<Mapping>(inode.pages).count;
}

/** First index from `from` on whose page is in memory; RADIX_NONE when there is none. */
export function pageCacheNext(inode: Inode, from: u64): u64 {
  if (inode.pages == 0) return RADIX_NONE;
  const flags = lockIrqSave(cacheLock());
  const index = radixNext(changetype<Mapping>(inode.pages), from);
  unlockIrqRestore(cacheLock(), flags);
  return index;
}

/** Forgets all pages without writing them: the inode ends, and nobody maps it. */
export function pageCacheDrop(inode: Inode): void {
  if (inode.pages == 0) return;
  const mapping = changetype<Mapping>(inode.pages);
  removeRange(mapping, 0, RADIX_NONE);
  inode.pages = 0;
  kfree(changetype<usize>(mapping));
}

/** The last user of the inode is gone: what is dirty is written, unless the file has no name any more; then all is dropped. */
export function pageCacheRelease(inode: Inode): void {
  if (inode.pages == 0) return;
  if (inode.links != 0) pageCacheFlush(inode);
  pageCacheDrop(inode);
}
