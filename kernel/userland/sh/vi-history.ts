// vi's commands that bring other lines: from the history, from an editor.
//
// Rules: each returns whether there is such a line, after a bell when there is not; the cursor is on its first character.

import { Buffer } from '../lib/buffer';
import { byteLength } from '../lib/bytes';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { bell, draw, drawAgain, drawQuestion, line, moveCursor, setLine } from './edit-line';
import { historyIndex, showHistory } from './edit-history';
import { addHistory, firstNumber, historyLength, historyLine } from './history';
import { continues } from './parser';
import { matchPattern } from './pattern';
import { nextKey } from './vi-input';

function show(index: i32): bool {
  if (!showHistory(index)) return false;
  moveCursor(0);
  return true;
}

/** k and j. */
export function moveInHistory(lines: i32): bool {
  return show(historyIndex + lines);
}

/** G: the line of that number; 0: the oldest. */
export function goToHistory(number: i32): bool {
  const index = number ? number - firstNumber() : 0;
  return show(index < historyLength() ? index : -1);
}

/** The last pattern, ready for matchPattern(). */
const pattern = make<Buffer>();
let forwards = false;
const typed = make<Buffer>();

/** /PATTERN: the newest older line in which it matches, at the begin after ^. Without a pattern the last one again. */
export function searchBackward(): bool {
  return readPattern('/') && search(false);
}

/** ?PATTERN: the next newer line. */
export function searchForward(): bool {
  return readPattern('?') && search(true);
}

/** n, and reversed N. */
export function repeatSearch(reversed: bool): bool {
  const before = forwards;
  const found = search(forwards != reversed);
  forwards = before;
  return found;
}

function readPattern(question: string): bool {
  typed.clear();
  let key = 0;
  while (true) {
    drawQuestion(literal(question), typed.at, typed.length);
    key = nextKey();
    if (key == 0x08 || key == 0x7f) {
      if (!typed.length) break;
      do typed.length--;
      while (typed.length && (load<u8>(typed.at + typed.length) & 0xc0) == 0x80);
      store<u8>(typed.at + typed.length, 0);
    } else if (key >= 0x20 && key < 0x100) typed.byte(<u8>key);
    else break;
  }
  drawAgain();
  if (key != 0x0a && key != 0x0d) return false;
  if (!typed.length) return true;
  const anchored = load<u8>(typed.at) == 0x5e;
  pattern.clear();
  if (!anchored) pattern.byte(0x2a);
  pattern.bytes(typed.at + (anchored ? 1 : 0));
  pattern.byte(0x2a);
  return true;
}

function search(newer: bool): bool {
  forwards = newer;
  const step = newer ? 1 : -1;
  for (let i = historyIndex + step; pattern.length && i >= 0 && i < historyLength(); i += step) {
    const each = historyLine(i);
    if (matchPattern(pattern.at, each, each + byteLength(each))) return show(i);
  }
  bell();
  return false;
}

/** v: an editor has the line, or the one of that number, and what it leaves is obeyed: what `fc -e` does. */
export function editLineInEditor(number: i32): bool {
  // The rest of a command cannot be changed alone, and a line behind a blank is in no history.
  if (continues || (!number && (!line.length || load<u8>(line.at) == 0x20))) {
    bell();
    return false;
  }
  if (!number) addHistory(line.at);
  const command = memory.data(64);
  snprintf(
    command,
    64,
    number ? 'fc -e "${VISUAL:-${EDITOR:-vi}}" %d' : 'fc -e "${VISUAL:-${EDITOR:-vi}}"',
    number,
  );
  setLine(command, byteLength(command));
  draw();
  return true;
}
