// :s and :g. Source: POSIX ex, "Substitute", "Global", "Replacement Strings".

import { Buffer } from '../lib/buffer';
import { toLower, toUpper } from '../lib/characters';
import { Key } from '../lib/keys';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { searchRegex } from '../lib/regex';
import { draw } from './display';
import { exCommand } from './ex';
import { Line, lineAt, lineCount, makeLine, replaceLines } from './lines';
import { usePattern } from './motion';
import { ESCAPE, fail, firstNonBlank, moveTo, nextKey, pattern, say } from './state';

const GROUPS: u32 = 10;
const matches = memory.data(160, 8);
/** The replacement and flags of the last :s. */
const replacement = make<Buffer>();
let everywhere = false;
let asks = false;
let counts = false;
let quits = false;
let all = false;

/** Reads up to `delimiter`, into `to`; a backslash before it is dropped. The place behind it. */
function readPart(from: usize, delimiter: u8, to: Buffer): usize {
  let at = from;
  to.clear();
  for (; load<u8>(at) && load<u8>(at) != delimiter; at++) {
    if (load<u8>(at) == 0x5c && load<u8>(at + 1)) {
      if (load<u8>(at + 1) != delimiter) to.byte(0x5c);
      at++;
    }
    to.byte(load<u8>(at));
  }
  return load<u8>(at) ? at + 1 : at;
}

function readFlags(from: usize): bool {
  for (let at = from; load<u8>(at); at++) {
    const flag = load<u8>(at);
    if (flag == 0x67) everywhere = true;
    else if (flag == 0x63) asks = true;
    else if (flag == 0x6e) counts = true;
    else if (flag != 0x26 && flag != 0x70 && flag != 0x20) {
      fail('Trailing characters: %s', at);
      return false;
    }
  }
  return true;
}

/** What follows `s`: /pattern/replacement/flags, or flags alone. */
export function substitute(text: usize, first: i32, last: i32): void {
  const delimiter = load<u8>(text);
  const letter = (delimiter | 0x20) >= 0x61 && (delimiter | 0x20) <= 0x7a;
  if (delimiter == 0 || delimiter == 0x20 || delimiter == 0x26 || letter)
    return nextSubstitute(first, last, text);
  const wanted = make<Buffer>();
  let at = readPart(text + 1, delimiter, wanted);
  at = readPart(at, delimiter, replacement);
  if (!usePattern(wanted.at, false)) return;
  everywhere = false;
  asks = false;
  counts = false;
  if (readFlags(at)) run(first, last);
}

/** The last one again, with other flags. */
export function nextSubstitute(first: i32, last: i32, flags: usize): void {
  if (!replacement.at) return fail('No previous substitution');
  everywhere = false;
  asks = false;
  counts = false;
  if (readFlags(flags)) run(first, last);
}

/** Case of what is inserted: \\u \\l for one character, \\U \\L until \\E. */
let caseOnce = 0;
let caseOn = 0;

function addCased(to: Buffer, byte: u8): void {
  const how = caseOnce ? caseOnce : caseOn;
  caseOnce = 0;
  if (byte < 0x80 && how) to.byte(<u8>(how == 1 ? toUpper(byte) : toLower(byte)));
  else to.byte(byte);
}

function addGroup(to: Buffer, line: Line, group: usize): void {
  const start = load<i64>(matches + group * 16);
  const end = load<i64>(matches + group * 16, 8);
  for (let i = start; i >= 0 && i < end; i++) addCased(to, load<u8>(line.at + <usize>i));
}

/** The replacement for the match in `matches`. */
function addReplacement(to: Buffer, line: Line): void {
  caseOnce = 0;
  caseOn = 0;
  for (let i: usize = 0; i < replacement.length; i++) {
    const byte = load<u8>(replacement.at + i);
    if (byte == 0x26) addGroup(to, line, 0);
    else if (byte == 0x0d) to.byte(10);
    else if (byte == 0x5c && i + 1 < replacement.length) {
      const next = load<u8>(replacement.at + ++i);
      if (next >= 0x30 && next <= 0x39) addGroup(to, line, next - 0x30);
      else if (next == 0x6e || next == 0x72) to.byte(10);
      else if (next == 0x74) to.byte(9);
      else if (next == 0x75) caseOnce = 1;
      else if (next == 0x6c) caseOnce = 2;
      else if (next == 0x55) caseOn = 1;
      else if (next == 0x4c) caseOn = 2;
      else if (next == 0x45 || next == 0x65) caseOn = 0;
      else to.byte(next);
    } else addCased(to, byte);
  }
}

/** c: whether this one is wanted. */
function isWanted(r: i32, c: i32): bool {
  if (!asks || all) return true;
  moveTo(r, c);
  say('replace (y/n/a/q/l)?');
  draw(literal(''));
  const key = nextKey();
  if (key == 0x61) all = true;
  if (key == 0x71 || key == ESCAPE || key == Key.hangUp) quits = true;
  if (key == 0x6c) {
    quits = true;
    return true;
  }
  return key == 0x79 || key == 0x61;
}

/** One line; how many were replaced. What it becomes is in `result`. */
const result = make<Buffer>();
function replaceIn(r: i32): i32 {
  const regex = pattern;
  if (!regex) return 0;
  const line = lineAt(r);
  let from: usize = 0;
  let copied: usize = 0;
  let n = 0;
  result.clear();
  while (from <= line.length && searchRegex(regex, line.at, line.length, from, matches, GROUPS, 0)) {
    const start = <usize>load<i64>(matches);
    const end = <usize>load<i64>(matches, 8);
    if (isWanted(r, <i32>start)) {
      result.range(line.at + copied, start - copied);
      addReplacement(result, line);
      copied = end;
      n++;
    }
    if (!everywhere || quits) break;
    from = end > start ? end : end + 1;
  }
  result.range(line.at + copied, line.length - copied);
  return n;
}

function run(first: i32, last: i32): void {
  let total = 0;
  let where = -1;
  let end = last;
  quits = false;
  all = false;
  for (let r = first; r <= end && !quits; r++) {
    const n = replaceIn(r);
    if (!n) continue;
    total += n;
    where = r;
    if (counts) continue;
    const before = lineCount();
    result.byte(10);
    const list = make<List>();
    let start: usize = 0;
    for (let i: usize = 0; i < result.length; i++) {
      if (load<u8>(result.at + i) != 10) continue;
      list.append(changetype<usize>(makeLine(result.at + start, i - start)));
      start = i + 1;
    }
    replaceLines(r, 1, list);
    const grown = lineCount() - before;
    r += grown;
    end += grown;
    where = r;
  }
  if (!total) {
    if (!inGlobal) fail('Pattern not found');
    return;
  }
  if (!counts) moveTo(where, firstNonBlank(where));
  if (counts || total >= 3) say(counts ? '%d matches' : '%d substitutions', total);
}

let inGlobal = false;

/** g/pattern/command: on every line that matches (or does not). */
export function globalCommand(text: usize, first: i32, last: i32, inverted: bool): void {
  if (inGlobal) return fail('g within g');
  const delimiter = load<u8>(text);
  if (!delimiter) return fail('No pattern');
  const wanted = make<Buffer>();
  const command = readPart(text + 1, delimiter, wanted);
  if (!usePattern(wanted.at, false)) return;
  const regex = pattern;
  if (!regex) return;
  // The lines themselves are remembered: their numbers change.
  const lines = make<List>();
  for (let r = first; r <= last; r++) {
    const line = lineAt(r);
    if (searchRegex(regex, line.at, line.length, 0, 0, 0, 0) != inverted)
      lines.append(changetype<usize>(line));
  }
  if (!lines.length) return fail('Pattern not found');
  inGlobal = true;
  const what = load<u8>(command) ? command : literal('p');
  let from = first;
  for (let i = 0; i < lines.length; i++) {
    const r = findLine(lines.get(i), from);
    if (r < 0) continue;
    moveTo(r, 0);
    from = max(0, r - 1);
    exCommand(what);
  }
  inGlobal = false;
}

/** Where a line is now, near `from` first; -1: gone. */
function findLine(line: usize, from: i32): i32 {
  for (let r = from; r < lineCount(); r++) if (changetype<usize>(lineAt(r)) == line) return r;
  for (let r = 0; r < min(from, lineCount()); r++) if (changetype<usize>(lineAt(r)) == line) return r;
  return -1;
}
