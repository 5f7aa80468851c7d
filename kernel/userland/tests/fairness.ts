// Two processes that never give way get about the same share of the processor, and one that sleeps gets its turn.
// Time is measured in work, so that a machine that is busy elsewhere does not matter.

import { pause } from '../lib/machine';
import { MapFlag, mmap, Protection } from '../lib/memory-map';
import { printf } from '../lib/printf';
import { fork, stayOnOneProcessor } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { check, checkEqual, finish, waitStatus } from '../lib/test';
import { monotonicNs, sleepNs } from '../lib/time';

const ATTEMPTS: i32 = 5;
const MILLISECOND: i64 = 1_000_000;

/** The work of each spinner, in memory that all see. */
let works: usize = 0;

function workOf(spinner: i32): u64 {
  return atomic.load<u64>(works + ((<usize>spinner) << 3));
}

function work(spinner: i32): void {
  for (let i = 0; i < 20000; i++) pause();
  atomic.add<u64>(works + ((<usize>spinner) << 3), 1);
}

function startSpinner(spinner: i32): i32 {
  atomic.store<u64>(works + ((<usize>spinner) << 3), 0);
  const pid = fork();
  if (pid == 0) while (true) work(spinner);
  return pid;
}

function endSpinner(pid: i32): void {
  kill(pid, Signal.KILL);
  waitStatus(pid);
}

/** What one alone does in a tenth of a second, less on a busy machine. */
function tenthOfSecond(): u64 {
  atomic.store<u64>(works, 0);
  const end = monotonicNs() + 100 * MILLISECOND;
  while (monotonicNs() < end) work(0);
  return max<u64>(workOf(0), 1);
}

/** Whether two spinners do about the same in the second or so that they have. */
function sharesEvenly(): bool {
  const enough = tenthOfSecond() * 10;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = startSpinner(0);
    const second = startSpinner(1);
    sleepNs(20 * MILLISECOND);
    const before0 = workOf(0);
    const before1 = workOf(1);
    while (workOf(0) - before0 + workOf(1) - before1 < enough) sleepNs(20 * MILLISECOND);
    const shares0 = workOf(0) - before0;
    const shares1 = workOf(1) - before1;
    endSpinner(first);
    endSpinner(second);
    if (min<u64>(shares0, shares1) * 2 >= max<u64>(shares0, shares1)) return true;
    printf('fairness: attempt %d: %u and %u units of work\n', attempt + 1, <u32>shares0, <u32>shares1);
  }
  return false;
}

/** Whether ten sleeps of 10 ms beside a spinner leave it less than a second's work. */
function wakesSoon(): bool {
  const second = tenthOfSecond() * 10;
  const spinner = startSpinner(0);
  let soon = false;
  for (let attempt = 0; attempt < ATTEMPTS && !soon; attempt++) {
    const from = workOf(0);
    for (let i = 0; i < 10; i++) sleepNs(10 * MILLISECOND);
    soon = workOf(0) - from < second;
  }
  endSpinner(spinner);
  return soon;
}

export function main(): i32 {
  checkEqual(stayOnOneProcessor(), 0, 'sched_setaffinity');
  const at = mmap(0, 4096, Protection.read | Protection.write, MapFlag.visible | MapFlag.anonymous, -1, 0);
  check(at > 0, 'mmap');
  works = <usize>at;
  check(sharesEvenly(), 'one of two spinners got more than twice the other');
  check(wakesSoon(), 'ten sleeps of 10 ms left a spinner the work of a second');
  return finish('fairness', 'the timer preempts; a woken process does not wait for many time slices');
}
