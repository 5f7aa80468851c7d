/**
 * The one interrupt for everything that waits for a time: a device that fires once, set for the earliest of them.
 *
 * Called with interrupts off. A machine without a clock that could tell how long to wait (clock.ts) has regular ticks
 * instead: then nothing here does anything.
 */
import { PIT_HZ, PIT_MAX_COUNT, pitArm, pitStartOneShot } from '../arch/x86_64/pit';
import { NS_PER_SECOND, nowNs } from './clock';

/** Later than everything. */
export const NEVER: u64 = ~(<u64>0);
/** The longest that the device can wait; what comes later is set for in steps. */
const LONGEST_NS: u64 = ((PIT_MAX_COUNT - 1) * NS_PER_SECOND) / PIT_HZ;

/** When the device fires. 0: it may not be set now, its interrupt is being served and will set it. */
let armedNs: u64 = 0;

export function clockEventStart(): void {
  pitStartOneShot();
  clockEventNext(NEVER);
}

/** Fires at `ns` at the latest. */
export function clockEventAt(ns: u64): void {
  if (ns < armedNs) clockEventNext(ns);
}

/** First thing in its interrupt, which ends with clockEventNext. */
export function clockEventTaken(): void {
  armedNs = 0;
}

/** Fires at `ns`, or before when that is too far away. */
export function clockEventNext(ns: u64): void {
  const now = nowNs();
  const wait = ns > now ? min(ns - now, LONGEST_NS) : 0;
  // Rounded up: an interrupt before its time would find nothing to do.
  pitArm((wait * PIT_HZ) / NS_PER_SECOND + 1);
  armedNs = now + wait;
}
