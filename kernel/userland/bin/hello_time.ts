// hello_time: the first program of Breenix. It speaks through the system's own gate (INT 0x80), not the Linux one.

import { snprintf } from '../lib/printf';
import { nativeExit, nativeGetTime, nativeWrite } from '../lib/native';

export function main(): i32 {
  const line = memory.data(128);
  const milliseconds = nativeGetTime();
  const size = snprintf(
    line,
    128,
    'Hello from userspace! Current time: %d.%03d s since boot\n',
    milliseconds / 1000,
    milliseconds % 1000,
  );
  const written = nativeWrite(1, line, size);
  nativeExit(milliseconds >= 0 && written == <i64>size ? 0 : 1);
  return 1;
}
