// A stack without end ends the program with SIGSEGV, and the next program has a stack again.

import { overflowStack, stackPointer } from '../lib/machine';
import { Signal } from '../lib/signal';
import { check, checkKilled, checkSucceeds, finish } from '../lib/test';

function overflow(): i32 {
  overflowStack();
  return 0;
}

/** 256 KiB of stack must be there without asking: pages come on demand. */
function useMuch(): i32 {
  const top = stackPointer();
  for (let at = top - 4096; at > top - 256 * 1024; at -= 4096) atomic.store<u64>(at & ~7, at);
  for (let at = top - 4096; at > top - 256 * 1024; at -= 4096) {
    if (atomic.load<u64>(at & ~7) != at) return 1;
  }
  return 0;
}

export function main(): i32 {
  check(stackPointer() < 0x8000_0000_0000, 'the stack is not in user memory');
  checkSucceeds(useMuch, '256 KiB of stack');
  checkKilled(overflow, Signal.SEGV, 'pushing for ever');
  checkSucceeds(useMuch, '256 KiB of stack after an overflow');
  return finish('stack_overflow', 'the stack grows down to its limit; below is a guard');
}
