// Where a motion leads: from the cursor to a place in the text, for moving and for operators. Source: POSIX vi,
// "Commands in Visual Mode"; the text objects are those that later vi have.

import { byteLength } from '../lib/bytes';
import { isSpace } from '../lib/characters';
import { screenRows } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { compileRegex, freeRegex, regexErrorMessage, RegexFlag, searchRegex } from '../lib/regex';
import { literal } from '../lib/literal';
import { lengthOf, lineAt, lineCount } from './lines';
import { readLine } from './prompt';
import {
  codeAt,
  column,
  fail,
  firstNonBlank,
  ignoreCase,
  lastColumn,
  markColumn,
  markIndex,
  markRow,
  nextCharacter,
  nextKey,
  pattern,
  patternText,
  previousCharacter,
  rememberJump,
  row,
  searchBackward,
  setPattern,
  smartCase,
  top,
  wish,
  wrapScan,
} from './state';

/** The target; whole lines are meant; the character there is part of it; where an object begins (objectRow < 0: cursor). */
export let toRow = 0;
export let toColumn = 0;
export let isLines = false;
export let isInclusive = false;
export let keepsWish = false;
export let objectRow = -1;
export let objectColumn = 0;

let findKey = 0;
let findCharacter: u32 = 0;

function reset(): void {
  toRow = row;
  toColumn = column;
  isLines = false;
  isInclusive = false;
  keepsWish = false;
  objectRow = -1;
}

function lineMotion(target: i32): bool {
  if (target < 0 || target >= lineCount()) return false;
  toRow = target;
  toColumn = firstNonBlank(target);
  isLines = true;
  return true;
}

/** Up and down: the column that was wished for. */
function vertical(target: i32): bool {
  if (target < 0 || target >= lineCount()) return false;
  toRow = target;
  let at = 0;
  while (at < lengthOf(target) && nextCharacter(target, at) <= wish) at = nextCharacter(target, at);
  toColumn = wish == i32.MAX_VALUE ? lastColumn(target) : at;
  isLines = true;
  keepsWish = true;
  return true;
}

/** 0 blank, 1 of a word, 2 other. With `big` everything that is not blank is one class. */
function classOf(code: u32, big: bool): i32 {
  if (code == 10 || isSpace(code)) return 0;
  if (big) return 1;
  const letter = code == 0x5f || code >= 0x80 || (code >= 0x30 && code <= 0x39);
  return letter || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) ? 1 : 2;
}

/** One character on; false at the end of the text. */
function step(): bool {
  if (toColumn < lengthOf(toRow)) {
    toColumn = nextCharacter(toRow, toColumn);
    if (toColumn < lengthOf(toRow) || toRow + 1 >= lineCount()) return true;
  }
  if (toRow + 1 >= lineCount()) return false;
  toRow++;
  toColumn = 0;
  return true;
}

function stepBack(): bool {
  if (toColumn > 0) {
    toColumn = previousCharacter(toRow, toColumn);
    return true;
  }
  if (toRow == 0) return false;
  toRow--;
  toColumn = lastColumn(toRow);
  return true;
}

function atBlank(big: bool): bool {
  return classOf(codeAt(toRow, toColumn), big) == 0;
}

function wordForward(big: bool, operator: bool, last: bool): void {
  const startRow = toRow;
  const kind = classOf(codeAt(toRow, toColumn), big);
  if (kind != 0) while (toRow == startRow && classOf(codeAt(toRow, toColumn), big) == kind && step());
  while (atBlank(big)) {
    // An empty line is a word; an operator's last word ends with its line.
    if (toRow != startRow && lengthOf(toRow) == 0) return;
    const before = toRow;
    if (!step()) return;
    if (operator && last && toRow != before) {
      toRow = before;
      toColumn = lengthOf(before);
      return;
    }
  }
  if (operator && last && toRow != startRow) {
    toRow = startRow;
    toColumn = lengthOf(startRow);
  }
}

function wordBack(big: bool): void {
  if (!stepBack()) return;
  while (atBlank(big)) if ((lengthOf(toRow) == 0 && toColumn == 0) || !stepBack()) return;
  const kind = classOf(codeAt(toRow, toColumn), big);
  while (toColumn > 0) {
    const before = previousCharacter(toRow, toColumn);
    if (classOf(codeAt(toRow, before), big) != kind) return;
    toColumn = before;
  }
}

function wordEnd(big: bool): void {
  if (!step()) return;
  while (atBlank(big) && step());
  const kind = classOf(codeAt(toRow, toColumn), big);
  while (true) {
    const after = nextCharacter(toRow, toColumn);
    if (after >= lengthOf(toRow) || classOf(codeAt(toRow, after), big) != kind) return;
    toColumn = after;
  }
}

/** f F t T */
function find(key: i32, wanted: u32, count: i32, again: bool): bool {
  const forward = key == 0x66 || key == 0x74;
  const before = key == 0x74 || key == 0x54;
  let at = column;
  // Repeating t: the character next to the cursor is the one found last.
  if (again && before) at = forward ? nextCharacter(row, at) : previousCharacter(row, at);
  for (let n = 0; n < count; n++) {
    do {
      if (forward ? nextCharacter(row, at) >= lengthOf(row) : at == 0) return false;
      at = forward ? nextCharacter(row, at) : previousCharacter(row, at);
    } while (codeAt(row, at) != wanted);
  }
  if (before) at = forward ? previousCharacter(row, at) : nextCharacter(row, at);
  toColumn = at;
  isInclusive = forward;
  return true;
}

/** The bracket that belongs to the first one from the cursor on. */
function matchBracket(): bool {
  const brackets = '()[]{}';
  let kind = -1;
  for (; toColumn < lengthOf(toRow) && kind < 0; toColumn++) {
    for (let i = 0; i < 6; i++) if (codeAt(toRow, toColumn) == <u32>brackets.charCodeAt(i)) kind = i;
  }
  if (kind < 0) return false;
  toColumn--;
  const mine = <u32>brackets.charCodeAt(kind);
  const other = <u32>brackets.charCodeAt(kind ^ 1);
  let depth = 0;
  while (true) {
    const code = codeAt(toRow, toColumn);
    if (code == mine) depth++;
    else if (code == other && --depth == 0) break;
    if ((kind & 1) == 0 ? !step() : !stepBack()) return false;
  }
  isInclusive = true;
  return true;
}

function paragraph(forward: bool): void {
  const way = forward ? 1 : -1;
  let at = toRow;
  while (at + way >= 0 && at + way < lineCount() && lengthOf(at) == 0) at += way;
  while (at + way >= 0 && at + way < lineCount() && lengthOf(at) != 0) at += way;
  toRow = at;
  toColumn = lengthOf(at) != 0 && forward ? lengthOf(at) : 0;
}

function endsSentence(r: i32, c: i32): bool {
  const code = codeAt(r, c);
  if (code != 0x2e && code != 0x21 && code != 0x3f) return false;
  const after = nextCharacter(r, c);
  return after >= lengthOf(r) || codeAt(r, after) == 0x20;
}

function sentence(forward: bool): void {
  if (forward) {
    while (!endsSentence(toRow, toColumn)) {
      const before = toRow;
      if (!step()) return;
      if (toRow != before && lengthOf(toRow) == 0) return;
    }
    step();
    while (atBlank(false) && lengthOf(toRow) != 0 && step());
    return;
  }
  while (stepBack() && (atBlank(false) || endsSentence(toRow, toColumn)));
  while (stepBack()) {
    if (!endsSentence(toRow, toColumn)) continue;
    step();
    while (atBlank(false) && step());
    return;
  }
}

const found = memory.data(16, 8);

/** The next match after (or before) a place; wraps around. True with toRow and toColumn set. */
function searchFrom(fromRow: i32, fromColumn: i32, backward: bool): bool {
  const regex = pattern;
  if (!regex) return false;
  const total = lineCount();
  for (let n = 0; n <= total; n++) {
    const r = backward ? (fromRow - n + total) % total : (fromRow + n) % total;
    if (!wrapScan && (backward ? r > fromRow : r < fromRow)) return false;
    const line = lineAt(r);
    let best = -1;
    let from = !backward && n == 0 ? nextCharacter(r, fromColumn) : 0;
    if (!backward && n == 0 && fromColumn >= <i32>line.length) continue;
    while (from <= <i32>line.length) {
      if (!searchRegex(regex, line.at, line.length, from, found, 1, 0)) break;
      const at = <i32>load<i64>(found);
      if (backward && n == 0 && at >= fromColumn) break;
      if (n == total && !backward && at > fromColumn) break;
      best = at;
      if (!backward) break;
      from = nextCharacter(r, at);
      if (from == at) break;
    }
    if (best < 0) continue;
    toRow = r;
    toColumn = best;
    return true;
  }
  return false;
}

/** n and N, and after / and ?. */
export function searchAgain(count: i32, opposite: bool): bool {
  if (!pattern) {
    fail('No previous search');
    return false;
  }
  for (let n = 0; n < count; n++) {
    if (!searchFrom(toRow, toColumn, searchBackward != opposite)) {
      fail('Pattern not found: %s', patternText.at);
      return false;
    }
  }
  return true;
}

function hasCapital(text: usize): bool {
  for (let at = text; load<u8>(at); at++) if (load<u8>(at) >= 0x41 && load<u8>(at) <= 0x5a) return true;
  return false;
}

/** The pattern of searches becomes `text` (empty: the last one again); false with a message when it is none. */
export function usePattern(text: usize, backward: bool): bool {
  if (load<u8>(text) == 0) {
    if (!pattern) fail('No previous search');
    else setPattern(pattern, backward);
    return pattern != null;
  }
  const fold = ignoreCase && !(smartCase && hasCapital(text));
  const made = compileRegex(text, byteLength(text), fold ? RegexFlag.ignoreCase : 0);
  if (!made) {
    fail('%s', literal(regexErrorMessage()));
    return false;
  }
  const old = pattern;
  if (old) freeRegex(old);
  setPattern(made, backward);
  patternText.clear();
  patternText.bytes(text);
  return true;
}

function askAndSearch(backward: bool, count: i32): bool {
  const typed = readLine(backward ? '?' : '/');
  if (!typed) return false;
  // What follows an unescaped delimiter is an offset: not offered, so it is not taken for a part of the pattern.
  const delimiter: u8 = backward ? 0x3f : 0x2f;
  for (let at = typed; load<u8>(at); at++) {
    if (load<u8>(at) == 0x5c && load<u8>(at + 1)) at++;
    else if (load<u8>(at) == delimiter) store<u8>(at, 0);
  }
  return usePattern(typed, backward) && searchAgain(count, false);
}

/** * and #: the word at the cursor. */
function searchWord(backward: bool, count: i32): bool {
  let start = column;
  while (start < lengthOf(row) && classOf(codeAt(row, start), false) != 1) start = nextCharacter(row, start);
  if (start >= lengthOf(row)) return false;
  while (start > 0 && classOf(codeAt(row, previousCharacter(row, start)), false) == 1) {
    start = previousCharacter(row, start);
  }
  let end = start;
  while (end < lengthOf(row) && classOf(codeAt(row, end), false) == 1) end = nextCharacter(row, end);
  const text = memory.data(512);
  const size = min(end - start, 500);
  store<u16>(text, 0x3c5c); // \<
  memory.copy(text + 2, lineAt(row).at + <usize>start, size);
  store<u16>(text + 2 + <usize>size, 0x3e5c); // \>
  store<u8>(text + 4 + <usize>size, 0);
  toColumn = backward ? start : toColumn;
  return usePattern(text, backward) && searchAgain(count, false);
}

/** iw aw i( a" ip …: from objectRow and objectColumn to the target. */
export function textObject(kind: i32, key: i32): bool {
  reset();
  const inner = kind == 0x69;
  objectRow = row;
  if (key == 0x77 || key == 0x57) return wordObject(inner, key == 0x57);
  if (key == 0x22 || key == 0x27 || key == 0x60) return quoteObject(inner, key);
  if (key == 0x70) return paragraphObject(inner);
  const opens = '([{<';
  const closes = ')]}>';
  for (let i = 0; i < 4; i++) {
    const isThis = key == opens.charCodeAt(i) || key == closes.charCodeAt(i);
    if (isThis || (i == 0 && key == 0x62) || (i == 2 && key == 0x42)) {
      return bracketObject(inner, opens.charCodeAt(i), closes.charCodeAt(i));
    }
  }
  return false;
}

function wordObject(inner: bool, big: bool): bool {
  const kind = classOf(codeAt(row, column), big);
  let start = column;
  while (start > 0 && classOf(codeAt(row, previousCharacter(row, start)), big) == kind) {
    start = previousCharacter(row, start);
  }
  let end = column;
  while (end < lengthOf(row) && classOf(codeAt(row, end), big) == kind) end = nextCharacter(row, end);
  if (!inner)
    while (end < lengthOf(row) && classOf(codeAt(row, end), big) == 0) end = nextCharacter(row, end);
  objectColumn = start;
  toColumn = end;
  return end > start;
}

function quoteObject(inner: bool, quote: i32): bool {
  let start = -1;
  for (let at = 0; at < lengthOf(row); at++) {
    if (codeAt(row, at) != <u32>quote) continue;
    if (start < 0) start = at;
    else if (at >= column) {
      objectColumn = inner ? start + 1 : start;
      toColumn = inner ? at : at + 1;
      return true;
    } else start = -1;
  }
  return false;
}

function bracketObject(inner: bool, open: i32, close: i32): bool {
  let depth = 0;
  while (true) {
    const code = codeAt(toRow, toColumn);
    if (code == <u32>close && !(toRow == row && toColumn == column)) depth++;
    if (code == <u32>open && depth-- == 0) break;
    if (!stepBack()) return false;
  }
  objectRow = toRow;
  objectColumn = inner ? toColumn + 1 : toColumn;
  depth = 0;
  while (true) {
    const code = codeAt(toRow, toColumn);
    if (code == <u32>open) depth++;
    if (code == <u32>close && --depth == 0) break;
    if (!step()) return false;
  }
  if (!inner) toColumn++;
  return true;
}

function paragraphObject(inner: bool): bool {
  const empty = lengthOf(row) == 0;
  let first = row;
  let last = row;
  while (first > 0 && (lengthOf(first - 1) == 0) == empty) first--;
  while (last + 1 < lineCount() && (lengthOf(last + 1) == 0) == empty) last++;
  if (!inner) while (last + 1 < lineCount() && (lengthOf(last + 1) == 0) != empty) last++;
  objectRow = first;
  objectColumn = 0;
  toRow = last;
  isLines = true;
  return true;
}

/** Columns from 1, in characters. */
function columnMotion(count: i32): void {
  toColumn = 0;
  for (let n = 1; n < count; n++) toColumn = nextCharacter(row, toColumn);
}

function markMotion(exact: bool): bool {
  const index = markIndex(nextKey());
  const r = index < 0 ? -1 : markRow(index);
  if (r < 0) {
    fail('Mark not set');
    return false;
  }
  const c = markColumn(index);
  rememberJump();
  if (!exact) return lineMotion(r);
  toRow = r;
  toColumn = min(c, lengthOf(r));
  return true;
}

/**
 * Follows the motion of `key`; `given` 0: no count. True with the target set, false when it is none or leads nowhere.
 * `operator`: it is an operator's.
 */
export function followMotion(key: i32, given: i32, operator: bool): bool {
  reset();
  const count = max(1, given);
  const last = lineCount() - 1;
  switch (key) {
    case 0x68: // h
    case 8:
    case 127:
    case Key.left:
      if (column == 0) return false;
      for (let n = 0; n < count; n++) toColumn = previousCharacter(row, toColumn);
      return true;
    case 0x6c: // l
    case 0x20:
    case Key.right: {
      const limit = operator ? lengthOf(row) : lastColumn(row);
      if (column >= limit && !operator) return false;
      for (let n = 0; n < count && toColumn < limit; n++) toColumn = nextCharacter(row, toColumn);
      return true;
    }
    case 0x6a: // j
    case 10:
    case 14:
    case Key.down:
      return vertical(operator ? row + count : row < last ? min(last, row + count) : last + 1);
    case 0x6b: // k
    case 16:
    case Key.up:
      return vertical(operator ? row - count : row > 0 ? max(0, row - count) : -1);
    case 0x2b: // +
    case 13:
      return lineMotion(row + count);
    case 0x2d: // -
      return lineMotion(row - count);
    case 0x5f: // _
      return lineMotion(row + count - 1);
    case 0x30: // 0
    case Key.home:
      toColumn = 0;
      return true;
    case 0x5e: // ^
      toColumn = firstNonBlank(row);
      return true;
    case 0x24: // $
    case Key.end:
      toRow = min(last, row + count - 1);
      toColumn = operator ? lengthOf(toRow) : lastColumn(toRow);
      return true;
    case 0x7c: // |
      columnMotion(count);
      return true;
    case 0x77: // w
    case 0x57:
      for (let n = 1; n <= count; n++) wordForward(key == 0x57, operator, n == count);
      return true;
    case 0x62: // b
    case 0x42:
    case Key.wordLeft:
      for (let n = 0; n < count; n++) wordBack(key == 0x42);
      return true;
    case 0x65: // e
    case 0x45:
      for (let n = 0; n < count; n++) wordEnd(key == 0x45);
      isInclusive = true;
      return true;
    case Key.wordRight:
      wordForward(false, false, true);
      return true;
    case 0x66: // f F t T
    case 0x46:
    case 0x74:
    case 0x54:
      findKey = key;
      findCharacter = <u32>nextKey();
      return find(key, findCharacter, count, false);
    case 0x3b: // ;
      return findKey != 0 && find(findKey, findCharacter, count, true);
    case 0x2c: // ,
      return findKey != 0 && find(findKey ^ 0x20, findCharacter, count, true);
    case 0x47: // G
      rememberJump();
      return lineMotion(given ? min(last, given - 1) : last);
    case 0x48: // H
      return lineMotion(min(last, top + count - 1));
    case 0x4c: // L
      return lineMotion(min(last, top + screenRows() - 1 - count));
    case 0x4d: // M
      return lineMotion(min(last, top + (screenRows() - 1) / 2));
    case 0x7b: // {
    case 0x7d:
      rememberJump();
      for (let n = 0; n < count; n++) paragraph(key == 0x7d);
      return true;
    case 0x28: // (
    case 0x29:
      rememberJump();
      for (let n = 0; n < count; n++) sentence(key == 0x29);
      return true;
    case 0x25: // %
      rememberJump();
      return matchBracket();
    case 0x2f: // /
    case 0x3f:
      rememberJump();
      return askAndSearch(key == 0x3f, count);
    case 0x6e: // n
    case 0x4e:
      rememberJump();
      return searchAgain(count, key == 0x4e);
    case 0x2a: // *
    case 0x23:
      rememberJump();
      return searchWord(key == 0x23, count);
    case 0x60: // `
      return markMotion(true);
    case 0x27: // '
      return markMotion(false);
    default:
      return false;
  }
}

/** gg and friends: after g. */
export function followG(key: i32, given: i32): bool {
  reset();
  if (key == 0x67) {
    rememberJump();
    return lineMotion(min(lineCount() - 1, max(0, given - 1)));
  }
  if (key == 0x5f) {
    toColumn = lastColumn(row);
    while (toColumn > 0 && isSpace(codeAt(row, toColumn))) toColumn = previousCharacter(row, toColumn);
    isInclusive = true;
    return true;
  }
  if (key == 0x6a) return vertical(row + max(1, given));
  if (key == 0x6b) return vertical(row - max(1, given));
  return false;
}
