/**
 * What the TLB test in memory.ts does not settle: misses, accesses across a page, MMIO, ROM, pages with code.
 * An access across two pages checks both before it touches either.
 */
import {
  CODE_BITS,
  CURRENT_UOP,
  DEBUG_ENABLED,
  MODE,
  PAGE_ROM,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_BASE,
  TLB_ACTIVE,
  TLB_ALIGNED,
  UOP_SCALE,
  UOP_SEGMENT,
  WALK_KIND,
  WALK_PHYSICAL,
} from '../layout';
import { AC_VECTOR, GP_VECTOR, SS, SS_VECTOR } from './bits';
import { dropCode } from './code-pages';
import { DEBUG_DATA, watchData } from './debug';
import { raise } from './exceptions';
import { mmioRead, mmioWrite } from './host';
import { MODE_LONG } from './mode-bits';
import { ACCESS_READ, ACCESS_WRITE, isCanonical, requireCanonical, systemTlb, translate } from './paging';

function readMmio<T>(physical: u64): T {
  if (sizeof<T>() == 8)
    return <T>((<u64>mmioRead(<f64>physical, 4)) | ((<u64>mmioRead(<f64>(physical + 4), 4)) << 32));
  return <T>mmioRead(<f64>physical, sizeof<T>());
}

function writeMmio<T>(physical: u64, value: T): void {
  if (sizeof<T>() == 8) {
    mmioWrite(<f64>physical, 4, <u32>value);
    mmioWrite(<f64>(physical + 4), 4, <u32>((<u64>value) >> 32));
  } else mmioWrite(<f64>physical, sizeof<T>(), <u32>value);
}

/** Stores to backing, minding ROM (the board's business) and decoded code. `kind` is the page's. */
function storeHost<T>(host: usize, kind: u32, value: T): void {
  if (kind == PAGE_ROM) {
    writeMmio<T>(load<u64>(WALK_PHYSICAL), value);
    return;
  }
  const bits = load<u64>(CODE_BITS + ((host >>> 12) << 3));
  if (bits) {
    const first = (host >>> 6) & 63;
    const last = ((host + sizeof<T>() - 1) >>> 6) & 63;
    if (bits & (((<u64>1) << first) | ((<u64>1) << last))) dropCode(host);
  }
  store<T>(host, value);
}

/** Linear addresses wrap at 4 GiB outside 64-bit mode. */
function wrapped(address: u64): u64 {
  return load<u32>(MODE) & MODE_LONG ? address : address & 0xffffffff;
}

/** A flat segment ends at 4 GiB: an access that wraps there is beyond its limit. Others were checked before. */
function checkWrap(): void {
  const p = <usize>load<u32>(CURRENT_UOP);
  if (p == 0 || (load<u32>(MODE) & MODE_LONG) != 0) return;
  const segment = (<u32>load<u8>(p, UOP_SEGMENT)) & 7;
  const stack = segment == SS && load<u64>(SEGMENTS + SS * SEGMENT_SIZE, SEG_BASE) == 0;
  if (stack || load<u8>(p, UOP_SCALE) >>> 6 == 1) raise(segment == SS ? SS_VECTOR : GP_VECTOR, 0);
}

/** For operands that are accessed in parts: all of one must lie below 4 GiB outside 64-bit mode. */
export function requireBelowWrap(address: u64, size: u32): void {
  if (wrapped(address + size - 1) < address) checkWrap();
}

/** Both pages of an access that crosses from one into the next. */
function translateBoth(address: u64, size: u32, access: u32, tlb: u32): void {
  const last = wrapped(address + size - 1);
  requireBelowWrap(address, size);
  requireCanonical(last);
  translate(address, access, tlb);
  translate(last & ~4095, access, tlb);
}

/** Alignment checks (SDM vol. 3, 6.15, #AC) where they are on. A non-canonical address counts before. */
function checkAlignment(address: u64, size: u32, tlb: u32): void {
  if (tlb != TLB_ALIGNED || (address & (size - 1)) == 0) return;
  requireCanonical(address);
  requireBelowWrap(address, size);
  raise(AC_VECTOR, 0);
}

/** For operands that are accessed in parts: `alignment` is a power of two. CURRENT_UOP must be set. */
export function requireAligned(address: u64, alignment: u32): void {
  checkAlignment(address, alignment, load<u32>(TLB_ACTIVE));
}

/** Data breakpoints of an access that has passed all checks. */
function watch<T>(address: u64, write: bool): void {
  if (load<u32>(DEBUG_ENABLED) & DEBUG_DATA) watchData(address, sizeof<T>(), write);
}

function readVia<T>(address: u64, tlb: u32): T {
  checkAlignment(address, sizeof<T>(), tlb);
  if (((<u32>address) & 4095) + sizeof<T>() > 4096) {
    translateBoth(address, sizeof<T>(), ACCESS_READ, tlb);
    let value: u64 = 0;
    for (let i: u32 = 0; i < sizeof<T>(); i++)
      value |= (<u64>readVia<u8>(wrapped(address + i), tlb)) << (i << 3);
    return <T>value;
  }
  const host = translate(address, ACCESS_READ, tlb);
  watch<T>(address, false);
  if (host == 0) return readMmio<T>(load<u64>(WALK_PHYSICAL));
  return load<T>(host);
}

function writeVia<T>(address: u64, value: T, tlb: u32): void {
  checkAlignment(address, sizeof<T>(), tlb);
  if (((<u32>address) & 4095) + sizeof<T>() > 4096) {
    translateBoth(address, sizeof<T>(), ACCESS_WRITE, tlb);
    for (let i: u32 = 0; i < sizeof<T>(); i++) {
      writeVia<u8>(wrapped(address + i), <u8>((<u64>value) >> (i << 3)), tlb);
    }
    return;
  }
  const host = translate(address, ACCESS_WRITE, tlb);
  watch<T>(address, true);
  if (host == 0) writeMmio<T>(load<u64>(WALK_PHYSICAL), value);
  else storeHost<T>(host, load<u32>(WALK_KIND), value);
}

export function readSlow<T>(p: usize, address: u64): T {
  store<u32>(CURRENT_UOP, p);
  return readVia<T>(address, load<u32>(TLB_ACTIVE));
}

export function writeSlow<T>(p: usize, address: u64, value: T): void {
  store<u32>(CURRENT_UOP, p);
  writeVia<T>(address, value, load<u32>(TLB_ACTIVE));
}

export function readForWriteSlow<T>(p: usize, address: u64): T {
  store<u32>(CURRENT_UOP, p);
  const tlb = load<u32>(TLB_ACTIVE);
  checkAlignment(address, sizeof<T>(), tlb);
  if (((<u32>address) & 4095) + sizeof<T>() > 4096) {
    translateBoth(address, sizeof<T>(), ACCESS_WRITE, tlb);
    return readVia<T>(address, tlb);
  }
  const host = translate(address, ACCESS_WRITE, tlb);
  // As the write it stands for: once that happens, flags may have changed, and it could not be started again.
  watch<T>(address, true);
  if (host == 0) return readMmio<T>(load<u64>(WALK_PHYSICAL));
  return load<T>(host);
}

/** The stack is SS whatever segment the micro-op's other operand lies in: a non-canonical pointer is #SS. */
function requireStack(p: usize, address: u64, size: u32): void {
  store<u32>(CURRENT_UOP, p);
  if (!isCanonical(address) || !isCanonical(address + size - 1)) raise(SS_VECTOR, 0);
}

export function readStackSlow<T>(p: usize, address: u64): T {
  requireStack(p, address, sizeof<T>());
  return readSlow<T>(p, address);
}

export function writeStackSlow<T>(p: usize, address: u64, value: T): void {
  requireStack(p, address, sizeof<T>());
  writeSlow<T>(p, address, value);
}

/**
 * Checks that a write of `size` bytes at `address` will neither fault nor have to start again. Sizes that are no power
 * of two must be aligned by `requireAligned` before.
 */
export function probeWrite(address: u64, size: u32): void {
  if ((size & (size - 1)) == 0) requireAligned(address, size);
  probeWriteAt(address, size, load<u32>(TLB_ACTIVE));
}

/** Descriptor tables and task segments: supervisor accesses whatever the CPL. */
export function readSystem<T>(address: u64): T {
  return readVia<T>(address, systemTlb());
}

export function writeSystem<T>(address: u64, value: T): void {
  writeVia<T>(address, value, systemTlb());
}

/** Stack pushes of interrupts and calls with the privilege `cpl` of the new stack. */
export function writeAt<T>(address: u64, value: T, tlb: u32): void {
  writeVia<T>(address, value, tlb);
}

export function probeWriteAt(address: u64, size: u32, tlb: u32): void {
  if (((<u32>address) & 4095) + size > 4096) translateBoth(address, size, ACCESS_WRITE, tlb);
  else translate(address, ACCESS_WRITE, tlb);
  if (load<u32>(DEBUG_ENABLED) & DEBUG_DATA) watchData(address, size, true);
}
