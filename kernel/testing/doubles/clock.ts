/** Stands in for sched/clock.ts in unit tests: each look at the clock finds it a microsecond later. */
let now: u64 = 0;
let realtimeOffset: u64 = 0;

export function nowNs(): u64 {
  now += 1000;
  return now;
}

export function advanceClock(ns: u64): void {
  now += ns;
}

export function realtimeNs(): u64 {
  return now + realtimeOffset;
}

export function setRealtime(ns: u64): void {
  realtimeOffset = ns - now;
}

export const NS_PER_SECOND: u64 = 1_000_000_000;

export function clockHz(): u64 {
  return NS_PER_SECOND;
}
