/**
 * Samples of where the interpreter spends its time: every SAMPLE_PERIOD instructions or so the place of the block
 * about to run is written down. The translator takes them between slices; a place seen often is worth translating.
 *
 * The length varies: in a loop whose length divides a fixed one, the same place would be seen for ever, and what
 * the loop calls never.
 */
import {
  CODE_KEY,
  COUNTDOWN,
  COUNTDOWN_SAVED,
  SAMPLES,
  SAMPLES_MAX,
  SAMPLE_DUE,
  SAMPLE_PERIOD,
  SAMPLE_SEED,
} from '../layout';
import { codeCacheHasRoom, codePage } from './code-pages';
import { translateCode } from './paging';

/** The slice, of which COUNTDOWN_SAVED has `budget` and COUNTDOWN nothing, begins: `armSample` comes first. */
export function beginSampling(budget: i32): void {
  store<i32>(SAMPLE_DUE, budget - load<i32>(SAMPLE_DUE));
}

/** The slice is over with `left` instructions to spare: what is left of the way to the next sample is kept. */
export function endSampling(left: i32): void {
  store<i32>(SAMPLE_DUE, left - load<i32>(SAMPLE_DUE));
}

/**
 * With all that is left of the slice in COUNTDOWN: cuts it at the next sample. True when one is due now. Slices of an
 * idle guest are shorter than the way between two samples.
 */
export function armSample(): bool {
  const period = load<i32>(SAMPLE_PERIOD);
  if (period == 0) return false;
  const left = load<i32>(COUNTDOWN);
  let due = load<i32>(SAMPLE_DUE);
  const now = left <= due;
  if (now) {
    // Numerical Recipes' linear congruential generator: its high bits are random enough.
    const seed = load<u32>(SAMPLE_SEED) * 1664525 + 1013904223;
    store<u32>(SAMPLE_SEED, seed);
    due = left - (period - (period >> 2) + <i32>((seed >>> 16) % <u32>((period >> 1) + 1)));
    store<i32>(SAMPLE_DUE, due);
  }
  if (due > 0) {
    store<i32>(COUNTDOWN_SAVED, due);
    store<i32>(COUNTDOWN, left - due);
  }
  return now;
}

/** Call with RIP valid and CURRENT_UOP 0: the fetch may fault, as the execution that follows would. */
export function noteSample(linear: u64): void {
  const count = load<u32>(SAMPLES);
  if (count >= <u32>SAMPLES_MAX || !codeCacheHasRoom()) return;
  const host = translateCode(linear);
  if (host == 0) return;
  const entry = <usize>(SAMPLES + 8 + count * 8);
  store<u32>(entry, codePage(host & ~4095, linear & ~4095, load<u32>(CODE_KEY)));
  store<u32>(entry, (<u32>linear) & 4095, 4);
  store<u32>(SAMPLES, count + 1);
}
