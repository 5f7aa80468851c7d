// Editing a line with vi's keys, after `set -o vi`. Source: POSIX sh, "Command Line Editing (vi-mode)".
//
// Rules: a line begins in insert mode; ESC leads to command mode (vi-commands.ts). No time decides whether an ESC begins
// the sequence of a cursor key: [ and O are no commands, so that what follows tells, and insert mode goes on.

import { controlSequence, Key, letterKey } from '../lib/keys';
import {
  clearScreen,
  completeHere,
  cursor,
  cut,
  insertByte,
  line,
  moveCursor,
  nextCharacter,
  previousCharacter,
  previousWord,
  removeAt,
} from './edit-line';
import { historyIndex, searchHistory, showHistory } from './edit-history';
import { Edited, endedBy } from './ending';
import { readByte } from './keys';
import { Asks, beginInsertion, endInsertion, obey, lineFetched } from './vi-commands';
import { nextKey, stopPlaying } from './vi-input';
import { lastCharacter } from './vi-motion';

/** Whether what is typed is text. */
let inserting = true;
/** The key before was an ESC: where the cursor was in insert mode, if it ended that. */
let escaped = false;
let endedInsertion = false;
let cursorBefore: usize = 0;

export function editVi(): i32 {
  inserting = true;
  escaped = false;
  stopPlaying();
  lineFetched();
  beginInsertion();
  while (true) {
    const key = nextKey();
    const ended = endedBy(key);
    if (ended >= 0) return ended;
    switch (key) {
      case 0x04: // ^D
        if (inserting && !line.length) return Edited.ended;
        break;
      case 0x1b:
        escape();
        continue;
      default: {
        const wasEscaped = escaped;
        escaped = false;
        if (wasEscaped && (key == 0x5b || key == 0x4f)) functionKey(key);
        else if (!inserting) {
          const asks = obey(key);
          if (asks == Asks.line) return Edited.line;
          inserting = asks == Asks.text;
        } else {
          const ending = insertKey(key);
          if (ending >= 0) return ending;
        }
      }
    }
  }
  return Edited.ended;
}

/** Command mode; the cursor goes onto the character before. */
function escape(): void {
  escaped = true;
  cursorBefore = cursor;
  endedInsertion = inserting;
  if (!inserting) return;
  inserting = false;
  endInsertion();
  moveCursor(previousCharacter(cursor));
}

/** A cursor key, behind ESC and [ or O: insert mode was not left. */
function functionKey(second: i32): void {
  const key = second == 0x5b ? controlSequence(readByte) : letterKey(readByte(), false);
  if (endedInsertion) {
    inserting = true;
    moveCursor(cursorBefore);
    beginInsertion();
  }
  const most = inserting ? line.length : lastCharacter();
  switch (key) {
    case Key.left:
      return moveCursor(previousCharacter(cursor));
    case Key.right:
      return moveCursor(min<usize>(nextCharacter(cursor), most));
    case Key.home:
      return moveCursor(0);
    case Key.end:
      return moveCursor(most);
    case Key.remove:
      return removeAt(cursor, nextCharacter(cursor));
    case Key.up:
      showHistory(historyIndex - 1);
      return;
    case Key.down:
      showHistory(historyIndex + 1);
      return;
    default:
  }
}

/** A key in insert mode; how the line ends, or -1. */
function insertKey(key: i32): i32 {
  switch (key) {
    case 0x08: // ^H
    case 0x7f:
      removeAt(previousCharacter(cursor), cursor);
      return -1;
    case 0x15: // ^U
      cut(0, cursor);
      return -1;
    case 0x17: // ^W
      cut(previousWord(cursor, true), cursor);
      return -1;
    case 0x16: {
      // ^V
      const next = nextKey();
      if (next < 0x100 && next) insertByte(<u8>next);
      return next == Key.hangUp ? Edited.ended : -1;
    }
    case 0x09:
      completeHere();
      beginInsertion();
      return -1;
    case 0x0c: // ^L
      clearScreen();
      return -1;
    case 0x12: {
      // ^R
      const ending = searchHistory();
      beginInsertion();
      if (ending == Key.hangUp) return Edited.ended;
      return ending == 0x0a || ending == 0x0d ? Edited.line : -1;
    }
    default:
      if (key >= 0x20) insertByte(<u8>key);
      return -1;
  }
}
