// sh: the command interpreter. The parts are in ../sh; this is its command line. Source: POSIX sh.

import { argument, argumentCount, argumentVector } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandIndex } from '../lib/options';
import { getpid } from '../lib/process';
import { reportError, reportUsage } from '../lib/report';
import { isTerminal, stdout } from '../lib/stream';
import { startJobControl } from '../sh/jobs';
import { runInput } from '../sh/input';
import { readInto, runText, setParameters } from '../sh/script';
import { lastStatus, setInteractive, setShellName, setShellPid, setTrace } from '../sh/state';

const HELP = `usage: sh [-isx] [FILE [ARGUMENT...]]
       sh -c COMMAND [NAME [ARGUMENT...]]
Run commands from a file, from the command line, or from the standard input: with prompts and line editing when that is
a terminal. The builtin 'help' tells more.
  -c  commands are in the next operand     -s  commands are on the standard input
  -i  be interactive                       -x  print commands before they run
`;

export function main(): i32 {
  let fromOperand = false;
  let fromInput = false;
  let prompts = isTerminal(0) && isTerminal(2);
  for (let option = nextOption('cisx', HELP); option != END; option = nextOption('cisx', HELP)) {
    if (option == BAD) return 2;
    if (option == 0x63) fromOperand = true;
    else if (option == 0x69) prompts = isTerminal(0);
    else if (option == 0x73) fromInput = true;
    else setTrace(true);
  }
  setShellPid(getpid());
  setShellName(argument(0));
  let next = operandIndex();
  const first = argument(next);
  if (fromOperand) {
    if (!first) {
      reportUsage('-c needs a command');
      return 2;
    }
    next++;
    if (next < argumentCount()) setShellName(argument(next++));
    takeParameters(next);
    return runText(first);
  }
  if (first && !fromInput) return runFile(first, next + 1);
  takeParameters(next);
  setInteractive(prompts);
  if (prompts) startJobControl();
  runInput(0, prompts);
  if (prompts) stdout.text('exit\n');
  exit(lastStatus);
  return 0;
}

function runFile(path: usize, next: i32): i32 {
  const text = make<Buffer>();
  const error = readInto(path, text);
  if (error < 0) {
    reportError(path, error);
    return error == -Errno.NOENT ? 127 : 126;
  }
  setShellName(path);
  takeParameters(next);
  return runText(text.at);
}

function takeParameters(from: i32): void {
  const values = make<List>();
  values.values = argumentVector(from);
  values.length = max<i32>(argumentCount() - from, 0);
  setParameters(values, 0);
}
