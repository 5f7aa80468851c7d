// A child that has ended stays as a zombie until it is waited for; then its pid is free.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { fork, Wait, waitpid } from '../lib/process';
import { kill } from '../lib/signal';
import { check, checkEqual, checkError, finish, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';

const COUNT: i32 = 30;

export function main(): i32 {
  const pid = fork();
  if (pid == 0) exit(0);
  sleepNs(50_000_000);
  checkEqual(kill(pid, 0), 0, 'a zombie can be asked for');
  checkEqual(waitStatus(pid), 0, 'its status');
  checkError(kill(pid, 0), Errno.SRCH, 'after wait it is gone');
  const pids = make<List>();
  for (let i = 0; i < COUNT; i++) {
    const child = fork();
    if (child == 0) exit(i);
    check(child > 0, 'fork failed');
    pids.append(<usize>child);
  }
  const status = memory.data(4, 4);
  let sum = 0;
  for (let i = COUNT - 1; i >= 0; i--) {
    checkEqual(waitpid(<i32>pids.get(i), status, 0), <i32>pids.get(i), 'waiting in reverse order');
    sum += load<i32>(status) >> 8;
  }
  checkEqual(sum, (COUNT * (COUNT - 1)) / 2, 'sum of all statuses');
  checkError(waitpid(-1, status, Wait.noHang), Errno.CHILD, 'none is left');
  return finish('zombies', 'exit keeps pid and status until wait; wait frees both');
}
