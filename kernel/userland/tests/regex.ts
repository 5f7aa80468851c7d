// Regular expressions of libbreenix: the table of testing/regex-cases.ts, and times that must not explode.
//
// With the argument `-` it reads cases without results from the standard input and prints their results: for
// comparison with other implementations.

import { argument } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { byteLength, bytesAre, bytesEqual, findByte } from '../lib/bytes';
import { literal } from '../lib/literal';
import { make, mustAllocate, malloc } from '../lib/malloc';
import { nextLine, openReader } from '../lib/reader';
import { compileRegex, freeRegex, RegexFlag, SearchFlag, searchRegex } from '../lib/regex';
import { stdout } from '../lib/stream';
import { check, finish, hasFailed } from '../lib/test';
import { monotonicNs } from '../lib/time';
import { REGEX_CASES } from '../testing/regex-cases';

const matches = memory.data(320, 8);
const result = make<Buffer>();

function number(value: i64): void {
  if (value >= 10) number(value / 10);
  result.byte(<u8>(0x30 + (value % 10)));
}

/** Leaves what the pattern matches in `result`. */
function match(kind: usize, pattern: usize, text: usize): void {
  let flags: u32 = load<u8>(kind) == 0x45 ? RegexFlag.extended : RegexFlag.basic;
  let how: u32 = 0;
  for (let at = kind + 1; load<u8>(at); at++) {
    const letter = load<u8>(at);
    if (letter == 0x69) flags |= RegexFlag.ignoreCase;
    else if (letter == 0x4e) how |= SearchFlag.notBegin;
    else if (letter == 0x4d) how |= SearchFlag.notEnd;
    else flags |= RegexFlag.lines;
  }
  result.clear();
  const regex = compileRegex(pattern, byteLength(pattern), flags);
  if (!regex) {
    result.bytes(literal('error'));
    return;
  }
  const length = byteLength(text);
  const found = searchRegex(regex, text, length, 0, matches, <u32>regex.groups + 1, how);
  const exists = searchRegex(regex, text, length, 0, 0, 0, how);
  if (found != exists) result.bytes(literal('contradiction '));
  if (!found) result.bytes(literal('none'));
  for (let i = 0; found && i <= regex.groups; i++) {
    const start = load<i64>(matches + ((<usize>i) << 4));
    if (start < 0) {
      result.bytes(literal('none'));
      continue;
    }
    result.byte(0x28);
    number(start);
    result.byte(0x2c);
    number(load<i64>(matches + ((<usize>i) << 4), 8));
    result.byte(0x29);
  }
  freeRegex(regex);
}

/** Cuts a field off: ends it with 0 and returns what follows. The separator is ¦ (C2 A6). */
function cut(at: usize): usize {
  while (load<u8>(at) && load<u16>(at) != 0xa6c2) at++;
  if (!load<u8>(at)) return at;
  store<u8>(at, 0);
  return at + 2;
}

function checkLine(line: usize): void {
  const pattern = cut(line);
  const text = cut(pattern);
  const expected = cut(text);
  match(line, pattern, text);
  const right = bytesEqual(result.at, expected);
  if (!right) {
    stdout.bytes(line).byte(0x20).bytes(pattern).byte(0x20).bytes(text).text(': ').bytes(result.at);
    stdout.text(' instead of ').bytes(expected).newline();
  }
  check(right, 'a case of the table');
}

function runTable(): void {
  const buffer = make<Buffer>();
  buffer.bytes(literal(REGEX_CASES));
  let at = buffer.at + 1;
  while (load<u8>(at)) {
    // A text may contain newlines: a line ends where the next one begins with a kind.
    let end = at;
    do {
      const newline = findByte(end, 0x0a);
      end = newline ? newline + 1 : end + byteLength(end);
    } while (load<u8>(end) && !startsCase(end));
    store<u8>(end - 1, 0);
    checkLine(at);
    at = end;
  }
}

function startsCase(at: usize): bool {
  if (load<u8>(at) != 0x42 && load<u8>(at) != 0x45) return false;
  while (load<u8>(at) >= 0x41 && load<u8>(at) <= 0x7a) at++;
  return load<u16>(at) == 0xa6c2;
}

/** (a*)*b and the like on many a's, where backtracking would take for ever. */
function checkTime(pattern: string, groups: bool): void {
  const size: usize = 4000;
  const text = mustAllocate(malloc(size + 1));
  memory.fill(text, 0x61, size);
  const regex = compileRegex(literal(pattern), byteLength(literal(pattern)), RegexFlag.extended);
  const before = monotonicNs();
  if (regex) searchRegex(regex, text, size, 0, matches, groups ? 4 : 1, 0);
  check(regex != null && monotonicNs() - before < 3000000000, pattern);
  freeRegex(regex);
}

export function main(): i32 {
  const first = argument(1);
  if (first && bytesAre(first, '-')) {
    const reader = openReader(0);
    if (!reader) return 1;
    for (let line = nextLine(reader); line; line = nextLine(reader)) {
      const pattern = cut(line);
      const text = cut(pattern);
      cut(text);
      match(line, pattern, text);
      stdout.bytes(result.at).newline();
    }
    return 0;
  }
  runTable();
  if (!hasFailed()) {
    checkTime('(a*)*b', true);
    checkTime('(a|aa)*$', true);
    checkTime('(a|a)*(a|a)*(a|a)*b', false);
    checkTime('a*a*a*a*a*a*a*a*c', false);
    checkTime('(a?){50}a{50}', true);
    checkTime('[^b]*b|a{100}', true);
  }
  return finish('regex', 'lib/regex');
}
