// Operators on ranges: d c y < > ! and those behind g, and the commands that are short for one.

import { Key } from '../lib/keys';
import { changeCase, deleteRange, shiftLines, yank } from './change';
import { append, commandKey, count, readCount, register } from './command';
import { filterLines } from './ex';
import { insertMode } from './insert';
import { lengthOf, lineCount } from './lines';
import {
  followG,
  followMotion,
  isInclusive,
  isLines,
  objectColumn,
  objectRow,
  textObject,
  toColumn,
  toRow,
} from './motion';
import { readLine } from './prompt';
import {
  ESCAPE,
  Mode,
  codeAt,
  column,
  firstNonBlank,
  markAsChange,
  mode,
  moveTo,
  nextCharacter,
  previousCharacter,
  row,
  say,
  setMode,
  stopReplay,
} from './state';

export function isOperator(key: i32): bool {
  return key == 0x64 || key == 0x63 || key == 0x79 || key == 0x3c || key == 0x3e || key == 0x21;
}

/** A range, its end not included, in order. */
export let r1 = 0;

export let c1 = 0;
export let r2 = 0;
export let c2 = 0;
export let whole = false;

export function setRange(fromRow: i32, fromColumn: i32, endRow: i32, endColumn: i32, lines: bool): void {
  const forward = fromRow < endRow || (fromRow == endRow && fromColumn <= endColumn);
  r1 = forward ? fromRow : endRow;
  c1 = forward ? fromColumn : endColumn;
  r2 = forward ? endRow : fromRow;
  c2 = forward ? endColumn : fromColumn;
  whole = lines;
}

/** The character at the end of the range belongs to it. */
export function includeLast(): void {
  c2 = lengthOf(r2) ? nextCharacter(r2, c2) : 0;
}

/** The range becomes whole lines. */
export function makeWhole(): void {
  whole = true;
}

/** An operator and the motion, object or doubled key after it. `kind`: its key, or 0x100 and more for those with g. */
export function operator(kind: i32, doubled: i32): void {
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
export function apply(kind: i32): void {
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

/** A shorthand for an operator with a fixed motion: x X D C s S Y. */
export function shorthand(key: i32): bool {
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
