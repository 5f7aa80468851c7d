// tac: the lines of files from the last to the first.

import { Errno } from '../lib/errno';
import { read } from '../lib/file';
import { eachInput } from '../lib/inputs';
import { free, malloc, mustAllocate, realloc } from '../lib/malloc';
import { BAD, END, nextOption, permuteOperands } from '../lib/options';
import { reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: tac [FILE...]
Write the lines of each file, the last first.
`;

export function main(): i32 {
  permuteOperands();
  for (let option = nextOption('', HELP); option != END; option = nextOption('', HELP))
    if (option == BAD) return 1;
  return eachInput(reverse);
}

function reverse(fd: i32, name: usize): i32 {
  let capacity: usize = 1 << 17;
  let text = mustAllocate(malloc(capacity));
  let used: usize = 0;
  let got: i64;
  do {
    got = read(fd, text + used, capacity - used);
    if (got > 0) used += <usize>got;
    if (used == capacity) {
      capacity *= 2;
      text = mustAllocate(realloc(text, capacity));
    }
  } while (got > 0 || got == -Errno.INTR);
  let end = used;
  for (let at = used; at > 0; at--) {
    if (load<u8>(text + at - 1) != 0x0a || at == end) continue;
    stdout.range(text + at, end - at);
    end = at;
  }
  stdout.range(text, end);
  free(text);
  if (got < 0) reportError(name, got);
  return got < 0 ? 1 : 0;
}
