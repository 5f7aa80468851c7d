// env: print the environment, or run a program in a changed one. Source: POSIX env.

import { argument, argumentCount, argumentVector } from '../lib/arguments';
import { bytesAre, findByte } from '../lib/bytes';
import { environmentVector, setEnvironment, setEnvironmentVariable } from '../lib/environment';
import { Errno } from '../lib/errno';
import { BAD, END, nextOption, operandIndex } from '../lib/options';
import { execSearch } from '../lib/process';
import { reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: env [-i] [NAME=VALUE...] [PROGRAM [ARGUMENT...]]
Run a program with variables set; without a program, print the environment.
  -i  start with an empty environment
`;

export function main(): i32 {
  for (let option = nextOption('i', HELP); option != END; option = nextOption('i', HELP)) {
    if (option == BAD) return 125;
    setEnvironment(memory.data(8, 8));
  }
  let i = operandIndex();
  if (i < argumentCount() && bytesAre(argument(i), '-')) {
    setEnvironment(memory.data(8, 8));
    i++;
  }
  for (; i < argumentCount(); i++) {
    const equals = findByte(argument(i), 0x3d);
    if (!equals) break;
    store<u8>(equals, 0);
    const error = setEnvironmentVariable(argument(i), equals + 1);
    if (error < 0) {
      reportError(argument(i), error);
      return 125;
    }
  }
  if (i == argumentCount()) {
    for (let at = environmentVector(); load<usize>(at); at += 8) stdout.bytes(load<usize>(at)).newline();
    return 0;
  }
  const error = execSearch(argument(i), argumentVector(i));
  reportError(argument(i), error);
  return error == -Errno.NOENT ? 127 : 126;
}
