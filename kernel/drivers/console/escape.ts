/**
 * The terminal that programs see on the screen: UTF-8, control characters and the escape sequences of ECMA-48 and xterm
 * that line editors and full-screen programs use. Bytes in, Screen operations out.
 *
 * The states are those of Paul Williams' parser for DEC terminals (vt100.net/emu/dec_ansi_parser): an unknown sequence is
 * swallowed whole, and a new ESC or CAN ends any.
 */
import { glyphOf } from './glyphs';
import {
  Screen,
  deleteCells,
  eraseCells,
  eraseRows,
  insertCells,
  lineFeed,
  moveTo,
  putGlyph,
  reverseLineFeed,
  screenReset,
  screenRestore,
  screenSave,
  scrollDown,
  scrollUp,
} from './screen';
import { selectGraphicRendition } from './graphic-rendition';

const MAX_PARAMETERS: u32 = 16;
const MAX_VALUE: u32 = 9999;
const TAB: u32 = 8;
const REPLACEMENT_CHARACTER: u32 = 0xfffd;

const enum State {
  Ground = 0,
  Escape = 1,
  /** ESC and an intermediate byte (character sets): one more byte follows. */
  EscapeIntermediate = 2,
  Csi = 3,
  /** Up to the final byte of a sequence that is not understood. */
  CsiIgnore = 4,
  /** OSC, DCS and the like: text up to BEL or ST. */
  Text = 5,
  TextEscape = 6,
}

@unmanaged
export class Terminal {
  screen: Screen;
  state: u32;
  /** MAX_PARAMETERS u32 values, and how many there are. */
  parameters: usize;
  count: u32;
  /** The `?` of DEC private modes. */
  isPrivate: bool;
  /** UTF-8: what is gathered, how many bytes follow, the smallest value that their number allows. */
  code: u32;
  expected: u32;
  smallest: u32;
  /** Function index of (bytes: usize, count: u32) => void: answers to the program's questions. 0: none. */
  reply: u32;
}

export const PARAMETER_BYTES: usize = MAX_PARAMETERS * 4;

/** Parameter `index`, or `fallback` when it is missing or 0. */
function parameter(t: Terminal, index: u32, fallback: u32): u32 {
  if (index >= t.count) return fallback;
  const value = load<u32>(t.parameters + index * 4);
  return value == 0 ? fallback : value;
}

function up(s: Screen, n: u32): void {
  const limit = s.row >= s.regionTop ? s.regionTop : 0;
  moveTo(s, s.row - min(n, s.row - limit), s.column);
}

function down(s: Screen, n: u32): void {
  const limit = s.row <= s.regionBottom ? s.regionBottom : s.rows - 1;
  moveTo(s, min(s.row + n, limit), s.column);
}

function left(s: Screen, n: u32): void {
  moveTo(s, s.row, s.column - min(n, s.column));
}

/** CUP and VPA count from 1, and from the region's top in origin mode. */
function position(s: Screen, row: u32, column: u32): void {
  const base: u32 = s.originMode ? s.regionTop : 0;
  const limit = s.originMode ? s.regionBottom : s.rows - 1;
  moveTo(s, min(base + row - 1, limit), column - 1);
}

function eraseInDisplay(s: Screen, mode: u32): void {
  if (mode == 0) {
    eraseCells(s, s.row, s.column, s.columns);
    eraseRows(s, s.row + 1, s.rows);
  } else if (mode == 1) {
    eraseRows(s, 0, s.row);
    eraseCells(s, s.row, 0, s.column + 1);
  } else if (mode <= 3) eraseRows(s, 0, s.rows);
}

function eraseInLine(s: Screen, mode: u32): void {
  if (mode == 0) eraseCells(s, s.row, s.column, s.columns);
  else if (mode == 1) eraseCells(s, s.row, 0, s.column + 1);
  else if (mode == 2) eraseCells(s, s.row, 0, s.columns);
}

function setRegion(t: Terminal): void {
  const s = t.screen;
  const top = parameter(t, 0, 1);
  const bottom = min(parameter(t, 1, s.rows), s.rows);
  if (top >= bottom) return;
  s.regionTop = top - 1;
  s.regionBottom = bottom - 1;
  position(s, 1, 1);
}

function setMode(t: Terminal, on: bool): void {
  const s = t.screen;
  for (let i: u32 = 0; i < t.count; i++) {
    const mode = load<u32>(t.parameters + i * 4);
    if (!t.isPrivate) {
      if (mode == 4) s.insertMode = on;
      continue;
    }
    if (mode == 1) s.applicationCursor = on;
    else if (mode == 7) s.autoWrap = on;
    else if (mode == 25) {
      s.cursorVisible = on;
      moveTo(s, s.row, s.column);
    } else if (mode == 6) {
      s.originMode = on;
      position(s, 1, 1);
    }
  }
}

const replyBuffer = memory.data(32);
let replyLength: u32 = 0;

function replyByte(byte: u32): void {
  store<u8>(replyBuffer + replyLength++, <u8>byte);
}

function replyNumber(value: u32): void {
  if (value >= 10) replyNumber(value / 10);
  replyByte(0x30 + (value % 10));
}

function sendReply(t: Terminal): void {
  if (t.reply != 0) call_indirect<void>(t.reply, replyBuffer, replyLength);
}

/** DSR: "ready", or where the cursor is. */
function reportStatus(t: Terminal): void {
  const what = parameter(t, 0, 0);
  if (t.isPrivate || (what != 5 && what != 6)) return;
  replyLength = 0;
  replyByte(0x1b);
  replyByte(0x5b);
  if (what == 5) replyByte(0x30);
  else {
    replyNumber(t.screen.row + 1);
    replyByte(0x3b);
    replyNumber(t.screen.column + 1);
  }
  replyByte(what == 5 ? 0x6e : 0x52);
  sendReply(t);
}

/** DA: a VT102. */
function reportAttributes(t: Terminal): void {
  if (t.isPrivate || parameter(t, 0, 0) != 0) return;
  replyLength = 0;
  replyByte(0x1b);
  replyByte(0x5b);
  replyByte(0x3f);
  replyByte(0x36);
  replyByte(0x63);
  sendReply(t);
}

/** Insert and delete lines work from the cursor to the bottom of the region, and only within it. */
function editLines(s: Screen, n: u32, insert: bool): void {
  if (s.row < s.regionTop || s.row > s.regionBottom) return;
  if (insert) scrollDown(s, s.row, s.regionBottom, n);
  else scrollUp(s, s.row, s.regionBottom, n);
  moveTo(s, s.row, 0);
}

function dispatchCsi(t: Terminal, final: u8): void {
  const s = t.screen;
  const n = parameter(t, 0, 1);
  switch (final) {
    case 0x40: // ICH
      return insertCells(s, n);
    case 0x41: // CUU
      return up(s, n);
    case 0x42: // CUD
    case 0x65: // VPR
      return down(s, n);
    case 0x43: // CUF
    case 0x61: // HPR
      return moveTo(s, s.row, s.column + n);
    case 0x44: // CUB
      return left(s, n);
    case 0x45: // CNL
      down(s, n);
      return moveTo(s, s.row, 0);
    case 0x46: // CPL
      up(s, n);
      return moveTo(s, s.row, 0);
    case 0x47: // CHA
    case 0x60: // HPA
      return moveTo(s, s.row, n - 1);
    case 0x48: // CUP
    case 0x66: // HVP
      return position(s, n, parameter(t, 1, 1));
    case 0x4a: // ED
      return eraseInDisplay(s, parameter(t, 0, 0));
    case 0x4b: // EL
      return eraseInLine(s, parameter(t, 0, 0));
    case 0x4c: // IL
      return editLines(s, n, true);
    case 0x4d: // DL
      return editLines(s, n, false);
    case 0x50: // DCH
      return deleteCells(s, n);
    case 0x53: // SU
      return scrollUp(s, s.regionTop, s.regionBottom, n);
    case 0x54: // SD
      return scrollDown(s, s.regionTop, s.regionBottom, n);
    case 0x58: // ECH
      return eraseCells(s, s.row, s.column, s.column + n);
    case 0x63: // DA
      return reportAttributes(t);
    case 0x64: // VPA
      return position(s, n, s.column + 1);
    case 0x68: // SM
      return setMode(t, true);
    case 0x6c: // RM
      return setMode(t, false);
    case 0x6d: // SGR
      return selectGraphicRendition(s, t.parameters, t.count);
    case 0x6e: // DSR
      return reportStatus(t);
    case 0x72: // DECSTBM
      return setRegion(t);
    case 0x73: // SCOSC
      return screenSave(s);
    case 0x75: // SCORC
      return screenRestore(s);
    default:
      return;
  }
}

function control(t: Terminal, byte: u8): void {
  const s = t.screen;
  switch (byte) {
    case 0x08:
      return left(s, 1);
    case 0x09:
      return moveTo(s, s.row, (s.column + TAB) & ~(TAB - 1));
    case 0x0a:
    case 0x0b:
    case 0x0c:
      return lineFeed(s);
    case 0x0d:
      return moveTo(s, s.row, 0);
    case 0x18:
    case 0x1a:
      t.state = State.Ground;
      return;
    case 0x1b:
      t.state = State.Escape;
      t.expected = 0;
      return;
    default:
      return;
  }
}

function escape(t: Terminal, byte: u8): void {
  const s = t.screen;
  t.state = State.Ground;
  switch (byte) {
    case 0x5b: {
      t.state = State.Csi;
      t.count = 0;
      t.isPrivate = false;
      return;
    }
    case 0x5d: // OSC
    case 0x50: // DCS
    case 0x58: // SOS
    case 0x5e: // PM
    case 0x5f: // APC
      t.state = State.Text;
      return;
    case 0x37:
      return screenSave(s);
    case 0x38:
      return screenRestore(s);
    case 0x44:
      return lineFeed(s);
    case 0x45:
      moveTo(s, s.row, 0);
      return lineFeed(s);
    case 0x4d:
      return reverseLineFeed(s);
    case 0x63:
      return screenReset(s);
    default:
      if (byte >= 0x20 && byte < 0x30) t.state = State.EscapeIntermediate;
  }
}

function parameterDigit(t: Terminal, digit: u32): void {
  if (t.count == 0) {
    t.count = 1;
    store<u32>(t.parameters, 0);
  }
  const at = t.parameters + (t.count - 1) * 4;
  store<u32>(at, min(load<u32>(at) * 10 + digit, MAX_VALUE));
}

function nextParameter(t: Terminal): void {
  if (t.count == 0) {
    t.count = 1;
    store<u32>(t.parameters, 0);
  }
  if (t.count == MAX_PARAMETERS) {
    t.state = State.CsiIgnore;
    return;
  }
  store<u32>(t.parameters + t.count * 4, 0);
  t.count++;
}

function csi(t: Terminal, byte: u8): void {
  if (byte >= 0x30 && byte <= 0x39) parameterDigit(t, byte - 0x30);
  else if (byte == 0x3b || byte == 0x3a) nextParameter(t);
  else if (byte == 0x3f && t.count == 0) t.isPrivate = true;
  else if (byte >= 0x40 && byte < 0x7f) {
    t.state = State.Ground;
    dispatchCsi(t, byte);
  } else if (byte >= 0x20 && byte < 0x40) t.state = State.CsiIgnore;
}

/** A byte of 0x80 and above: UTF-8, with U+FFFD for what is wrong. */
function multibyte(t: Terminal, byte: u8): void {
  const s = t.screen;
  if ((byte & 0xc0) == 0x80) {
    if (t.expected == 0) return putGlyph(s, glyphOf(REPLACEMENT_CHARACTER));
    t.code = (t.code << 6) | (byte & 0x3f);
    if (--t.expected != 0) return;
    putGlyph(s, glyphOf(t.code < t.smallest || t.code > 0x10ffff ? REPLACEMENT_CHARACTER : t.code));
    return;
  }
  if (t.expected != 0) putGlyph(s, glyphOf(REPLACEMENT_CHARACTER));
  if (byte < 0xe0) {
    t.expected = 1;
    t.code = byte & 0x1f;
    t.smallest = 0x80;
  } else if (byte < 0xf0) {
    t.expected = 2;
    t.code = byte & 0x0f;
    t.smallest = 0x800;
  } else {
    t.expected = 3;
    t.code = byte & 0x07;
    t.smallest = 0x10000;
  }
}

function ground(t: Terminal, byte: u8): void {
  if (byte >= 0x80) return multibyte(t, byte);
  if (t.expected != 0) {
    t.expected = 0;
    putGlyph(t.screen, glyphOf(REPLACEMENT_CHARACTER));
  }
  if (byte != 0x7f) putGlyph(t.screen, glyphOf(byte));
}

/** One byte of output. */
export function terminalWrite(t: Terminal, byte: u8): void {
  if (t.state == State.Text) {
    if (byte == 0x07 || byte == 0x18 || byte == 0x1a) t.state = State.Ground;
    else if (byte == 0x1b) t.state = State.TextEscape;
    return;
  }
  if (t.state == State.TextEscape) {
    t.state = State.Ground;
    if (byte == 0x5c) return;
    t.state = State.Escape; // not the string terminator: a sequence of its own
  }
  if (byte < 0x20) {
    if (t.state == State.Ground && t.expected != 0) {
      t.expected = 0;
      putGlyph(t.screen, glyphOf(REPLACEMENT_CHARACTER));
    }
    return control(t, byte);
  }
  switch (t.state) {
    case State.Escape:
      return escape(t, byte);
    case State.EscapeIntermediate:
      if (byte >= 0x30) t.state = State.Ground;
      return;
    case State.Csi:
      return csi(t, byte);
    case State.CsiIgnore:
      if (byte >= 0x40 && byte < 0x7f) t.state = State.Ground;
      return;
    default:
      return ground(t, byte);
  }
}
