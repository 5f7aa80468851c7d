// spinner: turn a little wheel without ever giving the processor up, to show that the system preempts.
// Speaks through Breenix's own gate (INT 0x80).

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { nativeGetTime, nativeWrite } from '../lib/native';
import { parsed, parseDuration } from '../lib/number';
import { snprintf } from '../lib/printf';
import { stdout } from '../lib/stream';

const HELP = `usage: spinner [TIME[smhd]]
Turn a wheel for TIME (2 s). 0 turns for ever.
`;

const FRAME_MS: i64 = 100;

export function main(): i32 {
  let milliseconds: i64 = 2000;
  if (argumentCount() > 1) {
    if (bytesAre(argument(1), '--help')) {
      stdout.text(HELP);
      return 0;
    }
    if (!parseDuration(argument(1))) {
      const complaint = memory.data(64);
      nativeWrite(2, complaint, snprintf(complaint, 64, 'spinner: not a time: %.30s\n', argument(1)));
      return 2;
    }
    milliseconds = parsed() / 1000000;
  }
  const wheel = '|/-\\';
  const frame = memory.data(4);
  const start = nativeGetTime();
  let next = start;
  let turn = 0;
  for (let now = start; !milliseconds || now - start < milliseconds; now = nativeGetTime()) {
    if (now < next) continue;
    next += FRAME_MS;
    store<u8>(frame, 0x0d);
    store<u8>(frame, <u8>wheel.charCodeAt(turn++ & 3), 1);
    if (nativeWrite(1, frame, 2) != 2) return 1;
  }
  store<u8>(frame, 0x0a, 1);
  nativeWrite(1, frame, 2);
  return 0;
}
