// echo: write operands. The work is in ../lib/echo.ts, which the shell's builtin uses as well. Source: POSIX echo.

import { argument, argumentCount, argumentVector } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { echoWords } from '../lib/echo';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { stdout } from '../lib/stream';

const HELP = `usage: echo [-n] [WORD...]
Write the words, separated by spaces, and a newline.
  -n  no newline
In the words \\a \\b \\f \\n \\r \\t \\v \\\\ and \\0ddd mean what they do in C; \\c ends the output.
`;

export function main(): i32 {
  if (argumentCount() == 2 && bytesAre(argument(1), '--help')) {
    stdout.text(HELP);
    return 0;
  }
  const words = make<List>();
  words.values = argumentVector(0);
  words.length = argumentCount();
  return echoWords(words);
}
