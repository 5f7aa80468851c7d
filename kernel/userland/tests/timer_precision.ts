// Timers are finer than the millisecond of a tick: nanosleep, poll, futex and timerfd for a fifth of one.

import { Errno } from '../lib/errno';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, finish } from '../lib/test';
import { Clock, monotonicNs } from '../lib/time';

const SPAN: i64 = 200_000;
/** Above the time that waking takes, below what a wait for the next tick would add on average. */
const SLACK: i64 = 300_000;
/** A host that is busy elsewhere lengthens many of them, but not all. */
const ATTEMPTS: i32 = 200;
const FUTEX_WAIT_PRIVATE: i64 = 128;

/** Linux x86-64 numbers (arch/x86/entry/syscalls/syscall_64.tbl). */
const FUTEX: i64 = 202;
const PPOLL: i64 = 271;
const TIMERFD_CREATE: i64 = 283;
const TIMERFD_SETTIME: i64 = 286;

const span = memory.data(16, 8);
const word = memory.data(8, 8);
const timer = memory.data(32, 8);
let timerFd: i64 = 0;

function nanosleep(): i64 {
  return syscall(Sys.nanosleep, span, 0);
}

function poll(): i64 {
  return syscall(PPOLL, 0, 0, span, 0, 8);
}

function futex(): i64 {
  return syscall(FUTEX, word, FUTEX_WAIT_PRIVATE, 0, span) == -Errno.TIMEDOUT ? 0 : -1;
}

function readTimer(): i64 {
  if (syscall(TIMERFD_SETTIME, timerFd, 0, timer, 0) != 0) return -1;
  return syscall(Sys.read, timerFd, word, 8) == 8 ? 0 : -1;
}

function tryWait(wait: () => i64, what: string): void {
  let least = i64.MAX_VALUE;
  for (let attempt = 0; attempt < ATTEMPTS && least >= SPAN + SLACK; attempt++) {
    store<u64>(word, 0);
    store<i64>(span, SPAN, 8); // ppoll stores what was left
    const from = monotonicNs();
    checkEqual(wait(), 0, what);
    const took = monotonicNs() - from;
    check(took >= SPAN, what);
    least = min<i64>(least, took);
  }
  check(least < SPAN + SLACK, what);
}

export function main(): i32 {
  store<i64>(span, 0);
  store<i64>(timer, 0);
  store<i64>(timer, 0, 8);
  store<i64>(timer, 0, 16);
  store<i64>(timer, SPAN, 24);
  timerFd = syscall(TIMERFD_CREATE, Clock.monotonic, 0);
  check(timerFd >= 0, 'timerfd_create');
  tryWait(nanosleep, 'nanosleep for 200 us');
  tryWait(poll, 'ppoll for 200 us');
  tryWait(futex, 'futex for 200 us');
  tryWait(readTimer, 'timerfd for 200 us');
  checkEqual(syscall(Sys.clock_getres, Clock.monotonic, span), 0, 'clock_getres');
  check(load<i64>(span) == 0 && load<i64>(span, 8) == 1, 'the resolution is a nanosecond');
  return finish('timer_precision', 'one-shot interrupts: kernel/sched/clock-event.ts');
}
