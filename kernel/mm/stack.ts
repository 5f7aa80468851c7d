/**
 * Stacks that grow downwards by page faults below them (MAP_GROWSDOWN, mmap(2); the first thread's stack).
 */
import { AddressSpace, spaceTree } from './address-space';
import { areaResize, isData } from './areas';
import { commit } from './commit';
import { USER_START } from './layout';
import { RLIMIT_AS, RLIMIT_STACK, memoryLimit } from './limits';
import { VMA_ACCOUNTED, VMA_GROWS_DOWN, VMA_LOCKED, Vma, isNullVma, vmaAt, vmaFrom } from './vma';

/** Room that stays free below a stack, unless what is there is inaccessible anyway (Linux's stack_guard_gap). */
const GUARD: u64 = 256 << 12;

/** Extends the stack above `va` down to it: the area, or null when there is none or it may not. The lock is held. */
export function growStack(space: AddressSpace, va: u64): Vma {
  const nothing = vmaAt(0);
  const area = vmaFrom(spaceTree(space), va);
  if (isNullVma(area) || (area.flags & VMA_GROWS_DOWN) == 0) return nothing;
  const start = va & ~4095;
  if (start < USER_START || area.end - start > memoryLimit(RLIMIT_STACK)) return nothing;
  const before = vmaAt(area.previous);
  if (area.previous != 0 && before.prot != 0 && start < before.end + GUARD) return nothing;
  const bytes = area.start - start;
  if (space.sizeBytes + bytes > memoryLimit(RLIMIT_AS)) return nothing;
  if ((area.flags & VMA_ACCOUNTED) != 0 && !commit(bytes >> 12)) return nothing;
  areaResize(space, area, start, area.end);
  space.sizeBytes += bytes;
  if ((area.flags & VMA_LOCKED) != 0) space.lockedPages += bytes >> 12;
  if (isData(area.prot, area.flags)) space.dataPages += bytes >> 12;
  return area;
}
