// printf: for the program and the shell's builtin. Source: POSIX printf and chapter 5 (file format notation).
//
// Rules: conversions are d i u o x X c s b e E f F g G % with flags, width and precision, * for either. The format is used again
// as long as operands are left; what is missing is an empty string or 0.

import { simpleEscape, writeEscaped } from './echo';
import { programName } from './arguments';
import { byteLength, bytesAre } from './bytes';
import { List } from './list';
import { literal } from './literal';
import { message } from './report';
import { stdout, Stream, streamToMemory } from './stream';
import { calloc, free, make, mustAllocate } from './malloc';
import { Buffer } from './buffer';
import { decimalHasDigits, decimalIsNegative, parseDecimal, writeDecimal } from './decimal';
import { snprintf } from './printf';

let words: List = changetype<List>(<usize>0);
let next: i32 = 0;
let status: i32 = 0;
/** \c in a %b: nothing more is written. */
let ended = false;

let left = false;
let zero = false;
let alternate = false;
let sign: u8 = 0;
let width: i64 = 0;
let precision: i64 = 0;

/** words[1] is the format. 0, or 1 after a message. */
export function formatWords(command: List): i32 {
  words = command;
  status = 0;
  ended = false;
  let first = 1;
  if (words.length > 1 && load<u16>(words.get(1)) == 0x2d2d && !load<u8>(words.get(1), 2)) first++;
  if (words.length <= first) {
    complaint().text('a format is needed').newline();
    return 2;
  }
  const format = words.get(first);
  next = first + 1;
  do {
    const before = next;
    run(format);
    if (next == before) break;
  } while (next < words.length && !ended);
  return status;
}

/** `printf: ` once, also as a builtin of the shell. */
function complaint(): Stream {
  const out = message();
  return bytesAre(programName(), 'printf') ? out : out.text('printf: ');
}

function argument(): usize {
  return next < words.length ? words.get(next++) : 0;
}

function run(format: usize): void {
  let at = format;
  while (load<u8>(at) && !ended) {
    const byte = load<u8>(at);
    if (byte == 0x5c) at = escape(at);
    else if (byte != 0x25) {
      stdout.byte(byte);
      at++;
    } else if (load<u8>(at, 1) == 0x25) {
      stdout.byte(byte);
      at += 2;
    } else at = conversion(at + 1);
  }
}

/** \n and the like, \ddd; returns the address behind it. */
function escape(at: usize): usize {
  const letter = load<u8>(at, 1);
  const code = simpleEscape(letter);
  if (code) {
    stdout.byte(code);
    return at + 2;
  }
  if (letter < 0x30 || letter > 0x37) {
    stdout.byte(0x5c);
    return at + 1;
  }
  let value: u32 = 0;
  at++;
  for (let i = 0; i < 3 && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x37; i++)
    value = value * 8 + load<u8>(at++) - 0x30;
  stdout.byte(<u8>value);
  return at;
}

let scanned: i64 = 0;

function number(at: usize): usize {
  scanned = 0;
  if (load<u8>(at) == 0x2a) {
    const word = argument();
    scanned = word ? signedValue(word) : 0;
    return at + 1;
  }
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
    if (scanned < 100000000) scanned = scanned * 10 + load<u8>(at) - 0x30;
  }
  return at;
}

/** From behind the %; returns the address behind the conversion. */
function conversion(at: usize): usize {
  left = false;
  zero = false;
  alternate = false;
  sign = 0;
  let flags = true;
  while (flags) {
    const flag = load<u8>(at);
    if (flag == 0x2d) left = true;
    else if (flag == 0x30) zero = true;
    else if (flag == 0x23) alternate = true;
    else if (flag == 0x2b) sign = 0x2b;
    else if (flag == 0x20) sign = max<u8>(sign, 0x20);
    else flags = false;
    if (flags) at++;
  }
  at = number(at);
  width = scanned;
  if (width < 0) {
    left = true;
    width = -width;
  }
  precision = -1;
  if (load<u8>(at) == 0x2e) {
    at = number(at + 1);
    precision = scanned;
  }
  const letter = load<u8>(at);
  switch (letter) {
    case 0x64: // d
    case 0x69: {
      const word = argument();
      const value = word ? signedValue(word) : 0;
      writeNumber(value < 0 ? <u64>-value : <u64>value, 10, 0x57, value < 0 ? 0x2d : sign);
      break;
    }
    case 0x75: // u
      writeNumber(<u64>unsignedArgument(), 10, 0x57, 0);
      break;
    case 0x6f: // o
      writeNumber(<u64>unsignedArgument(), 8, 0x57, 0);
      break;
    case 0x78: // x
      writeNumber(<u64>unsignedArgument(), 16, 0x57, 0);
      break;
    case 0x58: // X
      writeNumber(<u64>unsignedArgument(), 16, 0x37, 0);
      break;
    case 0x63: {
      // c
      const word = argument();
      writePadded(word ? word : literal(''), word && load<u8>(word) ? 1 : 0);
      break;
    }
    case 0x73: {
      // s
      const word = argument();
      const text = word ? word : literal('');
      const length = <i64>byteLength(text);
      writePadded(text, precision >= 0 ? min<i64>(precision, length) : length);
      break;
    }
    case 0x62: // b
      writeB(argument());
      break;
    case 0x65: // e f g, also in capitals
    case 0x66:
    case 0x67:
    case 0x45:
    case 0x46:
    case 0x47:
      writeFloat(letter);
      break;
    default:
      complaint().byte(0x25).byte(letter).text(': invalid directive').newline();
      status = 1;
      ended = true;
      return at;
  }
  return at + 1;
}

/** %b: as echo does it, cut to the precision. */
function writeB(word: usize): void {
  const text = word ? word : literal('');
  const room = <usize>byteLength(text) + 1;
  const buffer = mustAllocate(calloc(1, room + sizeof<u64>() * 16));
  // Escapes only shrink: the text is formatted aside, so that it can be padded.
  const kept = changetype<Stream>(buffer + room + 8 - (room & 7));
  memory.copy(changetype<usize>(kept), changetype<usize>(stdout), offsetof<Stream>());
  streamToMemory(stdout, buffer, room);
  const goesOn = writeEscaped(text);
  const length = <i64>stdout.used;
  memory.copy(changetype<usize>(stdout), changetype<usize>(kept), offsetof<Stream>());
  writePadded(buffer, precision >= 0 ? min<i64>(precision, length) : length);
  free(buffer);
  if (!goesOn) ended = true;
}

function unsignedArgument(): i64 {
  const word = argument();
  return word ? signedValue(word) : 0;
}

/** A C constant, or the code of the character behind a quote. Complains about what is not all number. */
function signedValue(word: usize): i64 {
  const first = load<u8>(word);
  if (first == 0x22 || first == 0x27) return codeOf(word + 1);
  let at = word;
  while (load<u8>(at) == 0x20 || load<u8>(at) == 9) at++;
  const negative = load<u8>(at) == 0x2d;
  if (negative || load<u8>(at) == 0x2b) at++;
  let radix: u64 = 10;
  if (load<u8>(at) == 0x30) {
    radix = 8;
    if ((load<u8>(at, 1) | 0x20) == 0x78) {
      radix = 16;
      at += 2;
    }
  }
  const start = at;
  let value: u64 = 0;
  let overflow = false;
  while (true) {
    const digit = digitOf(load<u8>(at));
    if (digit >= radix) break;
    if (value > (u64.MAX_VALUE - digit) / radix) overflow = true;
    value = value * radix + digit;
    at++;
  }
  if (at == start) {
    complaint().bytes(word).text(': expected numeric value').newline();
    status = 1;
  } else if (load<u8>(at)) {
    complaint().bytes(word).text(': not completely converted').newline();
    status = 1;
  } else if (overflow) {
    complaint().bytes(word).text(': Numerical result out of range').newline();
    status = 1;
    return negative ? i64.MIN_VALUE : i64.MAX_VALUE;
  }
  return negative ? -(<i64>value) : <i64>value;
}

function digitOf(byte: u8): u64 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : 99;
}

function codeOf(at: usize): i64 {
  const first = <i64>load<u8>(at);
  if (first < 0xc0) return first;
  const size = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  let code = first & (0x3f >> size);
  for (let i = 1; i <= size; i++) code = (code << 6) | (load<u8>(at + <usize>i) & 0x3f);
  return code;
}

const digits = memory.data(96, 8);

function writeNumber(value: u64, radix: u64, tenBase: u8, mark: u8): void {
  const isZero = value == 0;
  let at = digits + 96;
  for (; value; value /= radix) {
    const digit = <u8>(value % radix);
    store<u8>(--at, digit < 10 ? 0x30 + digit : tenBase + digit);
  }
  let count = <i64>(digits + 96 - at);
  const least = precision < 0 ? <i64>1 : precision;
  let zeros = max<i64>(least - count, 0);
  if (alternate && radix == 8 && zeros == 0 && !(isZero && count > 0)) zeros = 1;
  const prefix: i64 = alternate && radix == 16 && !isZero ? 2 : 0;
  const extra: i64 = prefix + (mark ? 1 : 0);
  if (zero && !left && precision < 0) zeros = max<i64>(zeros, width - count - extra);
  count += zeros + extra;
  if (!left) stdout.fill(0x20, width - count);
  if (mark) stdout.byte(mark);
  if (prefix) stdout.byte(0x30).byte(tenBase + 33);
  stdout.fill(0x30, zeros);
  stdout.range(at, digits + 96 - at);
  if (left) stdout.fill(0x20, width - count);
}

function writePadded(at: usize, size: i64): void {
  if (!left) stdout.fill(0x20, width - size);
  stdout.range(at, <usize>size);
  if (left) stdout.fill(0x20, width - size);
}

const floatText = make<Buffer>();

/** %f %e %g, capitals for capitals. */
function writeFloat(letter: u8): void {
  const word = argument();
  const start = word ? decimalOf(word) : literal('0');
  const end = parseDecimal(start);
  if (end == start || load<u8>(end)) {
    complaint()
      .bytes(word)
      .text(end == start ? ': expected numeric value' : ': not completely converted')
      .newline();
    status = 1;
  }
  floatText.clear();
  writeDecimal(letter, precision < 0 ? 6 : <i32>min<i64>(precision, 100000), alternate, floatText);
  const mark: u8 = decimalIsNegative() ? 0x2d : sign;
  const count = <i64>floatText.length + (mark ? 1 : 0);
  const zeros = zero && !left && decimalHasDigits();
  if (!left && !zeros) stdout.fill(0x20, width - count);
  if (mark) stdout.byte(mark);
  if (zeros) stdout.fill(0x30, width - count);
  stdout.range(floatText.at, floatText.length);
  if (left) stdout.fill(0x20, width - count);
}

/** The operand, or for a character's code and a number of base 16 a decimal number instead. */
function decimalOf(word: usize): usize {
  const first = load<u8>(word);
  const isHexadecimal = first == 0x30 && (load<u8>(word, 1) | 0x20) == 0x78;
  if (first != 0x22 && first != 0x27 && !isHexadecimal) return word;
  const text = memory.data(24);
  snprintf(text, 24, '%d', signedValue(word));
  return text;
}
