// nologin: the login shell of those who cannot log in. Prints /etc/nologin.txt where it exists. Source: nologin(8).

import { close, open, Open, readFully } from '../lib/file';
import { literal } from '../lib/literal';
import { BAD, END, nextOption } from '../lib/options';
import { stdout } from '../lib/stream';

const HELP = `usage: nologin
Say that this account is not available, and fail.
`;

const MESSAGE_LIMIT: usize = 4096;

export function main(): i32 {
  // A login shell may be called with -c COMMAND.
  for (let option = nextOption('c:', HELP); option != END; option = nextOption('c:', HELP)) {
    if (option == BAD) return 1;
  }
  const fd = open(literal('/etc/nologin.txt'), Open.readOnly);
  const text = memory.data(4096);
  const size = fd < 0 ? 0 : readFully(fd, text, MESSAGE_LIMIT);
  if (fd >= 0) close(fd);
  if (size > 0) stdout.range(text, <usize>size);
  else stdout.text('This account is not available.').newline();
  return 1;
}
