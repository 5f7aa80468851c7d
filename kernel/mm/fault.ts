/**
 * Page faults on user addresses: demand-zero pages and copy-on-write.
 */
import { invalidatePage } from '../arch/x86_64/cpu';
import { EFAULT, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, PTE_HIDDEN, presentPage, spaceAreas, spaceLock, userPageFlags } from './address-space';
import { allocFrame, allocZeroedFrame, frameReferences, frameRelease } from './frames';
import { USER_END, physToVirt } from './layout';
import { PTE_ADDRESS, PTE_USER, PTE_WRITE, makeEntry } from './page-table';
import { PROT_EXEC, PROT_READ, PROT_WRITE, Vma, vmaFind } from './vma';

/**
 * Resolves an access that the CPU refused. 0 when it may be tried again; -EFAULT when no area allows it; -ENOMEM.
 */
export function spaceFault(space: AddressSpace, va: u64, access: u32): i32 {
  if (va >= USER_END) return -EFAULT;
  const flags = lockIrqSave(spaceLock(space));
  const area = vmaFind(spaceAreas(space), va);
  let result = -EFAULT;
  if (changetype<usize>(area) != 0 && isAllowed(area, access)) {
    result = makePresent(space, area, va & ~4095, access == PROT_WRITE);
  }
  unlockIrqRestore(spaceLock(space), flags);
  return result;
}

/**
 * Writes into a space whatever its protection, making pages present: program loading and argument set-up, also of a
 * space that does not run yet. -EFAULT outside of all areas, -ENOMEM.
 */
export function spaceWrite(space: AddressSpace, va: u64, source: usize, length: usize): i32 {
  let done: usize = 0;
  while (done < length) {
    const at = va + <u64>done;
    const offset = <usize>(at & 4095);
    const n = min(length - done, 4096 - offset);
    const error = ownPage(space, at & ~4095);
    if (error < 0) return error;
    memory.copy(presentPage(space, at & ~4095) + offset, source + done, n);
    done += n;
  }
  return 0;
}

/** Makes page `va` present and private to the space: 0, -EFAULT outside of all areas, -ENOMEM. */
export function ownPage(space: AddressSpace, va: u64): i32 {
  const flags = lockIrqSave(spaceLock(space));
  const area = vmaFind(spaceAreas(space), va);
  const result = changetype<usize>(area) != 0 ? makePresent(space, area, va, true) : -EFAULT;
  unlockIrqRestore(spaceLock(space), flags);
  return result;
}

/**
 * Reads from a space that need not be the current one (the arguments of another process): bytes copied, which is less
 * than `length` where nothing is mapped.
 */
export function spaceRead(space: AddressSpace, va: u64, target: usize, length: usize): usize {
  const flags = lockIrqSave(spaceLock(space));
  let done: usize = 0;
  while (done < length) {
    const at = va + <u64>done;
    const page = presentPage(space, at & ~4095);
    if (at >= USER_END || page == 0) break;
    const offset = <usize>(at & 4095);
    const n = min(length - done, 4096 - offset);
    memory.copy(target + done, page + offset, n);
    done += n;
  }
  unlockIrqRestore(spaceLock(space), flags);
  return done;
}

function isAllowed(area: Vma, access: u32): bool {
  if (access == PROT_READ) return (area.prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0;
  return (area.prot & access) != 0;
}

function makePresent(space: AddressSpace, area: Vma, page: u64, write: bool): i32 {
  const entry = makeEntry(space.pml4, page, 0, PTE_USER);
  if (entry == 0) return -ENOMEM;
  const old = load<u64>(entry);
  if (old == 0) {
    const frame = allocZeroedFrame();
    if (frame == 0) return -ENOMEM;
    store<u64>(entry, frame | userPageFlags(area.prot, true));
    space.residentPages++;
  } else if (write && (old & PTE_WRITE) == 0) {
    const frame = privateCopy(old & PTE_ADDRESS);
    if (frame == 0) return -ENOMEM;
    store<u64>(entry, frame | userPageFlags(area.prot, true));
  } else if ((old & PTE_HIDDEN) != 0 && area.prot != 0) {
    store<u64>(entry, (old & PTE_ADDRESS) | userPageFlags(area.prot, false));
  }
  invalidatePage(page);
  return 0;
}

/** A frame with this content that nobody else uses: the same one when it is not shared. 0 when out of memory. */
function privateCopy(frame: u64): u64 {
  if (frameReferences(frame) == 1) return frame;
  const copy = allocFrame();
  if (copy == 0) return 0;
  memory.copy(physToVirt(copy), physToVirt(frame), 4096);
  frameRelease(frame);
  return copy;
}
