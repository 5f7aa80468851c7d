// nanosleep: never too short, not much too long; what is refused.

import { Errno } from '../lib/errno';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish } from '../lib/test';
import { monotonicNs, sleepNs } from '../lib/time';

/** Time slices; a machine that is busy elsewhere may add more, but not at every attempt. */
const SLACK: i64 = 30_000_000;
const ATTEMPTS: i32 = 10;

function trySleep(nanoseconds: i64): void {
  let least = i64.MAX_VALUE;
  for (let attempt = 0; attempt < ATTEMPTS && least >= nanoseconds + SLACK; attempt++) {
    const from = monotonicNs();
    checkEqual(sleepNs(nanoseconds), 0, 'nanosleep');
    const took = monotonicNs() - from;
    check(took >= nanoseconds, 'nanosleep was too short');
    least = min<i64>(least, took);
  }
  check(least < nanoseconds + SLACK, 'nanosleep was 30 ms too long, every time');
}

export function main(): i32 {
  trySleep(1);
  trySleep(1_000_000);
  trySleep(20_000_000);
  trySleep(250_000_000);
  const pair = memory.data(16, 8);
  store<i64>(pair, 0);
  store<i64>(pair, 0, 8);
  checkEqual(syscall(Sys.nanosleep, pair, 0), 0, 'no time at all');
  store<i64>(pair, 1_000_000_000, 8);
  checkError(syscall(Sys.nanosleep, pair, 0), Errno.INVAL, 'a thousand million nanoseconds');
  store<i64>(pair, -1);
  store<i64>(pair, 0, 8);
  checkError(syscall(Sys.nanosleep, pair, 0), Errno.INVAL, 'negative seconds');
  return finish('sleep_time', 'nanosleep() never ends early');
}
