/**
 * From the pages of a file to the page tables that map them: each Mapping has a list of the areas that show its file.
 *
 * - One lock guards all lists, and the bounds of areas that are in one. It is taken under a space's lock and before the
 *   table lock of any space; nobody sleeps under it.
 */
import { File } from '../fs/file';
import { Inode } from '../fs/inode';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, tableLock } from './address-space';
import { PAGE_SHIFT } from './layout';
import { Mapping, mappingOf, recordOf } from './mapping';
import { PTE_WRITE, findEntry } from './page-table';
import { PTE_FILE, flushRange, nextTable, releaseEntry } from './user-pages';
import { Vma, VMA_DEVICE, VMA_NEVER_WRITE, VMA_SHARED, vmaAt } from './vma';

const lock = memory.data(4, 4);

/** For changing the bounds of an area in a list: hold it around the change. */
export function fileAreasLock(): usize {
  return lock;
}

function isListed(area: Vma): bool {
  return area.file != 0 && (area.flags & VMA_DEVICE) == 0;
}

/** Adds an area to its file's list. False when out of memory. */
export function fileAreaAdd(area: Vma): bool {
  if (!isListed(area)) return true;
  const mapping = mappingOf(changetype<File>(area.file).inode);
  if (changetype<usize>(mapping) == 0) return false;
  const flags = lockIrqSave(lock);
  area.filePrevious = 0;
  area.fileNext = mapping.areas;
  if (mapping.areas != 0) vmaAt(mapping.areas).filePrevious = changetype<usize>(area);
  mapping.areas = changetype<usize>(area);
  unlockIrqRestore(lock, flags);
  return true;
}

export function fileAreaRemove(area: Vma): void {
  if (!isListed(area)) return;
  const mapping = mappingOf(changetype<File>(area.file).inode);
  const flags = lockIrqSave(lock);
  if (area.filePrevious != 0) vmaAt(area.filePrevious).fileNext = area.fileNext;
  else mapping.areas = area.fileNext;
  if (area.fileNext != 0) vmaAt(area.fileNext).filePrevious = area.filePrevious;
  unlockIrqRestore(lock, flags);
}

const enum What {
  Unmap,
  UnmapWithCopies,
  Protect,
}

function change(space: AddressSpace, start: u64, end: u64, what: What): void {
  const flags = lockIrqSave(tableLock(space));
  let va = start;
  let changed = false;
  while (va < end) {
    const at = findEntry(space.pml4, va, 0);
    if (at == 0) {
      va = nextTable(space, va);
      continue;
    }
    const value = load<u64>(at);
    if (value != 0 && (what == What.UnmapWithCopies || (value & PTE_FILE) != 0)) {
      if (what != What.Protect) releaseEntry(space, at);
      else store<u64>(at, value & ~PTE_WRITE);
      changed = true;
    }
    va += 4096;
  }
  if (changed) flushRange(space, start, end);
  unlockIrqRestore(tableLock(space), flags);
}

/** Goes through the areas that show pages [first, end) of the file. */
function forAreas(mapping: Mapping, first: u64, end: u64, what: What): void {
  if (mapping.areas == 0) return;
  const flags = lockIrqSave(lock);
  for (let at = mapping.areas; at != 0; at = vmaAt(at).fileNext) {
    const area = vmaAt(at);
    const areaFirst = area.offset >> PAGE_SHIFT;
    const areaEnd = areaFirst + ((area.end - area.start) >> PAGE_SHIFT);
    const from = max(first, areaFirst);
    const to = min(end, areaEnd);
    if (from >= to) continue;
    const base = area.start - (areaFirst << PAGE_SHIFT);
    change(
      changetype<AddressSpace>(area.space),
      base + (from << PAGE_SHIFT),
      base + (to << PAGE_SHIFT),
      what,
    );
  }
  unlockIrqRestore(lock, flags);
}

/** Takes pages [first, end) out of all page tables; with `copies` also the private copies of them. */
export function unmapFilePages(mapping: Mapping, first: u64, end: u64, copies: bool): void {
  forAreas(mapping, first, end, copies ? What.UnmapWithCopies : What.Unmap);
}

/** Takes write access to pages [first, end) away. */
export function protectFilePages(mapping: Mapping, first: u64, end: u64): void {
  forAreas(mapping, first, end, What.Protect);
}

/** Takes one page of the page cache out of all page tables that map it. */
export function unmapOnePage(page: u64): void {
  const record = recordOf(page);
  if (record.mapping == 0) return;
  forAreas(changetype<Mapping>(record.mapping), record.index, record.index + 1, What.Unmap);
}

/** Has somebody a shared mapping of the file that may be written? */
export function isMappedWritable(inode: Inode): bool {
  if (inode.pages == 0) return false;
  let found = false;
  const flags = lockIrqSave(lock);
  for (let at = changetype<Mapping>(inode.pages).areas; at != 0 && !found; at = vmaAt(at).fileNext) {
    found = (vmaAt(at).flags & (VMA_SHARED | VMA_NEVER_WRITE)) == VMA_SHARED;
  }
  unlockIrqRestore(lock, flags);
  return found;
}
