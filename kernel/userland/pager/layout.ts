// How a pager shows a line: folded or cut at the screen's width, tabs expanded, control characters visible, matches of
// the search reversed.

import { Buffer } from '../lib/buffer';
import { characterAt, characterSize, INVALID } from '../lib/characters';
import { characterWidth } from '../lib/character-width';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { Regex, searchRegex } from '../lib/regex';
import { lineLength, lineStart, Text } from './text';

/** -S: long lines are cut, and `shift` columns of them are to the left of the screen. */
export let chop = false;
export let shift = 0;
/** -R: colours pass. */
export let rawColours = false;
/** -N: lines have numbers. */
export let numbers = false;
export let tabWidth = 8;
/** What is searched for; null: nothing is marked. */
export let marked: Regex | null = null;

export function setChop(on: bool): void {
  chop = on;
}
export function setShift(columns: i32): void {
  shift = max(0, columns);
}
export function setRawColours(on: bool): void {
  rawColours = on;
}
export function setNumbers(on: bool): void {
  numbers = on;
}
export function setTabWidth(width: i32): void {
  tabWidth = max(1, width);
}
export function setMarked(regex: Regex | null): void {
  marked = regex;
}

const NUMBER_COLUMNS: i32 = 8;
const match = memory.data(16, 8);

let out: Buffer = changetype<Buffer>(<usize>0);
/** The row of the line that is wanted, and where the walk is. */
let wanted = 0;
let row = 0;
let column = 0;
let width = 80;
let absolute = 0;
let emitting = false;
let matchStart: i64 = -1;
let matchEnd: i64 = -1;
let standout = false;

/** Columns for text. */
function textWidth(columns: i32): i32 {
  return max(1, columns - (numbers ? NUMBER_COLUMNS : 0));
}

/** A cell of `n` columns comes: where does it go? True when it is on the wanted row and on the screen. */
function place(n: i32): bool {
  if (chop) {
    const at = absolute - shift;
    absolute += n;
    return at >= 0 && at + n <= width;
  }
  if (column + n > width) {
    row++;
    column = 0;
  }
  column += n;
  absolute += n;
  return row == wanted;
}

function setStandout(on: bool): void {
  if (on == standout || !emitting) return;
  standout = on;
  out.bytes(literal(on ? '\x1b[7m' : '\x1b[27m'));
}

function nextMatch(start: usize, length: usize, from: usize): void {
  const regex = marked;
  matchStart = -1;
  matchEnd = -1;
  if (!regex || from > length) return;
  if (!searchRegex(regex, start, length, from, match, 1, 0)) return;
  matchStart = load<i64>(match);
  matchEnd = load<i64>(match, 8);
}

/** A control character or a byte that is no UTF-8, as ^X or <XX>, reversed. */
function putVisible(byte: u8): void {
  const text = memory.data(16);
  if (byte < 0x20 || byte == 0x7f) snprintf(text, 16, '^%c', byte ^ 0x40);
  else snprintf(text, 16, '<%02X>', byte);
  for (let at = text; load<u8>(at); at++) {
    if (!place(1) || !emitting) continue;
    const before = standout;
    setStandout(true);
    out.byte(load<u8>(at));
    setStandout(before);
  }
}

/** Length of the SGR sequence at `at`, 0 when there is none. */
function colourLength(at: usize, end: usize): usize {
  if (at + 2 >= end || load<u8>(at) != 0x1b || load<u8>(at + 1) != 0x5b) return 0;
  for (let p = at + 2; p < end; p++) {
    const byte = load<u8>(p);
    if (byte == 0x6d) return p + 1 - at;
    if ((byte < 0x30 || byte > 0x3b) && byte != 0x3a) return 0;
  }
  return 0;
}

/** Walks over the whole line; emits what is on row `wanted`. */
function walk(text: Text, n: i32): void {
  const start = text.at + lineStart(text, n);
  let length = lineLength(text, n);
  if (length && load<u8>(start + length - 1) == 0x0d) length--;
  const end = start + length;
  row = 0;
  column = 0;
  absolute = 0;
  nextMatch(start, length, 0);
  for (let at = start; at < end;) {
    if (!chop && emitting && row > wanted) return;
    const offset = <i64>(at - start);
    while (matchEnd >= 0 && offset >= matchEnd) {
      nextMatch(start, length, <usize>max<i64>(matchEnd, offset) + (matchEnd == matchStart ? 1 : 0));
    }
    if (rawColours) {
      const colour = colourLength(at, end);
      if (colour) {
        if (emitting && row <= wanted) out.range(at, colour);
        at += colour;
        continue;
      }
    }
    const code = characterAt(at, end);
    const size = characterSize();
    const hit = matchStart >= 0 && offset >= matchStart && offset < matchEnd;
    if (row == wanted || chop) setStandout(hit);
    if (code == 9) {
      const stop = tabWidth - (absolute % tabWidth);
      for (let i = 0; i < stop; i++) if (place(1) && emitting) out.byte(0x20);
    } else if (code < 0x20 || code == 0x7f || code >= INVALID) putVisible(load<u8>(at));
    else if (place(characterWidth(code)) && emitting) out.range(at, size);
    at += size;
  }
}

/** Rows that line `n` takes on a screen of this width. */
export function rowsOfLine(text: Text, n: i32, columns: i32): i32 {
  if (chop) return 1;
  // Most lines are short: no character takes more than eight columns.
  width = textWidth(columns);
  if (lineLength(text, n) * 8 <= <usize>width) return 1;
  emitting = false;
  wanted = i32.MAX_VALUE;
  walk(text, n);
  return row + 1;
}

/** Puts row `part` of line `n` into `to`. */
export function layOut(text: Text, n: i32, part: i32, columns: i32, to: Buffer): void {
  out = to;
  width = textWidth(columns);
  wanted = part;
  emitting = true;
  standout = false;
  if (numbers) {
    const label = memory.data(16);
    if (part == 0) snprintf(label, 16, '%7d ', n + 1);
    else snprintf(label, 16, '        ');
    out.bytes(label);
  }
  walk(text, n);
  setStandout(false);
  emitting = false;
}
