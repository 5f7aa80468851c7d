// time: how long a program takes. Source: POSIX time. In the shell `time` is a reserved word, for any command; this is
// what other programs and `command time` run.

import { argument, argumentCount, argumentVector } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { execSearch, fork } from '../lib/process';
import { reportError, reportUsage } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { Sys, syscall } from '../lib/syscall';
import { monotonicNs } from '../lib/time';
import { printTimes, RUSAGE_BYTES, Usage, usageOf } from '../lib/usage';
import { shellStatus } from '../lib/wait-status';

const HELP = `usage: time [-p] COMMAND [WORD...]
Run the command and print on the standard error what it took: real time, and processor time in the program and in the
system.
  -p  as POSIX has it: seconds with two digits (the only form there is)
`;

const rusage = memory.data(RUSAGE_BYTES, 8);
const usage = changetype<Usage>(memory.data(offsetof<Usage>(), 8));

export function main(): i32 {
  for (let option = nextOption('p', HELP); option != END; option = nextOption('p', HELP)) {
    if (option == BAD) return 125;
  }
  if (!operandCount()) {
    reportUsage('a command is needed');
    return 125;
  }
  const first = operandIndex();
  const before = monotonicNs();
  const pid = fork();
  if (pid == 0) {
    const error = execSearch(argument(first), argumentVector(first));
    reportError(argument(first), error);
    exitNow(error == -Errno.NOENT || argumentCount() == first ? 127 : 126);
  }
  if (pid < 0) {
    reportError(argument(first), pid);
    return 125;
  }
  setDisposition(Signal.INT, Disposition.ignore);
  setDisposition(Signal.QUIT, Disposition.ignore);
  const status = memory.data(4, 4);
  let got: i64;
  do got = syscall(Sys.wait4, pid, status, 0, rusage);
  while (got == -Errno.INTR);
  usageOf(rusage, usage);
  printTimes((monotonicNs() - before) / 1000000, usage);
  return shellStatus(load<i32>(status));
}
