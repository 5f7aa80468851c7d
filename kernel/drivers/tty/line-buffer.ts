/**
 * The input of a terminal: a ring of bytes of which some end a line. A reader in canonical mode sees whole
 * lines only; the bytes of the unfinished line can still be edited.
 *
 * - Positions run freely and wrap at 2^32: tail <= ready <= head, head - tail <= LINE_BUFFER_BYTES.
 * - A line ends with a delimiter byte. An end-of-file character is a delimiter that is not delivered.
 */
export const LINE_BUFFER_BYTES: u32 = 4096;

const enum Mark {
  None = 0,
  Delimiter = 1,
  EndOfFile = 2,
}

@unmanaged
export class LineBuffer {
  /** LINE_BUFFER_BYTES of data, then as many of marks. */
  data: usize;
  /** Next byte to deliver. */
  tail: u32;
  /** End of the finished lines. */
  ready: u32;
  /** Where the next byte goes. */
  head: u32;
}

/** `storage` holds 2 * LINE_BUFFER_BYTES. */
export function lineBufferInit(b: LineBuffer, storage: usize): void {
  b.data = storage;
  lineBufferClear(b);
}

export function lineBufferClear(b: LineBuffer): void {
  b.tail = 0;
  b.ready = 0;
  b.head = 0;
}

function at(b: LineBuffer, position: u32): usize {
  return b.data + (position & (LINE_BUFFER_BYTES - 1));
}

export function lineBufferRoom(b: LineBuffer): u32 {
  return LINE_BUFFER_BYTES - (b.head - b.tail);
}

/** Bytes of the line being edited. */
export function lineBufferEditing(b: LineBuffer): u32 {
  return b.head - b.ready;
}

/** The byte `back` places before the end of the line being edited (1: the last). */
export function lineBufferPeek(b: LineBuffer, back: u32): u8 {
  return load<u8>(at(b, b.head - back));
}

function put(b: LineBuffer, byte: u8, mark: i32): bool {
  if (lineBufferRoom(b) == 0) return false;
  const p = at(b, b.head);
  store<u8>(p, byte);
  store<u8>(p + LINE_BUFFER_BYTES, <u8>mark);
  b.head++;
  return true;
}

/** Appends to the line being edited; false when the buffer is full. */
export function lineBufferPut(b: LineBuffer, byte: u8): bool {
  return put(b, byte, Mark.None);
}

/** Appends a delimiter and hands the line to the readers; false when the buffer is full. */
export function lineBufferEndLine(b: LineBuffer, byte: u8): bool {
  if (!put(b, byte, Mark.Delimiter)) return false;
  b.ready = b.head;
  return true;
}

/** Hands what was typed to the readers without a delimiter (an empty read when nothing was). */
export function lineBufferEndOfFile(b: LineBuffer): bool {
  if (!put(b, 0, Mark.EndOfFile)) return false;
  b.ready = b.head;
  return true;
}

/** Removes the last byte of the line being edited. */
export function lineBufferUnput(b: LineBuffer): void {
  if (b.head != b.ready) b.head--;
}

/** Hands everything to the readers, for a switch to raw mode. */
export function lineBufferReleaseAll(b: LineBuffer): void {
  b.ready = b.head;
}

/** True when a canonical reader has something to read (perhaps an end of file). */
export function lineBufferHasLine(b: LineBuffer): bool {
  return b.tail != b.ready;
}

/** Bytes that a raw reader can have. */
export function lineBufferLength(b: LineBuffer): u32 {
  return b.head - b.tail;
}

/** Copies at most one line to `out`; 0 is the end of file. Call only when lineBufferHasLine(). */
export function lineBufferReadLine(b: LineBuffer, out: usize, max: u32): u32 {
  let n: u32 = 0;
  while (b.tail != b.ready) {
    const p = at(b, b.tail);
    const mark = load<u8>(p + LINE_BUFFER_BYTES);
    if (mark == Mark.EndOfFile) {
      b.tail++;
      break;
    }
    if (n == max) break;
    store<u8>(out + n++, load<u8>(p));
    b.tail++;
    if (mark == Mark.Delimiter) break;
    // A line that fills `out` exactly and ends in an end of file is whole: the mark goes with it.
    if (n == max && b.tail != b.ready && load<u8>(at(b, b.tail) + LINE_BUFFER_BYTES) == Mark.EndOfFile) {
      b.tail++;
      break;
    }
  }
  return n;
}

/** Copies what there is to `out`, finished lines or not. End-of-file marks left from canonical mode are skipped. */
export function lineBufferReadRaw(b: LineBuffer, out: usize, max: u32): u32 {
  let n: u32 = 0;
  while (b.tail != b.head && n < max) {
    const p = at(b, b.tail);
    if (load<u8>(p + LINE_BUFFER_BYTES) != Mark.EndOfFile) store<u8>(out + n++, load<u8>(p));
    b.tail++;
  }
  if (<i32>(b.ready - b.tail) < 0) b.ready = b.tail;
  return n;
}
