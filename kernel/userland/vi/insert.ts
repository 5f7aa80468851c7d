// Insert and replace mode.

import { Buffer } from '../lib/buffer';
import { isSpace } from '../lib/characters';
import { Key } from '../lib/keys';
import { make } from '../lib/malloc';
import { encodeCodePoint } from '../lib/utf8';
import { deleteRange, endColumn, endRow, insertText, replaceCharacters, shiftLines } from './change';
import { draw } from './display';
import { lengthOf, lineAt, lineCount } from './lines';
import {
  autoIndent,
  codeAt,
  column,
  ESCAPE,
  expandTabs,
  fail,
  finish,
  firstNonBlank,
  isReplaying,
  Mode,
  moveTo,
  nextCharacter,
  nextKey,
  previousCharacter,
  row,
  setMode,
  tabStop,
} from './state';
import { literal } from '../lib/literal';

const room = memory.data(64);
const typed = make<Buffer>();

function insertCode(code: u32): void {
  const end = encodeCodePoint(code, room);
  insertText(row, column, room, end - room);
  moveTo(endRow, endColumn);
}

/** A new line, with the white space that this one begins with. */
function breakLine(): void {
  const text = make<Buffer>();
  text.byte(10);
  if (autoIndent) text.range(lineAt(row).at, <usize>min(firstNonBlank(row), column));
  const blank = firstNonBlank(row) == lengthOf(row) && lengthOf(row) != 0 && autoIndent;
  insertText(row, column, text.at, text.length);
  const nextRow = endRow;
  const nextColumn = endColumn;
  if (blank) deleteRange(nextRow - 1, 0, nextRow - 1, lengthOf(nextRow - 1), false);
  moveTo(nextRow, nextColumn);
}

/** Back over one character, or the end of the line before. */
function rubOut(): void {
  if (column > 0) {
    const at = previousCharacter(row, column);
    deleteRange(row, at, row, column, false);
    return moveTo(row, at);
  }
  if (row == 0) return;
  const at = lengthOf(row - 1);
  deleteRange(row - 1, at, row, 0, false);
  moveTo(row - 1, at);
}

function rubOutWord(): void {
  let at = column;
  while (at > 0 && isSpace(codeAt(row, previousCharacter(row, at)))) at = previousCharacter(row, at);
  while (at > 0 && !isSpace(codeAt(row, previousCharacter(row, at)))) at = previousCharacter(row, at);
  if (at == column) return rubOut();
  deleteRange(row, at, row, column, false);
  moveTo(row, at);
}

function insertTab(): void {
  if (!expandTabs) return insertCode(9);
  for (let n = tabStop - (column % tabStop); n > 0; n--) insertCode(0x20);
}

function type(code: u32): void {
  if (replacing && column < lengthOf(row)) {
    const end = nextCharacter(row, column);
    replaceCharacters(row, column, end, code);
    moveTo(row, nextCharacter(row, column));
  } else insertCode(code);
}
let replacing = false;

function arrow(key: i32): bool {
  if (key == Key.left) moveTo(row, previousCharacter(row, column));
  else if (key == Key.right) moveTo(row, nextCharacter(row, column));
  else if (key == Key.up) moveTo(row - 1, column);
  else if (key == Key.down) moveTo(min(row + 1, lineCount() - 1), column);
  else if (key == Key.home) moveTo(row, 0);
  else if (key == Key.end) moveTo(row, lengthOf(row));
  else return false;
  return true;
}

/** One key of insert mode; false when it ended the mode. */
function insertKey(key: i32): bool {
  if (key == ESCAPE || key == 3) return false;
  if (key == Key.hangUp) {
    finish(1);
    return false;
  }
  if (arrow(key)) return true;
  if (key == 13 || key == 10) breakLine();
  else if (key == 127 || key == 8) rubOut();
  else if (key == 23) rubOutWord();
  else if (key == 21) {
    const start = column > firstNonBlank(row) ? firstNonBlank(row) : 0;
    deleteRange(row, start, row, column, false);
    moveTo(row, start);
  } else if (key == Key.remove) {
    if (column < lengthOf(row)) deleteRange(row, column, row, nextCharacter(row, column), false);
  } else if (key == 9) insertTab();
  else if (key == 4 || key == 20) {
    const from = lengthOf(row);
    shiftLines(row, row, key == 20 ? 1 : -1);
    moveTo(row, max(0, column + lengthOf(row) - from));
  } else if (key == 22 || key == 17) type(<u32>nextKey());
  else if (key < 0x110000 && key >= 0x20) type(<u32>key);
  return true;
}

/** Inserts until ESC; with a count what was typed is inserted so often. */
export function insertMode(count: i32, replace: bool): void {
  setMode(replace ? Mode.replace : Mode.insert);
  replacing = replace;
  moveTo(row, column);
  const startRow = row;
  const startColumn = column;
  while (true) {
    if (!isReplaying()) draw(literal(''));
    const key = nextKey();
    if (key == Key.resize) continue;
    if (!insertKey(key)) break;
  }
  if (count > 1 && (row > startRow || (row == startRow && column > startColumn)))
    repeat(count - 1, startRow, startColumn);
  setMode(Mode.normal);
  moveTo(row, previousCharacter(row, column));
}

/** What lies between the start and the cursor, again. */
function repeat(times: i32, fromRow: i32, fromColumn: i32): void {
  if (row - fromRow > 1000) return fail('Too much to repeat');
  typed.clear();
  for (let r = fromRow; r <= row; r++) {
    const from = r == fromRow ? fromColumn : 0;
    const end = r == row ? column : lengthOf(r);
    typed.range(lineAt(r).at + <usize>from, <usize>max(0, end - from));
    if (r != row) typed.byte(10);
  }
  for (let n = 0; n < times; n++) {
    insertText(row, column, typed.at, typed.length);
    moveTo(endRow, endColumn);
  }
}
