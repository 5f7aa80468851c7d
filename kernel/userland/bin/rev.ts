// rev: the characters of each line from the last to the first.

import { eachInput } from '../lib/inputs';
import { BAD, END, nextOption, permuteOperands } from '../lib/options';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: rev [FILE...]
Write each line backwards.
`;

export function main(): i32 {
  permuteOperands();
  for (let option = nextOption('', HELP); option != END; option = nextOption('', HELP))
    if (option == BAD) return 1;
  return eachInput(reverse);
}

function reverse(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    let end = line + reader.length;
    while (end > line) {
      // Back to the first byte of the character.
      let start = end - 1;
      while (start > line && end - start < 4 && (load<u8>(start) & 0xc0) == 0x80) start--;
      stdout.range(start, end - start);
      end = start;
    }
    if (reader.terminated) stdout.newline();
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}
