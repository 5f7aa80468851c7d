/**
 * Translation of linear addresses: page walks in all paging modes (SDM vol. 3, chapter 4), access rights,
 * accessed and dirty bits, and filling of the TLBs.
 *
 * - A TLB stands for a privilege: user, supervisor, supervisor that SMAP bars from user pages. So a hit needs
 *   no check. Pages with data breakpoints, and user code under alignment checks, are never entered.
 * - A write tag is set only when the page's dirty bit is set and no decoded code or ROM lies in it.
 */
import {
  A20_MASK,
  CODE_BITS,
  CR0,
  CR3,
  CR4,
  CURRENT_UOP,
  DEBUG_ENABLED,
  DIRTY,
  EFER,
  ITLB,
  ITLB_ACTIVE,
  PAGE_MMIO,
  PAGE_ROM,
  PAGE_VIDEO,
  PHYSICAL_MAP,
  TLB,
  TLB_ALIGNED,
  TLB_FLAGS,
  TLB_HOST,
  TLB_SIZE,
  TLB_TAG_READ,
  TLB_TAG_WRITE,
  UOP_SEGMENT,
  WALK_KIND,
  WALK_PHYSICAL,
} from '../layout';
import {
  CR0_PG,
  CR0_WP,
  CR4_PAE,
  CR4_PGE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  EFER_LMA,
  EFER_NXE,
  GP_VECTOR,
  SS,
  SS_VECTOR,
} from './bits';
import { DEBUG_DATA, watchesPage } from './debug';
import { raise, raisePageFault } from './exceptions';
import { ENTRY_GLOBAL, ENTRY_LARGE, ENTRY_LISTED, ENTRY_VIDEO, invalidTag, noteFilled, Tlb } from './tlb';

export const ACCESS_READ: u32 = 0;
export const ACCESS_WRITE: u32 = 1;
export const ACCESS_FETCH: u32 = 2;

const PTE_PRESENT: u64 = 1;
const PTE_WRITE: u64 = 2;
const PTE_USER: u64 = 4;
const PTE_ACCESSED: u64 = 0x20;
const PTE_DIRTY: u64 = 0x40;
const PTE_LARGE: u64 = 0x80;
const PTE_GLOBAL: u64 = 0x100;
const PTE_NX: u64 = 0x8000000000000000;
const ADDRESS_MASK: u64 = 0x000ffffffffff000;
/** Bits above MAXPHYADDR (40, as CPUID says) are reserved in every entry. */
const RESERVED_HIGH: u64 = 0x000fff0000000000;
/** PAE paging reserves bits 52 to 62 as well, which IA-32e mode leaves to the system (SDM vol. 3, tables 4-9 to 4-11). */
const RESERVED_PAE: u64 = 0x7ff0000000000000;

export function systemTlb(): u32 {
  return TLB + (load<u64>(CR4) & CR4_SMAP ? 2 : 1) * TLB_SIZE;
}

/** Host address of a physical one, 0 for MMIO; its kind in WALK_KIND, itself (after A20) in WALK_PHYSICAL. */
export function physicalToHost(physical: u64): usize {
  physical &= <u64>(<i64>load<i32>(A20_MASK));
  store<u64>(WALK_PHYSICAL, physical);
  if (physical >> 32) {
    store<u32>(WALK_KIND, PAGE_MMIO);
    return 0;
  }
  const entry = load<u32>(PHYSICAL_MAP + (((<usize>physical) >>> 12) << 2));
  store<u32>(WALK_KIND, entry & 0xfff);
  if ((entry & 0xfff) == PAGE_MMIO) return 0;
  return <usize>(entry & ~0xfff) + ((<usize>physical) & 0xfff);
}

function readEntry<T>(physical: u64): u64 {
  const host = physicalToHost(physical);
  return host ? <u64>load<T>(host) : ~(<u64>0);
}

function updateEntry<T>(physical: u64, value: u64): void {
  const host = physicalToHost(physical);
  if (host && load<u32>(WALK_KIND) != PAGE_ROM) store<T>(host, <T>value);
}

const PDPTE_RESERVED: u64 = RESERVED_HIGH | 0xfff00000000001e6;

/** #GP for reserved bits in the four entries that PAE paging loads with CR3 (SDM vol. 3, 4.4.1). */
export function checkPdptes(cr3: u64): void {
  for (let i: u64 = 0; i < 4; i++) {
    const entry = readEntry<u64>((cr3 & 0xffffffe0) + (i << 3));
    if ((entry & PTE_PRESENT) != 0 && (entry & PDPTE_RESERVED) != 0) raise(GP_VECTOR, 0);
  }
}

let walkGlobal: bool = false;
let walkLarge: bool = false;
let walkUser: bool = false;
let walkWritable: bool = false;
let walkDirty: bool = false;

export function isCanonical(linear: u64): bool {
  return <u64>(((<i64>linear) << 16) >> 16) == linear;
}

function raiseNonCanonical(): void {
  const p = <usize>load<u32>(CURRENT_UOP);
  raise(p != 0 && (load<u8>(p, UOP_SEGMENT) & 7) == SS ? SS_VECTOR : GP_VECTOR, 0);
}

/** Canonical checks come before any page walk, also for the far end of an access that crosses a page. */
export function requireCanonical(linear: u64): void {
  if (!isCanonical(linear)) raiseNonCanonical();
}

function fault(linear: u64, present: bool, access: u32, user: bool, reserved: bool): void {
  let error: u32 = present ? 1 : 0;
  if (access == ACCESS_WRITE) error |= 2;
  if (user) error |= 4;
  if (reserved) error |= 8;
  if (access == ACCESS_FETCH) {
    const cr4 = load<u64>(CR4);
    const nx = (load<u64>(EFER) & EFER_NXE) != 0 && (cr4 & CR4_PAE) != 0;
    if (nx || (cr4 & CR4_SMEP) != 0) error |= 16;
  }
  raisePageFault(linear, error);
}

/** Walks the tables; returns the physical address or raises #PF. Sets the walk* variables. */
function walk(linear: u64, access: u32, user: bool, barred: bool): u64 {
  const cr4 = load<u64>(CR4);
  const cr3 = load<u64>(CR3);
  const long = (load<u64>(EFER) & EFER_LMA) != 0;
  const nxe = (load<u64>(EFER) & EFER_NXE) != 0;
  let rights: u64 = PTE_WRITE | PTE_USER;
  let noExecute: u64 = 0;
  let at: u64 = 0;
  let entry: u64 = 0;
  let shift: u32;
  walkLarge = false;
  if (cr4 & CR4_PAE) {
    let table: u64;
    let level: u32;
    let reserved = RESERVED_HIGH;
    if (!long) reserved |= RESERVED_PAE;
    if (!nxe) reserved |= PTE_NX;
    if (long) {
      table = cr3 & ADDRESS_MASK;
      level = 4;
    } else {
      const pdpte = readEntry<u64>((cr3 & 0xffffffe0) + ((linear >> 30) << 3));
      if ((pdpte & PTE_PRESENT) == 0) fault(linear, false, access, user, false);
      if (pdpte & PDPTE_RESERVED) fault(linear, true, access, user, true);
      table = pdpte & ADDRESS_MASK;
      level = 2;
    }
    for (;;) {
      shift = 3 + level * 9;
      at = table + (((linear >> shift) & 511) << 3);
      entry = readEntry<u64>(at);
      if ((entry & PTE_PRESENT) == 0) fault(linear, false, access, user, false);
      if (entry & reserved) fault(linear, true, access, user, true);
      rights &= entry;
      noExecute |= entry & PTE_NX;
      if (level == 1) break;
      if (entry & PTE_LARGE) {
        if (level == 4) fault(linear, true, access, user, true);
        const low: u64 = ((<u64>1) << shift) - 0x2000;
        if (entry & low & ADDRESS_MASK) fault(linear, true, access, user, true);
        walkLarge = true;
        break;
      }
      if ((entry & PTE_ACCESSED) == 0) updateEntry<u64>(at, entry | PTE_ACCESSED);
      table = entry & ADDRESS_MASK;
      level--;
    }
  } else {
    shift = 22;
    at = (cr3 & 0xfffff000) + (((linear >> 22) & 1023) << 2);
    entry = readEntry<u32>(at);
    if ((entry & PTE_PRESENT) == 0) fault(linear, false, access, user, false);
    rights &= entry;
    if ((entry & PTE_LARGE) != 0 && (cr4 & CR4_PSE) != 0) {
      walkLarge = true;
      // PSE-36: bits 13-20 are bits 32-39 of the address, bit 21 is reserved.
      if (entry & 0x200000) fault(linear, true, access, user, true);
    } else {
      if ((entry & PTE_ACCESSED) == 0) updateEntry<u32>(at, entry | PTE_ACCESSED);
      shift = 12;
      at = (entry & 0xfffff000) + (((linear >> 12) & 1023) << 2);
      entry = readEntry<u32>(at);
      if ((entry & PTE_PRESENT) == 0) fault(linear, false, access, user, false);
      rights &= entry;
    }
  }
  walkUser = (rights & PTE_USER) != 0;
  walkWritable = (rights & PTE_WRITE) != 0;
  let allowed = true;
  if (user) {
    allowed = walkUser && (access != ACCESS_WRITE || walkWritable);
  } else {
    const protect = (load<u64>(CR0) & CR0_WP) != 0;
    if (!protect) walkWritable = true;
    if (access == ACCESS_WRITE) allowed = walkWritable;
    if (walkUser) {
      if (access == ACCESS_FETCH) {
        if (cr4 & CR4_SMEP) allowed = false;
      } else if (barred) allowed = false;
    }
  }
  if (access == ACCESS_FETCH && noExecute != 0) allowed = false;
  if (!allowed) fault(linear, true, access, user, false);
  let updated = entry | PTE_ACCESSED;
  if (access == ACCESS_WRITE) updated |= PTE_DIRTY;
  if (updated != entry) {
    if (cr4 & CR4_PAE) updateEntry<u64>(at, updated);
    else updateEntry<u32>(at, updated);
  }
  walkDirty = (updated & PTE_DIRTY) != 0;
  walkGlobal = (updated & PTE_GLOBAL) != 0 && (cr4 & CR4_PGE) != 0;
  const mask = ((<u64>1) << shift) - 1;
  if ((cr4 & CR4_PAE) == 0 && walkLarge) {
    return (entry & 0xffc00000) | ((entry & 0x1fe000) << 19) | (linear & mask);
  }
  return (entry & ADDRESS_MASK & ~mask) | (linear & mask);
}

/**
 * Host address for a data access, 0 for MMIO (then WALK_PHYSICAL), with the page's kind in WALK_KIND.
 * Fills the TLB at `tlb`, which also says whose access it is.
 */
export function translate(linear: u64, access: u32, tlb: u32): usize {
  let physical: u64;
  if (load<u64>(CR0) & CR0_PG) {
    if (!isCanonical(linear)) raiseNonCanonical();
    physical = walk(linear, access, tlb == TLB || tlb == TLB_ALIGNED, tlb == TLB + 2 * TLB_SIZE);
  } else {
    physical = linear & 0xffffffff;
    walkGlobal = false;
    walkLarge = false;
    walkWritable = true;
    walkDirty = true;
  }
  const host = physicalToHost(physical);
  if (host == 0) return 0;
  const kind = load<u32>(WALK_KIND);
  if (kind == PAGE_VIDEO && access == ACCESS_WRITE) store<u8>(DIRTY + (host >>> 12), 1);
  if (tlb == TLB_ALIGNED || ((load<u32>(DEBUG_ENABLED) & DEBUG_DATA) != 0 && watchesPage(linear)))
    return host;
  const index = Tlb.index(linear);
  const entry = <usize>(tlb + index);
  const page = linear & ~4095;
  const hostPage = host & ~4095;
  let flags: u32 = ENTRY_LISTED;
  if ((load<u32>(entry, TLB_FLAGS) & ENTRY_LISTED) == 0) noteFilled(entry);
  if (walkGlobal) flags |= ENTRY_GLOBAL;
  if (walkLarge) flags |= ENTRY_LARGE;
  let writable =
    walkWritable && walkDirty && kind != PAGE_ROM && load<u64>(CODE_BITS + ((hostPage >>> 12) << 3)) == 0;
  if (kind == PAGE_VIDEO) {
    flags |= ENTRY_VIDEO;
    if (access != ACCESS_WRITE) writable = false;
  }
  store<u64>(entry, page, TLB_TAG_READ);
  store<u64>(entry, writable ? page : invalidTag(index), TLB_TAG_WRITE);
  store<u32>(entry, hostPage, TLB_HOST);
  store<u32>(entry, flags, TLB_FLAGS);
  return host;
}

/** Host address of code, 0 for MMIO (then WALK_PHYSICAL). */
export function translateCode(linear: u64): usize {
  const table = load<u32>(ITLB_ACTIVE);
  const index = (((<u32>linear) >>> 12) & 255) << 4;
  const entry = <usize>(table + index);
  const page = linear & ~4095;
  if (load<u64>(entry) == page) return <usize>load<u32>(entry, 8) + ((<usize>linear) & 4095);
  let physical: u64;
  walkGlobal = false;
  walkLarge = false;
  if (load<u64>(CR0) & CR0_PG) {
    if (!isCanonical(linear)) raise(GP_VECTOR, 0);
    physical = walk(linear, ACCESS_FETCH, table == ITLB, false);
  } else physical = linear & 0xffffffff;
  const host = physicalToHost(physical);
  if (host == 0) return 0;
  store<u64>(entry, page);
  store<u32>(entry, host & ~4095, 8);
  store<u32>(entry, (walkGlobal ? ENTRY_GLOBAL : 0) | (walkLarge ? ENTRY_LARGE : 0), 12);
  return host;
}
