/**
 * Time: monotonic nanoseconds since boot, and the wall clock on top of it.
 *
 * The time-stamp counter runs the clock once it has been measured against the 8254; a machine without a usable one
 * falls back to counting ticks. Ticks alone would lose time whenever interrupts stay off for more than a period.
 */
import { multiplyShift, readTsc } from '../arch/x86_64/cpu';
import { PIT_HZ, TICK_DIVISOR, pitMeasureTsc } from '../arch/x86_64/pit';

export const NS_PER_SECOND: u64 = 1_000_000_000;
export const NS_PER_MS: u64 = 1_000_000;
/** Length of one tick. */
export const TICK_NS: u64 = (TICK_DIVISOR * NS_PER_SECOND) / PIT_HZ;

/** nanoseconds = (TSC difference * multiplier) >> SHIFT */
const SHIFT: u32 = 32;
/** Below this the counter is too coarse to serve as a clock. */
const MIN_TSC_HZ: u64 = 10_000_000;

let multiplier: u64 = 0;
let tscHz: u64 = 0;
let tscStart: u64 = 0;
let ticks: u64 = 0;
let realtimeOffsetNs: u64 = 0;

/** First thing at boot: time zero. */
export function clockStart(): void {
  tscStart = readTsc();
}

/** Measures the time-stamp counter and lets it run the clock. Returns its frequency; 0 when it is of no use. */
export function clockCalibrate(): u64 {
  const measured = pitMeasureTsc();
  if (measured < MIN_TSC_HZ) return 0;
  tscHz = measured;
  multiplier = (NS_PER_SECOND << SHIFT) / tscHz;
  return tscHz;
}

/** Frequency of the time-stamp counter; 0 when it is of no use. */
export function clockHz(): u64 {
  return tscHz;
}

/** From the timer interrupt only. */
export function clockTick(): void {
  ticks++;
}

export function tickCount(): u64 {
  return ticks;
}

/** Nanoseconds since boot; never goes back. 0 until the clock is calibrated. */
export function nowNs(): u64 {
  if (multiplier == 0) return ticks * TICK_NS;
  return multiplyShift(readTsc() - tscStart, multiplier, SHIFT);
}

/** Nanoseconds since the processor was reset, as its counter has them; since boot when there is no usable counter. */
export function sinceResetNs(): u64 {
  if (multiplier == 0) return nowNs();
  return multiplyShift(readTsc(), multiplier, SHIFT);
}

/** Sets the wall clock: nanoseconds since 1970-01-01 UTC. */
export function setRealtime(ns: u64): void {
  realtimeOffsetNs = ns - nowNs();
}

export function realtimeNs(): u64 {
  return nowNs() + realtimeOffsetNs;
}
