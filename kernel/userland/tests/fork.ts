// fork: 0 in the child, its pid in the parent; memory is a copy both ways; a chain of forks works.

import { exit } from '../lib/exit';
import { free, malloc } from '../lib/malloc';
import { fork, getpid, getppid } from '../lib/process';
import { check, checkEqual, checkSucceeds, finish, waitStatus } from '../lib/test';

const cell = memory.data(8, 8);
const DEPTH: i32 = 8;

function copies(): i32 {
  const heap = malloc(4096);
  store<u64>(heap, 10);
  store<u64>(cell, 1);
  const pid = fork();
  if (pid == 0) {
    if (load<u64>(cell) != 1 || load<u64>(heap) != 10) exit(2);
    store<u64>(cell, 2);
    store<u64>(heap, 20);
    exit(load<u64>(cell) == 2 && load<u64>(heap) == 20 ? 7 : 3);
  }
  store<u64>(cell, 3);
  store<u64>(heap, 30);
  const status = waitStatus(pid);
  const kept = load<u64>(cell) == 3 && load<u64>(heap) == 30;
  free(heap);
  return status == 7 << 8 && kept ? 0 : 1;
}

function identity(): i32 {
  const parent = getpid();
  const pid = fork();
  if (pid == 0) exit(getppid() == parent && getpid() != parent ? 0 : 1);
  return pid > 0 && pid != parent && waitStatus(pid) == 0 ? 0 : 1;
}

/** Each child forks the next; every one adds 1 to the status. */
function chain(depth: i32): i32 {
  if (!depth) return 0;
  const pid = fork();
  if (pid < 0) return 100;
  if (pid == 0) exit(chain(depth - 1));
  const status = waitStatus(pid);
  return (status >> 8) + 1;
}

export function main(): i32 {
  check(getpid() > 0, 'getpid');
  checkSucceeds(copies, 'memory is a copy both ways');
  checkSucceeds(identity, 'pid, parent pid');
  checkEqual(chain(DEPTH), DEPTH, 'a chain of forks');
  return finish('fork', 'copy-on-write: both sides fault on their first write and get their own frame');
}
