// Two busy processes keep their own general and XMM registers while the timer switches between them.

import { holdRegisters } from '../lib/machine';
import { fork } from '../lib/process';
import { exit } from '../lib/exit';
import { check, checkEqual, finish, waitStatus } from '../lib/test';
import { monotonicNs } from '../lib/time';

const ROUNDS: u64 = 2_000_000;
const AT_LEAST_NS: i64 = 400_000_000;

/** Holds values made of `seed` for a while; true when none was lost. */
function hold(seed: u64): bool {
  const end = monotonicNs() + AT_LEAST_NS;
  do if (holdRegisters(seed, ROUNDS)) return false;
  while (monotonicNs() < end);
  return true;
}

export function main(): i32 {
  const first = fork();
  if (first == 0) exit(hold(0x1111_2222_3333) ? 0 : 1);
  const second = fork();
  if (second == 0) exit(hold(0x4444_5555_6666) ? 0 : 1);
  check(first > 0 && second > 0, 'fork failed');
  check(hold(0x0777_8888_9999), 'the parent lost a register');
  checkEqual(waitStatus(first), 0, 'the first child');
  checkEqual(waitStatus(second), 0, 'the second child');
  return finish(
    'preemption_registers',
    'interrupt entry and context switch save all of them; FXSAVE for XMM',
  );
}
