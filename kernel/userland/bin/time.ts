// time: how long a program takes. Source: POSIX time.

import { argument, argumentVector } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { fprintf } from '../lib/printf';
import { execSearch, fork } from '../lib/process';
import { reportError, reportUsage } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { stderr } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { monotonicNs } from '../lib/time';
import { shellStatus } from '../lib/wait-status';

const HELP = `usage: time [-p] PROGRAM [ARGUMENT...]
Run a program, then print how long it took, and how much of the processor's time in itself and in the kernel.
  -p  the portable form, which is the only one
`;

export function main(): i32 {
  for (let option = nextOption('p', HELP); option != END; option = nextOption('p', HELP))
    if (option == BAD) return 125;
  if (!operandCount()) {
    reportUsage('missing operand');
    return 125;
  }
  const start = monotonicNs();
  const child = fork();
  if (child < 0) {
    reportError(literal('fork'), child);
    return 125;
  }
  if (!child) {
    const error = execSearch(argument(operandIndex()), argumentVector(operandIndex()));
    reportError(argument(operandIndex()), error);
    exitNow(error == -Errno.NOENT ? 127 : 126);
  }
  setDisposition(Signal.INT, Disposition.ignore);
  setDisposition(Signal.QUIT, Disposition.ignore);
  const status = memory.data(4, 4);
  // struct rusage: user and system time first, as struct timeval.
  const usage = memory.data(144, 8);
  let got: i64;
  do got = syscall(Sys.wait4, child, status, 0, usage);
  while (got == -Errno.INTR);
  if (got < 0) {
    reportError(literal('wait'), got);
    return 125;
  }
  line('real', (monotonicNs() - start) / 1000);
  line('user', load<i64>(usage) * 1000000 + load<i64>(usage, 8));
  line('sys', load<i64>(usage, 16) * 1000000 + load<i64>(usage, 24));
  return shellStatus(load<i32>(status));
}

function line(name: string, microseconds: i64): void {
  fprintf(stderr, '%s %d.%02d\n', literal(name), microseconds / 1000000, (microseconds / 10000) % 100);
}
