// Two processes that never give way get about the same share of the processor, and one that sleeps gets its turn.

import { exit } from '../lib/exit';
import { pause } from '../lib/machine';
import { printf } from '../lib/printf';
import { fork } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { check, finish, waitStatus } from '../lib/test';
import { monotonicNs, sleepNs } from '../lib/time';

const ATTEMPTS: i32 = 5;

/** How far it came until then. There is no shared memory: it reports by its exit status. */
function spin(until: i64): i32 {
  let work = 0;
  while (monotonicNs() < until) {
    for (let i = 0; i < 20000; i++) pause();
    work++;
  }
  return work;
}

/** Two spinners at once: the lesser and the greater work, in units, as (least << 8) | most. */
function compete(unit: i32): i32 {
  const until = monotonicNs() + 1_000_000_000;
  const first = fork();
  if (first == 0) exit(min<i32>(spin(until) / unit, 250));
  const second = fork();
  if (second == 0) exit(min<i32>(spin(until) / unit, 250));
  const a = waitStatus(first) >> 8;
  const b = waitStatus(second) >> 8;
  return (min<i32>(a, b) << 8) | max<i32>(a, b);
}

/** Whether two spinners get about the same. The machine itself may have been busy elsewhere: unfairness shows always. */
function sharesEvenly(): bool {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // One alone for a tenth of the time gives the unit.
    const alone = spin(monotonicNs() + 100_000_000);
    const shares = compete(max<i32>(alone / 20, 1));
    const least = shares >> 8;
    const most = shares & 0xff;
    if (least > 0 && least * 2 >= most) return true;
    printf('fairness: attempt %d: %d and %d units of work\n', attempt + 1, least, most);
  }
  return false;
}

/** Whether sleeping beside a spinner takes little more than the sleep. */
function wakesSoon(): bool {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const from = monotonicNs();
    for (let i = 0; i < 10; i++) sleepNs(10_000_000);
    if (monotonicNs() - from < 1_000_000_000) return true;
  }
  return false;
}

export function main(): i32 {
  check(sharesEvenly(), 'one of two spinners got more than twice the other');
  const spinner = fork();
  if (spinner == 0) while (true) pause();
  check(wakesSoon(), 'ten sleeps of 10 ms took 1 s beside a spinner');
  kill(spinner, Signal.KILL);
  waitStatus(spinner);
  return finish('fairness', 'the timer preempts; a woken process does not wait for many time slices');
}
