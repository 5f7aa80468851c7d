/**
 * Mapping the neighbours of a page that was just mapped, if they are in memory: one fault instead of many. Both locks of
 * the space are held.
 */
import { File } from '../fs/file';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace } from './address-space';
import { FrameRecord } from './buddy';
import { PAGE_SHIFT, PAGE_SIZE } from './layout';
import { Mapping, PG_LOCKED, PG_UPTODATE, cacheLock, recordOf } from './mapping';
import { radixGet } from './radix-tree';
import { tableEnd } from './user-pages';
import { VMA_RANDOM, Vma } from './vma';

/** 64 KiB, aligned, as Linux does. */
const AROUND: u64 = 16 << 12;

/** `at` is the entry of `page`; `flags` are what neighbours' entries get. */
export function faultAround(space: AddressSpace, area: Vma, page: u64, at: usize, flags: u64): void {
  if ((area.flags & VMA_RANDOM) != 0) return;
  const inode = changetype<File>(area.file).inode;
  const mapping = changetype<Mapping>(inode.pages);
  const start = max(page & ~(AROUND - 1), area.start);
  const sizeEnd = (inode.size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
  // The byte of the file at an address is address - area.start + area.offset.
  let end = min(tableEnd(page, (page & ~(AROUND - 1)) + AROUND), area.end);
  if (sizeEnd < area.offset + (end - area.start)) end = area.start + (sizeEnd - area.offset);
  let mapped: u64 = 0;
  const f = lockIrqSave(cacheLock());
  for (let va = start; va < end; va += PAGE_SIZE) {
    const entry = at + <usize>(va >> PAGE_SHIFT) * 8 - <usize>(page >> PAGE_SHIFT) * 8;
    if (load<u64>(entry) != 0) continue;
    const cached = radixGet(mapping, (area.offset + (va - area.start)) >> PAGE_SHIFT);
    if (cached == 0) continue;
    const record = recordOf(cached);
    if ((record.flags & (PG_UPTODATE | PG_LOCKED)) != PG_UPTODATE) continue;
    atomic.add<u32>(changetype<usize>(record) + offsetof<FrameRecord>('references'), 1);
    store<u64>(entry, cached | flags);
    mapped++;
  }
  space.filePages += mapped;
  space.residentPages += mapped;
  if (space.residentPages > space.peakPages) space.peakPages = space.residentPages;
  unlockIrqRestore(cacheLock(), f);
}
