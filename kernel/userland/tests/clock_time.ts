// Clocks: monotonic time never goes back and keeps pace with the processor, the wall clock is plausible.

import { Errno } from '../lib/errno';
import { timestamp } from '../lib/machine';
import { Sys, syscall } from '../lib/syscall';
import { check, checkError, finish } from '../lib/test';
import { Clock, clockTime, monotonicNs } from '../lib/time';

/** 2025-01-01 and 2100-01-01. */
const EARLIEST: i64 = 1735689600;
const LATEST: i64 = 4102444800;

export function main(): i32 {
  let last = monotonicNs();
  check(last > 0, 'CLOCK_MONOTONIC');
  let steps = 0;
  for (let i = 0; i < 20000; i++) {
    const now = monotonicNs();
    check(now >= last, 'CLOCK_MONOTONIC went back');
    if (now > last) steps++;
    last = now;
  }
  check(steps > 2, 'CLOCK_MONOTONIC hardly moves');
  // Between two readings there is no more time than the processor's counter can hold.
  const fromTsc = timestamp();
  const from = monotonicNs();
  while (monotonicNs() - from < 50_000_000) continue;
  check(timestamp() - fromTsc > 1_000_000, 'the time-stamp counter hardly moves in 50 ms');
  const seconds = clockTime(Clock.realtime) / 1_000_000_000;
  check(seconds > EARLIEST && seconds < LATEST, 'CLOCK_REALTIME is in another century');
  const pair = memory.data(16, 8);
  check(syscall(Sys.gettimeofday, pair, 0) == 0, 'gettimeofday');
  const difference = load<i64>(pair) - seconds;
  check(difference >= 0 && difference <= 2, 'gettimeofday and CLOCK_REALTIME differ');
  check(load<i64>(pair, 8) >= 0 && load<i64>(pair, 8) < 1_000_000, 'microseconds');
  checkError(clockTime(77), Errno.INVAL, 'an unknown clock');
  return finish('clock_time', 'clock_gettime(): RTC for the date, the timer for what passed since');
}
