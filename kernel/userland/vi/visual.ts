// The keys of visual mode.

import { Key } from '../lib/keys';
import { deleteRange, joinLines, put, replaceCharacters } from './change';
import { clearCount, commandKey, count, register } from './command';
import { lengthOf, lineCount } from './lines';
import { followG, isLines, objectColumn, objectRow, textObject, toColumn, toRow } from './motion';
import { colon, move } from './normal';
import { apply, c1, c2, includeLast, isOperator, makeWhole, r1, r2, setRange, whole } from './operator';
import { scroll } from './scroll';
import {
  ESCAPE,
  Mode,
  anchorColumn,
  anchorRow,
  column,
  finish,
  lastColumn,
  mode,
  moveTo,
  nextKey,
  previousCharacter,
  row,
  setAnchor,
  setMark,
  setMode,
} from './state';

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
  if (!lines) includeLast();
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
  if (key == 0x58) makeWhole();
  moveTo(r1, whole ? column : c1);
  apply(kind);
  return true;
}

export function visualCommand(key: i32): void {
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
      makeWhole();
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
      clearCount();
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
