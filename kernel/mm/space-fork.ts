/**
 * Copy-on-write duplication of an address space: tables are copied, frames are shared and counted, and both sides lose
 * write access until fault.ts gives one of them a copy.
 */
import { AddressSpace, flushSpace, spaceAreas, spaceCreate, spaceDestroy, spaceLock } from './address-space';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { allocZeroedFrame, frameRetain } from './frames';
import { physToVirt } from './layout';
import { PTE_ADDRESS, PTE_PRESENT, PTE_WRITE } from './page-table';
import { vmaCopyAll } from './vma';

const USER_ENTRIES: u32 = 256;

/** Null when out of memory; the parent is intact either way. */
export function spaceFork(parent: AddressSpace): AddressSpace {
  const child = spaceCreate();
  if (changetype<usize>(child) == 0) return child;
  const flags = lockIrqSave(spaceLock(parent));
  child.brkStart = parent.brkStart;
  child.brk = parent.brk;
  child.sizeBytes = parent.sizeBytes;
  const good =
    vmaCopyAll(spaceAreas(parent), spaceAreas(child)) &&
    copyTable(child, parent.pml4, child.pml4, 3, USER_ENTRIES);
  flushSpace(parent);
  unlockIrqRestore(spaceLock(parent), flags);
  if (good) return child;
  spaceDestroy(child);
  return changetype<AddressSpace>(<usize>0);
}

/** Copies the first `count` entries of a table of `level` and everything below; false when out of memory. */
function copyTable(child: AddressSpace, from: u64, to: u64, level: u32, count: u32): bool {
  const source = physToVirt(from);
  const target = physToVirt(to);
  for (let i: usize = 0; i < <usize>count; i++) {
    const entry = load<u64>(source + i * 8);
    if (entry == 0) continue;
    if (level == 0) {
      const shared = entry & ~PTE_WRITE;
      store<u64>(source + i * 8, shared);
      store<u64>(target + i * 8, shared);
      frameRetain(entry & PTE_ADDRESS);
      child.residentPages++;
      continue;
    }
    if ((entry & PTE_PRESENT) == 0) continue;
    const table = allocZeroedFrame();
    if (table == 0) return false;
    store<u64>(target + i * 8, table | (entry & ~PTE_ADDRESS));
    if (!copyTable(child, entry & PTE_ADDRESS, table, level - 1, 512)) return false;
  }
  return true;
}
