/**
 * The line discipline (POSIX XBD 11.1): what happens to a byte that was typed. It knows no device and no
 * process: echo goes through a TtyOutput, signals through a function index.
 *
 * - The caller serialises calls of one terminal.
 * - lineDisciplineInput() returns whether a reader may have something to do; ttyOutputFlush() is the caller's.
 */
import { charWidth } from '../console/char-width';
import {
  LineBuffer,
  lineBufferClear,
  lineBufferEditing,
  lineBufferEndLine,
  lineBufferEndOfFile,
  lineBufferPeek,
  lineBufferPut,
  lineBufferRoom,
  lineBufferUnput,
} from './line-buffer';
import { TtyOutput, ttyOutputByte } from './output';
import { SIGINT, SIGQUIT, SIGTSTP } from '../../proc/signal-numbers';
import { CC_DISABLED, Cc, Iflag, Lflag, Termios, controlChar } from './termios';

/** What came with a byte: the line's own news (POSIX XBD 11.2.2). */
export const enum Received {
  Good = 0,
  /** Parity or framing error. */
  Damaged = 1,
  Break = 2,
}

const BELL: u8 = 0x07;
const BACKSPACE: u8 = 0x08;
const TAB: u8 = 0x09;
const NEWLINE: u8 = 0x0a;
const RETURN: u8 = 0x0d;
const SPACE: u8 = 0x20;
const DELETE: u8 = 0x7f;
const CARET: u8 = 0x5e;
const BACKSLASH: u8 = 0x5c;
const SLASH: u8 = 0x2f;
/** Begins a marked error (PARMRK); doubled when it is data. */
const MARK: u8 = 0xff;

@unmanaged
export class LineDiscipline {
  termios: Termios;
  input: LineBuffer;
  output: TtyOutput;
  /** Function index of (argument: usize, signal: i32) => void. */
  signal: u32;
  argument: usize;
  /** The next byte is literal (after VLNEXT). */
  literalNext: bool;
  /** Output is held (after VSTOP). */
  stopped: bool;
  /** A program holds the output too (TCOOFF): no key releases it. */
  flowStopped: bool;
  /** A run of erased characters is being printed (ECHOPRT). */
  erasing: bool;
  /** NOFLSH is off and a signal character came: the output that waits is to be thrown away. */
  flushOutput: bool;
  /** Column where the line being edited began, for erasing tabs. */
  startColumn: u32;
}

function isControl(byte: u8): bool {
  return byte < SPACE || byte == DELETE;
}

function has(ld: LineDiscipline, flag: i32): bool {
  return (ld.termios.lflag & flag) != 0;
}

function isCc(ld: LineDiscipline, index: i32, byte: u8): bool {
  const c = controlChar(ld.termios, index);
  return c == byte && c != CC_DISABLED;
}

/** ^X for a control character, the byte itself otherwise. */
function echoVisible(ld: LineDiscipline, byte: u8): void {
  if (isControl(byte) && byte != TAB && has(ld, Lflag.ECHOCTL)) {
    ttyOutputByte(ld.output, CARET);
    ttyOutputByte(ld.output, byte ^ 0x40);
  } else ttyOutputByte(ld.output, byte);
}

/** Ends a run of printed erasures. */
function finishErasing(ld: LineDiscipline): void {
  if (!ld.erasing) return;
  ttyOutputByte(ld.output, SLASH);
  ld.erasing = false;
}

function echo(ld: LineDiscipline, byte: u8): void {
  finishErasing(ld);
  if (!has(ld, Lflag.ECHO)) {
    if (byte == NEWLINE && has(ld, Lflag.ECHONL)) ttyOutputByte(ld.output, byte);
    return;
  }
  if (lineBufferEditing(ld.input) == 0) ld.startColumn = ld.output.column;
  if (byte == NEWLINE) ttyOutputByte(ld.output, byte);
  else echoVisible(ld, byte);
}

function isContinuation(ld: LineDiscipline, byte: u8): bool {
  return (ld.termios.iflag & Iflag.IUTF8) != 0 && (byte & 0xc0) == 0x80;
}

/** Columns that the byte took on the screen when it was echoed; a tab's width depends on where it began. */
function widthAt(ld: LineDiscipline, byte: u8, column: u32): u32 {
  if (byte == TAB) return 8 - (column & 7);
  if (isControl(byte)) return has(ld, Lflag.ECHOCTL) ? 2 : 0;
  return isContinuation(ld, byte) ? 0 : 1;
}

/** The column where the last byte of the line being edited began. */
function columnOfLast(ld: LineDiscipline): u32 {
  let column = ld.startColumn;
  for (let back = lineBufferEditing(ld.input); back > 1; back--) {
    column += widthAt(ld, lineBufferPeek(ld.input, back), column);
  }
  return column;
}

function rubOut(ld: LineDiscipline, columns: u32, blank: bool): void {
  for (let i: u32 = 0; i < columns; i++) {
    ttyOutputByte(ld.output, BACKSPACE);
    if (blank) {
      ttyOutputByte(ld.output, SPACE);
      ttyOutputByte(ld.output, BACKSPACE);
    }
  }
}

/** Columns of the last character when it is one of several bytes: East Asian ones take two, combining marks none. */
function widthOfLast(ld: LineDiscipline): u32 {
  if (!(ld.termios.iflag & Iflag.IUTF8)) return 1;
  const size = lineBufferEditing(ld.input);
  let code: u32 = 0;
  for (let back: u32 = 1; back <= min<u32>(size, 4); back++) {
    const byte: u32 = lineBufferPeek(ld.input, back);
    const shift = (back - 1) * 6;
    if ((byte & 0xc0) == 0x80) code |= (byte & 0x3f) << shift;
    else {
      if (byte >= 0xc0) code |= (byte & (byte >= 0xf0 ? 0x07 : byte >= 0xe0 ? 0x0f : 0x1f)) << shift;
      break;
    }
  }
  return charWidth(code);
}

/** Removes the last character, all of its bytes, from the line and from the screen. */
function eraseCharacter(ld: LineDiscipline): void {
  const input = ld.input;
  const codeWidth = widthOfLast(ld);
  while (lineBufferEditing(input) > 1 && isContinuation(ld, lineBufferPeek(input, 1))) lineBufferUnput(input);
  const byte = lineBufferPeek(input, 1);
  const width = byte >= 0x80 ? codeWidth : widthAt(ld, byte, columnOfLast(ld));
  lineBufferUnput(input);
  if (!has(ld, Lflag.ECHO)) return;
  if (has(ld, Lflag.ECHOPRT)) {
    if (!ld.erasing) ttyOutputByte(ld.output, BACKSLASH);
    ld.erasing = true;
    echoVisible(ld, byte);
  } else if (!has(ld, Lflag.ECHOE)) echoVisible(ld, controlChar(ld.termios, Cc.VERASE));
  else rubOut(ld, width, byte != TAB);
}

function isWordByte(byte: u8): bool {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) ||
    byte == 0x5f ||
    byte >= 0x80
  );
}

function eraseWord(ld: LineDiscipline): void {
  const input = ld.input;
  while (lineBufferEditing(input) > 0 && !isWordByte(lineBufferPeek(input, 1))) eraseCharacter(ld);
  while (lineBufferEditing(input) > 0 && isWordByte(lineBufferPeek(input, 1))) eraseCharacter(ld);
}

function eraseLine(ld: LineDiscipline): void {
  const erasing = has(ld, Lflag.ECHO) && has(ld, Lflag.ECHOE) && has(ld, Lflag.ECHOKE);
  if (erasing) {
    while (lineBufferEditing(ld.input) > 0) eraseCharacter(ld);
    return;
  }
  while (lineBufferEditing(ld.input) > 0) lineBufferUnput(ld.input);
  if (!has(ld, Lflag.ECHO)) return;
  echoVisible(ld, controlChar(ld.termios, Cc.VKILL));
  if (has(ld, Lflag.ECHOK)) ttyOutputByte(ld.output, NEWLINE);
}

function reprint(ld: LineDiscipline): void {
  if (!has(ld, Lflag.ECHO)) return;
  echoVisible(ld, controlChar(ld.termios, Cc.VREPRINT));
  ttyOutputByte(ld.output, NEWLINE);
  ld.startColumn = ld.output.column;
  for (let back = lineBufferEditing(ld.input); back > 0; back--)
    echoVisible(ld, lineBufferPeek(ld.input, back));
}

/** The signal that the byte stands for, or 0. */
function signalOf(ld: LineDiscipline, byte: u8): i32 {
  if (isCc(ld, Cc.VINTR, byte)) return SIGINT;
  if (isCc(ld, Cc.VQUIT, byte)) return SIGQUIT;
  if (isCc(ld, Cc.VSUSP, byte)) return SIGTSTP;
  return 0;
}

function raise(ld: LineDiscipline, byte: u8, signal: i32): void {
  if (!has(ld, Lflag.NOFLSH)) {
    lineBufferClear(ld.input);
    ld.flushOutput = true;
  }
  ld.erasing = false;
  ld.stopped = false;
  if (has(ld, Lflag.ECHO)) echoVisible(ld, byte);
  call_indirect<void>(ld.signal, ld.argument, signal);
}

function bellWhenFull(ld: LineDiscipline): void {
  if (ld.termios.iflag & Iflag.IMAXBEL) ttyOutputByte(ld.output, BELL);
}

/** Marks the byte before which it stands, if the reader wants that: a data byte 0xff comes twice. */
function storeMark(ld: LineDiscipline): void {
  lineBufferPut(ld.input, MARK);
}

/** Stores one data byte. In canonical mode the last place is kept for the delimiter, as POSIX's MAX_CANON asks. */
function storeByte(ld: LineDiscipline, byte: u8): bool {
  const canonical = has(ld, Lflag.ICANON);
  const doubled = byte == MARK && (ld.termios.iflag & (Iflag.PARMRK | Iflag.ISTRIP)) == Iflag.PARMRK;
  if (lineBufferRoom(ld.input) <= (canonical ? 1 : 0) + (doubled ? 1 : 0)) {
    bellWhenFull(ld);
    return false;
  }
  echo(ld, byte);
  if (doubled) storeMark(ld);
  lineBufferPut(ld.input, byte);
  return !canonical;
}

function endLine(ld: LineDiscipline, byte: u8): bool {
  if (lineBufferRoom(ld.input) == 0) {
    bellWhenFull(ld);
    return false;
  }
  echo(ld, byte);
  return lineBufferEndLine(ld.input, byte);
}

/** Editing and delimiters of canonical mode. */
function canonicalInput(ld: LineDiscipline, byte: u8): bool {
  const editing = lineBufferEditing(ld.input) > 0;
  if (isCc(ld, Cc.VERASE, byte)) {
    if (editing) eraseCharacter(ld);
    return false;
  }
  if (isCc(ld, Cc.VKILL, byte)) {
    eraseLine(ld);
    return false;
  }
  if (has(ld, Lflag.IEXTEN)) {
    if (isCc(ld, Cc.VWERASE, byte)) {
      eraseWord(ld);
      return false;
    }
    if (isCc(ld, Cc.VREPRINT, byte)) {
      reprint(ld);
      return false;
    }
  }
  if (isCc(ld, Cc.VEOF, byte)) return lineBufferEndOfFile(ld.input);
  if (byte == NEWLINE || isCc(ld, Cc.VEOL, byte) || (has(ld, Lflag.IEXTEN) && isCc(ld, Cc.VEOL2, byte))) {
    return endLine(ld, byte);
  }
  return storeByte(ld, byte);
}

/** Flow control: VSTOP holds the output, VSTART releases it. True when the byte was one of them. */
function flowControl(ld: LineDiscipline, byte: u8): bool {
  if (!(ld.termios.iflag & Iflag.IXON)) return false;
  if (isCc(ld, Cc.VSTOP, byte)) {
    ld.stopped = true;
    return true;
  }
  if (isCc(ld, Cc.VSTART, byte)) {
    ld.stopped = false;
    return true;
  }
  if (ld.stopped && (ld.termios.iflag & Iflag.IXANY) != 0) ld.stopped = false;
  return false;
}

/** One byte from the line. True when a reader may now have something to read. */
export function lineDisciplineInput(ld: LineDiscipline, received: u8): bool {
  const iflag = ld.termios.iflag;
  let byte = iflag & Iflag.ISTRIP ? received & 0x7f : received;
  if ((iflag & Iflag.IUCLC) != 0 && has(ld, Lflag.IEXTEN) && byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
  if (ld.literalNext) {
    ld.literalNext = false;
    return storeByte(ld, byte);
  }
  if (flowControl(ld, byte)) return false;
  if (has(ld, Lflag.ISIG)) {
    const signal = signalOf(ld, byte);
    if (signal != 0) {
      raise(ld, byte, signal);
      return false;
    }
  }
  if (byte == RETURN) {
    if (iflag & Iflag.IGNCR) return false;
    if (iflag & Iflag.ICRNL) byte = NEWLINE;
  } else if (byte == NEWLINE && (iflag & Iflag.INLCR) != 0) byte = RETURN;
  if (has(ld, Lflag.ICANON) && has(ld, Lflag.IEXTEN) && isCc(ld, Cc.VLNEXT, byte)) {
    ld.literalNext = true;
    if (has(ld, Lflag.ECHO) && has(ld, Lflag.ECHOCTL)) {
      ttyOutputByte(ld.output, CARET);
      ttyOutputByte(ld.output, BACKSPACE);
    }
    return false;
  }
  return has(ld, Lflag.ICANON) ? canonicalInput(ld, byte) : storeByte(ld, byte);
}

/** 0xff, 0 and the byte, for PARMRK. */
function storeError(ld: LineDiscipline, byte: u8): bool {
  if (lineBufferRoom(ld.input) < 4) return false;
  storeMark(ld);
  lineBufferPut(ld.input, 0);
  lineBufferPut(ld.input, byte);
  return !has(ld, Lflag.ICANON);
}

/** A break or a damaged byte from the line (POSIX XBD 11.2.2). True when a reader may have something to read. */
export function lineDisciplineError(ld: LineDiscipline, byte: u8, what: i32): bool {
  const iflag = ld.termios.iflag;
  if (what == Received.Break) {
    if (iflag & Iflag.IGNBRK) return false;
    if (iflag & Iflag.BRKINT) {
      raise(ld, 0, SIGINT);
      return false;
    }
    if (iflag & Iflag.PARMRK) return storeError(ld, 0);
    return storeByte(ld, 0);
  }
  if (!(iflag & Iflag.INPCK)) return lineDisciplineInput(ld, byte);
  if (iflag & Iflag.IGNPAR) return false;
  if (iflag & Iflag.PARMRK) return storeError(ld, byte);
  return storeByte(ld, 0);
}
