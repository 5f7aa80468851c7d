// hostname: print or set this machine's name. As in other systems.

import { argument } from '../lib/arguments';
import { byteLength, findByte } from '../lib/bytes';
import { closeInput, openInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: hostname [-s]
       hostname NAME | -F FILE
Print this machine's name, or set it.
  -s  up to the first dot    -F FILE  the name in FILE
`;

export function main(): i32 {
  let short = false;
  let file: usize = 0;
  for (
    let option = nextOption('F:s', HELP, 'file=F: short=s');
    option != END;
    option = nextOption('F:s', HELP, 'file=F: short=s')
  ) {
    if (option == BAD) return 1;
    if (option == 0x73) short = true;
    else file = optionArgument();
  }
  if (operandCount() > 1) {
    reportUsage('extra operand');
    return 1;
  }
  if (operandCount()) return set(argument(operandIndex()));
  if (file) return setFrom(file);
  const names = memory.data(400);
  const error = syscall(Sys.uname, names);
  if (error < 0) {
    reportError(literal('uname'), error);
    return 1;
  }
  // The second field of struct utsname.
  const name = names + 65;
  const dot = findByte(name, 0x2e);
  if (short && dot) store<u8>(dot, 0);
  stdout.bytes(name).newline();
  return 0;
}

function set(name: usize): i32 {
  const error = syscall(Sys.sethostname, name, byteLength(name));
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

/** The first line that is neither empty nor a comment. */
function setFrom(path: usize): i32 {
  const fd = openInput(path);
  if (fd < 0) return 1;
  const reader = openReader(fd);
  if (!reader) return 1;
  let status = 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    if (!load<u8>(line) || load<u8>(line) == 0x23) continue;
    status = set(line);
    break;
  }
  closeReader(reader);
  closeInput(fd);
  return status;
}
