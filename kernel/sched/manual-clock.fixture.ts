/** Stands in for sched/clock.ts in timer.test.ts: time is what the test says. */
export const NS_PER_SECOND: u64 = 1_000_000_000;
export const NS_PER_MS: u64 = 1_000_000;

let now: u64 = 0;

export function setNow(ns: u64): void {
  now = ns;
}

export function nowNs(): u64 {
  return now;
}

export function realtimeNs(): u64 {
  return now;
}
