// libbreenix' formatted output, conversion by conversion.

import { bytesAre } from '../lib/bytes';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { check, checkEqual, finish } from '../lib/test';

const buffer = memory.data(128);

function one(format: string, value: u64, expected: string): void {
  const size = snprintf(buffer, 128, format, value);
  check(bytesAre(buffer, expected), expected);
  checkEqual(size, expected.length, 'length');
}

export function main(): i32 {
  one('%d', 0, '0');
  one('%d', <u64>-42, '-42');
  one('%d', <u64>i64.MIN_VALUE, '-9223372036854775808');
  one('%u', u64.MAX_VALUE, '18446744073709551615');
  one('%5d|', 42, '   42|');
  one('%-5d|', 42, '42   |');
  one('%05d|', <u64>-42, '-0042|');
  one('%+d', 42, '+42');
  one('% d', 42, ' 42');
  one('%.3d', 7, '007');
  one('%.0d|', 0, '|');
  one('%6.3d|', <u64>-7, '  -007|');
  one('%x', 0xdeadbeef, 'deadbeef');
  one('%X', 0xdeadbeef, 'DEADBEEF');
  one('%#x', 255, '0xff');
  one('%#x', 0, '0');
  one('%08x', 0xbeef, '0000beef');
  one('%#o', 8, '010');
  one('%o', 0o755, '755');
  one('%p', 0x1000, '0x1000');
  one('%c', 0x41, 'A');
  one('%3c|', 0x41, '  A|');
  one('%s', literal('text'), 'text');
  one('%10s|', literal('text'), '      text|');
  one('%-10s|', literal('text'), 'text      |');
  one('%.2s|', literal('text'), 'te|');
  one('100%%', 0, '100%');
  one('%lu %%', 5, '5 %');
  checkEqual(snprintf(buffer, 128, '%s %d %s', literal('a'), 1, literal('b')), 5, 'three values');
  check(bytesAre(buffer, 'a 1 b'), 'a 1 b');
  checkEqual(snprintf(buffer, 128, '%*d|%-*d|', 4, 1, 4, 2), 10, 'widths as values');
  check(bytesAre(buffer, '   1|2   |'), 'widths as values');
  checkEqual(snprintf(buffer, 4, '%s', literal('too long')), 8, 'the length without room');
  check(bytesAre(buffer, 'too'), 'cut to the room there is');
  checkEqual(snprintf(0, 0, '%d', 12345), 5, 'no room at all');
  checkEqual(snprintf(buffer, 128, 'é%sü', literal('ö')), 6, 'characters beyond ASCII');
  return finish('format', 'lib/printf.ts');
}
