/** What the wrapper calls: the exports of cpu.wasm. */
import {
  A20_MASK,
  CODE_BITS,
  CODE_KEY,
  COUNTDOWN,
  COUNTDOWN_SAVED,
  INSTRUCTIONS,
  MODE,
  PENDING,
  PHYSICAL_MAP,
  SLICE,
} from '../layout';
import { flushCodeCache, invalidateHost } from './code-pages';
import { EVENT_INTR, EVENT_NMI, EVENT_SINGLE, EVENT_YIELD } from './event-bits';
import { setEvent } from './events';
import { checkHandlers, installTables } from './generated';
import { kick } from './kick';
import { updateMode } from './mode';
import { resetProcessor } from './reset';
import { beginSampling, endSampling } from './samples';
import { flushTlbs, protectVideo, resetTlbs } from './tlb';

export { readEflags as eflags } from './flags';
export { installRegion, removeRegion, reserveTable, spillFlags } from './regions';

/** Once, before anything else. */
export function initialise(): bool {
  if (!checkHandlers()) return false;
  installTables();
  store<u32>(A20_MASK, 0xffffffff);
  flushCodeCache();
  resetProcessor(true);
  return true;
}

export function reset(powerOn: bool): void {
  resetProcessor(powerOn);
}

/** Begins a slice of `budget` instructions. */
export function begin(budget: i32): void {
  store<i32>(SLICE, budget);
  // As after a kick: `enter` begins by looking for what is due.
  store<i32>(COUNTDOWN, 0);
  store<i32>(COUNTDOWN_SAVED, budget);
  beginSampling(budget);
  // A block may have this many instructions.
  if (budget < 64) store<u32>(PENDING, load<u32>(PENDING) | EVENT_SINGLE);
}

/** Runs until the slice is over (EXIT_REASON says why), or unwinds through the host: then call it again. */
export { runSlice } from './generated';

/** Ends the slice: adds what ran to the count. */
export function end(): void {
  const left = load<i32>(COUNTDOWN) + load<i32>(COUNTDOWN_SAVED);
  store<u64>(INSTRUCTIONS, load<u64>(INSTRUCTIONS) + <u64>(<i64>(load<i32>(SLICE) - left)));
  endSampling(left);
  store<u32>(PENDING, load<u32>(PENDING) & ~EVENT_SINGLE);
  store<i32>(SLICE, 0);
  store<i32>(COUNTDOWN, 0);
  store<i32>(COUNTDOWN_SAVED, 0);
}

export function requestYield(): void {
  setEvent(EVENT_YIELD);
}

export function raiseNmi(): void {
  setEvent(EVENT_NMI);
}

export function setInterruptLine(asserted: bool): void {
  const pending = load<u32>(PENDING);
  store<u32>(PENDING, asserted ? pending | EVENT_INTR : pending & ~EVENT_INTR);
  if (asserted) kick();
}

export function setA20(enabled: bool): void {
  const mask: u32 = enabled ? 0xffffffff : 0xffefffff;
  if (load<u32>(A20_MASK) == mask) return;
  store<u32>(A20_MASK, mask);
  flushTlbs(false);
}

/** Maps physical pages; `entry` is backing offset and kind of the first, `step` what each next one adds. */
export function mapPages(firstPage: u32, count: u32, entry: u32, step: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = PHYSICAL_MAP + ((firstPage + i) << 2);
    const old = load<u32>(at);
    // What was decoded from here may now be other code at the same host page, or none.
    if (old & 0xfff && load<u64>(CODE_BITS + ((old >>> 12) << 3))) invalidateHost(old & ~0xfff, 4096);
    store<u32>(at, entry + i * step);
  }
  flushTlbs(false);
}

export function invalidateCode(offset: u32, size: u32): void {
  invalidateHost(offset, size);
}

/** Whatever was remembered of memory, page tables and modes goes: the state under it may have changed as a whole. */
export function forgetCaches(): void {
  flushCodeCache();
  store<u32>(MODE, 0xffffffff);
  store<u32>(CODE_KEY, 1);
  resetTlbs();
  updateMode();
}

export function videoTaken(): void {
  protectVideo();
}
