/**
 * What happens between blocks: events, interrupts, and finding the next block.
 *
 * - A handler that changes RIP, the mode or the flags that gate interrupts ends with `leave` or `leaveNext`;
 *   near jumps end with `branch`. Their result is the next micro-op, or 0: the slice is over.
 */
import {
  CODE_CACHE,
  COUNTDOWN,
  COUNTDOWN_SAVED,
  CURRENT_UOP,
  DR6,
  EXIT_REASON,
  FAULT_ERROR,
  FAULT_VECTOR,
  FLAG_SYSTEM,
  GENERATION,
  MODE,
  NMI_BLOCKED,
  PENDING,
  RIP,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_BASE,
  UOP_COUNT,
  UOP_LINK,
  UOP_LINK_STAMP,
} from '../layout';
import { CS, DB_VECTOR, GP_VECTOR, IF, NMI_VECTOR, TF } from './bits';
import { findBlock, linearRip, singleBlock } from './blocks';
import {
  EVENT_FAULT,
  EVENT_HALT,
  EVENT_INTR,
  EVENT_NMI,
  EVENT_SHADOW,
  EVENT_SINGLE,
  EVENT_STEP,
  EVENT_TRIPLE,
  EVENT_YIELD,
} from './event-bits';
import { nextRip, raise } from './exceptions';
import { acknowledgeInterrupt } from './host';
import { deliverException, deliverInterrupt } from './interrupts';
import { MODE_LONG } from './mode-bits';

export const EXIT_BUDGET: u32 = 0;
export const EXIT_HALTED: u32 = 1;
export const EXIT_YIELD: u32 = 2;
export const EXIT_TRIPLE_FAULT: u32 = 3;

/** Makes the run loop come to `enter` at the end of the current block. */
export function kick(): void {
  const left = load<i32>(COUNTDOWN);
  if (left > 0) {
    store<i32>(COUNTDOWN_SAVED, load<i32>(COUNTDOWN_SAVED) + left);
    store<i32>(COUNTDOWN, 0);
  }
}

export function setEvent(event: u32): void {
  store<u32>(PENDING, load<u32>(PENDING) | event);
  kick();
}

function exit(reason: u32): usize {
  store<u32>(EXIT_REASON, reason);
  return 0;
}

/** Delivers what is due and finds the next block; 0 when the slice is over. */
export function enter(): usize {
  store<u32>(CURRENT_UOP, 0);
  for (;;) {
    if (load<i32>(COUNTDOWN) <= 0) {
      store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) + load<i32>(COUNTDOWN_SAVED));
      store<i32>(COUNTDOWN_SAVED, 0);
      if (load<i32>(COUNTDOWN) <= 0) return exit(EXIT_BUDGET);
    }
    const pending = load<u32>(PENDING);
    const stepping = (load<u32>(FLAG_SYSTEM) & TF) != 0;
    if (pending == 0 && !stepping) return findBlock(linearRip());
    if (pending & EVENT_TRIPLE) return exit(EXIT_TRIPLE_FAULT);
    if (pending & EVENT_FAULT) {
      store<u32>(PENDING, pending & ~EVENT_FAULT);
      deliverException(load<u32>(FAULT_VECTOR), load<u32>(FAULT_ERROR));
      continue;
    }
    if (pending & EVENT_STEP) {
      store<u32>(PENDING, pending & ~EVENT_STEP);
      store<u64>(DR6, load<u64>(DR6) | 0x4000);
      deliverException(DB_VECTOR, 0);
      continue;
    }
    if (pending & EVENT_YIELD) {
      store<u32>(PENDING, pending & ~EVENT_YIELD);
      return exit(EXIT_YIELD);
    }
    const shadow = (pending & EVENT_SHADOW) != 0;
    if (!shadow) {
      if ((pending & EVENT_NMI) != 0 && load<u32>(NMI_BLOCKED) == 0) {
        store<u32>(PENDING, pending & ~(EVENT_NMI | EVENT_HALT));
        store<u32>(NMI_BLOCKED, 1);
        deliverInterrupt(NMI_VECTOR);
        continue;
      }
      if ((pending & EVENT_INTR) != 0 && (load<u32>(FLAG_SYSTEM) & IF) != 0) {
        store<u32>(PENDING, pending & ~EVENT_HALT);
        deliverInterrupt(acknowledgeInterrupt() & 0xff);
        continue;
      }
    }
    if (pending & EVENT_HALT) return exit(EXIT_HALTED);
    if (!shadow && !stepping && (pending & EVENT_SINGLE) == 0) return findBlock(linearRip());
    store<u32>(PENDING, (pending & ~EVENT_SHADOW) | (stepping ? EVENT_STEP : 0));
    return singleBlock(linearRip());
  }
}

/** Whether anything waits that the next instruction boundary must see. */
function eventsDue(): bool {
  if (load<i32>(COUNTDOWN) <= 0) return true;
  const pending = load<u32>(PENDING);
  return pending != 0 && (pending != EVENT_INTR || (load<u32>(FLAG_SYSTEM) & IF) != 0);
}

/** Ends the instruction with RIP at `rip`. */
export function leave(p: usize, rip: u64): usize {
  store<u64>(RIP, load<u32>(MODE) & MODE_LONG ? rip : rip & 0xffffffff);
  store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - <i32>load<u8>(p, UOP_COUNT));
  return enter();
}

/** Ends the instruction and the block: what follows must be looked up under what the instruction changed. */
export function leaveNext(p: usize): usize {
  return leave(p, nextRip(p));
}

/** Ends a near jump whose count is already taken off, and links it to its target. */
export function branchLinear(p: usize, linear: u64): usize {
  const long = (load<u32>(MODE) & MODE_LONG) != 0;
  store<u64>(RIP, long ? linear : (linear - load<u64>(SEGMENTS + CS * SEGMENT_SIZE, SEG_BASE)) & 0xffffffff);
  store<u32>(CURRENT_UOP, 0);
  if (eventsDue()) return enter();
  const generation = load<u32>(GENERATION);
  const q = findBlock(linear);
  // A changed generation means that the code cache was emptied and `p` is no longer ours.
  if (p >= <usize>CODE_CACHE && q >= <usize>CODE_CACHE && load<u32>(GENERATION) == generation) {
    store<u32>(p, q, UOP_LINK);
    store<u32>(p, generation, UOP_LINK_STAMP);
  }
  return q;
}

export function nonCanonicalTarget(p: usize): usize {
  store<u32>(CURRENT_UOP, p);
  raise(GP_VECTOR, 0);
  return 0;
}

/** A near jump to an address in a register or memory: offset in CS, already cut to the operand size. */
export function branchTo(p: usize, rip: u64): usize {
  store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - <i32>load<u8>(p, UOP_COUNT));
  store<u64>(RIP, rip);
  store<u32>(CURRENT_UOP, 0);
  if (eventsDue()) return enter();
  return findBlock(linearRip());
}
