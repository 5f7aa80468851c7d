/**
 * Raising exceptions. `raise` writes down the exception, with RIP at the start of the current instruction, and
 * unwinds; `enter` (events.ts) delivers it. So an instruction must not change state before its last access
 * that can fault.
 *
 * - Call it with CURRENT_UOP set (handlers have it so) or with RIP valid and CURRENT_UOP 0.
 * - Double and triple faults: SDM vol. 3, 6.15, table 6-5.
 */
import {
  COUNTDOWN,
  CR2,
  CURRENT_UOP,
  DEBUG_HITS,
  DELIVERING,
  FAULT_ERROR,
  FAULT_VECTOR,
  PAGE_BASE,
  PENDING,
  RIP,
  SEGMENTS,
  SEG_BASE,
  SEGMENT_SIZE,
  MODE,
  UOP_COUNT,
  UOP_LENGTH,
  UOP_OFFSET,
} from '../layout';
import { DF_VECTOR, GP_VECTOR, NP_VECTOR, PF_VECTOR, SS_VECTOR, TS_VECTOR, UD_VECTOR, CS } from './bits';
import { EVENT_DEBUG, EVENT_FAULT, EVENT_HOLD, EVENT_SHADOW, EVENT_STEP, EVENT_TRIPLE } from './event-bits';
import { unwind } from './host';
import { MODE_LONG } from './mode-bits';

export const NO_VECTOR: u32 = 0xffffffff;
/** In place of an error code, for #DB: a fault that pushes RF set, unlike instruction breakpoints. */
export const FAULT_WITH_RF: u32 = 1;

/** RIP of the micro-op's instruction. */
export function ripOf(p: usize): u64 {
  const linear = load<u64>(PAGE_BASE) + <u64>load<u16>(p, UOP_OFFSET);
  if (load<u32>(MODE) & MODE_LONG) return linear;
  return (linear - load<u64>(SEGMENTS + CS * SEGMENT_SIZE, SEG_BASE)) & 0xffffffff;
}

/** RIP of the instruction after it. */
export function nextRip(p: usize): u64 {
  const next = ripOf(p) + load<u8>(p, UOP_LENGTH);
  return load<u32>(MODE) & MODE_LONG ? next : next & 0xffffffff;
}

/** Makes RIP valid at the start of the current instruction. */
export function settle(): void {
  const p = <usize>load<u32>(CURRENT_UOP);
  if (p == 0) return;
  store<u64>(RIP, ripOf(p));
  store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - (<i32>load<u8>(p, UOP_COUNT) - 1));
  store<u32>(CURRENT_UOP, 0);
}

function isContributory(vector: u32): bool {
  return vector == 0 || (vector >= TS_VECTOR && vector <= GP_VECTOR);
}

export function raise(vector: u32, error: u32): void {
  settle();
  const first = load<u32>(DELIVERING);
  const pending = load<u32>(PENDING) & ~(EVENT_STEP | EVENT_SHADOW | EVENT_DEBUG | EVENT_HOLD);
  store<u32>(DEBUG_HITS, 0);
  if (first != NO_VECTOR) {
    store<u32>(DELIVERING, NO_VECTOR);
    const serious = isContributory(vector) || vector == PF_VECTOR;
    if (first == DF_VECTOR && serious) {
      store<u32>(PENDING, pending | EVENT_TRIPLE);
      unwind();
    }
    if ((isContributory(first) && isContributory(vector)) || (first == PF_VECTOR && serious)) {
      vector = DF_VECTOR;
      error = 0;
    }
  }
  store<u32>(FAULT_VECTOR, vector);
  store<u32>(FAULT_ERROR, error);
  store<u32>(PENDING, pending | EVENT_FAULT);
  unwind();
}

export function hasErrorCode(vector: u32): bool {
  return vector == DF_VECTOR || (vector >= TS_VECTOR && vector <= PF_VECTOR) || vector == 17 || vector == 21;
}

export function raiseGp(error: u32): void {
  raise(GP_VECTOR, error);
}

export function raiseUd(): void {
  raise(UD_VECTOR, 0);
}

export function raisePageFault(address: u64, error: u32): void {
  settle();
  store<u64>(CR2, address);
  raise(PF_VECTOR, error);
}

export function raiseNotPresent(error: u32): void {
  raise(NP_VECTOR, error);
}

export function raiseStack(error: u32): void {
  raise(SS_VECTOR, error);
}

export function raiseTss(error: u32): void {
  raise(TS_VECTOR, error);
}
