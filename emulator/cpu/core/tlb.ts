/**
 * The index of the TLBs, and emptying them (SDM vol. 3, 4.10). Their layout is in layout.ts; paging.ts fills them.
 *
 * Entries that were filled are listed, so that a flush (every context switch) touches those only.
 */
import {
  GENERATION,
  ITLB,
  ITLB_ENTRIES,
  ITLB_SIZE,
  TLB,
  TLB_ALIGNED,
  TLB_ENTRIES,
  TLB_FILLED,
  TLB_FILLED_LIST,
  TLB_FILLED_MAX,
  TLB_FLAGS,
  TLB_HOST,
  TLB_SIZE,
  TLB_TAG_READ,
  TLB_TAG_WRITE,
} from '../layout';

export const ENTRY_GLOBAL: u32 = 1;
export const ENTRY_LARGE: u32 = 2;
export const ENTRY_VIDEO: u32 = 4;
/** It is in the list of filled entries. */
export const ENTRY_LISTED: u32 = 8;

const INDEX_MASK: u32 = 0x1ffe0;

export class Tlb {
  /** Byte offset of an address's entry in each TLB. */
  @inline static index(address: u64): u32 {
    const a = (<u32>address) >>> 7;
    return (a ^ (a >>> 12)) & INDEX_MASK;
  }
}

/** A tag that no address at this index matches: non-canonical, and of the neighbouring index. */
export function invalidTag(index: u32): u64 {
  return 0x8000000000000000 | ((<u64>(index ^ 32)) << 7);
}

/** The offset of an entry in its TLB. */
function indexOf(entry: usize): u32 {
  return (<u32>(entry - TLB)) & INDEX_MASK;
}

function dropEntry(entry: usize): void {
  const tag = invalidTag(indexOf(entry));
  store<u64>(entry, tag, TLB_TAG_READ);
  store<u64>(entry, tag, TLB_TAG_WRITE);
  store<u32>(entry, load<u32>(entry, TLB_FLAGS) & ENTRY_LISTED, TLB_FLAGS);
}

function protectEntry(entry: usize): void {
  store<u64>(entry, invalidTag(indexOf(entry)), TLB_TAG_WRITE);
}

/** Notes that an entry is about to be filled. */
export function noteFilled(entry: usize): void {
  const count = load<u32>(TLB_FILLED);
  if (count < <u32>TLB_FILLED_MAX) store<u32>(TLB_FILLED_LIST + count * 4, entry);
  if (count <= <u32>TLB_FILLED_MAX) store<u32>(TLB_FILLED, count + 1);
}

/** How many entries `filledEntry` runs over: the listed ones, or all when the list overflowed. */
function filledCount(): u32 {
  const count = load<u32>(TLB_FILLED);
  return count <= <u32>TLB_FILLED_MAX ? count : 3 * <u32>TLB_ENTRIES;
}

function filledEntry(i: u32): usize {
  if (load<u32>(TLB_FILLED) > <u32>TLB_FILLED_MAX) return <usize>(TLB + i * 32);
  return <usize>load<u32>(TLB_FILLED_LIST + i * 4);
}

/** Links between blocks and the jump cache rest on translations: cut them. */
export function cutLinks(): void {
  store<u32>(GENERATION, load<u32>(GENERATION) + 1);
}

/** Drops everything, or everything that is not global. */
export function flushTlbs(keepGlobal: bool): void {
  const count = filledCount();
  const listed = load<u32>(TLB_FILLED) <= <u32>TLB_FILLED_MAX;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = listed ? <usize>load<u32>(TLB_FILLED_LIST + i * 4) : <usize>(TLB + i * 32);
    const flags = load<u32>(entry, TLB_FLAGS);
    if (keepGlobal && (flags & ENTRY_GLOBAL) != 0) {
      if (kept < <u32>TLB_FILLED_MAX) store<u32>(TLB_FILLED_LIST + kept * 4, entry);
      store<u32>(entry, flags | ENTRY_LISTED, TLB_FLAGS);
      kept++;
    } else {
      dropEntry(entry);
      store<u32>(entry, 0, TLB_FLAGS);
    }
  }
  store<u32>(TLB_FILLED, kept);
  for (let i: u32 = 0; i < <u32>ITLB_ENTRIES * 2; i++) {
    const entry = <usize>(ITLB + i * 16);
    if (!keepGlobal || (load<u32>(entry, 12) & ENTRY_GLOBAL) == 0) store<u64>(entry, 1);
  }
  cutLinks();
}

/** INVLPG. The pieces of a large page go together with all large pages of the same gigabyte. */
export function flushPage(linear: u64): void {
  const page = linear & ~4095;
  const count = filledCount();
  for (let i: u32 = 0; i < count; i++) {
    const entry = filledEntry(i);
    const tag = load<u64>(entry, TLB_TAG_READ);
    const large = (load<u32>(entry, TLB_FLAGS) & ENTRY_LARGE) != 0;
    if (tag == page || (large && tag >> 30 == linear >> 30)) dropEntry(entry);
  }
  for (let i: u32 = 0; i < <u32>ITLB_ENTRIES * 2; i++) {
    const entry = <usize>(ITLB + i * 16);
    const tag = load<u64>(entry);
    const large = (load<u32>(entry, 12) & ENTRY_LARGE) != 0;
    if (tag == page || (large && tag >> 30 == linear >> 30)) store<u64>(entry, 1);
  }
  cutLinks();
}

/** Makes the next write to a host page go the slow way. */
export function protectHostPage(hostPage: usize): void {
  const count = filledCount();
  for (let i: u32 = 0; i < count; i++) {
    const entry = filledEntry(i);
    if (<usize>load<u32>(entry, TLB_HOST) == hostPage) protectEntry(entry);
  }
}

/** After the dirty marks of video memory were taken: the next write must mark again. */
export function protectVideo(): void {
  const count = filledCount();
  for (let i: u32 = 0; i < count; i++) {
    const entry = filledEntry(i);
    if (load<u32>(entry, TLB_FLAGS) & ENTRY_VIDEO) protectEntry(entry);
  }
}

export function resetTlbs(): void {
  memory.fill(<usize>ITLB, 0, 2 * ITLB_SIZE);
  for (let index: u32 = 0; index < <u32>TLB_SIZE; index += 32) dropEntry(<usize>(TLB_ALIGNED + index));
  // Not listed: everything is emptied.
  store<u32>(TLB_FILLED, <u32>TLB_FILLED_MAX + 1);
  flushTlbs(false);
}
