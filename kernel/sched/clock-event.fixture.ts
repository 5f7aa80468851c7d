/** Stands in for sched/clock-event.ts in timer.test.ts: notes what the device was set for last. */
export const NEVER: u64 = ~(<u64>0);

let earliest: u64 = 0;

export function clockEventAt(ns: u64): void {
  earliest = ns;
}

/** 0: not since the last look. */
export function takeEvent(): u64 {
  const ns = earliest;
  earliest = 0;
  return ns;
}
