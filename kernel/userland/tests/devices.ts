// /dev/null and /dev/zero.

import { close, open, Open, read, write } from '../lib/file';
import { literal } from '../lib/literal';
import { check, checkEqual, finish } from '../lib/test';

export function main(): i32 {
  const buffer = memory.data(1024, 8);
  const nothing = open(literal('/dev/null'), Open.readWrite);
  check(nothing >= 0, '/dev/null cannot be opened');
  checkEqual(read(nothing, buffer, 1024), 0, '/dev/null is empty');
  checkEqual(write(nothing, buffer, 1024), 1024, '/dev/null takes everything');
  close(nothing);
  const zero = open(literal('/dev/zero'), Open.readWrite);
  check(zero >= 0, '/dev/zero cannot be opened');
  memory.fill(buffer, 0x55, 1024);
  checkEqual(read(zero, buffer, 1000), 1000, '/dev/zero gives what is asked for');
  for (let i: usize = 0; i < 1000; i += 8) check(load<u64>(buffer + i) == 0, '/dev/zero gave another byte');
  checkEqual(load<u8>(buffer + 1000), 0x55, '/dev/zero wrote beyond the buffer');
  checkEqual(write(zero, buffer, 10), 10, '/dev/zero takes everything');
  close(zero);
  const terminal = open(literal('/dev/tty'), Open.readWrite);
  if (terminal >= 0) checkEqual(write(terminal, buffer, 0), 0, 'writing nothing to /dev/tty');
  return finish('devices', 'drivers behind devfs');
}
