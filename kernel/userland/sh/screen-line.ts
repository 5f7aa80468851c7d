// The edited line on the terminal: prompt and text over as many rows as they take, with the cursor in the right place.
//
// Rules: any terminal that knows CR, LF, CSI A (up), CSI C (right) and CSI J (clear to the end) will do. Control
// characters show as ^X. Output is one write a change.

import { byteLength } from '../lib/bytes';
import { characterAt, characterSize } from '../lib/characters';
import { characterWidth } from '../lib/character-width';
import { stdout } from '../lib/stream';
import { terminalColumns } from '../lib/terminal';

let columns: i32 = 80;
let promptWidth: i32 = 0;
/** Where the cursor is: columns from the begin of the prompt, as if there were one endless row. */
let position: i32 = 0;

/** The prompt has been written at the begin of a row. */
export function beginLine(prompt: usize): void {
  columns = max<i32>(terminalColumns(1), 2);
  promptWidth = widthOfPrompt(prompt);
  position = promptWidth;
}

/** Columns of the text from `at` to `end`, or to its 0 byte. */
function widthOf(at: usize, end: usize): i32 {
  let width = 0;
  if (end == usize.MAX_VALUE) end = at + byteLength(at);
  while (at < end) {
    if (isControl(load<u8>(at))) {
      width += 2;
      at++;
      continue;
    }
    width += characterWidth(characterAt(at, end));
    at += characterSize();
  }
  return width;
}

/** Columns of a prompt: escape sequences (colours) take none. */
function widthOfPrompt(prompt: usize): i32 {
  let width = 0;
  const end = prompt + byteLength(prompt);
  for (let at = prompt; at < end;) {
    if (load<u8>(at) == 0x1b && load<u8>(at, 1) == 0x5b) {
      at += 2;
      while (load<u8>(at) && (load<u8>(at) < 0x40 || load<u8>(at) > 0x7e)) at++;
      if (load<u8>(at)) at++;
      continue;
    }
    width += characterWidth(characterAt(at, end));
    at += characterSize();
  }
  return width;
}

/** Another prompt for the same line: drawLine() follows. */
export function changePrompt(prompt: usize): void {
  promptWidth = widthOfPrompt(prompt);
}

function isControl(byte: u8): bool {
  return byte < 0x20 || byte == 0x7f;
}

function put(at: usize): void {
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (isControl(byte)) stdout.byte(0x5e).byte(byte ^ 0x40);
    else stdout.byte(byte);
  }
}

/** Draws everything, with the cursor before byte `cursor` of the text. */
export function drawLine(prompt: usize, text: usize, cursor: usize): void {
  toFirstRow();
  stdout.text('\x1b[J').bytes(prompt);
  put(text);
  const end = promptWidth + widthOf(text, usize.MAX_VALUE);
  // A terminal waits at the right margin before it wraps: the blank makes it wrap now.
  if (end && end % columns == 0) stdout.text(' \r');
  position = end;
  moveTo(promptWidth + widthOf(text, text + cursor));
  stdout.flush();
}

/** Only the cursor moves. */
export function drawCursor(text: usize, cursor: usize): void {
  moveTo(promptWidth + widthOf(text, text + cursor));
  stdout.flush();
}

/** One more character at the end of the text, where the cursor stands. False when drawLine() must do it. */
export function drawAppended(text: usize, length: usize, byte: u8): bool {
  if (isControl(byte) || byte >= 0x80) return false;
  const end = promptWidth + widthOf(text, text + length);
  position = end;
  stdout.byte(byte);
  if (end % columns == 0) stdout.text(' \r');
  stdout.flush();
  return true;
}

/** Leaves the line: the cursor goes to the begin of the row after it. */
export function endLine(text: usize): void {
  moveTo(promptWidth + widthOf(text, usize.MAX_VALUE));
  stdout.newline();
  stdout.flush();
}

/** The cursor is at the begin of a row on which nothing of the line is: the next drawLine() starts there. */
export function forgetRows(): void {
  position = 0;
}

function toFirstRow(): void {
  stdout.byte(0x0d);
  const row = position / columns;
  if (row) stdout.text('\x1b[').unsigned(row).text('A');
  position = 0;
}

function moveTo(target: i32): void {
  if (target == position) return;
  const row = target / columns;
  const column = target % columns;
  let from = position / columns;
  if (row < from)
    stdout
      .text('\x1b[')
      .unsigned(from - row)
      .text('A');
  for (; from < row; from++) stdout.newline();
  stdout.byte(0x0d);
  if (column) stdout.text('\x1b[').unsigned(column).text('C');
  position = target;
}
