/** Emptying the TLBs (SDM vol. 3, 4.10). Their layout is in layout.ts; paging.ts fills them. */
import {
  GENERATION,
  ITLB,
  ITLB_ENTRIES,
  ITLB_SIZE,
  TLB,
  TLB_ENTRIES,
  TLB_FLAGS,
  TLB_HOST,
  TLB_SIZE,
  TLB_TAG_READ,
  TLB_TAG_WRITE,
} from '../layout';

export const ENTRY_GLOBAL: u32 = 1;
export const ENTRY_LARGE: u32 = 2;
export const ENTRY_VIDEO: u32 = 4;

/** A tag that no address at this index matches: non-canonical, and of the neighbouring index. */
export function invalidTag(index: u32): u64 {
  return 0x8000000000000000 | ((<u64>(index ^ 32)) << 7);
}

function dropEntry(entry: usize, index: u32): void {
  const tag = invalidTag(index);
  store<u64>(entry, tag, TLB_TAG_READ);
  store<u64>(entry, tag, TLB_TAG_WRITE);
  store<u32>(entry, 0, TLB_FLAGS);
}

/** Links between blocks and the jump cache rest on translations: cut them. */
export function cutLinks(): void {
  store<u32>(GENERATION, load<u32>(GENERATION) + 1);
}

/** Drops everything, or everything that is not global. */
export function flushTlbs(keepGlobal: bool): void {
  for (let t: u32 = 0; t < 3; t++) {
    for (let i: u32 = 0; i < <u32>TLB_ENTRIES; i++) {
      const entry = <usize>(TLB + t * TLB_SIZE + i * 32);
      if (!keepGlobal || (load<u32>(entry, TLB_FLAGS) & ENTRY_GLOBAL) == 0) dropEntry(entry, i * 32);
    }
  }
  for (let i: u32 = 0; i < <u32>ITLB_ENTRIES * 2; i++) {
    const entry = <usize>(ITLB + i * 16);
    if (!keepGlobal || (load<u32>(entry, 12) & ENTRY_GLOBAL) == 0) store<u64>(entry, 1);
  }
  cutLinks();
}

/** INVLPG. A page that is part of a large one takes everything with it: the pieces are not tracked. */
export function flushPage(linear: u64): void {
  const page = linear & ~4095;
  const index = ((<u32>linear) >>> 7) & 0x7fe0;
  for (let t: u32 = 0; t < 3; t++) {
    for (let i: u32 = 0; i < <u32>TLB_ENTRIES; i++) {
      const entry = <usize>(TLB + t * TLB_SIZE + i * 32);
      if (load<u32>(entry, TLB_FLAGS) & ENTRY_LARGE) {
        const tag = load<u64>(entry, TLB_TAG_READ);
        if (tag >> 30 == linear >> 30) dropEntry(entry, i * 32);
      }
    }
    const entry = <usize>(TLB + t * TLB_SIZE + index);
    if (load<u64>(entry, TLB_TAG_READ) == page) dropEntry(entry, index);
  }
  for (let i: u32 = 0; i < <u32>ITLB_ENTRIES * 2; i++) {
    const entry = <usize>(ITLB + i * 16);
    const tag = load<u64>(entry);
    if (tag == page || ((load<u32>(entry, 12) & ENTRY_LARGE) != 0 && tag >> 30 == linear >> 30))
      store<u64>(entry, 1);
  }
  cutLinks();
}

/** Makes the next write to a host page go the slow way. */
export function protectHostPage(hostPage: usize): void {
  for (let t: u32 = 0; t < 3; t++) {
    for (let i: u32 = 0; i < <u32>TLB_ENTRIES; i++) {
      const entry = <usize>(TLB + t * TLB_SIZE + i * 32);
      if (load<u32>(entry, TLB_HOST) == hostPage) store<u64>(entry, invalidTag(i * 32), TLB_TAG_WRITE);
    }
  }
}

/** After the dirty marks of video memory were taken: the next write must mark again. */
export function protectVideo(): void {
  for (let t: u32 = 0; t < 3; t++) {
    for (let i: u32 = 0; i < <u32>TLB_ENTRIES; i++) {
      const entry = <usize>(TLB + t * TLB_SIZE + i * 32);
      if (load<u32>(entry, TLB_FLAGS) & ENTRY_VIDEO) store<u64>(entry, invalidTag(i * 32), TLB_TAG_WRITE);
    }
  }
}

export function resetTlbs(): void {
  memory.fill(<usize>ITLB, 0, 2 * ITLB_SIZE);
  flushTlbs(false);
}
