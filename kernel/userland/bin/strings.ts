// strings: what can be read in a file. Source: POSIX strings.

import { eachInput } from '../lib/inputs';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { printf } from '../lib/printf';
import { closeReader, END_OF_FILE, openReader, readByte } from '../lib/reader';
import { message, reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: strings [-a] [-t d|o|x] [-n N] [FILE...]
Write runs of at least 4 printable characters.
  -n N  of at least N    -t d|o|x  where each begins, in decimal, octal, hexadecimal    -a  in all of the file (always)
`;

let least: i64 = 4;
let radix: u8 = 0;

export function main(): i32 {
  permuteOperands();
  const long = 'all=a bytes=n: radix=t:';
  for (
    let option = nextOption('afn:t:', HELP, long);
    option != END;
    option = nextOption('afn:t:', HELP, long)
  ) {
    if (option == BAD) return 1;
    if (option == 0x74) {
      radix = load<u8>(optionArgument());
      if (radix != 0x64 && radix != 0x6f && radix != 0x78) {
        message().text("invalid radix '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
    } else if (option == 0x6e) {
      if (!parseDigits(optionArgument(), 10) || parsed() < 1 || parsed() > 4096) {
        message().text("invalid minimum string length '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      least = parsed();
    }
  }
  return eachInput(show);
}

function show(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  const held = memory.data(4096);
  let count: i64 = 0;
  let offset: i64 = 0;
  for (let byte = readByte(reader); byte != END_OF_FILE; byte = readByte(reader)) {
    offset++;
    if ((byte >= 0x20 && byte < 0x7f) || byte == 9) {
      if (count < least) store<u8>(held + <usize>count, <u8>byte);
      count++;
      if (count == least) {
        const start = offset - count;
        if (radix) printf(radix == 0x64 ? '%7d ' : radix == 0x6f ? '%7o ' : '%7x ', start);
        stdout.range(held, <usize>count);
      } else if (count > least) stdout.byte(<u8>byte);
      continue;
    }
    if (count >= least) stdout.newline();
    count = 0;
  }
  if (count >= least) stdout.newline();
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}
