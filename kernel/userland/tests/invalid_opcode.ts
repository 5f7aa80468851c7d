// An undefined instruction ends the program with SIGILL; a breakpoint with SIGTRAP.

import { breakpoint, undefined } from '../lib/machine';
import { Signal } from '../lib/signal';
import { checkKilled, finish } from '../lib/test';

function runUndefined(): i32 {
  undefined();
  return 0;
}

function runBreakpoint(): i32 {
  breakpoint();
  return 0;
}

export function main(): i32 {
  checkKilled(runUndefined, Signal.ILL, 'ud2');
  checkKilled(runBreakpoint, Signal.TRAP, 'int3');
  return finish('invalid_opcode', 'vector 6 from ring 3 is SIGILL, vector 3 (its gate has DPL 3) SIGTRAP');
}
