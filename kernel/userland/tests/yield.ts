// sched_yield: two processes that give way to each other both get on.

import { exit } from '../lib/exit';
import { fork, schedYield } from '../lib/process';
import { check, checkEqual, finish, waitStatus } from '../lib/test';
import { monotonicNs } from '../lib/time';

const TURNS: i32 = 500;

function turns(): i32 {
  for (let i = 0; i < TURNS; i++) if (schedYield() != 0) return 1;
  return 0;
}

export function main(): i32 {
  const from = monotonicNs();
  const pid = fork();
  if (pid == 0) exit(turns());
  checkEqual(turns(), 0, 'the parent');
  checkEqual(waitStatus(pid), 0, 'the child');
  // Without giving way, every turn would cost a whole time slice.
  check(monotonicNs() - from < 4_000_000_000, '1000 turns took more than 4 s');
  return finish('yield', 'sched_yield() puts the caller behind the others of the run queue');
}
