/**
 * Until when a call waits: on the clock that the caller named. A deadline on the wall clock moves when that is set: who
 * sleeps for one asks `deadlineNs` again whenever it wakes (realtime-sleepers.ts wakes all of them).
 */
import { nowNs, realtimeNs } from './clock';

/** No deadline; on the monotonic clock; on the wall clock. */
export const DEADLINE_NONE: u32 = 0;
export const DEADLINE_MONOTONIC: u32 = 1;
export const DEADLINE_REALTIME: u32 = 2;

@unmanaged
export class Deadline {
  kind: u32;
  padding: u32;
  /** Nanoseconds of that clock. */
  ns: u64;
}

/** As nowNs() counts; never 0; 1 once the wall clock has passed it. */
export function deadlineNs(d: Deadline): u64 {
  if (d.kind != DEADLINE_REALTIME) return max<u64>(d.ns, 1);
  const wall = realtimeNs();
  return d.ns <= wall ? 1 : nowNs() + (d.ns - wall);
}
