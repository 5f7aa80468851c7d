// The line editor of an interactive shell: emacs' keys, history, completion.
//
// Rules: editLine() makes the terminal raw and puts it back before it returns. Its result is valid until the next call.

import { Buffer } from '../lib/buffer';
import { duplicateBytes } from '../lib/bytes';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { stdout } from '../lib/stream';
import { getTermios, makeRaw, setTermios, terminalColumns, Termios } from '../lib/terminal';
import { utf8Columns } from '../lib/utf8';
import { candidates, complete } from './completion';
import { historyLength, historyLine } from './history';
import { Key, readKey } from './keys';
import { beginLine, drawAppended, drawCursor, drawLine, endLine, forgetRows } from './screen-line';

export const enum Edited {
  line,
  /** ^C: the line is dropped. */
  abandoned,
  /** ^D on an empty line, or the terminal is gone. */
  ended,
}

const MAXIMUM: usize = 65536;

const line = make<Buffer>();
let cursor: usize = 0;
/** What ^W, ^U, ^K removed last. */
const removed = make<Buffer>();
/** historyLength() while the new line is edited, less when an old one is. */
let historyIndex: i32 = 0;
/** The new line, while an old one is shown. */
let draft: usize = 0;
let prompt: usize = 0;

export function editedLine(): usize {
  return line.at;
}

/** Reads a line with the terminal on descriptors 0 and 1. */
export function editLine(promptText: usize): i32 {
  const before = changetype<Termios>(memory.data(64, 8));
  const raw = changetype<Termios>(memory.data(64, 8));
  getTermios(0, before);
  getTermios(0, raw);
  makeRaw(raw);
  setTermios(0, raw);
  prompt = promptText;
  line.clear();
  cursor = 0;
  historyIndex = historyLength();
  stdout.bytes(prompt).flush();
  beginLine(prompt);
  const result = edit();
  if (result != Edited.ended) endLine(line.at);
  else stdout.newline().flush();
  setTermios(0, before);
  free(draft);
  draft = 0;
  return result;
}

function edit(): i32 {
  while (true) {
    const key = readKey();
    switch (key) {
      case 0x0a:
      case 0x0d:
        return Edited.line;
      case 0x03: // ^C
        toEnd();
        stdout.text('^C');
        return Edited.abandoned;
      case 0x04: // ^D
        if (!line.length) return Edited.ended;
        removeAt(cursor, nextCharacter(cursor));
        break;
      case Key.hangUp:
        return Edited.ended;
      case 0x09:
        completeHere();
        break;
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
  if (target != cursor) {
    cursor = target;
    drawCursor(line.at, cursor);
  }
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
    case 0x19: // ^Y
      for (let i: usize = 0; i < removed.length; i++) line.insert(cursor++, load<u8>(removed.at + i));
      draw();
      break;
    case 0x0c: // ^L
      stdout.text('\x1b[H\x1b[2J');
      forgetRows();
      draw();
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

function draw(): void {
  drawLine(prompt, line.at, cursor);
}

function toEnd(): void {
  cursor = line.length;
  drawCursor(line.at, cursor);
}

function insertByte(byte: u8): void {
  if (line.length >= MAXIMUM) {
    bell();
    return;
  }
  const atEnd = cursor == line.length;
  line.insert(cursor++, byte);
  if (!atEnd || !drawAppended(line.at, line.length, byte)) draw();
}

function bell(): void {
  stdout.byte(7).flush();
}

function removeAt(start: usize, end: usize): void {
  if (start == end) return;
  line.remove(start, end - start);
  cursor = start;
  draw();
}

/** Removes and remembers. */
function cut(start: usize, end: usize): void {
  if (start == end) return;
  removed.clear();
  removed.range(line.at + start, end - start);
  removeAt(start, end);
}

function previousCharacter(at: usize): usize {
  if (at)
    do at--;
    while (at && (load<u8>(line.at + at) & 0xc0) == 0x80);
  return at;
}

function nextCharacter(at: usize): usize {
  if (at < line.length)
    do at++;
    while (at < line.length && (load<u8>(line.at + at) & 0xc0) == 0x80);
  return at;
}

function isWord(at: usize, toBlank: bool): bool {
  const byte = load<u8>(line.at + at);
  if (toBlank) return byte != 0x20;
  const lower = byte | 0x20;
  return byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** The start of the word before `at`; words end at blanks only, or at anything that is no letter or digit. */
function previousWord(at: usize, toBlank: bool): usize {
  while (at && !isWord(at - 1, toBlank)) at--;
  while (at && isWord(at - 1, toBlank)) at--;
  return at;
}

function nextWord(at: usize): usize {
  while (at < line.length && !isWord(at, false)) at++;
  while (at < line.length && isWord(at, false)) at++;
  return at;
}

function showHistory(index: i32): void {
  if (index < 0 || index > historyLength()) {
    bell();
    return;
  }
  if (historyIndex == historyLength()) {
    free(draft);
    draft = mustAllocate(duplicateBytes(line.at));
  }
  historyIndex = index;
  const text = index < historyLength() ? historyLine(index) : draft;
  line.clear();
  line.bytes(text ? text : literal(''));
  cursor = line.length;
  draw();
}

/** Tab. When several ways on exist, they are listed below the line. */
function completeHere(): void {
  const before = line.length;
  cursor = complete(line, cursor);
  const list = candidates();
  if (list.length) {
    endLine(line.at);
    const columns = max<i32>(terminalColumns(1), 20);
    let width = 0;
    for (let i = 0; i < list.length; i++) width = max<i32>(width, <i32>utf8Columns(list.get(i)) + 1);
    const across = max<i32>(columns / width, 1);
    for (let i = 0; i < list.length; i++) {
      stdout.bytes(list.get(i));
      if (i + 1 == list.length || (i + 1) % across == 0) stdout.newline();
      else stdout.fill(0x20, width - <i32>utf8Columns(list.get(i)));
    }
    forgetRows();
    draw();
  } else if (line.length == before) bell();
  else draw();
}
