/**
 * Debug registers: instruction, data and I/O breakpoints (SDM vol. 3, 17.2 and 17.3).
 *
 * - Nothing is checked while DR7 enables nothing. Pages with data breakpoints never enter the TLB, so that accesses
 *   come through memory-slow.ts; code in pages with instruction breakpoints is decoded one instruction at a time.
 * - A trap must come right after its instruction: one in the middle of a block is started again by itself.
 */
import { CODE_CACHE, CR4, CURRENT_UOP, DEBUG_ENABLED, DEBUG_HITS, DR0, DR6, DR7, PENDING } from '../layout';
import { CR4_DE, DB_VECTOR } from './bits';
import { EVENT_ALONE, EVENT_DEBUG } from './event-bits';
import { FAULT_WITH_RF, raise, settle } from './exceptions';
import { unwind } from './host';
import { kick } from './kick';
import { flushTlbs } from './tlb';

/** Bits of DEBUG_ENABLED. */
export const DEBUG_CODE: u32 = 1;
export const DEBUG_DATA: u32 = 2;
export const DEBUG_IO: u32 = 4;

const DR6_BD: u64 = 0x2000;
export const DR6_BS: u32 = 0x4000;
export const DR6_BT: u32 = 0x8000;
const DR7_GD: u64 = 0x2000;
/** The local enables, which a task switch clears. */
const DR7_LOCAL: u64 = 0x155;

/** Values of R/W in DR7. */
const RW_EXECUTE: u32 = 0;
const RW_WRITE: u32 = 1;
const RW_IO: u32 = 2;

function enabled(i: u32): bool {
  return ((load<u32>(DR7) >>> (i << 1)) & 3) != 0;
}

function kindOf(i: u32): u32 {
  return (load<u32>(DR7) >>> (16 + (i << 2))) & 3;
}

/** Bytes that a breakpoint covers: LEN 2 is 8 in processors with 64-bit mode. */
function lengthOf(i: u32): u64 {
  const field = (load<u32>(DR7) >>> (18 + (i << 2))) & 3;
  return field == 2 ? 8 : <u64>field + 1;
}

function addressOf(i: u32): u64 {
  return load<u64>(DR0 + (i << 3));
}

/** After any change of DR0-DR3, DR7 or CR4.DE: links, TLB entries and the jump cache may pass a breakpoint by. */
export function debugChanged(): void {
  let now: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    if (!enabled(i)) continue;
    const kind = kindOf(i);
    if (kind == RW_EXECUTE) now |= DEBUG_CODE;
    else if (kind != RW_IO) now |= DEBUG_DATA;
    else if (load<u64>(CR4) & CR4_DE) now |= DEBUG_IO;
  }
  if ((now | load<u32>(DEBUG_ENABLED)) & (DEBUG_CODE | DEBUG_DATA)) flushTlbs(false);
  store<u32>(DEBUG_ENABLED, now);
}

export function clearLocalBreakpoints(): void {
  store<u64>(DR7, load<u64>(DR7) & ~DR7_LOCAL);
  debugChanged();
}

/** Whether code of this page must be decoded one instruction at a time. */
export function breaksInPage(linear: u64): bool {
  for (let i: u32 = 0; i < 4; i++) {
    if (enabled(i) && kindOf(i) == RW_EXECUTE && (addressOf(i) ^ linear) < 4096) return true;
  }
  return false;
}

/** Whether accesses to this page must not go through the TLB. */
export function watchesPage(linear: u64): bool {
  for (let i: u32 = 0; i < 4; i++) {
    if (enabled(i) && (kindOf(i) & RW_WRITE) != 0 && (addressOf(i) ^ linear) < 4096) return true;
  }
  return false;
}

/** #DB if an instruction breakpoint lies at `linear`. RIP must be there and CURRENT_UOP 0. */
export function checkInstruction(linear: u64): void {
  let hits: u64 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    if (enabled(i) && kindOf(i) == RW_EXECUTE && addressOf(i) == linear) hits |= (<u64>1) << i;
  }
  if (hits == 0) return;
  store<u64>(DR6, load<u64>(DR6) | hits);
  raise(DB_VECTOR, 0);
}

/** Notes that the running instruction has hit breakpoints, unless it must run again by itself first. */
export function trapAfter(hits: u32): void {
  if (load<u32>(CURRENT_UOP) >= <u32>CODE_CACHE) {
    settle();
    store<u32>(PENDING, load<u32>(PENDING) | EVENT_ALONE);
    unwind();
  }
  store<u32>(DEBUG_HITS, load<u32>(DEBUG_HITS) | hits);
  store<u32>(PENDING, load<u32>(PENDING) | EVENT_DEBUG);
  kick();
}

/** An access of `size` bytes that will not fault. */
export function watchData(linear: u64, size: u32, write: bool): void {
  let hits: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const kind = kindOf(i);
    if (!enabled(i) || (kind & RW_WRITE) == 0 || (!write && kind == RW_WRITE)) continue;
    const length = lengthOf(i);
    const first = addressOf(i) & ~(length - 1);
    if (linear < first + length && first < linear + size) hits |= (<u32>1) << i;
  }
  if (hits) trapAfter(hits);
}

export function watchPort(port: u32, size: u32): void {
  let hits: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    if (!enabled(i) || kindOf(i) != RW_IO) continue;
    const length = lengthOf(i);
    const first = addressOf(i) & ~(length - 1);
    if (<u64>port < first + length && first < <u64>port + size) hits |= (<u32>1) << i;
  }
  if (hits) trapAfter(hits);
}

/** DR7.GD: any access to a debug register is reported before it happens. */
export function detectDebugAccess(): void {
  if ((load<u64>(DR7) & DR7_GD) == 0) return;
  store<u64>(DR6, load<u64>(DR6) | DR6_BD);
  raise(DB_VECTOR, FAULT_WITH_RF);
}

/** The debug handler may use the debug registers. */
export function allowDebugAccess(): void {
  store<u64>(DR7, load<u64>(DR7) & ~DR7_GD);
}
