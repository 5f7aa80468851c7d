// A call through INT 0x80 changes RAX alone.

import { int80Changes } from '../lib/machine';
import { checkEqual, finish } from '../lib/test';

const YIELD: u64 = 3;
const GET_TIME: u64 = 4;

export function main(): i32 {
  checkEqual(int80Changes(GET_TIME), 0, 'get_time: bit mask of changed registers');
  checkEqual(int80Changes(YIELD), 0, 'yield');
  checkEqual(int80Changes(9999), 0, 'an unknown number');
  return finish(
    'int80_registers',
    'bits 0-14 are rbx rcx rdx rsi rdi rbp r8-r15 flags; see the entry and exit code',
  );
}
