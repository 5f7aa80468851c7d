// nohup: run a program that outlives its terminal. Source: POSIX nohup.

import { argument, argumentVector } from '../lib/arguments';
import { getEnvironment } from '../lib/environment';
import { Errno } from '../lib/errno';
import { close, dup2, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { joinPath } from '../lib/path';
import { execSearch } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { isTerminal } from '../lib/stream';

const HELP = `usage: nohup PROGRAM [ARGUMENT...]
Run a program that ignores hang-ups. Output to a terminal goes to nohup.out here or in the home directory.
`;

export function main(): i32 {
  for (let option = nextOption('', HELP); option != END; option = nextOption('', HELP))
    if (option == BAD) return 127;
  if (!operandCount()) {
    reportUsage('missing operand');
    return 127;
  }
  const outIsTerminal = isTerminal(1);
  if (isTerminal(0)) {
    const nothing = open(literal('/dev/null'), Open.readOnly);
    if (nothing > 0) {
      dup2(nothing, 0);
      close(nothing);
    }
  }
  if (outIsTerminal) {
    let name = literal('nohup.out');
    const flags: u32 = Open.writeOnly | Open.create | Open.append;
    let fd = open(name, flags, 0o600);
    const home = getEnvironment(literal('HOME'));
    if (fd < 0 && home) {
      name = mustAllocate(joinPath(home, name));
      fd = open(name, flags, 0o600);
    }
    if (fd < 0) {
      reportError(name, fd);
      return 127;
    }
    message().text("appending output to '").bytes(name).text("'").newline();
    dup2(fd, 1);
    close(fd);
  }
  if (isTerminal(2)) dup2(1, 2);
  setDisposition(Signal.HUP, Disposition.ignore);
  const error = execSearch(argument(operandIndex()), argumentVector(operandIndex()));
  reportError(argument(operandIndex()), error);
  return error == -Errno.NOENT ? 127 : 126;
}
