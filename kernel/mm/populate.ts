/**
 * Bringing pages in before they are touched: MAP_POPULATE, mlock, madvise.
 */
import { ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceLock, spaceTree } from './address-space';
import { spaceTouch } from './fault';
import { PROT_WRITE, VMA_SHARED, isNullVma, vmaFrom } from './vma';

/** Whether pages of the area at `va` are to be made as for a write; -1 when there is no area that allows any access. */
function wayOf(space: AddressSpace, va: u64): i32 {
  const flags = lockIrqSave(spaceLock(space));
  const area = vmaFrom(spaceTree(space), va);
  let way: i32 = -1;
  if (!isNullVma(area) && area.start <= va && area.prot != 0) {
    way = (area.prot & PROT_WRITE) != 0 && (area.flags & VMA_SHARED) == 0 ? 1 : 0;
  }
  unlockIrqRestore(spaceLock(space), flags);
  return way;
}

/** Makes the pages of [start, end) present: 0, or the first error. It goes on behind what fails. May sleep. */
export function spacePopulate(space: AddressSpace, start: u64, end: u64): i32 {
  let result: i32 = 0;
  for (let va = start; va < end; va += 4096) {
    const way = wayOf(space, va);
    const error = way < 0 ? -ENOMEM : spaceTouch(space, va, way == 1);
    if (error != 0 && result == 0) result = error;
    if (error == -ENOMEM) return result;
  }
  return result;
}
