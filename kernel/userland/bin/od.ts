// od: bytes as numbers and characters. Source: POSIX od.

import { argument } from '../lib/arguments';

import { read } from '../lib/file';
import { dumpFailed, dumpLines } from '../lib/dump';
import { floatText } from '../lib/float-text';

import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { printf, snprintf } from '../lib/printf';
import { message } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { stdout } from '../lib/stream';
import { bytesAre } from '../lib/bytes';

const HELP = `usage: od [-bcdosxv] [-A d|o|x|n] [-j N] [-N N] [-t TYPE]... [-w[N]] [FILE...]
Show bytes as numbers; equal lines as *.
  -t TYPE  a (named characters), c (characters), d o u x f with a size 1 2 4 8 or C S I L (F D); z shows text beside
  -b -c -d -o -s -x  as -t o1, c, u2, o2, d2, x2    -A  the base of offsets    -v  all lines
  -j N  from byte N on    -N N  only N bytes (0 octal, 0x hexadecimal; b k m)    -w N  N bytes a line
`;
const LONG = 'address-radix=A: skip-bytes=j: read-bytes=N: format=t: output-duplicates=v width=w? strings=S?';

@unmanaged
@final
class Format {
  letter: u8;
  size: i32;
  /** Columns of a field with a space before. */
  width: i32;
  text: bool;
}

const formats = make<List>();
let radix: u8 = 0x6f;
let skip: i64 = 0;
let left: i64 = i64.MAX_VALUE;
let everything = false;
let lineSize: i32 = 16;
let lineWidth: i32 = 0;
const scratch = memory.data(64);

export function main(): i32 {
  permuteOperands();
  const letters = 'A:abcdfhij:lN:oOst:vw?xX';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    switch (option) {
      case BAD:
        return 1;
      case 0x41: // A
        radix = load<u8>(optionArgument());
        if (radix != 0x64 && radix != 0x6f && radix != 0x78 && radix != 0x6e) {
          message().text("invalid output address radix '").bytes(optionArgument()).text("'").newline();
          return 1;
        }
        break;
      case 0x6a: // j
      case 0x4e: // N
        if (!parseCount(optionArgument())) {
          message().text("invalid argument '").bytes(optionArgument()).text("'").newline();
          return 1;
        }
        if (option == 0x6a) skip = count;
        else left = count;
        break;
      case 0x74: // t
        if (!addTypes(optionArgument())) {
          message().text("invalid type string '").bytes(optionArgument()).text("'").newline();
          return 1;
        }
        break;
      case 0x76:
        everything = true;
        break;
      case 0x77: // w
        lineSize = 32;
        if (optionArgument() && (!parseDigits(optionArgument(), 10) || parsed() < 1 || parsed() > 4096)) {
          message().text("invalid -w argument '").bytes(optionArgument()).text("'").newline();
          return 1;
        }
        if (optionArgument()) lineSize = <i32>parsed();
        break;
      default:
        addOld(option);
    }
  }
  if (!formats.length) addTypes(literal('o2'));
  for (let i = 0; i < formats.length; i++) {
    const format = changetype<Format>(formats.get(i));
    // A line holds whole numbers of every type.
    while (lineSize % format.size) lineSize++;
  }
  for (let i = 0; i < formats.length; i++) {
    const format = changetype<Format>(formats.get(i));
    lineWidth = max<i32>(lineWidth, (lineSize / format.size) * format.width);
  }
  return dump();
}

let count: i64 = 0;

/** Decimal, octal after 0, hexadecimal after 0x, with b, k, m, KB and so on. */
function parseCount(at: usize): bool {
  count = 0;
  if (load<u8>(at) != 0x30 || !load<u8>(at, 1)) {
    const good = parseSize(at);
    count = sizeValue();
    return good;
  }
  const hex = (load<u8>(at, 1) | 0x20) == 0x78;
  at += hex ? 2 : 1;
  let digits = 0;
  for (; ; at++) {
    const byte = load<u8>(at);
    const letter = byte | 0x20;
    const digit: i64 =
      byte >= 0x30 && byte <= (hex ? 0x39 : 0x37)
        ? byte - 0x30
        : hex && letter >= 0x61 && letter <= 0x66
          ? letter - 0x57
          : -1;
    if (digit < 0) break;
    if (count >> 58) return false;
    count = count * (hex ? 16 : 8) + digit;
    digits++;
  }
  if (bytesAre(at, 'b')) count *= 512;
  else if (bytesAre(at, 'k')) count *= 1024;
  else if (bytesAre(at, 'm')) count *= 1048576;
  else return !load<u8>(at) && digits > 0;
  return true;
}

function addOld(option: i32): void {
  switch (option) {
    case 0x61:
      addTypes(literal('a'));
      break;
    case 0x62:
      addTypes(literal('o1'));
      break;
    case 0x63:
      addTypes(literal('c'));
      break;
    case 0x64:
      addTypes(literal('u2'));
      break;
    case 0x66:
      addTypes(literal('fF'));
      break;
    case 0x69:
      addTypes(literal('dI'));
      break;
    case 0x6c:
      addTypes(literal('dL'));
      break;
    case 0x6f:
      addTypes(literal('o2'));
      break;
    case 0x4f:
      addTypes(literal('o4'));
      break;
    case 0x73:
      addTypes(literal('d2'));
      break;
    case 0x58:
      addTypes(literal('x4'));
      break;
    default:
      addTypes(literal('x2'));
  }
}

/** Field widths by type and logarithm of the size: octal, signed, unsigned, hexadecimal. */
const OCTAL = '\x04\x07\x0c\x17';
const SIGNED = '\x05\x07\x0c\x15';
const UNSIGNED = '\x04\x06\x0b\x15';
const HEX = '\x03\x05\x09\x11';

function addTypes(at: usize): bool {
  if (!load<u8>(at)) return false;
  while (load<u8>(at)) {
    const format = make<Format>();
    format.letter = load<u8>(at++);
    const letter = format.letter;
    if (letter == 0x61 || letter == 0x63) {
      format.size = 1;
      format.width = 4;
    } else if (letter == 0x64 || letter == 0x6f || letter == 0x75 || letter == 0x78 || letter == 0x66) {
      const real = letter == 0x66;
      format.size = real ? 8 : 4;
      const size = load<u8>(at);
      if (size >= 0x30 && size <= 0x39) {
        format.size = 0;
        for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++)
          format.size = format.size * 10 + load<u8>(at) - 0x30;
      } else if (!real && (size == 0x43 || size == 0x53 || size == 0x49 || size == 0x4c)) {
        format.size = size == 0x43 ? 1 : size == 0x53 ? 2 : size == 0x49 ? 4 : 8;
        at++;
      } else if (real && (size == 0x46 || size == 0x44)) {
        format.size = size == 0x46 ? 4 : 8;
        at++;
      }
      if (format.size != 4 && format.size != 8 && (real || (format.size != 1 && format.size != 2)))
        return false;
      const index = format.size == 1 ? 0 : format.size == 2 ? 1 : format.size == 4 ? 2 : 3;
      const widths = letter == 0x6f ? OCTAL : letter == 0x64 ? SIGNED : letter == 0x75 ? UNSIGNED : HEX;
      format.width = real ? (format.size == 4 ? 16 : 25) : widths.charCodeAt(index);
    } else return false;
    if (load<u8>(at) == 0x7a) {
      format.text = true;
      at++;
    }
    formats.append(changetype<usize>(format));
  }
  return true;
}

function dump(): i32 {
  const end = dumpLines(lineSize, skip, left, everything, showLine);
  if (end == -1) {
    message().text('cannot skip past end of combined input').newline();
    return 1;
  }
  if (end >= 0 && radix != 0x6e) {
    address(end);
    stdout.newline();
  }
  return dumpFailed() ? 1 : 0;
}

function showLine(line: usize, size: i32, offset: i64): void {
  for (let i = 0; i < formats.length; i++) {
    if (!i) address(offset);
    else stdout.fill(0x20, radix == 0x6e ? 0 : radix == 0x78 ? 6 : 7);
    show(changetype<Format>(formats.get(i)), line, size);
  }
}

function address(offset: i64): void {
  if (radix == 0x6f) printf('%07o', offset);
  else if (radix == 0x64) printf('%07d', offset);
  else if (radix == 0x78) printf('%06x', offset);
}

/** What does not fill the line is spread before the fields, so that several types stand below each other. */
function show(format: Format, line: usize, size: i32): void {
  const fields = lineSize / format.size;
  const pad = lineWidth - fields * format.width;
  let padLeft = pad;
  for (let i = 0; i < fields; i++) {
    if (i * format.size >= size) {
      if (format.text) stdout.fill(0x20, format.width);
      continue;
    }
    const nextPad = (pad * (fields - 1 - i)) / fields;
    const width = <u64>(padLeft - nextPad + format.width);
    padLeft = nextPad;
    field(format, line + <usize>(i * format.size), width);
  }
  if (format.text) {
    stdout.text('  >');
    for (let i = 0; i < size; i++) {
      const byte = load<u8>(line + <usize>i);
      stdout.byte(byte >= 0x20 && byte < 0x7f ? byte : 0x2e);
    }
    stdout.byte(0x3c);
  }
  stdout.newline();
}

const NAMES =
  'nulsohstxetxeotenqackbel bs ht nl vt ff cr so sidledc1dc2dc3dc4naksynetbcan emsubesc fs gs rs us spdel';

function field(format: Format, at: usize, width: u64): void {
  const size = format.size;
  const letter = format.letter;
  if (letter == 0x61) {
    const byte = load<u8>(at) & 0x7f;
    if (byte > 0x20 && byte < 0x7f) printf('%*c', width, byte);
    else {
      const index = byte == 0x7f ? 33 : <i32>byte;
      for (let i = 0; i < 3; i++) store<u8>(scratch + <usize>i, <u8>NAMES.charCodeAt(index * 3 + i));
      store<u8>(scratch, 0, 3);
      printf('%*s', width, scratch);
    }
    return;
  }
  if (letter == 0x63) {
    const byte = load<u8>(at);
    const escapes = '0      abtnvfr';
    if (byte < 14 && <u8>escapes.charCodeAt(byte) != 0x20)
      snprintf(scratch, 8, '\\%c', <u8>escapes.charCodeAt(byte));
    else if (byte >= 0x20 && byte < 0x7f) snprintf(scratch, 8, '%c', byte);
    else snprintf(scratch, 8, '%03o', byte);
    printf('%*s', width, scratch);
    return;
  }
  if (letter == 0x66) {
    floatText(size == 4 ? <f64>load<f32>(at) : load<f64>(at), size == 4 ? 8 : 16, scratch);
    printf('%*s', width, scratch);
    return;
  }
  let value: u64 =
    size == 1 ? load<u8>(at) : size == 2 ? load<u16>(at) : size == 4 ? load<u32>(at) : load<u64>(at);
  const digits = <u64>(format.width - 1);
  if (letter == 0x64) {
    const shift = <u64>(64 - size * 8);
    value = <u64>((<i64>(value << shift)) >> (<i64>shift));
    printf('%*d', width, value);
  } else if (letter == 0x75) printf('%*u', width, value);
  else printf(letter == 0x6f ? '%*s%0*o' : '%*s%0*x', width - digits, 0, digits, value);
}
