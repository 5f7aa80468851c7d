// seq: numbers one after the other. As in other systems: exact decimal fractions, -w and -s; -f with %g, %f and %e.

import { argument } from '../lib/arguments';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { snprintf } from '../lib/printf';
import { message, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: seq [-w] [-s TEXT] [FIRST [STEP]] LAST
Print numbers from FIRST (1) to LAST by STEP (1).
  -s TEXT  between them instead of newlines    -w  all equally wide, with zeros
`;
const LONG = 'equal-width=w separator=s:';

/** The numbers are integers in units of 10^-places. */
let value: i64 = 0;
let places: i32 = 0;

export function main(): i32 {
  let separator = literal('\n');
  let equal = false;
  const negative = argument(1);
  // `seq -5 1`: a number is no option.
  const looksNumeric = isNumber(negative);
  for (let option = looksNumeric ? END : nextOption('s:w', HELP, LONG); option != END;) {
    if (option == BAD) return 1;
    if (option == 0x77) equal = true;
    else separator = optionArgument();
    if (isNumber(argument(operandIndex()))) break;
    option = nextOption('s:w', HELP, LONG);
  }
  if (!operandCount() || operandCount() > 3) {
    reportUsage(operandCount() ? 'extra operand' : 'missing operand');
    return 1;
  }
  const at = operandIndex();
  const last = operandCount() - 1;
  let most = 0;
  for (let i = 0; i <= last; i++) {
    if (!parse(argument(at + i), 0)) {
      message()
        .text("invalid floating point argument: '")
        .bytes(argument(at + i))
        .text("'")
        .newline();
      return 1;
    }
    if (i < last || last == 0) most = max<i32>(most, places);
  }
  // The end counts with all its digits, but is shown with those of the others.
  const shown = most;
  parse(argument(at + last), 0);
  const scale = max<i32>(most, places);
  parse(argument(at + last), scale);
  const end = value;
  let first: i64 = 1;
  let step: i64 = 1;
  for (let i = 0; i < scale; i++) {
    first *= 10;
    step *= 10;
  }
  if (last > 0) {
    parse(argument(at), scale);
    first = value;
  }
  if (last > 1) {
    parse(argument(at + 1), scale);
    step = value;
  }
  if (!step) {
    message()
      .text("invalid Zero increment value: '")
      .bytes(argument(at + 1))
      .text("'")
      .newline();
    return 1;
  }
  let width: i64 = 0;
  if (equal) width = max<i64>(text(first, scale, shown), text(end, scale, shown));
  let any = false;
  for (let number = first; step > 0 ? number <= end : number >= end; number += step) {
    if (any) stdout.bytes(separator);
    const size = text(number, scale, shown);
    const minus = load<u8>(room) == 0x2d;
    if (minus) stdout.byte(0x2d);
    stdout.fill(0x30, width - size);
    stdout.bytes(room + (minus ? 1 : 0));
    any = true;
    if (stdout.failed()) return 1;
  }
  if (any) stdout.newline();
  return 0;
}

const room = memory.data(64);

function isNumber(word: usize): bool {
  if (!word || load<u8>(word) != 0x2d) return false;
  const next = load<u8>(word, 1);
  return (next >= 0x30 && next <= 0x39) || next == 0x2e;
}

/** Reads a decimal number in units of 10^-scale; `places` is how many digits stand behind the point. */
function parse(at: usize, scale: i32): bool {
  const minus = load<u8>(at) == 0x2d;
  if (minus || load<u8>(at) == 0x2b) at++;
  value = 0;
  places = 0;
  let digits = 0;
  let point = false;
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (byte == 0x2e && !point) {
      point = true;
      continue;
    }
    if (byte < 0x30 || byte > 0x39 || value > 90000000000000000) return false;
    value = value * 10 + byte - 0x30;
    digits++;
    if (point) places++;
  }
  for (let i = places; i < scale; i++) value *= 10;
  if (minus) value = -value;
  return digits > 0;
}

/** The number with `shown` of its `scale` decimal places in `room`; its length. */
function text(number: i64, scale: i32, shown: i32): i64 {
  let unit: i64 = 1;
  for (let i = 0; i < scale; i++) unit *= 10;
  const size = number < 0 ? -number : number;
  const sign = literal(number < 0 ? '-' : '');
  if (!shown) return <i64>snprintf(room, 64, '%s%d', sign, size / unit);
  let fraction = size % unit;
  for (let i = shown; i < scale; i++) fraction /= 10;
  return <i64>snprintf(room, 64, '%s%d.%0*d', sign, size / unit, shown, fraction);
}
