/**
 * A process's user half: areas (vma.ts) and the page tables that follow them on demand.
 *
 * - Every function takes the space's lock itself; callers hold none of mm's locks.
 * - Pages appear at the first touch (fault.ts) or when the kernel writes them (spaceWrite).
 * - A page that PROT_NONE hides keeps its frame in an entry that is not present but marked PTE_HIDDEN.
 */
import { invalidatePage, readCr3, writeCr3 } from '../arch/x86_64/cpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { EEXIST, EINVAL, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { allocZeroedFrame, freeFrame, frameRelease } from './frames';
import { kernelPml4, shareKernelHalf } from './kernel-map';
import { alloc, kfree } from './kmalloc';
import { USER_END, USER_MMAP_TOP, USER_START, physToVirt } from './layout';
import {
  PTE_ADDRESS,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_USER,
  PTE_WRITE,
  entryAddress,
  findEntry,
  freeTables,
} from './page-table';
import {
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  VMA_HEAP,
  Vma,
  vmaCovers,
  vmaFindFree,
  vmaInsert,
  vmaOverlaps,
  vmaRemove,
  vmaSplit,
} from './vma';

export { PROT_EXEC, PROT_READ, PROT_WRITE } from './vma';

/** A software bit (SDM 3A table 4-20: ignored by the CPU when not present). */
export const PTE_HIDDEN: u64 = 1 << 9;

@unmanaged
export class AddressSpace {
  lock: u32;
  /** Processes that use it: vfork and CLONE_VM share one. */
  users: u32;
  /** Physical address of the PML4. */
  pml4: u64;
  /** Head of the sorted list of areas. */
  areas: usize;
  brkStart: u64;
  brk: u64;
  /** Frames mapped. */
  residentPages: u64;
  /** Bytes in areas. */
  sizeBytes: u64;
}

export function spaceAreas(space: AddressSpace): usize {
  return changetype<usize>(space) + offsetof<AddressSpace>('areas');
}

/** The lock is the first field. */
export function spaceLock(space: AddressSpace): usize {
  return changetype<usize>(space);
}

/** Null when out of memory. */
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
  const flags = lockIrqSave(spaceLock(space));
  space.users++;
  unlockIrqRestore(spaceLock(space), flags);
  return space;
}

export function spaceUsers(space: AddressSpace): u32 {
  return space.users;
}

/** A process no longer uses the space; with the last one pages, tables and areas go. */
export function spaceDestroy(space: AddressSpace): void {
  const flags = lockIrqSave(spaceLock(space));
  const left = --space.users;
  unlockIrqRestore(spaceLock(space), flags);
  if (left != 0) return;
  const cpu = thisCpu();
  if (cpu.cr3 == space.pml4) {
    cpu.cr3 = kernelPml4();
    writeCr3(cpu.cr3);
  }
  releasePages(space, 0, USER_END);
  freeTables(space.pml4, 0, 256);
  freeFrame(space.pml4);
  vmaRemove(spaceAreas(space), 0, ~(<u64>0));
  kfree(changetype<usize>(space));
}

/** Anonymous, zero-filled memory at exactly [start, start + length). */
export function spaceMap(space: AddressSpace, start: u64, length: u64, prot: u32, flags: u32): i32 {
  if (!isValidRange(start, length) || !isValidProt(prot)) return -EINVAL;
  const f = lockIrqSave(spaceLock(space));
  const result = insertArea(space, start, start + length, prot, flags);
  unlockIrqRestore(spaceLock(space), f);
  return result;
}

/** As spaceMap at an address that the kernel chooses: the address, or a negative errno. */
export function spaceMapAnywhere(space: AddressSpace, length: u64, prot: u32): i64 {
  if (!isValidRange(USER_START, length) || !isValidProt(prot)) return -EINVAL;
  const f = lockIrqSave(spaceLock(space));
  const start = vmaFindFree(spaceAreas(space), length, USER_START, USER_MMAP_TOP);
  const result = start == 0 ? -ENOMEM : insertArea(space, start, start + length, prot, 0);
  unlockIrqRestore(spaceLock(space), f);
  return result < 0 ? result : <i64>start;
}

/** Removes whatever is mapped in the range; ranges without anything are fine. */
export function spaceUnmap(space: AddressSpace, start: u64, length: u64): i32 {
  if (!isValidRange(start, length)) return -EINVAL;
  const f = lockIrqSave(spaceLock(space));
  const result = unmapLocked(space, start, start + length);
  unlockIrqRestore(spaceLock(space), f);
  return result;
}

/** -ENOMEM when part of the range is not mapped, as POSIX mprotect. */
export function spaceProtect(space: AddressSpace, start: u64, length: u64, prot: u32): i32 {
  if (!isValidRange(start, length) || !isValidProt(prot)) return -EINVAL;
  const end = start + length;
  const head = spaceAreas(space);
  const f = lockIrqSave(spaceLock(space));
  const good = vmaCovers(head, start, end) && vmaSplit(head, start, end);
  if (good) {
    for (let at = load<usize>(head); at != 0; at = changetype<Vma>(at).next) {
      const area = changetype<Vma>(at);
      if (area.start >= start && area.end <= end) area.prot = prot;
    }
    protectPages(space, start, end, prot);
  }
  unlockIrqRestore(spaceLock(space), f);
  return good ? 0 : -ENOMEM;
}

/** Where the heap begins: once, by exec. */
export function spaceSetBrk(space: AddressSpace, start: u64): void {
  space.brkStart = (start + 4095) & ~4095;
  space.brk = space.brkStart;
}

/** Linux brk(2): the new break, or the old one when `wanted` cannot be had. */
export function spaceBrk(space: AddressSpace, wanted: u64): u64 {
  const f = lockIrqSave(spaceLock(space));
  const oldEnd = (space.brk + 4095) & ~4095;
  if (wanted >= space.brkStart && wanted < USER_MMAP_TOP) {
    const newEnd = (wanted + 4095) & ~4095;
    let result: i32 = 0;
    if (newEnd > oldEnd) result = insertArea(space, oldEnd, newEnd, PROT_READ | PROT_WRITE, VMA_HEAP);
    else if (newEnd < oldEnd) result = unmapLocked(space, newEnd, oldEnd);
    if (result == 0) space.brk = wanted;
  }
  const brk = space.brk;
  unlockIrqRestore(spaceLock(space), f);
  return brk;
}

/** Entry flags for a page of an area; `writable` false while the frame is shared. */
export function userPageFlags(prot: u32, writable: bool): u64 {
  let flags = PTE_USER | (prot == 0 ? PTE_HIDDEN : PTE_PRESENT);
  if ((prot & PROT_EXEC) == 0) flags |= PTE_NO_EXECUTE;
  if ((prot & PROT_WRITE) != 0 && writable) flags |= PTE_WRITE;
  return flags;
}

/** After changing entries of a space: forgets what this CPU has cached of its user half. */
export function flushSpace(space: AddressSpace): void {
  if (thisCpu().cr3 == space.pml4) writeCr3(readCr3());
}

function insertArea(space: AddressSpace, start: u64, end: u64, prot: u32, flags: u32): i32 {
  const head = spaceAreas(space);
  if (vmaOverlaps(head, start, end)) return -EEXIST;
  if (!vmaInsert(head, start, end, prot, flags)) return -ENOMEM;
  space.sizeBytes += end - start;
  return 0;
}

function unmapLocked(space: AddressSpace, start: u64, end: u64): i32 {
  const head = spaceAreas(space);
  if (!vmaSplit(head, start, end)) return -ENOMEM;
  for (let at = load<usize>(head); at != 0; at = changetype<Vma>(at).next) {
    const area = changetype<Vma>(at);
    if (area.start >= start && area.end <= end) space.sizeBytes -= area.end - area.start;
  }
  vmaRemove(head, start, end);
  releasePages(space, start, end);
  return 0;
}

/** Gives back the frames of [start, end), stepping over missing tables. */
function releasePages(space: AddressSpace, start: u64, end: u64): void {
  const current = thisCpu().cr3 == space.pml4;
  let va = start;
  while (va < end) {
    const entry = findEntry(space.pml4, va, 0);
    if (entry == 0) {
      va = nextTable(space, va);
      continue;
    }
    const value = load<u64>(entry);
    if (value != 0) {
      store<u64>(entry, 0);
      if (current) invalidatePage(va);
      frameRelease(value & PTE_ADDRESS);
      space.residentPages--;
    }
    va += 4096;
  }
}

function protectPages(space: AddressSpace, start: u64, end: u64, prot: u32): void {
  let va = start;
  while (va < end) {
    const entry = findEntry(space.pml4, va, 0);
    if (entry == 0) {
      va = nextTable(space, va);
      continue;
    }
    // Write access is given back by the next write fault, which also settles copy-on-write.
    const value = load<u64>(entry);
    if (value != 0) store<u64>(entry, (value & PTE_ADDRESS) | userPageFlags(prot, false));
    va += 4096;
  }
  flushSpace(space);
}

/** First address after `va` for which a different level-0 table is responsible, as far up as tables are missing. */
function nextTable(space: AddressSpace, va: u64): u64 {
  let table = space.pml4;
  for (let level: u32 = 3; level > 0; level--) {
    const entry = load<u64>(entryAddress(table, va, level));
    if ((entry & PTE_PRESENT) == 0) {
      const size = (<u64>1) << (12 + 9 * level);
      return (va & ~(size - 1)) + size;
    }
    table = entry & PTE_ADDRESS;
  }
  return va + 4096;
}

function isValidRange(start: u64, length: u64): bool {
  if (((start | length) & 4095) != 0 || length == 0) return false;
  return start >= USER_START && start < USER_END && length <= USER_END - start;
}

function isValidProt(prot: u32): bool {
  if ((prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC)) != 0) return false;
  return (prot & (PROT_WRITE | PROT_EXEC)) != (PROT_WRITE | PROT_EXEC);
}

/** Kernel address of user page `va`, which must be present; 0 otherwise. */
export function presentPage(space: AddressSpace, va: u64): usize {
  const entry = findEntry(space.pml4, va, 0);
  if (entry == 0) return 0;
  const value = load<u64>(entry);
  return value == 0 ? 0 : physToVirt(value & PTE_ADDRESS);
}
