// Full-screen programs: a terminal in raw mode, keys, and rows of text that are sent only where they changed.
//
// Rules: screenStart() … screenEnd(); a program that ends otherwise leaves the terminal raw. Each picture: screenRow(n)
// for every row, filled with text and SGR sequences that take no more columns than there are, then screenShow(). Sizes
// change at SIGWINCH: screenResized() says so once. The keys come from the terminal on standard output or /dev/tty, not
// from standard input, which may be a pipe. Source: ECMA-48; xterm's control sequences.

import { Buffer } from './buffer';
import { characterWidth } from './character-width';
import { characterAt, characterSize } from './characters';
import { Errno } from './errno';
import { open, Open, read, writeFully } from './file';
import { Restart, setHandler } from './handler';
import { controlSequence, Key, letterKey } from './keys';
import { List } from './list';
import { literal } from './literal';
import { make } from './malloc';
import { Poll, pollOne } from './poll';
import { Signal } from './signal';
import {
  getTermios,
  makeRaw,
  setTermiosNow,
  sizeOfColumns,
  sizeOfRows,
  terminalSize,
  Termios,
} from './terminal';

const ESCAPE: i32 = 27;
const ESCAPE_BYTE: u8 = 27;
/** How long after ESC the rest of a key's sequence may take. */
const ESCAPE_MS: i32 = 40;
const INPUT_BYTES: usize = 4096;

let terminal: i32 = -1;
let rows: i32 = 24;
let columns: i32 = 80;
let resized: bool = false;
let alternate: bool = false;
const before = changetype<Termios>(memory.data(64, 8));
const raw = changetype<Termios>(memory.data(64, 8));
/** Buffers: the picture being made, and what the terminal shows. */
const picture = make<List>();
const shown = make<List>();
const output = make<Buffer>();
const input = memory.data(4096);
let inputAt: usize = 0;
let inputEnd: usize = 0;
let forgotten: bool = true;

function onResize(_signal: i32): void {
  resized = true;
}

export function screenRows(): i32 {
  return rows;
}

export function screenColumns(): i32 {
  return columns;
}

function measure(): void {
  if (!terminalSize(terminal)) return;
  rows = sizeOfRows();
  columns = sizeOfColumns();
}

/** Takes the terminal. `useAlternate`: on a screen of its own. False when there is no terminal. */
export function screenStart(useAlternate: bool): bool {
  terminal = open(literal('/dev/tty'), Open.readWrite | Open.closeOnExec);
  if (terminal < 0) {
    for (let fd = 2; fd >= 0; fd--) if (getTermios(fd, before) >= 0) terminal = fd;
  }
  if (terminal < 0 || getTermios(terminal, before) < 0) return false;
  alternate = useAlternate;
  setHandler(Signal.WINCH, onResize, Restart.never);
  screenResume();
  return true;
}

/** As screenStart(), after screenEnd() or a stop. */
export function screenResume(): void {
  memory.copy(changetype<usize>(raw), changetype<usize>(before), 64);
  makeRaw(raw);
  setTermiosNow(terminal, raw);
  measure();
  send(alternate ? '\x1b[?1049h\x1b[?1h\x1b=' : '\x1b[?1h\x1b=');
  screenForget();
}

/** Gives the terminal back. */
export function screenEnd(): void {
  send(alternate ? '\x1b[m\x1b[?25h\x1b[?1l\x1b>\x1b[?1049l' : '\x1b[m\x1b[?25h\x1b[?1l\x1b>');
  setTermiosNow(terminal, before);
}

/** The terminal's descriptor. */
export function screenTerminal(): i32 {
  return terminal;
}

/** Sends ASCII as it is. */
export function send(text: string): void {
  const bytes = literal(text);
  writeFully(terminal, bytes, text.length);
}

/** The terminal shows something else now: the next picture is sent whole. */
export function screenForget(): void {
  forgotten = true;
}

/** Row `n` of the next picture, empty. */
export function screenRow(n: i32): Buffer {
  while (picture.length <= n) {
    picture.append(changetype<usize>(make<Buffer>()));
    shown.append(changetype<usize>(make<Buffer>()));
  }
  const row = changetype<Buffer>(picture.get(n));
  row.clear();
  return row;
}

function sendNumber(value: i32): void {
  if (value >= 10) sendNumber(value / 10);
  output.byte(<u8>(0x30 + (value % 10)));
}

function sendMove(row: i32, column: i32): void {
  output.byte(ESCAPE_BYTE);
  output.byte(0x5b);
  sendNumber(row + 1);
  output.byte(0x3b);
  sendNumber(column + 1);
  output.byte(0x48);
}

function same(a: Buffer, b: Buffer): bool {
  return a.length == b.length && memory.compare(a.at, b.at, a.length) == 0;
}

/** Sends what differs, and puts the cursor there; a row below 0 hides it. */
export function screenShow(cursorRow: i32, cursorColumn: i32): void {
  output.clear();
  output.bytes(literal('\x1b[?25l'));
  if (forgotten) output.bytes(literal('\x1b[m\x1b[2J'));
  for (let n = 0; n < rows && n < picture.length; n++) {
    const now = changetype<Buffer>(picture.get(n));
    const last = changetype<Buffer>(shown.get(n));
    if (!forgotten && last.at && same(now, last)) continue;
    sendMove(n, 0);
    output.range(now.at, lengthWithin(now));
    // Erasing at the right margin would take the last character away on some terminals: first the colours, then that.
    output.bytes(literal('\x1b[m'));
    if (visibleColumns(now) < columns) output.bytes(literal('\x1b[K'));
    last.clear();
    last.range(now.at, now.length);
  }
  forgotten = false;
  if (cursorRow >= 0) {
    sendMove(cursorRow, cursorColumn);
    output.bytes(literal('\x1b[?25h'));
  }
  writeFully(terminal, output.at, output.length);
}

/** Bytes of the row that fit on the screen: a row that is too long would go on in the next one. */
function lengthWithin(row: Buffer): usize {
  if (visibleColumns(row) <= columns) return row.length;
  const end = row.at + row.length;
  let used = 0;
  for (let at = row.at; at < end;) {
    if (load<u8>(at) == ESCAPE_BYTE) {
      while (at < end && load<u8>(at) != 0x6d) at++;
      at++;
      continue;
    }
    used += characterWidth(characterAt(at, end));
    if (used > columns) return at - row.at;
    at += characterSize();
  }
  return row.length;
}

/** An upper bound of the columns that a row takes: bytes outside of escape sequences, continuation bytes not counted. */
function visibleColumns(row: Buffer): i32 {
  let count = 0;
  for (let i: usize = 0; i < row.length; i++) {
    const byte = load<u8>(row.at + i);
    if (byte == ESCAPE) {
      while (i < row.length && load<u8>(row.at + i) != 0x6d) i++;
    } else if ((byte & 0xc0) != 0x80) count += byte >= 0xe1 ? 2 : 1;
  }
  return count;
}

/** The next byte of input; Key.timeout, Key.resize or Key.hangUp. `timeoutMs` -1: waits. */
function nextByte(timeoutMs: i32): i32 {
  if (inputAt < inputEnd) return load<u8>(input + inputAt++);
  while (true) {
    if (resized && timeoutMs != ESCAPE_MS) return Key.resize;
    const ready = pollOne(terminal, Poll.input, timeoutMs);
    if (ready == -Errno.INTR) continue;
    if (ready == 0) return Key.timeout;
    const got = read(terminal, input, INPUT_BYTES);
    if (got == -Errno.INTR || got == -Errno.AGAIN) continue;
    if (got <= 0) return Key.hangUp;
    inputAt = 1;
    inputEnd = <usize>got;
    return load<u8>(input);
  }
  return Key.hangUp;
}

/** Whether a key waits already. */
export function keyWaits(): bool {
  return inputAt < inputEnd || pollOne(terminal, Poll.input, 0) > 0;
}

/** The next key. `timeoutMs` -1: waits for ever. */
export function readKey(timeoutMs: i32): i32 {
  const byte = nextByte(timeoutMs);
  if (byte == Key.resize) {
    resized = false;
    measure();
    screenForget();
    return byte;
  }
  if (byte > 0xff) return byte;
  if (byte == ESCAPE) return afterEscape();
  if (byte < 0xc0) return byte;
  let code = byte < 0xe0 ? byte & 0x1f : byte < 0xf0 ? byte & 0x0f : byte & 0x07;
  for (let more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3; more > 0; more--) {
    const next = nextByte(ESCAPE_MS);
    if (next > 0xff || (next & 0xc0) != 0x80) return 0xfffd;
    code = (code << 6) | (next & 0x3f);
  }
  return code;
}

/** The next byte of a key's sequence. */
function nextSoon(): i32 {
  return nextByte(ESCAPE_MS);
}

function afterEscape(): i32 {
  const second = nextSoon();
  if (second > 0xff) return ESCAPE;
  if (second == 0x4f) {
    const key = letterKey(nextSoon(), false);
    return key == Key.timeout ? Key.none : key;
  }
  if (second != 0x5b) {
    // A key of its own: ESC was typed by itself just before it.
    inputAt--;
    return ESCAPE;
  }
  const key = controlSequence(nextSoon);
  return key == Key.timeout || key == Key.hangUp ? ESCAPE : key;
}
