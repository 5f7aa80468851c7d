// time: how long a program takes. Source: POSIX time; the shell's own `times` tells of what it has run so far.

import { argument, argumentCount, argumentVector } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { execSearch, fork } from '../lib/process';
import { reportError, reportUsage } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { stderr } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { monotonicNs } from '../lib/time';
import { shellStatus } from '../lib/wait-status';

const HELP = `usage: time [-p] COMMAND [WORD...]
Run the command and print on the standard error what it took: real time, and processor time in the program and in the
system.
  -p  as POSIX has it: seconds with two digits (the only form there is)
`;

/** struct rusage: ru_utime and ru_stime come first, 16 bytes each. */
const usage = memory.data(144, 8);

function line(name: string, milliseconds: i64): void {
  const hundredths = milliseconds / 10;
  stderr
    .text(name)
    .byte(0x20)
    .unsigned(hundredths / 100)
    .byte(0x2e);
  if (hundredths % 100 < 10) stderr.byte(0x30);
  stderr.unsigned(hundredths % 100).newline();
}

function timeAt(at: usize): i64 {
  return load<i64>(at) * 1000 + load<i64>(at, 8) / 1000;
}

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
  do got = syscall(Sys.wait4, pid, status, 0, usage);
  while (got == -Errno.INTR);
  line('real', (monotonicNs() - before) / 1000000);
  line('user', timeAt(usage));
  line('sys', timeAt(usage + 16));
  return shellStatus(load<i32>(status));
}
