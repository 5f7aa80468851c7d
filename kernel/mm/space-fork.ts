/**
 * Copy-on-write duplication of an address space: areas and tables are copied, frames are shared and counted, and of private
 * pages both sides lose write access until fault.ts gives one of them a copy.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceCreate, spaceDestroy, spaceLock, spaceTree, tableLock } from './address-space';
import { areaAlloc, areaCopy, areaEnter, areaPages, areasFree, takeEnded } from './areas';
import { commitMore } from './commit';
import { fileAreasLock } from './file-areas';
import { frameRetain } from './frames';
import { PTE_ADDRESS, PTE_USER, PTE_WRITE, findEntry, makeEntry } from './page-table';
import { PTE_FILE, PTE_SPECIAL, flushSpace, nextTable, tableEnd } from './user-pages';
import {
  VMA_ACCOUNTED,
  VMA_DEVICE,
  VMA_DONT_FORK,
  VMA_LOCKED,
  VMA_LOCK_ON_FAULT,
  VMA_SHARED,
  VMA_WIPE_ON_FORK,
  Vma,
  isNullVma,
  vmaAt,
} from './vma';

/** Null when out of memory; the parent is intact either way. May sleep. */
export function spaceFork(parent: AddressSpace): AddressSpace {
  const child = spaceCreate();
  if (changetype<usize>(child) == 0) return child;
  const flags = lockIrqSave(spaceLock(parent));
  child.brkStart = parent.brkStart;
  child.brk = parent.brk;
  let good = true;
  let lostWrite = false;
  for (let at = spaceTree(parent).first; at != 0 && good; at = vmaAt(at).next) {
    const area = vmaAt(at);
    if ((area.flags & VMA_DONT_FORK) != 0) continue;
    // A failure leaves pages in the child that belong to areas it has: spaceDestroy finds them all.
    good = copyArea(child, area);
    if (!good || (area.flags & VMA_WIPE_ON_FORK) != 0) continue;
    const copied = copyPagesLocked(parent, child, area);
    good = copied >= 0;
    if (copied != 0) lostWrite = true;
  }
  if (lostWrite) flushSpace(parent);
  const ended = takeEnded(child);
  unlockIrqRestore(spaceLock(parent), flags);
  if (ended != 0) areasFree(ended);
  if (good) return child;
  spaceDestroy(child);
  return changetype<AddressSpace>(<usize>0);
}

function copyArea(child: AddressSpace, area: Vma): bool {
  const copy = areaAlloc();
  if (isNullVma(copy)) return false;
  areaCopy(area, copy);
  // Locks are not inherited (fork(2)).
  copy.flags &= ~(VMA_LOCKED | VMA_LOCK_ON_FAULT);
  if (areaEnter(child, copy)) {
    if ((copy.flags & VMA_ACCOUNTED) != 0) commitMore(areaPages(copy));
    return true;
  }
  copy.segment = 0;
  copy.left = child.ended;
  child.ended = changetype<usize>(copy);
  return false;
}

/** As copyPages. Pages of a file must not be truncated between being copied and the next look at the file's areas. */
function copyPagesLocked(parent: AddressSpace, child: AddressSpace, area: Vma): i32 {
  const list = area.file != 0 ? lockIrqSave(fileAreasLock()) : 0;
  const tables = lockIrqSave(tableLock(parent));
  const result = copyPages(parent, child, area);
  unlockIrqRestore(tableLock(parent), tables);
  if (area.file != 0) unlockIrqRestore(fileAreasLock(), list);
  return result;
}

/** Copies the entries of an area: 1 when the parent lost write access somewhere, 0 when not, -1 when out of memory. */
function copyPages(parent: AddressSpace, child: AddressSpace, area: Vma): i32 {
  const keepWrite = (area.flags & (VMA_SHARED | VMA_DEVICE)) != 0;
  const end = area.end;
  let va = area.start;
  let lost: i32 = 0;
  let resident: u64 = 0;
  let filePages: u64 = 0;
  while (va < end) {
    let from = findEntry(parent.pml4, va, 0);
    if (from == 0) {
      va = nextTable(parent, va);
      continue;
    }
    const stop = tableEnd(va, end);
    let to: usize = 0;
    for (; va < stop; va += 4096, from += 8) {
      let entry = load<u64>(from);
      if (entry == 0) {
        if (to != 0) to += 8;
        continue;
      }
      if (to == 0) {
        to = makeEntry(child.pml4, va, 0, PTE_USER);
        if (to == 0) return -1;
      }
      if (!keepWrite && (entry & PTE_WRITE) != 0) {
        entry &= ~PTE_WRITE;
        store<u64>(from, entry);
        lost = 1;
      }
      store<u64>(to, entry);
      to += 8;
      if ((entry & PTE_SPECIAL) != 0) continue;
      frameRetain(entry & PTE_ADDRESS);
      resident++;
      if ((entry & PTE_FILE) != 0) filePages++;
    }
  }
  child.residentPages += resident;
  child.filePages += filePages;
  child.peakPages = child.residentPages;
  return lost;
}
