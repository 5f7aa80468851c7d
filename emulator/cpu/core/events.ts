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
  DEBUG_ENABLED,
  DEBUG_HITS,
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
import { CS, DB_VECTOR, GP_VECTOR, IF, NMI_VECTOR, RF, TF } from './bits';
import { findBlock, findTarget, linearRip, singleBlock } from './blocks';
import { checkInstruction, DEBUG_CODE, DR6_BS } from './debug';
import {
  EVENT_ALONE,
  EVENT_DEBUG,
  EVENT_FAULT,
  EVENT_HALT,
  EVENT_HOLD,
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
import { kick } from './kick';
import { MODE_LONG } from './mode-bits';
import { armSample, noteSample } from './samples';

export const EXIT_BUDGET: u32 = 0;
export const EXIT_HALTED: u32 = 1;
export const EXIT_YIELD: u32 = 2;
export const EXIT_TRIPLE_FAULT: u32 = 3;

export function setEvent(event: u32): void {
  store<u32>(PENDING, load<u32>(PENDING) | event);
  kick();
}

function exit(reason: u32): usize {
  store<u32>(EXIT_REASON, reason);
  return 0;
}

/** The next instruction by itself. RF and MOV SS keep an instruction breakpoint at it from being reported. */
function runAlone(pending: u32, system: u32): usize {
  const linear = linearRip();
  if ((load<u32>(DEBUG_ENABLED) & DEBUG_CODE) != 0 && (system & RF) == 0 && (pending & EVENT_HOLD) == 0) {
    checkInstruction(linear);
  }
  store<u32>(FLAG_SYSTEM, system & ~RF);
  const left = pending & ~(EVENT_SHADOW | EVENT_HOLD | EVENT_ALONE | EVENT_STEP);
  store<u32>(PENDING, system & TF ? left | EVENT_STEP : left);
  return singleBlock(linear);
}

/** Delivers what is due and finds the next block; 0 when the slice is over. */
export function enter(): usize {
  store<u32>(CURRENT_UOP, 0);
  let sampled = false;
  for (;;) {
    if (load<i32>(COUNTDOWN) <= 0) {
      store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) + load<i32>(COUNTDOWN_SAVED));
      store<i32>(COUNTDOWN_SAVED, 0);
      if (load<i32>(COUNTDOWN) <= 0) return exit(EXIT_BUDGET);
      if (armSample()) sampled = true;
    }
    const pending = load<u32>(PENDING);
    const system = load<u32>(FLAG_SYSTEM);
    if (pending == 0 && (system & (TF | RF)) == 0) {
      const linear = linearRip();
      if (sampled) noteSample(linear);
      return findBlock(linear);
    }
    if (pending & EVENT_TRIPLE) return exit(EXIT_TRIPLE_FAULT);
    if (pending & EVENT_FAULT) {
      store<u32>(PENDING, pending & ~EVENT_FAULT);
      deliverException(load<u32>(FAULT_VECTOR), load<u32>(FAULT_ERROR));
      continue;
    }
    const hold = (pending & EVENT_HOLD) != 0;
    if ((pending & (EVENT_STEP | EVENT_DEBUG)) != 0 && !hold) {
      store<u32>(PENDING, pending & ~(EVENT_STEP | EVENT_DEBUG));
      store<u64>(DR6, load<u64>(DR6) | load<u32>(DEBUG_HITS) | (pending & EVENT_STEP ? DR6_BS : 0));
      store<u32>(DEBUG_HITS, 0);
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
    if ((pending & (EVENT_SHADOW | EVENT_SINGLE | EVENT_ALONE)) == 0 && (system & (TF | RF)) == 0) {
      // An interrupt waits for IF: that may be long.
      const linear = linearRip();
      if (sampled) noteSample(linear);
      return findBlock(linear);
    }
    return runAlone(pending, system);
  }
}

/** Whether an event waits that the next instruction boundary must see: an interrupt only while IF lets it in. */
export function eventsWait(): bool {
  const pending = load<u32>(PENDING);
  return pending != 0 && (pending != EVENT_INTR || (load<u32>(FLAG_SYSTEM) & IF) != 0);
}

/** The same, or the end of the slice. */
function eventsDue(): bool {
  return load<i32>(COUNTDOWN) <= 0 || eventsWait();
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

/** Takes the instructions up to a jump to `rip` off the slice; whether something comes before its target. */
function jumpTaken(p: usize, rip: u64): bool {
  store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - <i32>load<u8>(p, UOP_COUNT));
  store<u64>(RIP, rip);
  store<u32>(CURRENT_UOP, 0);
  return eventsDue();
}

/** A near return to `rip`: offset in CS, already cut to the operand size. */
export function returnTo(p: usize, rip: u64): usize {
  return jumpTaken(p, rip) ? enter() : findBlock(linearRip());
}

/** A near jump or call to an address in a register or memory: offset in CS, already cut to the operand size. */
export function branchTo(p: usize, rip: u64): usize {
  return jumpTaken(p, rip) ? enter() : findTarget(linearRip());
}
