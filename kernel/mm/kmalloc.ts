/**
 * Kernel heap: `kmalloc` returns zeroed memory aligned to 16 bytes, or 0 when there is none, which the caller turns
 * into -ENOMEM. Up to 2 KiB comes from slabs, more directly in blocks of frames (at most 4 MiB).
 *
 * Callable from any context, interrupts included.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { panic } from '../lib/panic';
import { MAX_ORDER } from './buddy';
import { allocFrames, freeFrames, reclaimFrames } from './frames';
import { physToVirt, virtToPhys } from './layout';
import { SLAB_MAX, slabAlloc, slabClassOf, slabFree, slabObjectSize, slabOf } from './slab';

const lock = memory.data(4, 4);
/** What the caches are asked for when there is no frame for a slab. */
const RECLAIM_FRAMES: u32 = 32;

export function kmalloc(size: usize): usize {
  if (size > SLAB_MAX) return allocLarge(size);
  const index = slabClassOf(size);
  const flags = lockIrqSave(lock);
  let object = slabAlloc(index);
  unlockIrqRestore(lock, flags);
  if (object == 0 && reclaimFrames(RECLAIM_FRAMES) != 0) {
    const again = lockIrqSave(lock);
    object = slabAlloc(index);
    unlockIrqRestore(lock, again);
  }
  if (object != 0) memory.fill(object, 0, slabObjectSize(index));
  return object;
}

/** 0 is allowed and does nothing. */
export function kfree(object: usize): void {
  if (object == 0) return;
  const flags = lockIrqSave(lock);
  const slab = slabOf(object);
  const good = slab == 0 || slabFree(slab, object);
  unlockIrqRestore(lock, flags);
  if (!good) panic('kfree of something that kmalloc did not return');
  if (slab == 0) freeFrames(virtToPhys(object));
}

/** A zeroed object of an `@unmanaged` class; null when out of memory. */
export function alloc<T>(): T {
  return changetype<T>(kmalloc(offsetof<T>()));
}

function allocLarge(size: usize): usize {
  let order: u32 = 0;
  while (order <= MAX_ORDER && (<usize>4096) << order < size) order++;
  const pa = allocFrames(order);
  if (pa == 0) return 0;
  memory.fill(physToVirt(pa), 0, (<usize>4096) << order);
  return physToVirt(pa);
}
