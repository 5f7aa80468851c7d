// A process whose parent ends is adopted by process 1 and goes on.

import { exit } from '../lib/exit';
import { fork, getpid, getppid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { checkEqual, finish, waitStatus } from '../lib/test';
import { monotonicNs, sleepNs } from '../lib/time';

/** Waits until it has another parent, and answers by ending the sleeper with one signal or another. */
function orphan(parent: i32, sleeper: i32): void {
  const end = monotonicNs() + 5_000_000_000;
  while (getppid() == parent && monotonicNs() < end) sleepNs(5_000_000);
  const adopted = getppid() != parent && getppid() > 0;
  kill(sleeper, adopted ? Signal.USR1 : Signal.USR2);
  exit(0);
}

export function main(): i32 {
  const sleeper = fork();
  if (sleeper == 0) {
    sleepNs(10_000_000_000);
    exit(1);
  }
  const middle = fork();
  if (middle == 0) {
    const self = getpid();
    if (fork() == 0) orphan(self, sleeper);
    exit(0);
  }
  checkEqual(waitStatus(middle), 0, 'the process in the middle');
  checkEqual(waitStatus(sleeper) & 0x7f, Signal.USR1, 'the signal by which the orphan answered');
  return finish('orphans', 'on exit, children go to process 1; USR2 means that getppid never changed');
}
