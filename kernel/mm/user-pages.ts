/**
 * The page-table entries of user memory. Whoever calls holds the table lock of the space.
 *
 * - An entry owns a reference of its frame, unless it is PTE_SPECIAL (the page of zeroes, device memory).
 * - A page that PROT_NONE hides keeps its frame in an entry that is not present but marked PTE_HIDDEN.
 * - An entry for a page of the page cache is PTE_FILE; without it the page is the space's own, or shared copy-on-write.
 */
import { invalidatePage, readCr3, writeCr3 } from '../arch/x86_64/cpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { AddressSpace } from './address-space';
import { frameRelease } from './frames';
import {
  PTE_ADDRESS,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_USER,
  PTE_WRITE,
  entryAddress,
  findEntry,
  makeEntry,
} from './page-table';
import { PROT_EXEC, PROT_WRITE } from './vma';

/** Software bits (SDM 3A table 4-20: ignored by the CPU). */
export const PTE_HIDDEN: u64 = 1 << 9;
export const PTE_SPECIAL: u64 = 1 << 10;
export const PTE_FILE: u64 = 1 << 11;
const PTE_KEPT: u64 = PTE_ADDRESS | PTE_SPECIAL | PTE_FILE;

/** Above so many pages the whole TLB is emptied instead of entry by entry (Linux has the same number). */
const FLUSH_ALL: u64 = 33;
const PAGE_TABLE_SPAN: u64 = 1 << 21;

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

/** As flushSpace, for [start, end). */
export function flushRange(space: AddressSpace, start: u64, end: u64): void {
  if (thisCpu().cr3 != space.pml4) return;
  if (end - start > FLUSH_ALL << 12) {
    writeCr3(readCr3());
    return;
  }
  for (let va = start; va < end; va += 4096) invalidatePage(va);
}

/** First address behind `va` for which another table is responsible, as far up as tables are missing. */
export function nextTable(space: AddressSpace, va: u64): u64 {
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

/** End of what one page table spans from `va` on, at most `end`. */
export function tableEnd(va: u64, end: u64): u64 {
  return min((va & ~(PAGE_TABLE_SPAN - 1)) + PAGE_TABLE_SPAN, end);
}

/** Counts a page that is mapped (1) or not any more (-1). */
export function countResident(space: AddressSpace, entry: u64, change: i64): void {
  if ((entry & PTE_SPECIAL) != 0) return;
  space.residentPages += change;
  if ((entry & PTE_FILE) != 0) space.filePages += change;
  if (space.residentPages > space.peakPages) space.peakPages = space.residentPages;
}

/** Empties an entry that is not 0: the frame loses a user. The caller flushes. */
export function releaseEntry(space: AddressSpace, at: usize): void {
  const value = load<u64>(at);
  store<u64>(at, 0);
  countResident(space, value, -1);
  if ((value & PTE_SPECIAL) == 0) frameRelease(value & PTE_ADDRESS);
}

/** Gives back the frames of [start, end), stepping over missing tables, and flushes. */
export function releasePages(space: AddressSpace, start: u64, end: u64): void {
  let va = start;
  let low = end;
  let high = start;
  let resident: u64 = 0;
  let filePages: u64 = 0;
  while (va < end) {
    let at = findEntry(space.pml4, va, 0);
    if (at == 0) {
      va = nextTable(space, va);
      continue;
    }
    const stop = tableEnd(va, end);
    for (; va < stop; va += 4096, at += 8) {
      const value = load<u64>(at);
      if (value == 0) continue;
      store<u64>(at, 0);
      if (high == start) low = va;
      high = va + 4096;
      if ((value & PTE_SPECIAL) != 0) continue;
      resident++;
      if ((value & PTE_FILE) != 0) filePages++;
      frameRelease(value & PTE_ADDRESS);
    }
  }
  space.residentPages -= resident;
  space.filePages -= filePages;
  if (low < high) flushRange(space, low, high);
}

/** Gives the pages of [start, end) a protection. Write access comes back by the next write fault, which also settles copies. */
export function protectPages(space: AddressSpace, start: u64, end: u64, prot: u32): void {
  let va = start;
  let changed = false;
  while (va < end) {
    let at = findEntry(space.pml4, va, 0);
    if (at == 0) {
      va = nextTable(space, va);
      continue;
    }
    const stop = tableEnd(va, end);
    for (; va < stop; va += 4096, at += 8) {
      const value = load<u64>(at);
      if (value == 0) continue;
      store<u64>(at, (value & PTE_KEPT) | userPageFlags(prot, false));
      changed = true;
    }
  }
  if (changed) flushRange(space, start, end);
}

/**
 * Moves the entries of [from, from + length) to `to`, where there are none. False when out of memory for tables: what was
 * moved is moved; moving back then cannot fail.
 */
export function movePages(space: AddressSpace, from: u64, to: u64, length: u64): bool {
  let good = true;
  let done: u64 = 0;
  while (done < length && good) {
    const at = findEntry(space.pml4, from + done, 0);
    if (at == 0) {
      done = nextTable(space, from + done) - from;
      continue;
    }
    const value = load<u64>(at);
    if (value != 0) {
      const target = makeEntry(space.pml4, to + done, 0, PTE_USER);
      good = target != 0;
      if (good) {
        store<u64>(target, value);
        store<u64>(at, 0);
      }
    }
    done += 4096;
  }
  flushRange(space, from, from + length);
  return good;
}
