// Formatted output. printf('%-8s %5d\n', name, size)
//
// Rules: conversions are %d %i %u %x %X %o %c %s %p %%, with the flags - 0 + space #, a width, a precision, and * for
// either; length modifiers are accepted and mean nothing: every argument is 64 bits wide. %s takes a byte string
// (literal('…') for a literal). At most eight arguments.
// Source: POSIX fprintf().

import { stdout, Stream, streamToMemory } from './stream';
import { codePointAt } from './utf8';

const values = memory.data(64, 8);
const digits = memory.data(32, 8);
const memoryStream = memory.data(64, 8);

/** To stdout. */
export function printf(
  format: string,
  a: u64 = 0,
  b: u64 = 0,
  c: u64 = 0,
  d: u64 = 0,
  e: u64 = 0,
  f: u64 = 0,
  g: u64 = 0,
  h: u64 = 0,
): void {
  fprintf(stdout, format, a, b, c, d, e, f, g, h);
}

/** To a stream. */
export function fprintf(
  out: Stream,
  format: string,
  a: u64 = 0,
  b: u64 = 0,
  c: u64 = 0,
  d: u64 = 0,
  e: u64 = 0,
  f: u64 = 0,
  g: u64 = 0,
  h: u64 = 0,
): void {
  store<u64>(values, a);
  store<u64>(values, b, 8);
  store<u64>(values, c, 16);
  store<u64>(values, d, 24);
  store<u64>(values, e, 32);
  store<u64>(values, f, 40);
  store<u64>(values, g, 48);
  store<u64>(values, h, 56);
  run(out, format);
}

/** Into `capacity` bytes at `to`, always terminated. Returns the length that the whole text has. */
export function snprintf(
  to: usize,
  capacity: usize,
  format: string,
  a: u64 = 0,
  b: u64 = 0,
  c: u64 = 0,
  d: u64 = 0,
  e: u64 = 0,
  f: u64 = 0,
): usize {
  const out = changetype<Stream>(memoryStream);
  streamToMemory(out, to, capacity ? capacity - 1 : 0);
  fprintf(out, format, a, b, c, d, e, f);
  if (capacity) store<u8>(to + out.used, 0);
  return out.used + out.dropped;
}

let left: bool = false;
let zero: bool = false;
let alternate: bool = false;
/** `+`, a space, or 0. */
let plus: u8 = 0;
let width: i64 = 0;
/** Negative: none given. */
let precision: i64 = 0;

function run(out: Stream, format: string): void {
  let value = values;
  const length = format.length;
  for (let i = 0; i < length; i++) {
    let unit = format.charCodeAt(i);
    if (unit != 0x25) {
      const code = codePointAt(format, i);
      if (code >= 0x10000) i++;
      out.codePoint(code);
      continue;
    }
    left = zero = alternate = false;
    plus = 0;
    for (;;) {
      unit = format.charCodeAt(++i);
      if (unit == 0x2d) left = true;
      else if (unit == 0x30) zero = true;
      else if (unit == 0x23) alternate = true;
      else if (unit == 0x2b) plus = 0x2b;
      else if (unit == 0x20) plus = max<u8>(plus, 0x20);
      else break;
    }
    width = 0;
    if (unit == 0x2a) {
      width = load<i64>(value);
      value += 8;
      if (width < 0) {
        left = true;
        width = -width;
      }
      unit = format.charCodeAt(++i);
    } else
      for (; unit >= 0x30 && unit <= 0x39; unit = format.charCodeAt(++i)) width = width * 10 + unit - 0x30;
    precision = -1;
    if (unit == 0x2e) {
      precision = 0;
      unit = format.charCodeAt(++i);
      if (unit == 0x2a) {
        precision = load<i64>(value);
        value += 8;
        unit = format.charCodeAt(++i);
      } else
        for (; unit >= 0x30 && unit <= 0x39; unit = format.charCodeAt(++i))
          precision = precision * 10 + unit - 0x30;
    }
    while (unit == 0x6c || unit == 0x7a || unit == 0x68 || unit == 0x6a) unit = format.charCodeAt(++i);
    if (unit == 0x25) {
      out.byte(0x25);
      continue;
    }
    convert(out, <u8>unit, load<u64>(value));
    value += 8;
  }
}

function convert(out: Stream, conversion: u8, value: u64): void {
  switch (conversion) {
    case 0x64: // d
    case 0x69: {
      const negative = <i64>value < 0;
      number(out, negative ? <u64>-(<i64>value) : value, 10, 0x57, negative ? 0x2d : plus, 0);
      break;
    }
    case 0x75: // u
      number(out, value, 10, 0x57, 0, 0);
      break;
    case 0x78: // x
      number(out, value, 16, 0x57, 0, alternate && value ? 0x78 : 0);
      break;
    case 0x58: // X
      number(out, value, 16, 0x37, 0, alternate && value ? 0x58 : 0);
      break;
    case 0x6f: // o
      number(out, value, 8, 0x57, alternate && value ? 0x30 : 0, 0);
      break;
    case 0x70: // p
      number(out, value, 16, 0x57, 0, 0x78);
      break;
    case 0x63: // c
      store<u8>(digits, <u8>value);
      padded(out, digits, 1);
      break;
    case 0x73: // s
      text(out, <usize>value);
      break;
    default:
      assert(false, 'printf: unknown conversion');
  }
}

/** `sign` and the `0x` of `radixMark` are 0 when absent; `tenBase` is the code of the digit ten, less ten. */
function number(out: Stream, value: u64, radix: u64, tenBase: u8, sign: u8, radixMark: u8): void {
  let at = digits + 32;
  for (; value; value /= radix) {
    const digit = <u8>(value % radix);
    store<u8>(--at, digit < 10 ? 0x30 + digit : tenBase + digit);
  }
  let count = <i64>(digits + 32 - at);
  const least = precision < 0 ? 1 : precision;
  let zeros = max<i64>(least - count, 0);
  const extra = <i64>(sign ? 1 : 0) + (radixMark ? 2 : 0);
  if (zero && !left && precision < 0) zeros = max<i64>(zeros, width - count - extra);
  count += zeros + extra;
  if (!left) out.fill(0x20, width - count);
  if (sign) out.byte(sign);
  if (radixMark) out.byte(0x30).byte(radixMark);
  out.fill(0x30, zeros);
  out.range(at, digits + 32 - at);
  if (left) out.fill(0x20, width - count);
}

function text(out: Stream, at: usize): void {
  if (!at) {
    padded(out, changetype<usize>(digits), 0);
    return;
  }
  let size: i64 = 0;
  while (size != precision && load<u8>(at + <usize>size)) size++;
  padded(out, at, size);
}

function padded(out: Stream, at: usize, size: i64): void {
  if (!left) out.fill(0x20, width - size);
  out.range(at, <usize>size);
  if (left) out.fill(0x20, width - size);
}
