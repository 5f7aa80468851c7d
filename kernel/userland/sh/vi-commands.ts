// vi's commands on the edited line. Source: POSIX sh, "Command Line Editing (vi-mode)".

import { Buffer } from '../lib/buffer';
import { byteLength, duplicateBytes } from '../lib/bytes';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { findAlias } from './alias';
import {
  bell,
  clearScreen,
  cursor,
  cut,
  draw,
  insertRange,
  line,
  moveCursor,
  nextCharacter,
  previousCharacter,
  removeAt,
  removed,
  setCursor,
  setLine,
} from './edit-line';
import { appendOldWord, completeWord, expandWordHere, listExpansions } from './vi-expansion';
import {
  editLineInEditor,
  goToHistory,
  moveInHistory,
  repeatSearch,
  searchBackward,
  searchForward,
} from './vi-history';
import { isPlaying, nextKey, play, readCharacter, startRecording, takeRecording } from './vi-input';
import {
  isBlankAt,
  isInclusive,
  isMotion,
  lastCharacter,
  moveBehindWord,
  reached,
  target,
} from './vi-motion';

/** What a command leads to. */
export const enum Asks {
  /** The next command. */
  command,
  /** Text: insert mode. */
  text,
  /** The line is done. */
  line,
}

/** The last command that changed something: its keys without the count. */
const lastChange = make<Buffer>();
let lastCount = 0;
/** What is done is a change that . may do again. */
let isChange = false;
let count = 0;
/** The line before the last change (u), and as it was fetched (U). */
let undoText: usize = 0;
let undoCursor: usize = 0;
let original: usize = 0;

/** Another line of the history, or a new one: nothing of it has been changed yet. */
export function lineFetched(): void {
  free(original);
  original = mustAllocate(duplicateBytes(line.at));
  keepForUndo();
}

function keepForUndo(): void {
  free(undoText);
  undoText = mustAllocate(duplicateBytes(line.at));
  undoCursor = cursor;
}

/** Text goes on that . cannot type again: that of a new line, or behind a key that moves about. */
export function beginInsertion(): void {
  isChange = false;
}

/** ESC after text. */
export function endInsertion(): void {
  keepChange();
}

function keepChange(): void {
  if (!isChange || isPlaying()) return;
  isChange = false;
  takeRecording(lastChange);
  lastCount = count;
}

/** Obeys a command that begins with `key`. */
export function obey(key: i32): i32 {
  count = 0;
  let first = key;
  while (first >= 0x31 - <i32>(count > 0) && first <= 0x39) {
    count = min<i32>(count * 10 + first - 0x30, 99999);
    first = nextKey();
  }
  if (first == 0x2e) return repeat();
  startRecording(first);
  isChange = false;
  return command(first);
}

/** . */
function repeat(): i32 {
  if (!lastChange.length) return failed();
  if (!count) count = lastCount;
  play(lastChange.at, lastChange.length);
  const asks = command(nextKey());
  isChange = false;
  return asks;
}

function failed(): i32 {
  bell();
  return Asks.command;
}

/** Something is about to be changed. */
function change(): void {
  isChange = true;
  keepForUndo();
}

/** The end of a change that asks for no text. */
function changed(): i32 {
  const last = lastCharacter();
  if (cursor > last) moveCursor(last);
  keepChange();
  return Asks.command;
}

function command(key: i32): i32 {
  if (isMotion(key, count)) {
    if (!reached) return failed();
    const to = min<usize>(target, lastCharacter());
    if (to == cursor && target != cursor) return failed();
    moveCursor(to);
    return Asks.command;
  }
  const last = lastCharacter();
  switch (key) {
    case 0x69: // i
      return insertAt(cursor);
    case 0x61: // a
      return insertAt(nextCharacter(cursor));
    case 0x49: // I
      return insertAt(0);
    case 0x41: // A
      return insertAt(line.length);
    case 0x63: // c
    case 0x64: // d
    case 0x79: // y
      return operate(key);
    case 0x43: // C
      return removeAndInsert(cursor, line.length);
    case 0x53: // S
      return removeAndInsert(0, line.length);
    case 0x73: // s
      return removeAndInsert(cursor, charactersAfter());
    case 0x44: // D
      return remove(cursor, line.length);
    case 0x78: // x
      return remove(cursor, charactersAfter());
    case 0x58: // X
      return remove(charactersBefore(), cursor);
    case 0x59: // Y
      copy(cursor, line.length);
      return Asks.command;
    case 0x70: // p
      return put(nextCharacter(cursor));
    case 0x50: // P
      return put(cursor);
    case 0x72: // r
      return replaceCharacters();
    case 0x52: // R
      return overwrite();
    case 0x7e: // ~
      return swapCase();
    case 0x75: // u
      return undo();
    case 0x55: // U
      change();
      setLine(original, 0);
      draw();
      return changed();
    case 0x5f: // _
      change();
      return appendOldWord(count) ? Asks.text : failed();
    case 0x23: // #
      setCursor(0);
      insertRange(literal('#'), 1);
      return Asks.line;
    case 0x3d: // =
      listExpansions();
      return Asks.command;
    case 0x5c: // the backslash
      change();
      return completeWord() ? Asks.text : failed();
    case 0x2a: // *
      change();
      return expandWordHere() ? Asks.text : failed();
    case 0x40: // @
      return playAlias();
    case 0x76: // v
      return editLineInEditor(count) ? Asks.line : failed();
    case 0x6b: // k
    case 0x2d:
      return fetched(moveInHistory(-max<i32>(count, 1)));
    case 0x6a: // j
    case 0x2b:
      return fetched(moveInHistory(max<i32>(count, 1)));
    case 0x47: // G
      return fetched(goToHistory(count));
    case 0x2f: // /
      return fetched(searchBackward());
    case 0x3f: // ?
      return fetched(searchForward());
    case 0x6e: // n
      return fetched(repeatSearch(false));
    case 0x4e: // N
      return fetched(repeatSearch(true));
    case 0x0c: // ^L
      clearScreen();
      moveCursor(min<usize>(cursor, last));
      return Asks.command;
    default:
      return failed();
  }
}

function fetched(found: bool): i32 {
  if (found) lineFetched();
  return Asks.command;
}

function insertAt(at: usize): i32 {
  change();
  moveCursor(at);
  return Asks.text;
}

function removeAndInsert(start: usize, end: usize): i32 {
  change();
  cut(start, end);
  return Asks.text;
}

function remove(start: usize, end: usize): i32 {
  if (start == end) return failed();
  change();
  cut(start, end);
  return changed();
}

function copy(start: usize, end: usize): void {
  removed.clear();
  removed.range(line.at + start, end - start);
}

/** Behind `count` characters from the cursor on. */
function charactersAfter(): usize {
  let at = cursor;
  for (let i = 0; i < max<i32>(count, 1); i++) at = nextCharacter(at);
  return at;
}

function charactersBefore(): usize {
  let at = cursor;
  for (let i = 0; i < max<i32>(count, 1); i++) at = previousCharacter(at);
  return at;
}

/** c, d, y and the motion behind them; doubled: the whole line. */
function operate(operator: i32): i32 {
  let key = nextKey();
  if (key > 0x30 && key <= 0x39) {
    // d2w, and 2d3w is 6 words.
    let more = 0;
    for (; key >= 0x30 && key <= 0x39; key = nextKey()) more = min<i32>(more * 10 + key - 0x30, 9999);
    count = max<i32>(count, 1) * more;
  }
  let start: usize = 0;
  let end = line.length;
  if (key != operator) {
    const isWord = key == 0x77 || key == 0x57;
    if (operator == 0x63 && isWord && !isBlankAt(cursor)) moveBehindWord(count, key == 0x57);
    else if (!isMotion(key, count) || !reached) return failed();
    start = min<usize>(cursor, target);
    end = max<usize>(cursor, target);
    if (isInclusive) end = nextCharacter(end);
  }
  if (operator == 0x79) {
    copy(start, end);
    moveCursor(min<usize>(start == 0 && key == operator ? cursor : start, lastCharacter()));
    return Asks.command;
  }
  if (operator == 0x63) return removeAndInsert(start, end);
  return key == operator && !line.length ? failed() : remove(start, end);
}

/** p and P: the cursor stands on the last character of what was put. */
function put(at: usize): i32 {
  if (!removed.length) return failed();
  change();
  setCursor(min<usize>(at, line.length));
  for (let i = 0; i < max<i32>(count, 1); i++) insertRange(removed.at, removed.length);
  moveCursor(previousCharacter(cursor));
  return changed();
}

/** r */
function replaceCharacters(): i32 {
  const character = memory.data(8);
  const times = max<i32>(count, 1);
  if (!readCharacter(character)) return Asks.command;
  let end = cursor;
  for (let i = 0; i < times; i++) {
    if (end >= line.length) return failed();
    end = nextCharacter(end);
  }
  change();
  line.remove(cursor, end - cursor);
  for (let i = 0; i < times; i++) insertRange(character, byteLength(character));
  moveCursor(previousCharacter(cursor));
  return changed();
}

/** R: what is typed takes the place of what is there, up to ESC. */
function overwrite(): i32 {
  const character = memory.data(8);
  change();
  while (readCharacter(character)) {
    if (cursor < line.length) removeAt(cursor, nextCharacter(cursor));
    insertRange(character, byteLength(character));
  }
  moveCursor(previousCharacter(cursor));
  return changed();
}

function swapCase(): i32 {
  if (!line.length) return failed();
  change();
  const end = charactersAfter();
  for (let at = cursor; at < end; at++) {
    const byte = load<u8>(line.at + at);
    const lower = byte | 0x20;
    if (lower >= 0x61 && lower <= 0x7a) store<u8>(line.at + at, byte ^ 0x20);
  }
  setCursor(min<usize>(end, lastCharacter()));
  draw();
  return changed();
}

/** u: what was before the last change; again: what it did. */
function undo(): i32 {
  const text = undoText;
  const at = undoCursor;
  undoText = 0;
  keepForUndo();
  setLine(text, min<usize>(at, byteLength(text)));
  free(text);
  moveCursor(min<usize>(cursor, lastCharacter()));
  draw();
  return Asks.command;
}

/** @ and a letter: the text of the alias of that name, behind an underscore, is typed. */
function playAlias(): i32 {
  const name = memory.data(4);
  store<u8>(name, 0x5f);
  store<u8>(name, <u8>nextKey(), 1);
  store<u8>(name, 0, 2);
  const alias = findAlias(name);
  if (!alias) return failed();
  play(alias.value, alias.length);
  return Asks.command;
}
