// The keys of normal mode.

import { screenForget } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { joinLines, put } from './change';
import { commandKey, count, register } from './command';
import { describeFile } from './display';
import { exCommand, repeatSubstitute, writeFile } from './ex';
import { insertMode } from './insert';
import { insertAt, openLine, overwrite } from './insert-commands';
import { isModified, lengthOf, lineCount, redo, undo, undoneColumn, undoneRow } from './lines';
import { followG, followMotion, keepsWish, toColumn, toRow } from './motion';
import { isOperator, operator, shorthand } from './operator';
import { readLine } from './prompt';
import { placeLine, scroll } from './scroll';
import {
  ESCAPE,
  Mode,
  anchorColumn,
  anchorRow,
  beginCommand,
  column,
  fail,
  finish,
  firstNonBlank,
  markAsChange,
  markIndex,
  messageText,
  moveKeeping,
  moveTo,
  nextCharacter,
  playRegister,
  recording,
  registerIndex,
  repeatChange,
  row,
  say,
  setAnchor,
  setMark,
  setMode,
  startRecording,
  stopRecording,
  stopReplay,
  wish,
} from './state';

let lastPlayed = -1;

export function move(key: i32): bool {
  const keep = wish;
  if (!followMotion(key, count, false)) return false;
  if (keepsWish) moveKeeping(toRow, toColumn, keep);
  else if (key == 0x24 || key == Key.end) moveKeeping(toRow, toColumn, i32.MAX_VALUE);
  else moveTo(toRow, toColumn);
  return true;
}

export function normalCommand(key: i32): void {
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
export function colon(range: string): void {
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
