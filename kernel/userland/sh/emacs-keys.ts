// Editing a line with emacs' keys, those that shells have without being asked.

import { Key } from '../lib/keys';
import {
  bell,
  clearScreen,
  completeHere,
  cursor,
  cut,
  draw,
  insertByte,
  insertRange,
  line,
  moveCursor,
  nextCharacter,
  nextWord,
  previousCharacter,
  previousWord,
  removeAt,
  removed,
  setCursor,
} from './edit-line';
import { historyIndex, insertLastWord, searchHistory, showHistory } from './edit-history';
import { Edited, endedBy } from './ending';
import { readKey } from './keys';

export function editEmacs(): i32 {
  while (true) {
    const key = readKey();
    const ended = endedBy(key);
    if (ended >= 0) return ended;
    switch (key) {
      case 0x04: // ^D
        if (!line.length) return Edited.ended;
        removeAt(cursor, nextCharacter(cursor));
        break;
      case 0x09:
        completeHere();
        break;
      case 0x12: {
        // ^R
        const ending = searchHistory();
        if (ending == 0x0a || ending == 0x0d) return Edited.line;
        if (ending == Key.hangUp) return Edited.ended;
        if (!moveKey(ending)) editKey(ending);
        break;
      }
      default:
        if (key >= 0x20 && key < 0x100 && key != 0x7f) insertByte(<u8>key);
        else if (!moveKey(key)) editKey(key);
    }
  }
  return Edited.ended;
}

/** Keys that move the cursor; false for others. */
function moveKey(key: i32): bool {
  let target = cursor;
  switch (key) {
    case 0x01: // ^A
    case Key.home:
      target = 0;
      break;
    case 0x05: // ^E
    case Key.end:
      target = line.length;
      break;
    case 0x02: // ^B
    case Key.left:
      target = previousCharacter(cursor);
      break;
    case 0x06: // ^F
    case Key.right:
      target = nextCharacter(cursor);
      break;
    case Key.wordLeft:
      target = previousWord(cursor, false);
      break;
    case Key.wordRight:
      target = nextWord(cursor);
      break;
    default:
      return false;
  }
  moveCursor(target);
  return true;
}

/** Keys that change the line. */
function editKey(key: i32): void {
  switch (key) {
    case 0x08: // ^H
    case 0x7f: {
      const start = previousCharacter(cursor);
      removeAt(start, cursor);
      break;
    }
    case Key.remove:
      removeAt(cursor, nextCharacter(cursor));
      break;
    case 0x0b: // ^K
      cut(cursor, line.length);
      break;
    case 0x15: // ^U
      cut(0, cursor);
      break;
    case 0x17: // ^W
      cut(previousWord(cursor, true), cursor);
      break;
    case Key.removeWord:
      cut(cursor, nextWord(cursor));
      break;
    case Key.removeWordBefore:
      cut(previousWord(cursor, false), cursor);
      break;
    case Key.upperWord:
    case Key.lowerWord:
    case Key.capitalWord:
      changeCase(key);
      break;
    case Key.lastWord:
      insertLastWord();
      break;
    case 0x14: // ^T
      transpose();
      break;
    case 0x19: // ^Y
      insertRange(removed.at, removed.length);
      break;
    case 0x0c: // ^L
      clearScreen();
      break;
    case 0x10: // ^P
    case Key.up:
      showHistory(historyIndex - 1);
      break;
    case 0x0e: // ^N
    case Key.down:
      showHistory(historyIndex + 1);
      break;
    default:
  }
}

/** Letters of the next word in capitals, small, or with a capital at the begin. */
function changeCase(key: i32): void {
  const end = nextWord(cursor);
  let isFirst = true;
  for (let at = cursor; at < end; at++) {
    const byte = load<u8>(line.at + at);
    const lower = byte | 0x20;
    if (lower < 0x61 || lower > 0x7a) continue;
    const upper = key == Key.upperWord || (key == Key.capitalWord && isFirst);
    store<u8>(line.at + at, upper ? lower ^ 0x20 : lower);
    isFirst = false;
  }
  setCursor(end);
  draw();
}

/** Exchanges the characters before and at the cursor. */
function transpose(): void {
  if (!cursor || line.length < 2) {
    bell();
    return;
  }
  if (cursor == line.length) setCursor(previousCharacter(cursor));
  const before = previousCharacter(cursor);
  const after = nextCharacter(cursor);
  const size = cursor - before;
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(line.at + before);
    line.remove(before, 1);
    line.insert(after - 1, byte);
  }
  setCursor(after);
  draw();
}
