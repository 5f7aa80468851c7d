// pwd: print the working directory. Source: POSIX pwd.

import { getcwd } from '../lib/directory';
import { literal } from '../lib/literal';
import { BAD, END, nextOption } from '../lib/options';
import { PATH_MAX } from '../lib/path';
import { reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: pwd [-LP]
Print the absolute path of the working directory.
`;

export function main(): i32 {
  for (let option = nextOption('LP', HELP); option != END; option = nextOption('LP', HELP)) {
    if (option == BAD) return 1;
  }
  const path = memory.data(4096);
  const error = getcwd(path, PATH_MAX);
  if (error < 0) {
    reportError(literal('working directory'), error);
    return 1;
  }
  stdout.bytes(path).newline();
  return 0;
}
