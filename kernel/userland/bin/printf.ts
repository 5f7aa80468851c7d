// printf: formatted output. The work is in ../lib/format-words.ts, which the shell's builtin uses as well.
// Source: POSIX printf.

import { helpAlone, plainWords } from '../lib/plain-words';
import { formatWords } from '../lib/format-words';

const HELP = `usage: printf FORMAT [WORD...]
Write the words as FORMAT says, again and again until all are used.
  %s %c  text         %b  text with escapes     %d %i %u %o %x %X  integers     %f  number     %%  a percent sign
  with flags (- + space 0 #), width and precision; in FORMAT \\n \\t \\ddd and the like
`;

export function main(): i32 {
  if (helpAlone(HELP)) return 0;
  return formatWords(plainWords());
}
