// uname: print the system's name. Source: POSIX uname.

import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: uname [-aimnoprsv]
Print the name of the system.
  -a  all of the following
  -s  system (without an option)
  -n  this machine's name
  -r  release
  -v  version
  -m  kind of processor (-p, -i the same)
  -o  operating system
`;

/** Fields of struct utsname are 65 bytes each, in the order of LETTERS. */
const FIELD_SIZE: usize = 65;
const LETTERS = 'snrvm';
const LONG =
  'all=a kernel-name=s nodename=n kernel-release=r kernel-version=v machine=m processor=p hardware-platform=i operating-system=o';

export function main(): i32 {
  let wanted: u32 = 0;
  for (
    let option = nextOption('aimnoprsv', HELP, LONG);
    option != END;
    option = nextOption('aimnoprsv', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x61) wanted = 31;
    if (option == 0x70 || option == 0x69) option = 0x6d;
    if (option == 0x6f || option == 0x61) wanted |= 32;
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
  // The name of the system again: what the kernel says of itself.
  if (wanted & 32) {
    if (!first) stdout.byte(0x20);
    stdout.bytes(names);
  }
  stdout.newline();
  return 0;
}
