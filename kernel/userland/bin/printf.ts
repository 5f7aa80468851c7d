// printf: formatted output. The work is in ../lib/format-words.ts, which the shell's builtin uses as well.
// Source: POSIX printf.

import { argument, argumentCount, argumentVector } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { formatWords } from '../lib/format-words';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { stdout } from '../lib/stream';

const HELP = `usage: printf FORMAT [WORD...]
Write the words as FORMAT says, again and again until all are used.
  %s %c  text         %b  text with escapes     %d %i %u %o %x %X  integers     %f  number     %%  a percent sign
  with flags (- + space 0 #), width and precision; in FORMAT \\n \\t \\ddd and the like
`;

export function main(): i32 {
  if (argumentCount() == 2 && bytesAre(argument(1), '--help')) {
    stdout.text(HELP);
    return 0;
  }
  const words = make<List>();
  words.values = argumentVector(0);
  words.length = argumentCount();
  return formatWords(words);
}
