/**
 * Lines of the log that wait for a serial port, and their order among what programs send there: each piece of text
 * carries the number of bytes that the terminal had queued when it came, and leaves once those have gone.
 *
 * - What does not fit is left out by whole lines and counted: the oldest stay. From then on nothing is taken until half
 *   of the queue is free again (logQueueTakeDropped), so that the report of it comes at the place of the gap.
 * - Callers hold the port's lock. A queue without storage takes nothing.
 */
import {
  ByteQueue,
  byteQueueInit,
  byteQueueLength,
  byteQueuePop,
  byteQueuePush,
  byteQueueRoom,
} from './byte-queue';

@unmanaged
export class LogQueue {
  /** The ByteQueue; 0: none yet. Pieces: MARK bytes, LENGTH bytes, text. */
  bytes: usize;
  /** Of the piece that leaves now: bytes of it that are left, and bytes of the terminal that go before. */
  left: u32;
  mark: u32;
  /** Lines left out since the last report. */
  dropped: u32;
  /** The last piece did not end its line. */
  lineOpen: bool;
  /** The rest of a line whose beginning was left out. */
  skipping: bool;
}

const HEADER_BYTES: u32 = 8;
/** Kept free so that a line that was cut short can always be ended. */
const RESERVE: u32 = HEADER_BYTES + 2;
const CARRIAGE_RETURN: u8 = 13;
const LINE_FEED: u8 = 10;

/** `storage` holds `capacity` bytes, a power of two. */
export function logQueueInit(q: LogQueue, bytes: ByteQueue, storage: usize, capacity: u32): void {
  byteQueueInit(bytes, storage, capacity);
  q.bytes = changetype<usize>(bytes);
}

export function logQueueIsEmpty(q: LogQueue): bool {
  return q.left == 0 && (q.bytes == 0 || byteQueueLength(changetype<ByteQueue>(q.bytes)) == 0);
}

/** A piece of a line or its whole, whose line feed becomes CR LF; `mark`: how much the terminal has queued so far. */
export function logQueuePut(q: LogQueue, text: usize, length: u32, mark: u32): void {
  if (length == 0) return;
  const ends = load<u8>(text + length - 1) == LINE_FEED;
  const room = byteQueueRoom(changetype<ByteQueue>(q.bytes));
  if (q.dropped != 0 || room < length + HEADER_BYTES + 1 + RESERVE) drop(q, ends, mark);
  else putPiece(q, text, ends ? length - 1 : length, ends, mark);
}

function putPiece(q: LogQueue, text: usize, length: u32, ends: bool, mark: u32): void {
  const bytes = changetype<ByteQueue>(q.bytes);
  putWord(bytes, mark);
  putWord(bytes, length + (ends ? 2 : 0));
  for (let i: u32 = 0; i < length; i++) byteQueuePush(bytes, load<u8>(text + i));
  q.lineOpen = !ends;
  if (!ends) return;
  byteQueuePush(bytes, CARRIAGE_RETURN);
  byteQueuePush(bytes, LINE_FEED);
}

/** Leaves out a piece; counts its line once. */
function drop(q: LogQueue, ends: bool, mark: u32): void {
  if (q.lineOpen) putPiece(q, 0, 0, true, mark);
  if (!q.skipping) q.dropped++;
  q.skipping = !ends;
}

/** The next byte of the log that may leave when the terminal has sent `sent` bytes; -1: none. */
export function logQueueNext(q: LogQueue, sent: u32): i32 {
  if (q.bytes == 0) return -1;
  const bytes = changetype<ByteQueue>(q.bytes);
  if (q.left == 0) {
    if (byteQueueLength(bytes) == 0) return -1;
    q.mark = takeWord(bytes);
    q.left = takeWord(bytes);
  }
  if (<i32>(sent - q.mark) < 0) return -1;
  q.left--;
  return byteQueuePop(bytes);
}

/** How many lines were left out, once half of the queue is free and lines are taken again; 0 before and without any. */
export function logQueueTakeDropped(q: LogQueue): u32 {
  if (q.dropped == 0 || q.skipping) return 0;
  const bytes = changetype<ByteQueue>(q.bytes);
  if (byteQueueRoom(bytes) < byteQueueLength(bytes)) return 0;
  const dropped = q.dropped;
  q.dropped = 0;
  return dropped;
}

function putWord(bytes: ByteQueue, word: u32): void {
  for (let shift: u32 = 0; shift < 32; shift += 8) byteQueuePush(bytes, <u8>(word >> shift));
}

function takeWord(bytes: ByteQueue): u32 {
  let word: u32 = 0;
  for (let shift: u32 = 0; shift < 32; shift += 8) word |= (<u32>byteQueuePop(bytes)) << shift;
  return word;
}
