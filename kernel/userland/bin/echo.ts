// echo: write operands. The work is in ../lib/echo.ts, which the shell's builtin uses as well. Source: POSIX echo.

import { helpAlone, plainWords } from '../lib/plain-words';
import { echoWords } from '../lib/echo';

const HELP = `usage: echo [-n] [WORD...]
Write the words, separated by spaces, and a newline.
  -n  no newline
In the words \\a \\b \\f \\n \\r \\t \\v \\\\ and \\0ddd mean what they do in C; \\c ends the output.
`;

export function main(): i32 {
  if (helpAlone(HELP)) return 0;
  return echoWords(plainWords());
}
