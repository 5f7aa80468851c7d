// Normal and visual mode: counts, registers, operators, commands. Source: POSIX vi, "Command Descriptions".

import { screenForget, screenRows } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import {
  changeCase,
  deleteRange,
  insertText,
  joinLines,
  put,
  replaceCharacters,
  shiftLines,
  yank,
} from './change';
import { centre, describeFile, draw, linesOnScreen } from './display';
import { exCommand, filterLines, repeatSubstitute, writeFile } from './ex';
import { insertMode } from './insert';
import { beginGroup, isModified, lengthOf, lineCount, redo, undo, undoneColumn, undoneRow } from './lines';
import {
  followG,
  followMotion,
  isInclusive,
  isLines,
  keepsWish,
  objectColumn,
  objectRow,
  textObject,
  toColumn,
  toRow,
} from './motion';
import { readLine } from './prompt';
import {
  anchorColumn,
  anchorRow,
  autoIndent,
  beginCommand,
  clearMessage,
  codeAt,
  column,
  endCommand,
  ESCAPE,
  fail,
  finish,
  firstNonBlank,
  isReplaying,
  lastColumn,
  markAsChange,
  markIndex,
  messageText,
  Mode,
  mode,
  moveKeeping,
  moveTo,
  nextCharacter,
  nextKey,
  playRegister,
  previousCharacter,
  recording,
  registerIndex,
  repeatChange,
  row,
  say,
  setAnchor,
  setMark,
  setMode,
  setTop,
  startRecording,
  stopRecording,
  stopReplay,
  top,
  wish,
} from './state';

/** What has been typed of the command, for the bottom line. */
const pending = memory.data(32);
let pendingSize: usize = 0;
/** Its parts. */
let count = 0;
let register = -1;
let append = false;
let lastPlayed = -1;

function commandKey(): i32 {
  while (true) {
    if (!isReplaying()) draw(pending);
    const key = nextKey();
    if (key == Key.resize) continue;
    if (pendingSize < 20 && key >= 0x20 && key < 0x7f) {
      store<u8>(pending + pendingSize++, <u8>key);
      store<u8>(pending + pendingSize, 0);
    }
    return key;
  }
  return Key.hangUp;
}

/** Digits from `key` on; the first key that is none. */
function readCount(key: i32): i32 {
  let next = key;
  let n = 0;
  while ((next >= 0x31 && next <= 0x39) || (next == 0x30 && n)) {
    n = min(n * 10 + next - 0x30, 999999);
    next = commandKey();
  }
  if (n) count = count ? count * n : n;
  return next;
}

/** One command of normal or visual mode. */
export function runCommand(): void {
  beginCommand();
  pendingSize = 0;
  store<u8>(pending, 0);
  count = 0;
  register = -1;
  append = false;
  let key = readCount(commandKey());
  clearMessage();
  while (key == 0x22) {
    const letter = commandKey();
    register = registerIndex(letter);
    append = letter >= 0x41 && letter <= 0x5a;
    if (register < 0) return fail('No such register');
    key = readCount(commandKey());
  }
  beginGroup(row, column);
  if (mode == Mode.normal) normalCommand(key);
  else visualCommand(key);
  endCommand();
}

function isOperator(key: i32): bool {
  return key == 0x64 || key == 0x63 || key == 0x79 || key == 0x3c || key == 0x3e || key == 0x21;
}

/** A range, its end not included, in order. */
let r1 = 0;
let c1 = 0;
let r2 = 0;
let c2 = 0;
let whole = false;

function setRange(fromRow: i32, fromColumn: i32, endRow: i32, endColumn: i32, lines: bool): void {
  const forward = fromRow < endRow || (fromRow == endRow && fromColumn <= endColumn);
  r1 = forward ? fromRow : endRow;
  c1 = forward ? fromColumn : endColumn;
  r2 = forward ? endRow : fromRow;
  c2 = forward ? endColumn : fromColumn;
  whole = lines;
}

/** An operator and the motion, object or doubled key after it. `kind`: its key, or 0x100 and more for those with g. */
function operator(kind: i32, doubled: i32): void {
  let key = readCount(commandKey());
  if (key == ESCAPE) return;
  if (key == doubled) {
    const last = row + max(1, count) - 1;
    if (last >= lineCount()) return stopReplay();
    setRange(row, 0, last, 0, true);
  } else if (key == 0x69 || key == 0x61) {
    if (!textObject(key, commandKey())) return stopReplay();
    setRange(objectRow, objectColumn, toRow, toColumn, isLines);
  } else {
    // cw on a word means the word alone, not the space after it.
    const onWord = codeAt(row, column) != 0x20 && codeAt(row, column) != 9 && lengthOf(row) != 0;
    if (kind == 0x63 && onWord && (key == 0x77 || key == 0x57)) key = key == 0x77 ? 0x65 : 0x45;
    const moved = key == 0x67 ? followG(commandKey(), count) : followMotion(key, count, true);
    if (!moved) return stopReplay();
    let end = toColumn;
    const behind = toRow > row || (toRow == row && toColumn >= column);
    if (isInclusive && behind) end = nextCharacter(toRow, toColumn);
    setRange(row, column, toRow, end, isLines);
    if (isInclusive && !behind) c2 = nextCharacter(r2, c2);
  }
  apply(kind);
}

/** What the operator does to the range. */
function apply(kind: i32): void {
  if (kind != 0x79) markAsChange();
  switch (kind) {
    case 0x79: // y
      yank(r1, c1, r2, c2, whole, register, append, false);
      if (whole) moveTo(mode == Mode.normal && r1 == row ? row : r1, column);
      else moveTo(r1, c1);
      if (r2 - r1 >= 5) say('%d lines yanked', r2 - r1 + 1);
      return;
    case 0x64: // d
      yank(r1, c1, r2, c2, whole, register, append, true);
      deleteRange(r1, c1, r2, c2, whole);
      if (whole) {
        const at = min(r1, lineCount() - 1);
        moveTo(at, firstNonBlank(at));
        if (r2 - r1 >= 5) say('%d fewer lines', r2 - r1 + 1);
      } else moveTo(r1, c1);
      return;
    case 0x63: // c
      yank(r1, c1, r2, c2, whole, register, append, true);
      if (whole) {
        const indent = firstNonBlank(r1);
        if (r2 > r1) deleteRange(r1 + 1, 0, r2, 0, true);
        deleteRange(r1, indent, r1, lengthOf(r1), false);
        c1 = indent;
      } else deleteRange(r1, c1, r2, c2, false);
      setMode(Mode.insert);
      moveTo(r1, c1);
      return insertMode(1, false);
    case 0x3e: // >
    case 0x3c:
      shiftLines(r1, r2, kind == 0x3e ? 1 : -1);
      return moveTo(r1, firstNonBlank(r1));
    case 0x21: {
      // !
      const command = readLine('!');
      if (command) filterLines(r1, r2, command);
      return;
    }
    default:
      // g~ gu gU
      changeCase(r1, c1, r2, c2, whole, kind == 0x175 ? 1 : kind == 0x155 ? 2 : 0);
      moveTo(r1, whole ? column : c1);
  }
}

function move(key: i32): bool {
  const keep = wish;
  if (!followMotion(key, count, false)) return false;
  if (keepsWish) moveKeeping(toRow, toColumn, keep);
  else if (key == 0x24 || key == Key.end) moveKeeping(toRow, toColumn, i32.MAX_VALUE);
  else moveTo(toRow, toColumn);
  return true;
}

/** Scrolling: ^F ^B ^D ^U ^E ^Y. True when `key` is one. */
function scroll(key: i32): bool {
  const rows = screenRows() - 1;
  const half = count ? count : max(1, rows / 2);
  const last = lineCount() - 1;
  if (key == 6 || key == Key.pageDown) {
    const to = min(last, top + max(1, linesOnScreen(top) - 2) * max(1, count));
    setTop(to);
    moveTo(max(row, to), column);
  } else if (key == 2 || key == Key.pageUp) {
    const to = max(0, top - max(1, rows - 2) * max(1, count));
    setTop(to);
    moveTo(min(row, to + linesOnScreen(to) - 1), column);
  } else if (key == 4) {
    setTop(min(last, top + half));
    moveKeeping(min(last, row + half), column, wish);
  } else if (key == 21) {
    setTop(max(0, top - half));
    moveKeeping(max(0, row - half), column, wish);
  } else if (key == 5) {
    setTop(min(last, top + max(1, count)));
    if (row < top) moveKeeping(top, column, wish);
  } else if (key == 25) {
    setTop(max(0, top - max(1, count)));
    const bottom = top + linesOnScreen(top) - 1;
    if (row > bottom) moveKeeping(bottom, column, wish);
  } else return false;
  return true;
}

/** z and a letter: where the line is to be. */
function placeLine(): void {
  const key = commandKey();
  if (count) moveTo(count - 1, column);
  if (key == 13 || key == 0x74) setTop(row);
  else if (key == 0x7a || key == 0x2e) centre(row, (screenRows() - 1) / 2);
  else if (key == 0x62 || key == 0x2d) centre(row, screenRows() - 1);
}

/** o and O. */
function openLine(below: bool): void {
  const newline = literal('\n');
  const indent = firstNonBlank(row);
  setMode(Mode.insert);
  if (below) {
    insertText(row, lengthOf(row), newline, 1);
    moveTo(row + 1, 0);
  } else {
    insertText(row, 0, newline, 1);
    moveTo(row, 0);
  }
  copyIndent(below ? row - 1 : row + 1, indent);
  insertMode(max(1, count), false);
}

function copyIndent(from: i32, size: i32): void {
  if (!autoIndent || !size) return;
  const text = memory.data(256);
  const n = min(size, 255);
  for (let i = 0; i < n; i++) store<u8>(text + <usize>i, <u8>codeAt(from, i));
  insertText(row, 0, text, <usize>n);
  moveTo(row, n);
}

/** Inserts at a place. */
function insertAt(at: i32): void {
  markAsChange();
  setMode(Mode.insert);
  moveTo(row, at);
  insertMode(max(1, count), false);
}

/** ~ and r on characters from the cursor on. */
function overwrite(key: i32): void {
  let end = column;
  for (let n = max(1, count); n > 0; n--) {
    if (end >= lengthOf(row)) {
      if (key == 0x72) return stopReplay();
      break;
    }
    end = nextCharacter(row, end);
  }
  if (key == 0x7e) {
    changeCase(row, column, row, end, false, 0);
    return moveTo(row, min(end, lengthOf(row)));
  }
  let code = nextKey();
  if (code == ESCAPE || code >= 0x110000) return;
  if (code == 22) code = nextKey();
  markAsChange();
  if (code == 13) {
    deleteRange(row, column, row, end, false);
    insertText(row, column, literal('\n'), 1);
    return moveTo(row + 1, 0);
  }
  replaceCharacters(row, column, end, <u32>code);
  moveTo(row, previousCharacter(row, column + (end - column)));
}

/** A shorthand for an operator with a fixed motion: x X D C s S Y. */
function shorthand(key: i32): bool {
  const end = lengthOf(row);
  let stop = column;
  for (let n = max(1, count); n > 0 && stop < end; n--) stop = nextCharacter(row, stop);
  let start = column;
  for (let n = max(1, count); n > 0 && start > 0; n--) start = previousCharacter(row, start);
  const last = min(lineCount() - 1, row + max(1, count) - 1);
  switch (key) {
    case 0x78: // x
    case Key.remove:
      setRange(row, column, row, stop, false);
      if (stop > column) apply(0x64);
      return true;
    case 0x58: // X
      setRange(row, start, row, column, false);
      if (start < column) apply(0x64);
      return true;
    case 0x44: // D
      setRange(row, column, last, lengthOf(last), false);
      apply(0x64);
      return true;
    case 0x43: // C
      setRange(row, column, last, lengthOf(last), false);
      apply(0x63);
      return true;
    case 0x73: // s
      setRange(row, column, row, stop, false);
      apply(0x63);
      return true;
    case 0x53: // S
      setRange(row, 0, last, 0, true);
      apply(0x63);
      return true;
    case 0x59: // Y
      setRange(row, 0, last, 0, true);
      apply(0x79);
      return true;
    default:
      return false;
  }
}

function normalCommand(key: i32): void {
  if (isOperator(key)) return operator(key, key);
  if (scroll(key) || shorthand(key)) return;
  switch (key) {
    case ESCAPE:
    case 3:
      return;
    case Key.hangUp:
      return finish(1);
    case 0x67: // g
      return afterG();
    case 0x69: // i
    case Key.insert:
      return insertAt(column);
    case 0x61: // a
      return insertAt(lengthOf(row) ? nextCharacter(row, column) : 0);
    case 0x49: // I
      return insertAt(firstNonBlank(row));
    case 0x41: // A
      return insertAt(lengthOf(row));
    case 0x6f: // o
    case 0x4f:
      markAsChange();
      return openLine(key == 0x6f);
    case 0x52: // R
      markAsChange();
      setMode(Mode.replace);
      return insertMode(max(1, count), true);
    case 0x72: // r
    case 0x7e: // ~
      markAsChange();
      return overwrite(key);
    case 0x70: // p
    case 0x50:
      markAsChange();
      return put(row, column, register < 0 ? 26 : register, max(1, count), key == 0x70);
    case 0x4a: // J
      markAsChange();
      if (!joinLines(row, max(2, count), true)) stopReplay();
      return;
    case 0x75: // u
      if (undo()) moveTo(undoneRow, undoneColumn);
      else fail('Nothing to undo');
      return;
    case 18: // ^R
      if (redo()) moveTo(undoneRow, undoneColumn);
      else fail('Nothing to redo');
      return;
    case 0x2e: // .
      beginCommand();
      if (!repeatChange()) fail('Nothing to repeat');
      return;
    case 0x26: // &
      markAsChange();
      return repeatSubstitute();
    case 0x76: // v
    case 0x56:
      setAnchor(row, column);
      return setMode(key == 0x76 ? Mode.visual : Mode.visualLine);
    case 0x6d: {
      // m
      const index = markIndex(commandKey());
      if (index < 0) fail('No such mark');
      else setMark(index, row, column);
      return;
    }
    case 0x71: // q
      if (recording >= 0) return stopRecording();
      else {
        const to = registerIndex(commandKey());
        if (to < 0 || to > 25) fail('No such register');
        else startRecording(to);
      }
      return;
    case 0x40: {
      // @
      const letter = commandKey();
      const from = letter == 0x40 ? lastPlayed : registerIndex(letter);
      if (from < 0) return fail('No such register');
      lastPlayed = from;
      return playRegister(from, max(1, count));
    }
    case 0x7a:
      return placeLine();
    case 0x5a: // Z
      return afterZ(commandKey());
    case 0x3a: // :
      return colon('');
    case 12: // ^L
      return screenForget();
    case 7: // ^G
      describeFile(messageText, 400);
      return sayWhatIsThere();
    default:
      if (!move(key)) stopReplay();
  }
}

/** The message is in its place already. */
function sayWhatIsThere(): void {
  const copy = memory.data(400);
  memory.copy(copy, messageText, 400);
  say('%s', copy);
}

/** : with what visual mode marked as its range. */
function colon(range: string): void {
  const start = memory.data(64);
  if (count) snprintf(start, 64, count == 1 ? '.' : '.,.+%d', count - 1);
  else snprintf(start, 64, '%s', literal(range));
  const line = readLine(':', start);
  if (line) exCommand(line);
}

function afterG(): void {
  const key = commandKey();
  if (key == 0x7e) return operator(0x17e, 0x7e);
  if (key == 0x75) return operator(0x175, 0x75);
  if (key == 0x55) return operator(0x155, 0x55);
  if (key == 0x4a) {
    markAsChange();
    joinLines(row, max(2, count), false);
  } else if (key == 0x76) {
    setMode(Mode.visual);
    moveTo(anchorRow, anchorColumn);
  } else if (followG(key, count)) {
    if (keepsWish) moveKeeping(toRow, toColumn, wish);
    else moveTo(toRow, toColumn);
  } else stopReplay();
}

function afterZ(key: i32): void {
  if (key == 0x51) finish(0);
  else if (key == 0x5a && (!isModified() || writeFile(0, 0, lineCount() - 1, false))) finish(0);
}

function leaveVisual(): void {
  setMark(27, min(anchorRow, row), anchorColumn);
  setMark(28, max(anchorRow, row), column);
  setMode(Mode.normal);
  moveTo(row, min(column, lastColumn(row)));
}

/** The range that visual mode marks. */
function takeMarked(): void {
  const lines = mode == Mode.visualLine;
  setRange(anchorRow, anchorColumn, row, column, lines);
  if (!lines) c2 = lengthOf(r2) ? nextCharacter(r2, c2) : 0;
  leaveVisual();
}

function visualOperator(key: i32): bool {
  let kind = key;
  if (key == 0x78 || key == Key.remove || key == 0x58) kind = 0x64;
  else if (key == 0x73) kind = 0x63;
  else if (key == 0x7e) kind = 0x17e;
  else if (key == 0x75) kind = 0x175;
  else if (key == 0x55) kind = 0x155;
  else if (!isOperator(key)) return false;
  takeMarked();
  if (key == 0x58) whole = true;
  moveTo(r1, whole ? column : c1);
  apply(kind);
  return true;
}

function visualCommand(key: i32): void {
  if (scroll(key) || visualOperator(key)) return;
  switch (key) {
    case ESCAPE:
    case 3:
      return leaveVisual();
    case Key.hangUp:
      return finish(1);
    case 0x76: // v
    case 0x56: {
      const wanted = key == 0x76 ? Mode.visual : Mode.visualLine;
      if (mode == wanted) leaveVisual();
      else setMode(wanted);
      return;
    }
    case 0x6f: {
      // o
      const otherRow = anchorRow;
      const otherColumn = anchorColumn;
      setAnchor(row, column);
      return moveTo(otherRow, otherColumn);
    }
    case 0x4a: // J
      takeMarked();
      joinLines(r1, max(2, r2 - r1 + 1), true);
      return;
    case 0x59: // Y
      takeMarked();
      whole = true;
      return apply(0x79);
    case 0x72: {
      // r
      const code = nextKey();
      takeMarked();
      for (let r = r1; r <= r2 && code < 0x110000; r++) {
        replaceCharacters(r, whole || r > r1 ? 0 : c1, whole || r < r2 ? lengthOf(r) : c2, <u32>code);
      }
      return moveTo(r1, c1);
    }
    case 0x70: {
      // p
      takeMarked();
      deleteRange(r1, c1, r2, c2, whole);
      return put(min(r1, lineCount() - 1), c1, register < 0 ? 26 : register, 1, false);
    }
    case 0x3a:
      leaveVisual();
      count = 0;
      return colon("'<,'>");
    case 0x69: // i and a: objects
    case 0x61: {
      if (!textObject(key, commandKey())) return;
      setAnchor(objectRow, objectColumn);
      if (isLines) setMode(Mode.visualLine);
      return moveTo(toRow, isLines ? toColumn : previousCharacter(toRow, toColumn));
    }
    case 0x67:
      if (followG(commandKey(), count)) moveTo(toRow, toColumn);
      return;
    default:
      move(key);
  }
}
