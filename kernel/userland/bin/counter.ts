// counter: count, a line a number, giving the processor up between lines. Speaks through Breenix's own gate (INT 0x80).

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { nativeWrite, nativeYield } from '../lib/native';
import { parseInteger, parsed } from '../lib/number';
import { snprintf } from '../lib/printf';
import { stdout } from '../lib/stream';

const HELP = `usage: counter [COUNT]
Count to COUNT (10), a line a number. 0 counts for ever.
`;

export function main(): i32 {
  let count: i64 = 10;
  if (argumentCount() > 1) {
    if (bytesAre(argument(1), '--help')) {
      stdout.text(HELP);
      return 0;
    }
    if (!parseInteger(argument(1)) || parsed() < 0) {
      const complaint = memory.data(64);
      nativeWrite(2, complaint, snprintf(complaint, 64, 'counter: not a count: %.30s\n', argument(1)));
      return 2;
    }
    count = parsed();
  }
  const line = memory.data(64);
  for (let i: i64 = 1; !count || i <= count; i++) {
    const size = snprintf(line, 64, 'counter: %d\n', i);
    if (nativeWrite(1, line, size) != <i64>size) return 1;
    nativeYield();
  }
  return 0;
}
