/** For timer.test.ts: timers that write down when they fired. */
import { timerCancel, timerStart, Timer, timersRun } from './timer';
import { setNow } from './clock';

const timers = memory.data(64 * 48, 8);
/** Millisecond in which each fired, 0 while it has not. */
const fired = memory.data(64 * 8, 8);
let now: u64 = 0;

function note(index: usize): void {
  store<u64>(fired + index * 8, now);
}

function timer(index: u32): Timer {
  return changetype<Timer>(timers + index * 48);
}

export function start(index: u32, dueMs: u64): void {
  store<u64>(fired + index * 8, 0);
  const callback: (index: usize) => void = note;
  timerStart(timer(index), dueMs * 1_000_000, callback.index, index);
}

export function cancel(index: u32): bool {
  return timerCancel(timer(index));
}

/** Lets time pass in steps as the tick interrupt does. */
export function advance(toMs: u64, step: u64): void {
  while (now < toMs) {
    now = min(now + step, toMs);
    setNow(now * 1_000_000);
    timersRun();
  }
}

export function firedAt(index: u32): u64 {
  return load<u64>(fired + index * 8);
}
