// cmp: compare two files byte by byte. Source: POSIX cmp; -n, -i, skips as elsewhere.

import { argument } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { lseek, Seek } from '../lib/file';
import { openInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { printf } from '../lib/printf';
import { fillReader, openReader, readByte, Reader } from '../lib/reader';
import { message, reportError, reportUsage } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { stdout } from '../lib/stream';
import { countInMemory } from '../lib/bytes';

const HELP = `usage: cmp [-l|-s] [-b] [-i N[:M]] [-n N] FILE1 [FILE2 [N [M]]]
Compare two files; without FILE2, with the standard input.
  -l  all differences: place, octal bytes    -s  say nothing    -b  show the bytes    -n N  at most N bytes
  -i N[:M]  leave out the first N bytes, of FILE2 M
`;
const LONG = 'print-bytes=b ignore-initial=i: verbose=l bytes=n: quiet=s silent=s';

let every = false;
let silent = false;
let printBytes = false;
let limit: i64 = i64.MAX_VALUE;
let skipFirst: i64 = 0;
let skipSecond: i64 = 0;

export function main(): i32 {
  permuteOperands();
  for (
    let option = nextOption('bi:ln:s', HELP, LONG);
    option != END;
    option = nextOption('bi:ln:s', HELP, LONG)
  ) {
    if (option == BAD) return 2;
    if (option == 0x6c) every = true;
    else if (option == 0x73) silent = true;
    else if (option == 0x62) printBytes = true;
    else if (option == 0x6e) {
      if (!parseSize(optionArgument())) return invalid(optionArgument());
      limit = sizeValue();
    } else if (!parseSkip(optionArgument())) return invalid(optionArgument());
  }
  if (every && silent) {
    reportUsage('options -l and -s are incompatible');
    return 2;
  }
  if (!operandCount() || operandCount() > 4) {
    reportUsage(operandCount() ? 'extra operand' : 'missing operand');
    return 2;
  }
  const first = argument(operandIndex());
  const second = operandCount() > 1 ? argument(operandIndex() + 1) : literal('-');
  for (let i = 2; i < operandCount(); i++) {
    if (!parseSize(argument(operandIndex() + i))) return invalid(argument(operandIndex() + i));
    if (i == 2) skipFirst = sizeValue();
    else skipSecond = sizeValue();
  }
  const a = openOne(first, skipFirst);
  const b = a ? openOne(second, skipSecond) : null;
  if (!a || !b) return 2;
  if (bytesAre(first, '-') && bytesAre(second, '-')) return 0;
  return compare(a, first, b, second);
}

function invalid(word: usize): i32 {
  message().text("invalid number '").bytes(word).text("'").newline();
  return 2;
}

function parseSkip(word: usize): bool {
  let colon = word;
  while (load<u8>(colon) && load<u8>(colon) != 0x3a) colon++;
  const two = load<u8>(colon) != 0;
  store<u8>(colon, 0);
  if (!parseSize(word)) return false;
  skipFirst = skipSecond = sizeValue();
  if (!two) return true;
  const good = parseSize(colon + 1);
  skipSecond = sizeValue();
  return good;
}

function openOne(path: usize, skip: i64): Reader | null {
  const fd = openInput(path);
  if (fd < 0) return null;
  const reader = openReader(fd);
  if (!reader || !skip || lseek(fd, skip, Seek.current) >= 0) return reader;
  for (let i: i64 = 0; i < skip && readByte(reader) >= 0; i++);
  return reader;
}

function compare(a: Reader, first: usize, b: Reader, second: usize): i32 {
  let offset: u64 = 0;
  let line: u64 = 1;
  let differences: u64 = 0;
  let left = limit;
  while (left > 0) {
    const moreA = a.next < a.used || fillReader(a);
    const moreB = b.next < b.used || fillReader(b);
    if (a.error < 0 || b.error < 0) {
      reportError(a.error < 0 ? first : second, a.error < 0 ? a.error : b.error);
      return 2;
    }
    if (!moreA || !moreB) {
      if (moreA == moreB) break;
      if (!silent) ended(moreA ? second : first, offset, line, moreA ? b : a);
      return 1;
    }
    const size = <usize>min<i64>(left, <i64>min<usize>(a.used - a.next, b.used - b.next));
    const left1 = a.buffer + a.next;
    const right = b.buffer + b.next;
    let at = differing(left1, right, size);
    if (at < size) {
      if (silent) return 1;
      if (!every) {
        line += countInMemory(left1, 0x0a, at);
        stdout.bytes(first).byte(0x20).bytes(second).text(' differ: byte ');
        stdout
          .unsigned(offset + at + 1)
          .text(', line ')
          .unsigned(line);
        if (printBytes) {
          const x = load<u8>(left1 + at);
          const y = load<u8>(right + at);
          printf(' is %3o ', x);
          visible(x);
          printf(' %3o ', y);
          visible(y);
        }
        stdout.newline();
        return 1;
      }
      for (; at < size; at = at + 1 + differing(left1 + at + 1, right + at + 1, size - at - 1)) {
        const x = load<u8>(left1 + at);
        const y = load<u8>(right + at);
        printf(printBytes ? '%u %3o ' : '%u %3o %3o', offset + at + 1, x, y);
        if (printBytes) {
          stdout.fill(0x20, 4 - visible(x));
          printf(' %3o ', y);
          visible(y);
        }
        stdout.newline();
        differences++;
      }
    }
    line += countInMemory(left1, 0x0a, size);
    lastByte = load<u8>(left1 + size - 1);
    a.next += size;
    b.next += size;
    offset += size;
    left -= size;
  }
  return differences ? 1 : 0;
}

let lastByte: u8 = 0;

/** How many bytes are the same. */
function differing(a: usize, b: usize, size: usize): usize {
  let i: usize = 0;
  while (i + 8 <= size && load<u64>(a + i) == load<u64>(b + i)) i += 8;
  while (i < size && load<u8>(a + i) == load<u8>(b + i)) i++;
  return i;
}

function ended(name: usize, offset: u64, line: u64, reader: Reader): void {
  const out = message().text('EOF on ').bytes(name);
  if (!offset && reader.ended) out.text(' which is empty');
  else {
    out.text(' after byte ').unsigned(offset);
    if (!every)
      out.text(lastByte == 0x0a ? ', line ' : ', in line ').unsigned(lastByte == 0x0a ? line - 1 : line);
  }
  out.newline();
}

/** As cat -v; how many columns it took. */
function visible(byte: u8): i32 {
  let columns = 0;
  if (byte >= 0x80) {
    stdout.text('M-');
    byte &= 0x7f;
    columns = 2;
  }
  if (byte < 0x20) stdout.byte(0x5e).byte(byte + 0x40);
  else if (byte == 0x7f) stdout.text('^?');
  else stdout.byte(byte);
  return columns + (byte < 0x20 || byte == 0x7f ? 2 : 1);
}
