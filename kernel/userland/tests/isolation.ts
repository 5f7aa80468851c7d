// The same virtual address in several processes holds different contents, at the same time.

import { exit } from '../lib/exit';
import { fork, schedYield } from '../lib/process';
import { check, checkEqual, finish, waitStatus } from '../lib/test';

const cell = memory.data(4096, 4096);
const TURNS: i32 = 200;

/** Writes its own value again and again, giving way in between; 0 when nobody else's was ever there. */
function insist(value: u64): i32 {
  for (let turn = 0; turn < TURNS; turn++) {
    atomic.store<u64>(cell, value + turn);
    schedYield();
    if (atomic.load<u64>(cell) != value + turn) return 1;
  }
  return 0;
}

export function main(): i32 {
  const first = fork();
  if (first == 0) exit(insist(1 << 32));
  const second = fork();
  if (second == 0) exit(insist(2 << 32));
  check(first > 0 && second > 0, 'fork failed');
  checkEqual(insist(3 << 32), 0, "the parent's cell");
  checkEqual(waitStatus(first), 0, 'the first child');
  checkEqual(waitStatus(second), 0, 'the second child');
  return finish('isolation', 'CR3 changes with the process; no user table is shared');
}
