// A call through SYSCALL changes RAX, RCX and R11, and nothing else: not the flags, not the direction flag.

import { syscallChanges } from '../lib/machine';
import { Sys } from '../lib/syscall';
import { checkEqual, finish } from '../lib/test';

export function main(): i32 {
  checkEqual(syscallChanges(Sys.getpid), 0, 'getpid: bit mask of changed registers');
  checkEqual(syscallChanges(Sys.sched_yield), 0, 'sched_yield');
  checkEqual(syscallChanges(9999), 0, 'an unknown number');
  // Its argument is no address at all: the error path must preserve them as well.
  checkEqual(syscallChanges(Sys.uname), 0, 'uname with a bad pointer');
  return finish(
    'syscall_registers',
    'bits 0-14 are rbx rcx rdx rsi rdi rbp r8-r15 flags; see the entry and exit code',
  );
}
