/**
 * Reading pages that are missing, and reading ahead: one call of the file system's `readPages` for as many neighbours as
 * are likely to be asked for. A reader that goes on where the last read ended gets twice as many each time.
 */
import { Inode } from '../fs/inode';
import { EIO, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { freeFrame } from './frames';
import { kfree, kmalloc } from './kmalloc';
import { PAGE_SHIFT, PAGE_SIZE, physToVirt, virtToPhys } from './layout';
import { Mapping, PG_LOCKED, PG_REFERENCED, PG_UPTODATE, cacheLock, recordOf, wakeForPage } from './mapping';
import { insertPage, removePage } from './page-cache';
import { radixGet } from './radix-tree';
import { cacheFrame } from './reclaim';

/** Pages of one read: 128 KiB. */
export const READ_MAX: u32 = 32;
const FIRST_WINDOW: u32 = 4;

/** How many pages to read at a miss at `index`, besides what is cached. */
function windowAt(mapping: Mapping, index: u64, wanted: u32): u32 {
  const pages = (mapping.inode.size + PAGE_SIZE - 1) >> PAGE_SHIFT;
  let window = max(wanted, 1);
  if (mapping.inMemory) window = 1;
  else if (index == mapping.readNext && mapping.readWindow != 0) {
    window = max(window, mapping.readWindow * 2);
  } else if (index == 0) window = max(window, FIRST_WINDOW);
  window = min(window, READ_MAX);
  if (index + window > pages) window = index < pages ? <u32>(pages - index) : 1;
  return window;
}

/** Inserts fresh, locked pages from `index` on and stores their kernel addresses in `list`; how many. */
function insertLocked(mapping: Mapping, index: u64, window: u32, list: usize): u32 {
  let n: u32 = 0;
  while (n < window) {
    const page = cacheFrame();
    if (page == 0) break;
    const flags = lockIrqSave(cacheLock());
    const free = radixGet(mapping, index + n) == 0;
    const good = free && insertPage(mapping, index + n, page, PG_LOCKED);
    unlockIrqRestore(cacheLock(), flags);
    if (!good) {
      freeFrame(page);
      return free || n > 0 ? n : window + 1;
    }
    store<usize>(list + <usize>n * 8, physToVirt(page));
    n++;
  }
  return n;
}

function call(inode: Inode, index: u64, count: u32, list: usize): i32 {
  return call_indirect<i32>(inode.ops.readPages, inode, index, count, list);
}

/** Unlocks the pages of `list` from number `first` on, or takes them out again. */
function settle(mapping: Mapping, list: usize, first: u32, count: u32, good: bool): void {
  const flags = lockIrqSave(cacheLock());
  for (let n = first; n < count; n++) {
    const page = virtToPhys(load<usize>(list + <usize>n * 8));
    const record = recordOf(page);
    record.flags &= ~PG_LOCKED;
    if (good) record.flags |= n == 0 ? PG_UPTODATE | PG_REFERENCED : PG_UPTODATE;
    else removePage(mapping, page);
    wakeForPage(page);
  }
  unlockIrqRestore(cacheLock(), flags);
}

/**
 * Brings page `index` in, with neighbours: 0 when it is worth looking again, or a negative errno. The cache lock is not
 * held.
 */
export function readMissing(mapping: Mapping, index: u64, wanted: u32): i32 {
  const inode = mapping.inode;
  if (inode.ops.readPages == 0) return -EIO;
  const window = windowAt(mapping, index, wanted);
  const list = kmalloc(<usize>window * 8);
  if (list == 0) return -ENOMEM;
  const count = insertLocked(mapping, index, window, list);
  if (count == 0 || count > window) {
    kfree(list);
    return count == 0 ? -ENOMEM : 0;
  }
  mapping.readNext = index + count;
  mapping.readWindow = count;
  let error = call(inode, index, count, list);
  if (error < 0 && count > 1) {
    // One bad sector must not take its neighbours with it.
    settle(mapping, list, 1, count, false);
    error = call(inode, index, 1, list);
    settle(mapping, list, 0, 1, error >= 0);
  } else settle(mapping, list, 0, count, error >= 0);
  kfree(list);
  return error < 0 ? error : 0;
}
