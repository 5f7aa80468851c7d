// echo: write operands. Source: POSIX echo, with -n.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { stdout } from '../lib/stream';

const HELP = `usage: echo [-n] [WORD...]
Write the words, separated by spaces, and a newline.
  -n  no newline
`;

export function main(): i32 {
  const only = argumentCount() == 2;
  if (only && bytesAre(argument(1), '--help')) {
    stdout.text(HELP);
    return 0;
  }
  const noNewline = argumentCount() > 1 && bytesAre(argument(1), '-n');
  const first = noNewline ? 2 : 1;
  for (let i = first; i < argumentCount(); i++) {
    if (i > first) stdout.byte(0x20);
    stdout.bytes(argument(i));
  }
  if (!noNewline) stdout.newline();
  return 0;
}
