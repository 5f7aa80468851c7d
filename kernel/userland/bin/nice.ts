// nice: run a program with another priority. Source: POSIX nice.

import { argument, argumentVector, setArgument, argumentCount } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { malloc, mustAllocate } from '../lib/malloc';
import { parseInteger, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { snprintf } from '../lib/printf';
import { execSearch } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: nice [-n N] [PROGRAM [ARGUMENT...]]
Run a program with its nice value N (10) higher: -20 has most of the processor, 19 least. Without one, print it.
`;

export function main(): i32 {
  let increment: i64 = 10;
  let given = false;
  oldForm();
  for (
    let option = nextOption('n:', HELP, 'adjustment=n:');
    option != END;
    option = nextOption('n:', HELP, 'adjustment=n:')
  ) {
    if (option == BAD) return 125;
    if (!parseInteger(optionArgument())) {
      message().text("invalid adjustment '").bytes(optionArgument()).text("'").newline();
      return 125;
    }
    increment = parsed();
    given = true;
  }
  // The call gives 20 - nice, so that it is never negative.
  const current = 20 - syscall(Sys.getpriority, 0, 0);
  if (!operandCount()) {
    if (given) {
      reportUsage('a command must be given with an adjustment');
      return 125;
    }
    stdout.signed(current).newline();
    return 0;
  }
  const wanted = max<i64>(min<i64>(current + max<i64>(min<i64>(increment, 40), -40), 19), -20);
  const error = syscall(Sys.setpriority, 0, 0, wanted);
  // Without the right to it the program runs all the same (POSIX nice, CONSEQUENCES OF ERRORS).
  if (error < 0) message().text('cannot set niceness: ').text(errorMessage(error)).newline();
  const failed = execSearch(argument(operandIndex()), argumentVector(operandIndex()));
  reportError(argument(operandIndex()), failed);
  return failed == -Errno.NOENT ? 127 : 126;
}

/** `nice -5 program`, `nice --5 program`: of old. */
function oldForm(): void {
  const word = argument(1);
  if (!word || load<u8>(word) != 0x2d || argumentCount() < 2) return;
  if (!parseInteger(word + 1)) return;
  const text = mustAllocate(malloc(32));
  snprintf(text, 32, '-n%s', word + 1);
  setArgument(1, text);
}
