// uniq: leave out repeated lines. Source: POSIX uniq; -i, -w, -D, -z as elsewhere.

import { argument } from '../lib/arguments';
import { characterAt, characterSize, toLower } from '../lib/characters';
import { dup2, open, Open } from '../lib/file';
import { openInput } from '../lib/inputs';
import { malloc, mustAllocate, realloc } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { printf } from '../lib/printf';
import { closeReader, nextRecord, openReader } from '../lib/reader';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { bytesAre } from '../lib/bytes';

const HELP = `usage: uniq [-c|-d|-D|-u] [-f N] [-s N] [-w N] [-iz] [INPUT [OUTPUT]]
Write one of each run of equal lines.
  -c  how many before each       -d  only what is repeated, -D all of it    -u  only what is not
  -f N  ignore the first N fields    -s N  then N characters    -w N  compare N characters    -i  no matter the case
  -z  lines end with 0
`;
const LONG =
  'count=c repeated=d all-repeated=D? unique=u skip-fields=f: skip-chars=s: check-chars=w: ignore-case=i zero-terminated=z';

let counting = false;
let repeated = false;
let allRepeated = false;
let unique = false;
let fields: i64 = 0;
let characters: i64 = 0;
let width: i64 = i64.MAX_VALUE;
let ignoreCase = false;
let delimiter: u8 = 0x0a;

export function main(): i32 {
  const letters = 'cdDf:is:uw:z0123456789';
  let oldFields: i64 = -1;
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x63) counting = true;
    else if (option == 0x64) repeated = true;
    else if (option == 0x44) allRepeated = true;
    else if (option == 0x75) unique = true;
    else if (option == 0x69) ignoreCase = true;
    else if (option == 0x7a) delimiter = 0;
    else if (option >= 0x30 && option <= 0x39) {
      // `uniq -2` of old.
      oldFields = max<i64>(oldFields, 0) * 10 + option - 0x30;
      fields = oldFields;
    } else {
      if (!parseDigits(optionArgument(), 10)) {
        message().bytes(optionArgument()).text(': invalid number').newline();
        return 1;
      }
      if (option == 0x66) fields = parsed();
      else if (option == 0x73) characters = parsed();
      else width = parsed();
    }
  }
  if (operandCount() > 2) {
    reportUsage('extra operand');
    return 1;
  }
  if (counting && allRepeated) {
    reportUsage('printing all duplicated lines and repeat counts is meaningless');
    return 1;
  }
  const fd = operandCount() ? openInput(argument(operandIndex())) : 0;
  if (fd < 0) return 1;
  if (operandCount() == 2 && !bytesAre(argument(operandIndex() + 1), '-')) {
    const path = argument(operandIndex() + 1);
    const out = open(path, Open.writeOnly | Open.create | Open.truncate);
    if (out < 0) {
      reportError(path, out);
      return 1;
    }
    dup2(out, 1);
  }
  return run(fd);
}

function run(fd: i32): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  let previous: usize = 0;
  let length: usize = 0;
  let capacity: usize = 0;
  let count: u64 = 0;
  for (let line = nextRecord(reader, delimiter); line; line = nextRecord(reader, delimiter)) {
    if (count && equal(previous, length, line, reader.length)) {
      if (allRepeated && count == 1) stdout.range(previous, length).byte(delimiter);
      if (allRepeated) stdout.range(line, reader.length).byte(delimiter);
      count++;
      continue;
    }
    finish(previous, length, count);
    if (reader.length + 1 > capacity) {
      capacity = reader.length * 2 + 64;
      previous = mustAllocate(previous ? realloc(previous, capacity) : malloc(capacity));
    }
    memory.copy(previous, line, reader.length);
    length = reader.length;
    count = 1;
  }
  finish(previous, length, count);
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(argument(operandIndex()), error);
  return error < 0 ? 1 : 0;
}

function finish(line: usize, length: usize, count: u64): void {
  if (!count || allRepeated || (repeated && count == 1) || (unique && count > 1)) return;
  if (counting) printf('%7u ', count);
  stdout.range(line, length).byte(delimiter);
}

/** Where the comparison begins. */
function skip(line: usize, end: usize): usize {
  for (let i: i64 = 0; i < fields && line < end; i++) {
    while (line < end && (load<u8>(line) == 0x20 || load<u8>(line) == 9)) line++;
    while (line < end && load<u8>(line) != 0x20 && load<u8>(line) != 9) line++;
  }
  for (let i: i64 = 0; i < characters && line < end; i++) {
    characterAt(line, end);
    line += characterSize();
  }
  return line;
}

function equal(a: usize, aLength: usize, b: usize, bLength: usize): bool {
  const aEnd = a + aLength;
  const bEnd = b + bLength;
  a = skip(a, aEnd);
  b = skip(b, bEnd);
  if (width == i64.MAX_VALUE && !ignoreCase) return aEnd - a == bEnd - b && !memory.compare(a, b, aEnd - a);
  let left = width;
  while (left && a < aEnd && b < bEnd) {
    let first = characterAt(a, aEnd);
    a += characterSize();
    let second = characterAt(b, bEnd);
    b += characterSize();
    if (ignoreCase) {
      first = toLower(first);
      second = toLower(second);
    }
    if (first != second) return false;
    left--;
  }
  return !left || (a == aEnd && b == bEnd);
}
