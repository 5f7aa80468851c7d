// A division by zero ends the program with SIGFPE, and only that program.

import { divide } from '../lib/machine';
import { Signal } from '../lib/signal';
import { checkKilled, checkSucceeds, finish } from '../lib/test';

function divideByZero(): i32 {
  divide(1, 0);
  return 0;
}

/** The quotient does not fit: the same exception. */
function divideTooSmall(): i32 {
  divide(0, 0);
  return 0;
}

function divideWell(): i32 {
  divide(10, 2);
  return 0;
}

export function main(): i32 {
  checkKilled(divideByZero, Signal.FPE, 'a division by zero');
  checkKilled(divideTooSmall, Signal.FPE, 'zero by zero');
  checkSucceeds(divideWell, 'a division after that');
  return finish('divide_by_zero', 'vector 0 from ring 3 must kill the process with SIGFPE');
}
