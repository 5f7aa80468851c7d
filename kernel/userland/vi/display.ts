// The picture: lines of the text with long ones folded, what visual mode marks, the bottom line.

import { Buffer } from '../lib/buffer';
import { characterWidth } from '../lib/character-width';
import { characterAt, characterSize } from '../lib/characters';
import { screenColumns, screenRow, screenRows, screenShow } from '../lib/full-screen';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { searchRegex } from '../lib/regex';
import { isModified, lengthOf, lineAt, lineCount } from './lines';
import {
  anchorColumn,
  anchorRow,
  column,
  fileName,
  hasMessage,
  highlight,
  isError,
  list,
  messageText,
  Mode,
  mode,
  nextCharacter,
  numbers,
  pattern,
  recording,
  row,
  setTop,
  showMode,
  shownName,
  tabStop,
  top,
} from './state';

const NUMBER_COLUMNS: i32 = 8;
const match = memory.data(16, 8);

/** Where a walk over a line is, and where the cursor is in it. */
let walkRow = 0;
let walkColumn = 0;
let cursorRow = 0;
let cursorColumn = 0;

function textColumns(): i32 {
  return max(2, screenColumns() - (numbers ? NUMBER_COLUMNS : 0));
}

function textRows(): i32 {
  return max(1, screenRows() - 1);
}

/** Columns of a character that begins in column `at` of its line. */
function widthOf(code: u32, at: i32): i32 {
  if (code == 9 && !list) return tabStop - (at % tabStop);
  if (code < 0x20 || code == 0x7f) return 2;
  if (code >= 0x110000) return 4;
  return characterWidth(code);
}

/** Screen rows that a line takes; leaves the cursor's place in it in cursorRow and cursorColumn when it is its line. */
function measure(r: i32): i32 {
  const line = lineAt(r);
  const width = textColumns();
  let rows = 0;
  let at = 0;
  let absolute = 0;
  for (let i = 0; i <= <i32>line.length;) {
    const end = i == <i32>line.length;
    const code = end ? 0x20 : characterAt(line.at + <usize>i, line.at + line.length);
    const size = end ? 1 : <i32>characterSize();
    const n = widthOf(code, absolute);
    if (at + n > width && !(end && mode == Mode.normal)) {
      rows++;
      at = 0;
    }
    if (r == row && i == column) {
      cursorRow = rows;
      // On a tab the cursor stands at its end, as vi has it in normal mode.
      cursorColumn = code == 9 && mode == Mode.normal && !list ? at + n - 1 : at;
      if (end && mode == Mode.normal) cursorColumn = min(at, width - 1);
    }
    at += n;
    absolute += n;
    i += size;
  }
  return rows + 1;
}

function isMarked(r: i32, c: i32): bool {
  if (mode != Mode.visual && mode != Mode.visualLine) return false;
  const forward = anchorRow < row || (anchorRow == row && anchorColumn <= column);
  const r1 = forward ? anchorRow : row;
  const c1 = forward ? anchorColumn : column;
  const r2 = forward ? row : anchorRow;
  const c2 = forward ? column : anchorColumn;
  if (r < r1 || r > r2) return false;
  if (mode == Mode.visualLine) return true;
  return !(r == r1 && c < c1) && !(r == r2 && c > c2);
}

let matchFrom: i64 = -1;
let matchEnd: i64 = -1;

function isFound(r: i32, c: i32): bool {
  const regex = pattern;
  if (!highlight || !regex) return false;
  if (c == 0 || (matchEnd >= 0 && <i64>c >= matchEnd)) {
    const line = lineAt(r);
    const hit = searchRegex(regex, line.at, line.length, c, match, 1, 0);
    matchFrom = hit ? load<i64>(match) : -1;
    matchEnd = hit ? max<i64>(load<i64>(match, 8), load<i64>(match) + 1) : -1;
  }
  return matchFrom >= 0 && <i64>c >= matchFrom && <i64>c < matchEnd;
}

let output: Buffer = changetype<Buffer>(<usize>0);
let reversed = false;

function setReversed(on: bool): void {
  if (on == reversed) return;
  reversed = on;
  output.bytes(literal(on ? '\x1b[7m' : '\x1b[27m'));
}

function beginRow(screenLine: i32, label: i32): void {
  output = screenRow(screenLine);
  reversed = false;
  if (!numbers) return;
  const text = memory.data(16);
  if (label >= 0) snprintf(text, 16, '%7d ', label + 1);
  else snprintf(text, 16, '        ');
  output.bytes(text);
}

function putCharacter(code: u32, at: usize, size: usize, width: i32): void {
  if (code == 9 && !list) for (let i = 0; i < width; i++) output.byte(0x20);
  else if (code < 0x20 || code == 0x7f) {
    output.byte(0x5e);
    output.byte(<u8>(code ^ 0x40));
  } else if (code >= 0x110000) {
    const text = memory.data(16);
    snprintf(text, 16, '<%02x>', code & 0xff);
    output.bytes(text);
  } else output.range(at, size);
}

/** Draws line `r` from `screenLine` on; the next free row of the screen. */
function drawLine(r: i32, screenLine: i32): i32 {
  const line = lineAt(r);
  const width = textColumns();
  walkRow = screenLine;
  walkColumn = 0;
  let absolute = 0;
  beginRow(walkRow, r);
  for (let i = 0; i < <i32>line.length;) {
    const at = line.at + <usize>i;
    const code = characterAt(at, line.at + line.length);
    const size = characterSize();
    const n = widthOf(code, absolute);
    if (walkColumn + n > width) {
      setReversed(false);
      if (++walkRow >= textRows()) return walkRow;
      walkColumn = 0;
      beginRow(walkRow, -1);
    }
    setReversed(isMarked(r, i) != isFound(r, i));
    putCharacter(code, at, size, n);
    walkColumn += n;
    absolute += n;
    i += <i32>size;
  }
  if (line.length == 0 && isMarked(r, 0)) {
    setReversed(true);
    output.byte(0x20);
  }
  setReversed(false);
  if (list && walkColumn < width) output.byte(0x24);
  return walkRow + 1;
}

/** Moves `top` so that the cursor's line is on the screen; a far jump puts it in the middle. */
function follow(): void {
  if (row < top) {
    if (top - row > textRows()) setTop(max(0, row - textRows() / 2));
    else setTop(row);
    return;
  }
  let rows = 0;
  for (let r = row; r >= top; r--) {
    rows += measure(r);
    if (rows > textRows()) {
      // A far jump puts the line in the middle, unless the text ends before the screen does.
      const after = lineCount() - 1 - row;
      if (row - top > 2 * textRows()) centre(row, max(textRows() / 2, textRows() - after));
      else centre(row, textRows());
      return;
    }
  }
}

/** Makes `r` the line that ends in about this row of the screen. */
export function centre(r: i32, at: i32): void {
  let rows = measure(r);
  let first = r;
  while (first > 0) {
    rows += measure(first - 1);
    if (rows > at) break;
    first--;
  }
  setTop(first);
}

/** Lines that are on the screen from `first` on: at least one. */
export function linesOnScreen(first: i32): i32 {
  let rows = 0;
  let n = 0;
  for (let r = first; r < lineCount(); r++) {
    rows += measure(r);
    if (rows > textRows()) break;
    n++;
  }
  return max(1, n);
}

function drawBottom(pending: usize): void {
  const bottom = screenRow(screenRows() - 1);
  const text = memory.data(512);
  const limit = max(10, screenColumns() - 24);
  if (hasMessage) {
    if (isError) bottom.bytes(literal('\x1b[7m'));
    bottom.range(messageText, min<usize>(lengthOfText(messageText), <usize>limit + 20));
    if (isError) bottom.bytes(literal('\x1b[m'));
    return;
  }
  let used = 0;
  let word = '';
  if (showMode && mode == Mode.insert) word = '-- INSERT --';
  else if (showMode && mode == Mode.replace) word = '-- REPLACE --';
  else if (showMode && mode == Mode.visual) word = '-- VISUAL --';
  else if (showMode && mode == Mode.visualLine) word = '-- VISUAL LINE --';
  bottom.bytes(literal(word));
  used = word.length;
  if (recording >= 0) {
    snprintf(text, 64, 'recording @%c', recording + 0x61);
    bottom.bytes(text);
    used += 12;
  }
  snprintf(text, 512, '%s%s  %d,%d', pending, literal(isModified() ? '  [+]' : ''), row + 1, columnNumber());
  const size = <i32>lengthOfText(text);
  for (let i = used; i < screenColumns() - size - 2; i++) bottom.byte(0x20);
  bottom.bytes(text);
}

function lengthOfText(at: usize): usize {
  let n: usize = 0;
  while (load<u8>(at + n)) n++;
  return n;
}

function columnNumber(): i32 {
  let n = 1;
  for (let at = 0; at < column && at < lengthOf(row); at = nextCharacter(row, at)) n++;
  return n;
}

/** Paints everything; `pending` is what has been typed of a command. */
export function draw(pending: usize): void {
  follow();
  let at = 0;
  let cursorAt = 0;
  let r = top;
  for (; r < lineCount() && at < textRows(); r++) {
    const rows = measure(r);
    if (r == row) cursorAt = at;
    if (at + rows > textRows() && r != top) break;
    at = drawLine(r, at);
  }
  const rest = r < lineCount() ? '@' : '~';
  for (; at < textRows(); at++) {
    output = screenRow(at);
    output.bytes(literal(rest));
  }
  measure(row);
  drawBottom(pending);
  const x = cursorColumn + (numbers ? NUMBER_COLUMNS : 0);
  screenShow(min(textRows() - 1, cursorAt + cursorRow), min(screenColumns() - 1, x));
}

/** ^G: file, lines, place. */
export function describeFile(to: usize, room: usize): void {
  const percent = ((row + 1) * 100) / lineCount();
  snprintf(
    to,
    room,
    '"%s"%s line %d of %d (%d%%)',
    fileName ? fileName : shownName(),
    literal(isModified() ? ' [modified]' : ''),
    row + 1,
    lineCount(),
    percent,
  );
}
