/**
 * The terminal that programs see on the screen: UTF-8, control characters and the escape sequences of ECMA-48 and xterm
 * that line editors and full-screen programs use. Bytes in, Screen operations out.
 *
 * The states are those of Paul Williams' parser for DEC terminals (vt100.net/emu/dec_ansi_parser): an unknown sequence is
 * swallowed whole, and a new ESC or CAN ends any.
 */
import { charWidth } from './char-width';
import { glyphOf } from './font';
import {
  MAX_COLUMNS,
  Screen,
  deleteCells,
  eraseCells,
  eraseRows,
  forgetHistory,
  insertCells,
  lineFeed,
  moveTo,
  putGlyph,
  putRun,
  resetAttributes,
  reverseLineFeed,
  screenReset,
  screenRestore,
  screenSave,
  screenSoftReset,
  scrollDown,
  scrollUp,
} from './screen';
import { up, down, left, position } from './cursor-moves';
import { Terminal, parameter, MAX_PARAMETERS } from './terminal';
import { setMode } from './terminal-modes';
import { reportStatus, reportAttributes, reportMode, windowOperation } from './terminal-replies';
import { selectGraphicRendition } from './graphic-rendition';

const MAX_VALUE: u32 = 9999;
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
  /** After ESC #: one more byte. */
  EscapeHash = 7,
  /** OSC P of the Linux console: seven digits and no end. */
  Palette = 8,
}

/** U+0060 to U+007E in the line-drawing set of the VT100. */
const lineDrawing = memory.data<u16>([
  0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b, 0x2518, 0x2510, 0x250c,
  0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c, 0x2502, 0x2264,
  0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
]);

function eraseInDisplay(s: Screen, mode: u32): void {
  if (mode == 0) {
    eraseCells(s, s.row, s.column, s.columns);
    eraseRows(s, s.row + 1, s.rows);
  } else if (mode == 1) {
    eraseRows(s, 0, s.row);
    eraseCells(s, s.row, 0, s.column + 1);
  } else if (mode <= 3) eraseRows(s, 0, s.rows);
  if (mode == 3) forgetHistory(s);
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

/** Insert and delete lines work from the cursor to the bottom of the region, and only within it. */
function editLines(s: Screen, n: u32, insert: bool): void {
  if (s.row < s.regionTop || s.row > s.regionBottom) return;
  if (insert) scrollDown(s, s.row, s.regionBottom, n);
  else scrollUp(s, s.row, s.regionBottom, n);
  moveTo(s, s.row, 0);
}

function tabForward(s: Screen, count: u32): void {
  let column = s.column;
  for (let n = count; n > 0 && column + 1 < s.columns; n--) {
    do column++;
    while (column + 1 < s.columns && load<u8>(s.tabs + column) == 0);
  }
  moveTo(s, s.row, column);
}

function tabBack(s: Screen, count: u32): void {
  let column = s.column;
  for (let n = count; n > 0 && column > 0; n--) {
    do column--;
    while (column > 0 && load<u8>(s.tabs + column) == 0);
  }
  moveTo(s, s.row, column);
}

function clearTabs(s: Screen, what: u32): void {
  if (what == 0) store<u8>(s.tabs + s.column, 0);
  else if (what == 3) memory.fill(s.tabs, 0, MAX_COLUMNS);
}

function put(t: Terminal, code: u32): void {
  const width = charWidth(code);
  // Marks that combine with the character before have no glyphs here.
  if (width == 0 || (code >= 0x80 && code < 0xa0)) return;
  t.last = code;
  putGlyph(t.screen, glyphOf(code), width);
}

function repeatLast(t: Terminal, count: u32): void {
  if (t.last == 0) return;
  const limit = t.screen.columns * t.screen.rows;
  for (let n = min(count, limit); n > 0; n--) put(t, t.last);
}

/** Sequences with an intermediate byte. */
function dispatchIntermediate(t: Terminal, final: u8): void {
  if (t.intermediate == 0x21 && final == 0x70) screenSoftReset(t.screen);
  else if (t.intermediate == 0x24 && final == 0x70) reportMode(t);
  else if (t.intermediate == 0x20 && final == 0x71) {
    // DECSCUSR: odd styles and 0 blink.
    const style = parameter(t, 0, 0);
    t.blink = style == 0 || (style & 1) == 1;
  }
}

function dispatchCsi(t: Terminal, final: u8): void {
  if (t.intermediate != 0) return dispatchIntermediate(t, final);
  // Private forms of the others mean something else: SGR with `>` sets keyboard options, for one.
  if (t.marker != 0 && final != 0x63 && final != 0x68 && final != 0x6c && final != 0x6e) return;
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
    case 0x49: // CHT
      return tabForward(s, n);
    case 0x5a: // CBT
      return tabBack(s, n);
    case 0x62: // REP
      return repeatLast(t, n);
    case 0x63: // DA
      return reportAttributes(t);
    case 0x67: // TBC
      return clearTabs(s, parameter(t, 0, 0));
    case 0x74:
      return windowOperation(t);
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
    case 0x07: {
      if (t.bell != 0) call_indirect<void>(t.bell);
      return;
    }
    case 0x09:
      return tabForward(s, 1);
    case 0x0a:
    case 0x0b:
    case 0x0c: {
      if (s.newLineMode) moveTo(s, s.row, 0);
      return lineFeed(s);
    }
    case 0x0e:
      s.shifted = true;
      return;
    case 0x0f:
      s.shifted = false;
      return;
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
      t.marker = 0;
      t.intermediate = 0;
      return;
    }
    case 0x5d: // OSC
      t.state = State.Text;
      t.textLength = 0;
      return;
    case 0x50: // DCS
    case 0x58: // SOS
    case 0x5e: // PM
    case 0x5f: // APC
      t.state = State.Text;
      t.textLength = 1;
      return;
    case 0x23:
      t.state = State.EscapeHash;
      return;
    case 0x3d: // DECKPAM
    case 0x3e: // DECKPNM
      s.applicationKeypad = byte == 0x3d;
      return;
    case 0x48: // HTS
      store<u8>(s.tabs + s.column, 1);
      return;
    case 0x5a: {
      // DECID
      t.count = 0;
      t.marker = 0;
      return reportAttributes(t);
    }
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
      if (byte >= 0x20 && byte < 0x30) {
        t.state = State.EscapeIntermediate;
        t.intermediate = byte;
      }
  }
}

/** ESC ( and ESC ): character sets; of those, only the line-drawing one differs from Unicode. */
function escapeIntermediate(t: Terminal, byte: u8): void {
  if (byte < 0x30) return;
  t.state = State.Ground;
  const set: u32 = byte == 0x30 ? 1 : 0;
  if (t.intermediate == 0x28) t.screen.g0 = set;
  else if (t.intermediate == 0x29) t.screen.g1 = set;
}

/** DECALN: a screen full of E, to adjust the picture by. */
function alignmentPattern(s: Screen): void {
  resetAttributes(s);
  for (let row: u32 = 0; row < s.rows; row++) {
    moveTo(s, row, 0);
    for (let column: u32 = 0; column < s.columns; column++) putGlyph(s, glyphOf(0x45), 1);
  }
  moveTo(s, 0, 0);
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
  else if (byte >= 0x3c && byte <= 0x3f && t.count == 0 && t.marker == 0) t.marker = byte;
  else if (byte >= 0x40 && byte < 0x7f) {
    t.state = State.Ground;
    dispatchCsi(t, byte);
  } else if (byte >= 0x20 && byte < 0x30 && t.intermediate == 0) t.intermediate = byte;
  else if (byte >= 0x20 && byte < 0x40) t.state = State.CsiIgnore;
}

/** Whether the code gathered is one that UTF-8 may have: shortest form, in range, no surrogate. */
function isScalar(t: Terminal): bool {
  return t.code >= t.smallest && t.code <= 0x10ffff && (t.code < 0xd800 || t.code > 0xdfff);
}

/** A byte of 0x80 and above: UTF-8, with U+FFFD for what is wrong. */
function multibyte(t: Terminal, byte: u8): void {
  if ((byte & 0xc0) == 0x80) {
    if (t.expected == 0) return put(t, REPLACEMENT_CHARACTER);
    t.code = (t.code << 6) | (byte & 0x3f);
    if (--t.expected != 0) return;
    put(t, isScalar(t) ? t.code : REPLACEMENT_CHARACTER);
    return;
  }
  if (t.expected != 0) put(t, REPLACEMENT_CHARACTER);
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
    put(t, REPLACEMENT_CHARACTER);
  }
  if (byte == 0x7f) return;
  const s = t.screen;
  const drawing = (s.shifted ? s.g1 : s.g0) != 0;
  put(t, drawing && byte >= 0x60 ? <u32>load<u16>(lineDrawing + (byte - 0x60) * 2) : byte);
}

/** Printable ASCII from `bytes` on that needs no look at each character; 0 when the state is not simple. */
function plainRun(t: Terminal, bytes: usize, count: usize): u32 {
  const s = t.screen;
  if (t.state != State.Ground || t.expected != 0 || s.insertMode || (s.shifted ? s.g1 : s.g0) != 0) return 0;
  let n: u32 = 0;
  while (<usize>n < count && load<u8>(bytes + n) >= 0x20 && load<u8>(bytes + n) < 0x7f) n++;
  return n;
}

/** Output of programs. */
export function terminalWriteBytes(t: Terminal, bytes: usize, count: usize): void {
  let done: usize = 0;
  while (done < count) {
    const run = plainRun(t, bytes + done, count - done);
    if (run < 2) {
      terminalWrite(t, load<u8>(bytes + done++));
      continue;
    }
    t.last = load<u8>(bytes + done + run - 1);
    for (let n: u32 = 0; n < run;) n += putRun(t.screen, bytes + done + n, run - n);
    done += run;
  }
}

/** One byte of output. */
export function terminalWrite(t: Terminal, byte: u8): void {
  if (t.state == State.Text) {
    if (byte == 0x07 || byte == 0x18 || byte == 0x1a) t.state = State.Ground;
    else if (byte == 0x1b) t.state = State.TextEscape;
    else if (t.textLength++ == 0) {
      // The Linux console's own: a colour (seven digits, no terminator), and all colours back.
      if (byte == 0x50) {
        t.state = State.Palette;
        t.textLength = 7;
      } else if (byte == 0x52) t.state = State.Ground;
    }
    return;
  }
  if (t.state == State.Palette) {
    if (byte == 0x1b) t.state = State.TextEscape;
    else if (--t.textLength == 0) t.state = State.Ground;
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
      put(t, REPLACEMENT_CHARACTER);
    }
    return control(t, byte);
  }
  switch (t.state) {
    case State.Escape:
      return escape(t, byte);
    case State.EscapeIntermediate:
      return escapeIntermediate(t, byte);
    case State.EscapeHash: {
      t.state = State.Ground;
      if (byte == 0x38) alignmentPattern(t.screen);
      return;
    }
    case State.Csi:
      return csi(t, byte);
    case State.CsiIgnore:
      if (byte >= 0x40 && byte < 0x7f) t.state = State.Ground;
      return;
    default:
      return ground(t, byte);
  }
}
