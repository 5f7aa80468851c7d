/**
 * Four-level page tables (Intel SDM 3A 4.5). A table tree is named by the physical address of its PML4.
 *
 * Pure bookkeeping: no locking and no TLB invalidation here; kernel-map.ts and address-space.ts do both.
 */
import { allocZeroedFrame, freeFrame } from './frames';
import { physToVirt } from './layout';

export const PTE_PRESENT: u64 = 1;
export const PTE_WRITE: u64 = 1 << 1;
export const PTE_USER: u64 = 1 << 2;
export const PTE_WRITE_THROUGH: u64 = 1 << 3;
export const PTE_CACHE_DISABLE: u64 = 1 << 4;
export const PTE_ACCESSED: u64 = 1 << 5;
export const PTE_DIRTY: u64 = 1 << 6;
export const PTE_LARGE: u64 = 1 << 7;
export const PTE_GLOBAL: u64 = 1 << 8;
export const PTE_NO_EXECUTE: u64 = (<u64>1) << 63;
export const PTE_ADDRESS: u64 = 0x000f_ffff_ffff_f000;

const PAGE_2M: u64 = 1 << 21;
const PAGE_1G: u64 = 1 << 30;
const LEVELS: u32 = 4;

/** Address of the entry for `va` in the table at `table` of `level` (3 = PML4, 0 = page table). */
export function entryAddress(table: u64, va: u64, level: u32): usize {
  return physToVirt(table) + <usize>((va >> (12 + 9 * level)) & 511) * 8;
}

/**
 * Address of the level-`level` entry for `va`; 0 when a table above it is missing or a larger page is in the way.
 */
export function findEntry(root: u64, va: u64, level: u32): usize {
  let table = root;
  for (let l: u32 = LEVELS - 1; l > level; l--) {
    const entry = load<u64>(entryAddress(table, va, l));
    if ((entry & PTE_PRESENT) == 0 || (entry & PTE_LARGE) != 0) return 0;
    table = entry & PTE_ADDRESS;
  }
  return entryAddress(table, va, level);
}

/**
 * As findEntry, but makes the missing tables. `tableFlags` is PTE_USER for user addresses, else 0: a kernel page is
 * never reachable through an entry that lets user code in. 0 when out of memory.
 */
export function makeEntry(root: u64, va: u64, level: u32, tableFlags: u64): usize {
  let table = root;
  for (let l: u32 = LEVELS - 1; l > level; l--) {
    const at = entryAddress(table, va, l);
    let entry = load<u64>(at);
    if ((entry & PTE_PRESENT) == 0) {
      const fresh = allocZeroedFrame();
      if (fresh == 0) return 0;
      entry = fresh | PTE_PRESENT | PTE_WRITE | tableFlags;
      store<u64>(at, entry);
    } else if ((entry & PTE_LARGE) != 0) {
      return 0;
    }
    table = entry & PTE_ADDRESS;
  }
  return entryAddress(table, va, level);
}

/** Physical address that `va` leads to; 0 when it is not mapped. */
export function translate(root: u64, va: u64): u64 {
  let table = root;
  for (let level: u32 = LEVELS; level-- > 0;) {
    const entry = load<u64>(entryAddress(table, va, level));
    if ((entry & PTE_PRESENT) == 0) return 0;
    if (level == 0 || (entry & PTE_LARGE) != 0) {
      const mask = ((<u64>1) << (12 + 9 * level)) - 1;
      return (entry & PTE_ADDRESS & ~mask) | (va & mask);
    }
    table = entry & PTE_ADDRESS;
  }
  return 0;
}

/**
 * Maps [va, va + length) to `pa` with the largest pages that alignment and `maxPage` (4 KiB, 2 MiB or 1 GiB) allow.
 * False when out of memory (what was mapped stays mapped).
 */
export function mapRange(root: u64, va: u64, pa: u64, length: u64, flags: u64, maxPage: u64): bool {
  let done: u64 = 0;
  while (done < length) {
    const at = va + done;
    const to = pa + done;
    const left = length - done;
    let level: u32 = 0;
    let size: u64 = 4096;
    if (maxPage >= PAGE_1G && ((at | to) & (PAGE_1G - 1)) == 0 && left >= PAGE_1G) {
      level = 2;
      size = PAGE_1G;
    } else if (maxPage >= PAGE_2M && ((at | to) & (PAGE_2M - 1)) == 0 && left >= PAGE_2M) {
      level = 1;
      size = PAGE_2M;
    }
    const entry = makeEntry(root, at, level, flags & PTE_USER);
    if (entry == 0) return false;
    store<u64>(entry, to | flags | PTE_PRESENT | (level > 0 ? PTE_LARGE : 0));
    done += size;
  }
  return true;
}

/** Frees the page tables (not the pages) below PML4 entries [first, end) and clears those entries. */
export function freeTables(root: u64, first: u32, end: u32): void {
  for (let i = first; i < end; i++) {
    const at = physToVirt(root) + <usize>i * 8;
    const entry = load<u64>(at);
    if ((entry & PTE_PRESENT) == 0) continue;
    freeBelow(entry & PTE_ADDRESS, 2);
    store<u64>(at, 0);
  }
}

function freeBelow(table: u64, level: u32): void {
  if (level > 0) {
    for (let i: usize = 0; i < 512; i++) {
      const entry = load<u64>(physToVirt(table) + i * 8);
      if ((entry & PTE_PRESENT) != 0 && (entry & PTE_LARGE) == 0) freeBelow(entry & PTE_ADDRESS, level - 1);
    }
  }
  freeFrame(table);
}
