/**
 * Output processing of a terminal (POSIX XBD 11.2.3): newline translation, tab expansion, and the column that
 * erasing a tab needs. Bytes are staged and handed to the driver in pieces.
 */
import { Iflag, Oflag, Termios } from './termios';

const STAGE_BYTES: u32 = 256;
const TAB: u32 = 8;

@unmanaged
export class TtyOutput {
  termios: Termios;
  column: u32;
  staged: u32;
  /** STAGE_BYTES. */
  stage: usize;
  /** Function index of (argument: usize, bytes: usize, count: u32) => void. */
  send: u32;
  argument: usize;
}

export const TTY_OUTPUT_STAGE_BYTES: u32 = STAGE_BYTES;
/** The most bytes that one byte of output becomes. */
export const TTY_OUTPUT_EXPANSION: u32 = TAB;

export function ttyOutputFlush(o: TtyOutput): void {
  if (o.staged == 0) return;
  const n = o.staged;
  o.staged = 0;
  call_indirect<void>(o.send, o.argument, o.stage, n);
}

function emit(o: TtyOutput, byte: u8): void {
  if (o.staged == STAGE_BYTES) ttyOutputFlush(o);
  store<u8>(o.stage + o.staged, byte);
  o.staged++;
}

/** One byte as it is, but counted; escape sequences of programs confuse the column as they do everywhere. */
function emitPrinted(o: TtyOutput, byte: u8): void {
  emit(o, byte);
  if (byte < 0x20 || byte == 0x7f) return;
  if ((o.termios.iflag & Iflag.IUTF8) != 0 && (byte & 0xc0) == 0x80) return; // continues a character
  o.column++;
}

/** One byte of program output or echo, processed when OPOST is on. */
export function ttyOutputByte(o: TtyOutput, byte: u8): void {
  const oflag = o.termios.oflag;
  if (!(oflag & Oflag.OPOST)) {
    emit(o, byte);
    return;
  }
  switch (byte) {
    case 0x0a: {
      if (oflag & Oflag.ONLCR) {
        emit(o, 0x0d);
        o.column = 0;
      } else if (oflag & Oflag.ONLRET) o.column = 0;
      emit(o, 0x0a);
      return;
    }
    case 0x0d: {
      if ((oflag & Oflag.ONOCR) != 0 && o.column == 0) return;
      o.column = 0;
      emit(o, oflag & Oflag.OCRNL ? 0x0a : 0x0d);
      return;
    }
    case 0x09: {
      const spaces = TAB - (o.column & (TAB - 1));
      o.column += spaces;
      if ((oflag & Oflag.XTABS) == Oflag.XTABS) {
        for (let i: u32 = 0; i < spaces; i++) emit(o, 0x20);
      } else emit(o, 0x09);
      return;
    }
    case 0x08: {
      if (o.column > 0) o.column--;
      emit(o, 0x08);
      return;
    }
    default:
      emitPrinted(o, (oflag & Oflag.OLCUC) != 0 && byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);
  }
}

/** Bytes from `bytes` on that output processing leaves as they are. */
function plainRun(bytes: usize, count: usize): usize {
  let n: usize = 0;
  while (n < count && load<u8>(bytes + n) >= 0x20 && load<u8>(bytes + n) < 0x7f) n++;
  return n;
}

/** Program output. Runs of printable ASCII go to the driver without a look at each byte. */
export function ttyOutputBytes(o: TtyOutput, bytes: usize, count: usize): void {
  const oflag = o.termios.oflag;
  if (!(oflag & Oflag.OPOST)) {
    ttyOutputFlush(o);
    call_indirect<void>(o.send, o.argument, bytes, <u32>count);
    return;
  }
  let done: usize = 0;
  while (done < count) {
    const run: usize = (oflag & Oflag.OLCUC) != 0 ? 0 : plainRun(bytes + done, count - done);
    if (run >= 8) {
      ttyOutputFlush(o);
      call_indirect<void>(o.send, o.argument, bytes + done, <u32>run);
      o.column += <u32>run;
      done += run;
    } else ttyOutputByte(o, load<u8>(bytes + done++));
  }
}
