// uname: print the system's name. Source: POSIX uname.

import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: uname [-amnrsv]
Print the name of the system.
  -a  all of the following
  -s  system (without an option)
  -n  this machine's name
  -r  release
  -v  version
  -m  kind of processor
`;

/** Fields of struct utsname are 65 bytes each, in the order of LETTERS. */
const FIELD_SIZE: usize = 65;
const LETTERS = 'snrvm';

export function main(): i32 {
  let wanted: u32 = 0;
  for (let option = nextOption('amnrsv', HELP); option != END; option = nextOption('amnrsv', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x61) wanted = 31;
    for (let i = 0; i < 5; i++) if (LETTERS.charCodeAt(i) == option) wanted |= 1 << i;
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const names = memory.data(400);
  const error = syscall(Sys.uname, names);
  if (error < 0) {
    reportError(literal('uname'), error);
    return 1;
  }
  if (!wanted) wanted = 1;
  let first = true;
  for (let i: usize = 0; i < 5; i++) {
    if (!(wanted & (1 << (<u32>i)))) continue;
    if (!first) stdout.byte(0x20);
    stdout.bytes(names + i * FIELD_SIZE);
    first = false;
  }
  stdout.newline();
  return 0;
}
