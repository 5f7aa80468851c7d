// cat: write files one after the other. Source: POSIX cat.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { close, open, Open, read, writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { reportError } from '../lib/report';

const HELP = `usage: cat [-u] [FILE...]
Write the files to the standard output; without a file, or for -, the standard input.
  -u  no delay (there never is one)
`;

const BUFFER_SIZE: usize = 32768;
let buffer: usize = 0;

export function main(): i32 {
  for (let option = nextOption('u', HELP); option != END; option = nextOption('u', HELP)) {
    if (option == BAD) return 1;
  }
  buffer = mustAllocate(malloc(BUFFER_SIZE));
  if (!operandCount()) return copy(0, literal('standard input'));
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    if (bytesAre(path, '-')) {
      status |= copy(0, literal('standard input'));
      continue;
    }
    const fd = open(path, Open.readOnly);
    if (fd < 0) {
      reportError(path, fd);
      status = 1;
      continue;
    }
    status |= copy(fd, path);
    close(fd);
  }
  return status;
}

/** 0, or 1 when a message has been printed. */
function copy(fd: i32, name: usize): i32 {
  let got = read(fd, buffer, BUFFER_SIZE);
  for (; got > 0 || got == -Errno.INTR; got = read(fd, buffer, BUFFER_SIZE)) {
    if (got < 0) continue;
    const error = writeFully(1, buffer, <usize>got);
    if (error < 0) {
      reportError(literal('standard output'), error);
      return 1;
    }
  }
  if (got < 0) reportError(name, got);
  return got < 0 ? 1 : 0;
}
