// man: what a program says of itself, page by page. Source: POSIX man; the texts are those of --help, there are no others.

import { argument, argumentCount } from '../lib/arguments';
import { environmentVector } from '../lib/environment';
import { Errno } from '../lib/errno';
import { literal } from '../lib/literal';
import { onlyOperands, operandCount, operandIndex, BAD } from '../lib/options';
import { execve, fork, waitpid } from '../lib/process';
import { reportError, reportUsage } from '../lib/report';
import { exitNow } from '../lib/exit';
import { exited, exitStatus } from '../lib/wait-status';

const HELP = `usage: man NAME...
Print how to use programs: what each says to --help, page by page on a terminal. The shell's own commands: help.
`;
/** A builtin or nothing: the shell's help. Through the pager only where somebody reads. */
const SCRIPT = `
path=$(which -- "$0" 2>&1) || path=$(command -v -- "$0") || { echo "man: $0: there is no such program" >&2; exit 1; }
case $path in
*/*) set -- "$path" --help ;;
*) set -- help ;;
esac
if [ -t 1 ]; then "$@" 2>&1 < /dev/null | \${PAGER:-more}; else "$@" 2>&1 < /dev/null; fi
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 2;
  if (!operandCount()) {
    reportUsage('which program?');
    return 2;
  }
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) status = max(status, show(argument(i)));
  return status;
}

function show(name: usize): i32 {
  const words = memory.data(40, 8);
  const ended = memory.data(4, 4);
  const child = fork();
  if (!child) {
    store<usize>(words, literal('sh'));
    store<usize>(words, literal('-c'), 8);
    store<usize>(words, literal(SCRIPT), 16);
    store<usize>(words, name, 24);
    store<usize>(words, 0, 32);
    reportError(literal('/bin/sh'), execve(literal('/bin/sh'), words, environmentVector()));
    exitNow(127);
  }
  let got: i32 = child;
  if (child > 0) {
    do got = waitpid(child, ended, 0);
    while (got == -Errno.INTR);
  }
  if (got < 0) {
    reportError(name, got);
    return 1;
  }
  return exited(load<i32>(ended)) ? exitStatus(load<i32>(ended)) : 1;
}
