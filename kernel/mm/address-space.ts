/**
 * A process's user half: areas (vma.ts) and the page tables that follow them on demand.
 *
 * - Two spinlocks: `lock` guards the areas and counts, the table lock the page-table entries. Who changes entries for areas
 *   holds both, in this order; file-areas.ts changes entries with the table lock alone.
 * - Functions of mm named space… take the locks themselves, may sleep where they say so, and expect none of mm's locks.
 * - Pages appear at the first touch (fault.ts) or when the kernel writes them (spaceWrite).
 */
import { writeCr3 } from '../arch/x86_64/cpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { areaEnd, areasFree, takeEnded } from './areas';
import { allocZeroedFrame, freeFrame } from './frames';
import { kernelPml4, shareKernelHalf } from './kernel-map';
import { alloc, kfree } from './kmalloc';
import { USER_END, physToVirt, virtToPhys } from './layout';
import { Mapping, recordOf } from './mapping';
import { PTE_ADDRESS, findEntry, freeTables } from './page-table';
import { releasePages } from './user-pages';
import { VMA_DEVICE, VMA_SHARED, VmaTree, isNullVma, vmaAt, vmaFind } from './vma';

export { PROT_EXEC, PROT_READ, PROT_WRITE } from './vma';
export { spaceBrk, spaceMap, spaceMapAnywhere, spaceSetBrk, spaceUnmap } from './map';
export { spaceProtect } from './protect';

@unmanaged
export class AddressSpace {
  lock: u32;
  /** Processes that use it: vfork and CLONE_VM share one. */
  users: u32;
  /** Physical address of the PML4. */
  pml4: u64;
  tableLock: u32;
  /** VMA_ flags that every new area gets: mlockall(MCL_FUTURE). */
  futureFlags: u32;
  /** A VmaTree. */
  tree0: u64;
  tree1: u64;
  tree2: u64;
  tree3: u64;
  brkStart: u64;
  brk: u64;
  /** Frames mapped, those of the page cache among them, and the most there ever were. */
  residentPages: u64;
  filePages: u64;
  peakPages: u64;
  /** Bytes in areas. */
  sizeBytes: u64;
  /** Pages in private writable areas other than stacks (RLIMIT_DATA), and in locked ones. */
  dataPages: u64;
  lockedPages: u64;
  /** Areas that ended under the lock and are to be freed without it. */
  ended: usize;
}

export function spaceTree(space: AddressSpace): VmaTree {
  return changetype<VmaTree>(changetype<usize>(space) + offsetof<AddressSpace>('tree0'));
}

/** The lock is the first field. */
export function spaceLock(space: AddressSpace): usize {
  return changetype<usize>(space);
}

export function tableLock(space: AddressSpace): usize {
  return changetype<usize>(space) + offsetof<AddressSpace>('tableLock');
}

/** With one user; null when out of memory. */
export function spaceCreate(): AddressSpace {
  const space = alloc<AddressSpace>();
  if (changetype<usize>(space) == 0) return space;
  space.pml4 = allocZeroedFrame();
  if (space.pml4 == 0) {
    kfree(changetype<usize>(space));
    return changetype<AddressSpace>(<usize>0);
  }
  shareKernelHalf(space.pml4);
  space.users = 1;
  return space;
}

/** One process more uses the space. */
export function spaceShare(space: AddressSpace): AddressSpace {
  atomic.add<u32>(changetype<usize>(space) + offsetof<AddressSpace>('users'), 1);
  return space;
}

export function spaceUsers(space: AddressSpace): u32 {
  return space.users;
}

/** A process no longer uses the space; with the last one pages, tables and areas go. May sleep. */
export function spaceDestroy(space: AddressSpace): void {
  if (atomic.sub<u32>(changetype<usize>(space) + offsetof<AddressSpace>('users'), 1) != 1) return;
  const cpu = thisCpu();
  if (cpu.cr3 == space.pml4) {
    cpu.cr3 = kernelPml4();
    writeCr3(cpu.cr3);
  }
  const tree = spaceTree(space);
  const flags = lockIrqSave(spaceLock(space));
  const tables = lockIrqSave(tableLock(space));
  for (let at = tree.first; at != 0; at = vmaAt(at).next) {
    releasePages(space, vmaAt(at).start, vmaAt(at).end);
  }
  unlockIrqRestore(tableLock(space), tables);
  while (tree.first != 0) areaEnd(space, vmaAt(tree.first));
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), flags);
  areasFree(ended);
  freeTables(space.pml4, 0, 256);
  freeFrame(space.pml4);
  kfree(changetype<usize>(space));
}

/** Kernel address of user page `va` when it is in memory; 0 otherwise. */
export function presentPage(space: AddressSpace, va: u64): usize {
  if (va >= USER_END) return 0;
  const entry = findEntry(space.pml4, va, 0);
  if (entry == 0) return 0;
  const value = load<u64>(entry);
  return value == 0 ? 0 : physToVirt(value & PTE_ADDRESS);
}

/** Tells keys of pages that may change their frames from physical addresses. */
const KEY_OF_FILE: u64 = (<u64>1) << 63;

/**
 * What names the byte at `va` in every process that has it mapped MAP_SHARED: its physical address, or for files that are
 * written back, whose pages move, a mixture of file and offset. 0 when the area is private or the page not in memory.
 */
export function spaceSharedFrame(space: AddressSpace, va: u64): u64 {
  let key: u64 = 0;
  const flags = lockIrqSave(spaceLock(space));
  const area = vmaFind(spaceTree(space), va);
  const page = presentPage(space, va & ~4095);
  if (!isNullVma(area) && (area.flags & VMA_SHARED) != 0 && page != 0) {
    key = virtToPhys(page) + (va & 4095);
    const mapping = recordOf(key & ~4095).mapping;
    if ((area.flags & VMA_DEVICE) == 0 && area.file != 0 && mapping != 0) {
      if (!changetype<Mapping>(mapping).inMemory) {
        key = KEY_OF_FILE | (((<u64>mapping) << 20) ^ (area.offset + (va - area.start)));
      }
    }
  }
  unlockIrqRestore(spaceLock(space), flags);
  return key;
}
