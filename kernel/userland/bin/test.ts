// test, [: evaluate an expression. The work is in ../lib/test-expression.ts, which the shell's builtin uses as well.

import { helpAlone, plainWords } from '../lib/plain-words';
import { programName, setArgument } from '../lib/arguments';
import { evaluateTest } from '../lib/test-expression';

const HELP = `usage: test EXPRESSION
End with 0 when the expression is true, 1 when it is false, 2 when it is wrong.
  -e -f -d -L -c -b -p PATH  it exists; is a file, directory, link, device, FIFO
  -r -w -x PATH  it may be read, written, executed     -s PATH  it is not empty
  -S -u -g -k PATH  socket; set-user-id, set-group-id, sticky bit      -O -G PATH  it is mine, my group's
  A -nt B, A -ot B, A -ef B  newer, older, the same file
  -n -z STRING   it is not empty, it is empty          -t FD    it is a terminal
  A = B, A != B  as strings    A -eq -ne -lt -le -gt -ge B  as numbers
  ! E   ( E )   E -a E   E -o E
`;

export function main(): i32 {
  if (helpAlone(HELP)) return 0;
  setArgument(0, programName()); // `[` by whatever path
  return evaluateTest(plainWords());
}
