// The line that is being edited, with its cursor, and what all kinds of keys do with it.
//
// Rules: positions are bytes; the cursor stands before a character or at the end. What changes the line also draws it.

import { Buffer } from '../lib/buffer';
import { findLastByte } from '../lib/bytes';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { stdout } from '../lib/stream';
import { terminalColumns } from '../lib/terminal';
import { utf8Columns } from '../lib/utf8';
import { candidates, complete } from './completion';
import {
  beginLine,
  changePrompt,
  drawAppended,
  drawCursor,
  drawLine,
  endLine,
  forgetRows,
} from './screen-line';

const MAXIMUM: usize = 65536;

export const line = make<Buffer>();
export let cursor: usize = 0;
/** What was removed last, to be put back: ^Y, p. */
export const removed = make<Buffer>();
let prompt: usize = 0;

/** Shows the prompt, with an empty line behind it. */
export function startLine(promptText: usize): void {
  prompt = promptText;
  line.clear();
  cursor = 0;
  // Of a prompt with several rows the last one belongs to the line.
  const newline = findLastByte(prompt, 0x0a);
  if (newline) {
    stdout.range(prompt, newline + 1 - prompt);
    prompt = newline + 1;
  }
  stdout.bytes(prompt).flush();
  beginLine(prompt);
}

/** Puts another text in the line's place. */
export function setLine(text: usize, at: usize): void {
  line.clear();
  line.bytes(text);
  cursor = at;
}

/** The cursor, before something is drawn. */
export function setCursor(at: usize): void {
  cursor = at;
}

/** Moves the cursor, and shows it. */
export function moveCursor(at: usize): void {
  if (at == cursor) return;
  cursor = at;
  drawCursor(line.at, cursor);
}

/** Asks something in the line's place: drawLine() with another prompt and text. */
export function drawQuestion(question: usize, answer: usize, at: usize): void {
  changePrompt(question);
  drawLine(question, answer, at);
}

/** After drawQuestion(). */
export function drawAgain(): void {
  changePrompt(prompt);
  draw();
}

/** Inserts at the cursor, which then stands behind it. */
export function insertRange(at: usize, size: usize): void {
  for (let i: usize = 0; i < size; i++) line.insert(cursor++, load<u8>(at + i));
  draw();
}

/** Begins on an empty screen. */
export function clearScreen(): void {
  stdout.text('\x1b[H\x1b[2J');
  forgetRows();
  draw();
}

export function draw(): void {
  drawLine(prompt, line.at, cursor);
}

export function toEnd(): void {
  cursor = line.length;
  drawCursor(line.at, cursor);
}

export function insertByte(byte: u8): void {
  if (line.length >= MAXIMUM) {
    bell();
    return;
  }
  const atEnd = cursor == line.length;
  line.insert(cursor++, byte);
  if (!atEnd || !drawAppended(line.at, line.length, byte)) draw();
}

export function bell(): void {
  stdout.byte(7).flush();
}

export function removeAt(start: usize, end: usize): void {
  if (start == end) return;
  line.remove(start, end - start);
  cursor = start;
  draw();
}

/** Removes and remembers. */
export function cut(start: usize, end: usize): void {
  if (start == end) return;
  removed.clear();
  removed.range(line.at + start, end - start);
  removeAt(start, end);
}

export function previousCharacter(at: usize): usize {
  if (at)
    do at--;
    while (at && (load<u8>(line.at + at) & 0xc0) == 0x80);
  return at;
}

export function nextCharacter(at: usize): usize {
  if (at < line.length)
    do at++;
    while (at < line.length && (load<u8>(line.at + at) & 0xc0) == 0x80);
  return at;
}

export function isWord(at: usize, toBlank: bool): bool {
  const byte = load<u8>(line.at + at);
  if (toBlank) return byte != 0x20;
  const lower = byte | 0x20;
  return byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** The start of the word before `at`; words end at blanks only, or at anything that is no letter or digit. */
export function previousWord(at: usize, toBlank: bool): usize {
  while (at && !isWord(at - 1, toBlank)) at--;
  while (at && isWord(at - 1, toBlank)) at--;
  return at;
}

export function nextWord(at: usize): usize {
  while (at < line.length && !isWord(at, false)) at++;
  while (at < line.length && isWord(at, false)) at++;
  return at;
}

/** Tab. When several ways on exist, they are listed below the line. False, with a bell, when there is none. */
export function completeHere(): bool {
  const before = line.length;
  cursor = complete(line, cursor);
  if (candidates().length) listBelow(candidates());
  else if (line.length == before) {
    bell();
    return false;
  } else draw();
  return true;
}

/** Shows words below the line, in columns. */
export function listBelow(list: List): void {
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
}
