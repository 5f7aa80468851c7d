// The line editor of an interactive shell: emacs' keys, history, completion.
//
// Rules: editLine() makes the terminal raw and puts it back before it returns. Its result is valid until the next call.

import { Buffer } from '../lib/buffer';
import { byteLength, duplicateBytes, findLastByte } from '../lib/bytes';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { stdout } from '../lib/stream';
import { getTermios, makeRaw, setTermios, terminalColumns, Termios } from '../lib/terminal';
import { utf8Columns } from '../lib/utf8';
import { candidates, complete } from './completion';
import { historyLength, historyLine } from './history';
import { containsBytes } from './text';
import { Key } from '../lib/keys';
import { readKey } from './keys';
import {
  beginLine,
  changePrompt,
  drawAppended,
  drawCursor,
  drawLine,
  endLine,
  forgetRows,
} from './screen-line';

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
  // Of a prompt with several rows the last one belongs to the line.
  const newline = findLastByte(prompt, 0x0a);
  if (newline) {
    stdout.range(prompt, newline + 1 - prompt);
    prompt = newline + 1;
  }
  stdout.bytes(prompt).flush();
  beginLine(prompt);
  const result = edit();
  // Before the newline is seen: what is typed behind it belongs to the program.
  setTermios(0, before);
  if (result != Edited.ended) endLine(line.at);
  else stdout.newline().flush();
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
      case 0x12: {
        // ^R
        const ending = searchHistory();
        if (ending == 0x0a || ending == 0x0d) return Edited.line;
        if (ending == Key.hangUp) return Edited.ended;
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

/** Letters of the next word in capitals, small, or with a capital at the begin. */
function changeCase(key: i32): void {
  const end = nextWord(cursor);
  let isFirst = true;
  for (; cursor < end; cursor++) {
    const byte = load<u8>(line.at + cursor);
    const lower = byte | 0x20;
    if (lower < 0x61 || lower > 0x7a) continue;
    const upper = key == Key.upperWord || (key == Key.capitalWord && isFirst);
    store<u8>(line.at + cursor, upper ? lower ^ 0x20 : lower);
    isFirst = false;
  }
  draw();
}

/** The last word of the line before, as often as asked. */
function insertLastWord(): void {
  if (!historyLength()) {
    bell();
    return;
  }
  const text = historyLine(historyLength() - 1);
  let end = byteLength(text);
  while (end && load<u8>(text + end - 1) == 0x20) end--;
  let start = end;
  while (start && load<u8>(text + start - 1) != 0x20) start--;
  for (let i = start; i < end; i++) line.insert(cursor++, load<u8>(text + i));
  draw();
}

/** Exchanges the characters before and at the cursor. */
function transpose(): void {
  if (!cursor || line.length < 2) {
    bell();
    return;
  }
  if (cursor == line.length) cursor = previousCharacter(cursor);
  const before = previousCharacter(cursor);
  const after = nextCharacter(cursor);
  const size = cursor - before;
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(line.at + before);
    line.remove(before, 1);
    line.insert(after - 1, byte);
  }
  cursor = after;
  draw();
}

const searched = make<Buffer>();
const searchPrompt = make<Buffer>();

/** The newest line before `index` that contains what is searched; -1 when there is none. */
function findInHistory(index: i32): i32 {
  for (let i = index - 1; i >= 0; i--) if (containsBytes(historyLine(i), searched.at)) return i;
  return -1;
}

/** ^R: searches the history while its text is typed; ^R again goes further back, ^G gives up. Returns the key that ended it. */
function searchHistory(): i32 {
  const original = mustAllocate(duplicateBytes(line.at));
  let found = historyLength();
  let failing = false;
  searched.clear();
  let key: i32;
  while (true) {
    searchPrompt.clear();
    searchPrompt.bytes(literal(failing ? '(failed search)`' : '(search)`'));
    searchPrompt.bytes(searched.at);
    searchPrompt.bytes(literal("': "));
    changePrompt(searchPrompt.at);
    drawLine(searchPrompt.at, line.at, cursor);
    key = readKey();
    let from = found;
    if (key == 0x7f || key == 0x08) {
      if (searched.length) searched.remove(searched.length - 1, 1);
      from = historyLength();
    } else if (key == 0x12) from = found;
    else if (key >= 0x20 && key < 0x100) {
      searched.byte(<u8>key);
      from = min<i32>(found + 1, historyLength());
    } else break;
    const next = searched.length ? findInHistory(from) : -1;
    failing = next < 0 && searched.length > 0;
    if (next < 0) {
      if (failing) bell();
      continue;
    }
    found = next;
    historyIndex = found;
    line.clear();
    line.bytes(historyLine(found));
    cursor = line.length;
  }
  if (key == 0x07 || key == 0x03) {
    line.clear();
    line.bytes(original);
    cursor = line.length;
  }
  free(original);
  changePrompt(prompt);
  draw();
  if (key != 0x07 && key != 0x03 && key != 0x0a && key != 0x0d && key != Key.hangUp && !moveKey(key))
    editKey(key);
  return key;
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
