// Touching memory that is not there, or not so, ends the program with SIGSEGV.

import { call } from '../lib/machine';
import { Signal } from '../lib/signal';
import { checkKilled, finish } from '../lib/test';

/** A way to touch memory that the optimiser cannot remove. */
function touch(at: usize): i32 {
  return (<i32>atomic.load<u32>(at)) & 1;
}

function readNull(): i32 {
  return touch(0);
}

function writeNull(): i32 {
  atomic.store<u32>(0, 1);
  return 0;
}

function callNull(): i32 {
  call(0);
  return 0;
}

function readUnmapped(): i32 {
  return touch(0x40000000);
}

/** 0x10000000 is the program's own text. */
function writeText(): i32 {
  atomic.store<u32>(0x10000000, 1);
  return 0;
}

function executeData(): i32 {
  const code = memory.data(16, 16);
  store<u8>(code, 0xc3);
  call(code);
  return 0;
}

function executeStack(): i32 {
  const top = <usize>0;
  call(top + 0x5555_5555_3000);
  return 0;
}

export function main(): i32 {
  checkKilled(readNull, Signal.SEGV, 'reading address 0');
  checkKilled(writeNull, Signal.SEGV, 'writing address 0');
  checkKilled(callNull, Signal.SEGV, 'calling address 0');
  checkKilled(readUnmapped, Signal.SEGV, 'reading an unmapped page');
  checkKilled(writeText, Signal.SEGV, "writing the program's text");
  checkKilled(executeData, Signal.SEGV, 'executing data (NX)');
  checkKilled(executeStack, Signal.SEGV, 'executing the stack (NX)');
  return finish('page_fault', 'vector 14 outside a mapping, or against its protection, is SIGSEGV');
}
