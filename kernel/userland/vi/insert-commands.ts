// Commands that begin to insert, and those that replace characters.

import { literal } from '../lib/literal';
import { changeCase, deleteRange, insertText, replaceCharacters } from './change';
import { count } from './command';
import { insertMode } from './insert';
import { lengthOf } from './lines';
import {
  ESCAPE,
  Mode,
  autoIndent,
  codeAt,
  column,
  firstNonBlank,
  markAsChange,
  moveTo,
  nextCharacter,
  nextKey,
  previousCharacter,
  row,
  setMode,
  stopReplay,
} from './state';

/** o and O. */
export function openLine(below: bool): void {
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
export function insertAt(at: i32): void {
  markAsChange();
  setMode(Mode.insert);
  moveTo(row, at);
  insertMode(max(1, count), false);
}

/** ~ and r on characters from the cursor on. */
export function overwrite(key: i32): void {
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
