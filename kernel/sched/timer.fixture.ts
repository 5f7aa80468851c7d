/** For timer.test.ts: timers that write down when they fired. */
import { setNow } from './clock';
import { timerCancel, timerStart, Timer, timersRun } from './timer';

export { takeEvent } from './clock-event';

const TIMERS: u32 = 1024;
const timers = memory.data(1024 * 48, 8);
/** Nanosecond at which each fired, 0 while it has not, and how often. */
const fired = memory.data(1024 * 8, 8);
const counts = memory.data(1024 * 4, 8);
let now: u64 = 0;
let periodNs: u64 = 0;

function note(index: usize): void {
  store<u64>(fired + index * 8, now);
  store<u32>(counts + index * 4, load<u32>(counts + index * 4) + 1);
  if (periodNs != 0) start(<u32>index, now + periodNs);
}

function timer(index: u32): Timer {
  assert(index < TIMERS);
  return changetype<Timer>(timers + index * 48);
}

export function start(index: u32, dueNs: u64): void {
  const callback: (index: usize) => void = note;
  timerStart(timer(index), dueNs, callback.index, index);
}

/** From now on each timer starts itself again after so long; 0: no more. */
export function setPeriod(ns: u64): void {
  periodNs = ns;
}

export function cancel(index: u32): bool {
  return timerCancel(timer(index));
}

/** Lets time pass and runs what is due; returns when the next one is. */
export function advance(toNs: u64): u64 {
  now = toNs;
  setNow(now);
  return timersRun();
}

export function firedAt(index: u32): u64 {
  return load<u64>(fired + index * 8);
}

export function firedTimes(index: u32): u32 {
  return load<u32>(counts + index * 4);
}
