// The patterns: collected, compiled, and looked for in a line.

import { Buffer } from '../lib/buffer';
import { byteLength, bytesAre, duplicateRange } from '../lib/bytes';
import { exit } from '../lib/exit';
import { Open, close, open } from '../lib/file';
import { closeLines, findByteFast, lineAt, lineLength, nextTextLine, openLines } from '../lib/lines';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
import { Regex, RegexFlag, compileRegex, regexErrorMessage, searchRegex } from '../lib/regex';
import { isWordByte } from '../lib/regex/characters';
import { message, reportError } from '../lib/report';
import { ignoreCase, kind, wholeLine, wholeWord } from './options';

const patterns = make<List>();
const regexes = make<List>();

export function fail(): i32 {
  exit(2);
  return 2;
}

export function addPatterns(at: usize, length: usize): void {
  const end = at + length;
  while (true) {
    const newline = findByteFast(at, end, 0x0a);
    assert(patterns.append(mustAllocate(duplicateRange(at, newline - at))), 'out of memory');
    if (newline >= end) return;
    at = newline + 1;
  }
}

export function readPatterns(path: usize): void {
  const fd = bytesAre(path, '-') ? 0 : open(path, Open.readOnly);
  if (fd < 0) {
    reportError(path, fd);
    fail();
  }
  const reader = openLines(fd, 0x0a);
  while (nextTextLine(reader)) addPatterns(lineAt, lineLength);
  closeLines(reader);
  if (fd) close(fd);
}

/** Fixed strings as a basic expression: what means something there behind a backslash. */
function appendFixed(pattern: usize, to: Buffer): void {
  for (; load<u8>(pattern); pattern++) {
    const byte = load<u8>(pattern);
    const special =
      byte == 0x5c || byte == 0x2e || byte == 0x2a || byte == 0x5b || byte == 0x5e || byte == 0x24;
    if (special) to.byte(0x5c);
    to.byte(byte);
  }
}

export function compileAll(): void {
  const text = make<Buffer>();
  text.clear();
  if (kind == 0x46) {
    // One expression for all: the automaton then looks for all of them at once.
    for (let i = 0; i < patterns.length; i++) {
      if (i) text.bytes(literal('\\|'));
      appendFixed(patterns.get(i), text);
    }
    if (patterns.length) compileOne(text.at, text.length);
    return;
  }
  let joins = kind == 0x45 && patterns.length > 1;
  for (let i = 0; i < patterns.length && joins; i++)
    if (
      findByteFast(patterns.get(i), patterns.get(i) + byteLength(patterns.get(i)), 0x5c) <
      patterns.get(i) + byteLength(patterns.get(i))
    )
      joins = false;
  if (joins) {
    for (let i = 0; i < patterns.length; i++) {
      if (i) text.byte(0x7c);
      text.byte(0x28);
      text.bytes(patterns.get(i));
      text.byte(0x29);
    }
    compileOne(text.at, text.length);
    return;
  }
  for (let i = 0; i < patterns.length; i++) compileOne(patterns.get(i), byteLength(patterns.get(i)));
}

function compileOne(pattern: usize, length: usize): void {
  let flags: u32 = kind == 0x45 ? RegexFlag.extended : RegexFlag.basic;
  if (ignoreCase) flags |= RegexFlag.ignoreCase;
  const regex = compileRegex(pattern, length, flags);
  if (!regex) {
    message().bytes(pattern).text(': ').text(regexErrorMessage()).newline();
    fail();
    return;
  }
  assert(regexes.append(changetype<usize>(regex)), 'out of memory');
}

export const match = memory.data(16, 8);
export let matchBegin: usize = 0;
export let matchEnd: usize = 0;

/** The leftmost, of those the longest match of any pattern from `from` on. */
export function findMatch(line: usize, length: usize, from: usize): bool {
  let any = false;
  for (let i = 0; i < regexes.length; i++) {
    if (!findOne(changetype<Regex>(regexes.get(i)), line, length, from)) continue;
    const begin = <usize>load<i64>(match);
    const end = <usize>load<i64>(match, 8);
    if (any && (begin > matchBegin || (begin == matchBegin && end <= matchEnd))) continue;
    matchBegin = begin;
    matchEnd = end;
    any = true;
  }
  return any;
}

function isWordMatch(line: usize, length: usize, begin: usize, end: usize): bool {
  if (begin > 0 && isWordByte(load<u8>(line + begin - 1))) return false;
  return end >= length || !isWordByte(load<u8>(line + end));
}

/** With -x and -w: what does not stand as a line or a word is passed over. */
function findOne(regex: Regex, line: usize, length: usize, from: usize): bool {
  if (wholeLine) {
    return (
      from == 0 &&
      searchRegex(regex, line, length, 0, match, 1, 0) &&
      load<i64>(match) == 0 &&
      load<i64>(match, 8) == <i64>length
    );
  }
  while (from <= length) {
    if (!searchRegex(regex, line, length, from, match, 1, 0)) return false;
    if (!wholeWord) return true;
    const begin = <usize>load<i64>(match);
    let end = <usize>load<i64>(match, 8);
    while (true) {
      if (end > begin && isWordMatch(line, length, begin, end)) return true;
      // A shorter match at the same place may be a word.
      if (end <= begin + 1) break;
      if (!searchRegex(regex, line, end - 1, begin, match, 1, 2)) break;
      if (<usize>load<i64>(match) != begin) break;
      end = <usize>load<i64>(match, 8);
    }
    from = begin + 1;
  }
  return false;
}

export function matches(line: usize, length: usize): bool {
  if (!wholeLine && !wholeWord) {
    for (let i = 0; i < regexes.length; i++) {
      if (searchRegex(changetype<Regex>(regexes.get(i)), line, length, 0, 0, 0, 0)) return true;
    }
    return false;
  }
  return findMatch(line, length, 0);
}
