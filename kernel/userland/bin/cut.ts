// cut: parts of lines. Source: POSIX cut.

import { findInMemory } from '../lib/bytes';
import { characterAt, characterSize } from '../lib/characters';
import { eachInput } from '../lib/inputs';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { closeReader, nextRecord, openReader, Reader } from '../lib/reader';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { byteLength } from '../lib/bytes';

const HELP = `usage: cut -b LIST [-n] | -c LIST | -f LIST [-d CHARACTER] [-s]  [FILE...]
Write selected parts of each line.
  -b LIST  bytes (-n: whole characters)    -c LIST  characters    -f LIST  fields
  -d C     what stands between fields (a tab)    -s  only lines with a delimiter
  --complement  what LIST does not name          --output-delimiter=TEXT between the parts
  -z  lines end with 0
LIST: numbers and ranges with commas: 1,3-5,7-
`;
const LONG =
  'bytes=b: characters=c: fields=f: delimiter=d: only-delimited=s complement=C output-delimiter=o: zero-terminated=z';

const NO_END: u64 = 0xffffffffffffffff;

/** Pairs of first and last position, ascending and apart. */
let ranges = make<List>();
let mode: i32 = 0;
let wholeCharacters = false;
let delimiter: usize = 0;
let delimiterSize: usize = 1;
let separator: usize = 0;
let onlyDelimited = false;
let complement = false;
let lineEnd: u8 = 0x0a;

export function main(): i32 {
  permuteOperands();
  delimiter = literal('\t');
  let list: usize = 0;
  const letters = 'b:c:d:f:nsz';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x62 || option == 0x63 || option == 0x66) {
      if (mode) {
        reportUsage('only one list may be specified');
        return 1;
      }
      mode = option;
      list = optionArgument();
    } else if (option == 0x6e) wholeCharacters = true;
    else if (option == 0x73) onlyDelimited = true;
    else if (option == 0x7a) lineEnd = 0;
    else if (option == 0x43) complement = true;
    else if (option == 0x6f) separator = optionArgument();
    else {
      delimiter = optionArgument();
      const length = byteLength(delimiter);
      characterAt(delimiter, delimiter + length);
      // An empty delimiter is the byte 0.
      delimiterSize = max<usize>(characterSize(), 1);
      if (length > delimiterSize) {
        reportUsage('the delimiter must be a single character');
        return 1;
      }
    }
  }
  if (!mode) {
    reportUsage('you must specify a list of bytes, characters, or fields');
    return 1;
  }
  if (mode != 0x66 && onlyDelimited) {
    reportUsage('suppressing non-delimited lines makes sense only when operating on fields');
    return 1;
  }
  if (!parseList(list)) {
    message().text("invalid list '").bytes(list).text("'").newline();
    return 1;
  }
  return eachInput(cut);
}

function parseList(at: usize): bool {
  const parts = make<List>();
  for (;;) {
    let first: u64 = 0;
    let last: u64 = 0;
    const start = at;
    for (; isDigit(at); at++) first = accumulate(first, at);
    const hasFirst = at > start;
    if (hasFirst && !first) return false;
    last = first;
    if (load<u8>(at) == 0x2d) {
      at++;
      last = 0;
      const second = at;
      for (; isDigit(at); at++) last = accumulate(last, at);
      if (at == second) {
        if (!hasFirst) return false;
        last = NO_END;
      } else if (!last) return false;
      if (!hasFirst) first = 1;
    } else if (!hasFirst) return false;
    if (last < first) return false;
    const pair = make<Range>();
    pair.first = first;
    pair.last = last;
    parts.append(changetype<usize>(pair));
    const byte = load<u8>(at);
    if (!byte) break;
    if (byte != 0x2c && byte != 0x20 && byte != 9) return false;
    at++;
  }
  parts.sort(compareRanges);
  joinRanges(parts);
  return true;
}

@unmanaged
@final
class Range {
  first: u64;
  last: u64;
}

function isDigit(at: usize): bool {
  return load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39;
}

function accumulate(value: u64, at: usize): u64 {
  return value > 100000000000000000 ? value : value * 10 + load<u8>(at) - 0x30;
}

function compareRanges(a: usize, b: usize): i32 {
  const first = changetype<Range>(a).first;
  const second = changetype<Range>(b).first;
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Joins what overlaps, and turns it inside out for --complement. Adjacent ranges stay apart: they show a separator. */
function joinRanges(parts: List): void {
  for (let i = 0; i < parts.length; i++) {
    const part = changetype<Range>(parts.get(i));
    const last = ranges.length ? changetype<Range>(ranges.get(ranges.length - 1)) : null;
    if (last && part.first <= last.last) last.last = max<u64>(last.last, part.last);
    else ranges.append(parts.get(i));
  }
  if (!complement) return;
  const others = make<List>();
  let next: u64 = 1;
  for (let i = 0; i < ranges.length; i++) {
    const range = changetype<Range>(ranges.get(i));
    if (range.first > next) addRange(others, next, range.first - 1);
    next = range.last + 1;
    if (range.last == NO_END) next = 0;
  }
  if (next) addRange(others, next, NO_END);
  ranges = others;
}

function addRange(list: List, first: u64, last: u64): void {
  const range = make<Range>();
  range.first = first;
  range.last = last;
  list.append(changetype<usize>(range));
}

function cut(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  let line = nextRecord(reader, lineEnd);
  for (; line; line = nextRecord(reader, lineEnd)) {
    if (mode == 0x66) cutFields(line, reader.length);
    else if (mode == 0x63 || wholeCharacters) cutCharacters(line, reader.length);
    else cutBytes(line, reader.length);
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

function cutBytes(line: usize, length: usize): void {
  for (let i = 0; i < ranges.length; i++) {
    const range = changetype<Range>(ranges.get(i));
    if (range.first > length) break;
    if (i && separator) stdout.bytes(separator);
    const last = <usize>min<u64>(range.last, length);
    stdout.range(line + <usize>range.first - 1, last - <usize>range.first + 1);
  }
  stdout.byte(lineEnd);
}

/** By characters, or for -n by bytes: a character belongs to the range that its last byte is in. */
function cutCharacters(line: usize, length: usize): void {
  const end = line + length;
  let position: u64 = 0;
  let index = 0;
  let shown = false;
  for (let at = line; at < end && index < ranges.length;) {
    characterAt(at, end);
    const size = characterSize();
    position += mode == 0x63 ? 1 : size;
    let range = changetype<Range>(ranges.get(index));
    while (position > range.last) {
      if (++index == ranges.length) break;
      range = changetype<Range>(ranges.get(index));
    }
    if (index == ranges.length) break;
    if (position >= range.first) {
      if (position == range.first && shown && separator) stdout.bytes(separator);
      stdout.range(at, size);
      shown = true;
    }
    at += size;
  }
  stdout.byte(lineEnd);
}

function cutFields(line: usize, length: usize): void {
  const end = line + length;
  let field: u64 = 0;
  let index = 0;
  let shown = false;
  let at = line;
  let stop = findDelimiter(at, end);
  if (!stop) {
    if (!onlyDelimited) stdout.range(line, length).byte(lineEnd);
    return;
  }
  for (;;) {
    field++;
    let range = changetype<Range>(ranges.get(index));
    if (field > range.last) {
      if (++index == ranges.length) break;
      range = changetype<Range>(ranges.get(index));
    }
    if (field >= range.first) {
      if (shown) {
        if (separator) stdout.bytes(separator);
        else stdout.range(delimiter, delimiterSize);
      }
      shown = true;
      if (range.last == NO_END && !separator) {
        stdout.range(at, end - at);
        break;
      }
      stdout.range(at, (stop ? stop : end) - at);
    }
    if (!stop) break;
    at = stop + delimiterSize;
    stop = findDelimiter(at, end);
  }
  stdout.byte(lineEnd);
}

function findDelimiter(at: usize, end: usize): usize {
  const byte = load<u8>(delimiter);
  if (delimiterSize == 1) return findInMemory(at, byte, end - at);
  for (; at + delimiterSize <= end; at++) {
    if (load<u8>(at) == byte && !memory.compare(at, delimiter, delimiterSize)) return at;
  }
  return 0;
}
