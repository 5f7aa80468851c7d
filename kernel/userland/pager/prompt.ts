// The last row of the screen: the prompt, notes, lines that are asked for; and drawing all of it.

import { Buffer } from '../lib/buffer';
import { readKey, screenColumns, screenRow, screenRows, screenShow } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { encodeCodePoint } from '../lib/utf8';
import { fileIndex, files } from './files';
import { layOut, rowsOfLine } from './layout';
import { asMore } from './options';
import { lineCount, lineLength, lineStart, reachLine } from './text';
import { atEnd, name, page, text, top, topPart } from './view';

const ESCAPE: i32 = 27;
export let following = false;

/** F: what is appended is shown. */
export function setFollowing(on: bool): void {
  following = on;
}

/** Shown instead of the prompt until the next key; 0: none. */
let note: usize = 0;

const noteText = memory.data(300);

export function setNote(what: string, subject: usize): void {
  snprintf(noteText, 300, '%s%s', literal(what), subject ? subject : literal(''));
  note = noteText;
}

/** The digits that have been typed so far. */
export function noteCount(number: i32): void {
  snprintf(noteText, 300, ':%d', number);
  note = noteText;
}

/** What went wrong with a file. */
export function noteFailure(path: usize, what: string): void {
  snprintf(noteText, 300, '%s: %s', path, literal(what));
  note = noteText;
}

export function clearNote(): void {
  note = 0;
}

/** The line at the bottom of the screen, for the prompt. */
function describe(to: Buffer, whole: bool): void {
  const part = memory.data(400);
  const total = lineCount(text);
  const bottom = min(total, top + page());
  const percent = text.size ? (<i64>lineEnd(bottom - 1) * 100) / <i64>text.size : 100;
  if (whole || asMore || !load<u8>(name)) {
    const what = load<u8>(name) ? name : literal('standard input');
    snprintf(part, 400, '%s lines %d-%d', what, top + 1, bottom);
    if (!asMore) to.bytes(part);
    else to.bytes(literal('--More--'));
    if (text.complete) {
      if (!asMore) snprintf(part, 400, '/%d %d%%', total, percent);
      else snprintf(part, 400, '(%d%%)', percent);
      to.bytes(part);
    }
  } else to.bytes(name);
  if (files.length > 1 && !asMore) {
    snprintf(part, 400, ' (file %d of %d)', fileIndex + 1, files.length);
    to.bytes(part);
  }
  if (atEnd()) to.bytes(literal(' (END)'));
}

function lineEnd(n: i32): usize {
  return n < 0 ? 0 : lineStart(text, n) + lineLength(text, n);
}

let describing = true;

/** Whether the prompt tells everything about the place in the text. */
export function setDescribing(on: bool): void {
  describing = on;
}

function drawPrompt(): void {
  const bottom = screenRow(screenRows() - 1);
  if (following) bottom.bytes(literal('\x1b[7mwaiting for more (interrupt with ^C or q)\x1b[m'));
  else if (note) {
    bottom.bytes(literal('\x1b[7m'));
    bottom.bytes(note);
    bottom.bytes(literal('\x1b[m'));
  } else if (describing || asMore) {
    bottom.bytes(literal('\x1b[7m'));
    describe(bottom, describing);
    bottom.bytes(literal('\x1b[m'));
  } else if (atEnd()) bottom.bytes(literal('\x1b[7m(END)\x1b[m'));
  else bottom.byte(0x3a);
}

export function draw(): void {
  let line = top;
  let part = topPart;
  for (let n = 0; n < page(); n++) {
    const row = screenRow(n);
    if (!reachLine(text, line)) {
      if (!asMore) row.byte(0x7e);
      continue;
    }
    layOut(text, line, part, screenColumns(), row);
    if (++part >= rowsOfLine(text, line, screenColumns())) {
      line++;
      part = 0;
    }
  }
  drawPrompt();
  screenShow(screenRows() - 1, 0);
}

export const typed = make<Buffer>();

/** Reads a line at the bottom; false when it was given up. What was typed is in `typed`. */
export function readLine(prompt: string): bool {
  typed.clear();
  const bytes = memory.data(8);
  while (true) {
    const row = screenRow(screenRows() - 1);
    row.bytes(literal(prompt));
    row.range(typed.at, typed.length);
    screenShow(screenRows() - 1, min(screenColumns() - 1, prompt.length + columnsOf(typed)));
    const key = readKey(-1);
    if (key == 13 || key == 10) return true;
    if (key == ESCAPE || key == 3 || key == Key.hangUp) return false;
    if (key == 127 || key == 8) {
      if (typed.length == 0) return false;
      do typed.remove(typed.length - 1, 1);
      while (typed.length && (load<u8>(typed.at + typed.length) & 0xc0) == 0x80);
    } else if (key == 21) typed.clear();
    else if (key < 0x110000 && (key >= 0x20 || key == 9)) {
      const end = encodeCodePoint(key, bytes);
      typed.range(bytes, end - bytes);
    }
  }
  return false;
}

function columnsOf(b: Buffer): i32 {
  let n = 0;
  for (let i: usize = 0; i < b.length; i++) if ((load<u8>(b.at + i) & 0xc0) != 0x80) n++;
  return n;
}
