/**
 * mprotect: another protection for whole areas, cut to fit.
 */
import { EACCES, EINVAL, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceLock, spaceTree, tableLock } from './address-space';
import { areaJoin, areaPages, areasFree, areasSplit, isData, takeEnded } from './areas';
import { commit } from './commit';
import { isAccountable, isValidRange } from './map';
import { protectPages } from './user-pages';
import {
  PROT_EXEC,
  PROT_WRITE,
  VMA_ACCOUNTED,
  VMA_NEVER_EXEC,
  VMA_NEVER_WRITE,
  Vma,
  isNullVma,
  vmaFind,
} from './vma';

/** May the area have this protection? mmap(2) of a file that was not opened for it, or lies on a noexec mount. */
function mayBe(area: Vma, prot: u32): bool {
  if ((prot & PROT_WRITE) != 0 && (area.flags & VMA_NEVER_WRITE) != 0) return false;
  return (prot & PROT_EXEC) == 0 || (area.flags & VMA_NEVER_EXEC) == 0;
}

/** Changes one whole area: 0, -EACCES or -ENOMEM. */
function protectArea(space: AddressSpace, area: Vma, prot: u32): i32 {
  if (!mayBe(area, prot)) return -EACCES;
  const pages = areaPages(area);
  if (isAccountable(prot, area.flags) && (area.flags & VMA_ACCOUNTED) == 0) {
    if (!commit(pages)) return -ENOMEM;
    // It stays counted when it becomes read-only again: its copies stay.
    area.flags |= VMA_ACCOUNTED;
  }
  if (isData(area.prot, area.flags)) space.dataPages -= pages;
  area.prot = prot;
  if (isData(area.prot, area.flags)) space.dataPages += pages;
  const tables = lockIrqSave(tableLock(space));
  protectPages(space, area.start, area.end, prot);
  unlockIrqRestore(tableLock(space), tables);
  return 0;
}

/** The lock is held. Areas before a failure stay changed, as on Linux. */
function protectLocked(space: AddressSpace, start: u64, end: u64, prot: u32): i32 {
  const tree = spaceTree(space);
  let va = start;
  while (va < end) {
    let area = vmaFind(tree, va);
    if (isNullVma(area)) return -ENOMEM;
    const stop = min(area.end, end);
    if (area.prot != prot) {
      if (!areasSplit(space, va, stop)) return -ENOMEM;
      area = vmaFind(tree, va);
      const error = protectArea(space, area, prot);
      if (error != 0) return error;
      area = areaJoin(space, area);
    }
    va = stop;
  }
  return 0;
}

/** 0, -ENOMEM when part of the range is not mapped, -EACCES, -EINVAL. May sleep. */
export function spaceProtect(space: AddressSpace, start: u64, length: u64, prot: u32): i32 {
  if (!isValidRange(start, length)) return -EINVAL;
  const f = lockIrqSave(spaceLock(space));
  const result = protectLocked(space, start, start + length, prot);
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  return result;
}
