// tty: print the name of the terminal on standard input. Source: POSIX tty.

import { closeDirectory, nextEntry, openDirectory } from '../lib/directory';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { fstat, stat, Stat } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { reportUsage } from '../lib/report';

const HELP = `usage: tty [-s]
Print the name of the terminal on standard input. Status 1 when it is none.
  -s  print nothing
`;

const path = memory.data(300);
const mine = changetype<Stat>(memory.data(144, 8));
const other = changetype<Stat>(memory.data(144, 8));

export function main(): i32 {
  let silent = false;
  for (let option = nextOption('s', HELP); option != END; option = nextOption('s', HELP)) {
    if (option == BAD) return 2;
    silent = true;
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 2;
  }
  if (!isTerminal(0)) {
    if (!silent) stdout.text('not a tty\n');
    return 1;
  }
  if (silent) return 0;
  fstat(0, mine);
  if (search('/dev/pts') || search('/dev')) stdout.bytes(path).newline();
  else stdout.text('unknown\n');
  return 0;
}

/** Looks for a device with the same number. */
function search(folder: string): bool {
  const directory = openDirectory(literal(folder));
  if (!directory) return false;
  let found = false;
  while (!found && nextEntry(directory)) {
    snprintf(path, 300, '%s/%s', literal(folder), directory.name);
    found = stat(path, other) >= 0 && (other.mode & 0o170000) == 0o20000 && other.rdev == mine.rdev;
  }
  closeDirectory(directory);
  return found;
}
