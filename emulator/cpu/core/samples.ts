/**
 * Samples of where the interpreter spends its time: every SAMPLE_PERIOD instructions the place of the block about
 * to run is written down. The translator takes them between slices; a place seen often is worth translating.
 */
import { CODE_KEY, COUNTDOWN, COUNTDOWN_SAVED, SAMPLES, SAMPLES_MAX, SAMPLE_PERIOD } from '../layout';
import { codeCacheHasRoom, codePage } from './code-pages';
import { translateCode } from './paging';

/** Cuts the slice at the next sample; whether samples are taken at all. */
export function armSample(): bool {
  const period = load<i32>(SAMPLE_PERIOD);
  if (period == 0) return false;
  const left = load<i32>(COUNTDOWN);
  if (left > period) {
    store<i32>(COUNTDOWN_SAVED, load<i32>(COUNTDOWN_SAVED) + left - period);
    store<i32>(COUNTDOWN, period);
  }
  return true;
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
