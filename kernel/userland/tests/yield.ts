// sched_yield: of two processes on one processor that give way to each other both get on.

import { MapFlag, mmap, Protection } from '../lib/memory-map';
import { fork, schedYield, stayOnOneProcessor } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { check, checkEqual, finish, waitStatus } from '../lib/test';

const TURNS: u32 = 500;

export function main(): i32 {
  checkEqual(stayOnOneProcessor(), 0, 'sched_setaffinity');
  const at = mmap(0, 4096, Protection.read | Protection.write, MapFlag.visible | MapFlag.anonymous, -1, 0);
  check(at > 0, 'mmap');
  /** How often the child had its turn. */
  const turns = <usize>at;
  const pid = fork();
  if (pid == 0) {
    while (true) {
      atomic.add<u32>(turns, 1);
      schedYield();
    }
  }
  while (atomic.load<u32>(turns) == 0) schedYield();
  const before = atomic.load<u32>(turns);
  for (let i: u32 = 0; i < TURNS; i++) checkEqual(schedYield(), 0, 'sched_yield');
  const others = atomic.load<u32>(turns) - before;
  kill(pid, Signal.KILL);
  waitStatus(pid);
  // Without giving way, the parent's turns would be over within its time slice.
  check(others >= TURNS / 2, 'the child had less than half as many turns');
  return finish('yield', 'sched_yield() puts the caller behind the others of the run queue');
}
