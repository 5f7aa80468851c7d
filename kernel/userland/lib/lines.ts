// Lines of files, fast: without copying, whatever bytes they contain.
//
// Rules: nextTextLine() leaves address and length in lineAt and lineLength, valid until the next call; lineEnded tells
// whether a newline stood behind it. A LineReader owns its buffer, not its descriptor.

import { Errno } from './errno';
import { read } from './file';
import { free, make, malloc, mustAllocate, realloc } from './malloc';

@unmanaged
@final
export class LineReader {
  fd: i32;
  /** 0, or the negative errno that ended the reading. */
  error: i32;
  buffer: usize;
  capacity: usize;
  start: usize;
  end: usize;
  finished: bool;
  /** What ends a line: a newline, or 0. */
  ending: u8;
}

const FIRST_SIZE: usize = 65536;

export let lineAt: usize = 0;
export let lineLength: usize = 0;
export let lineEnded: bool = false;

export function openLines(fd: i32, ending: u8): LineReader {
  const reader = make<LineReader>();
  reader.fd = fd;
  reader.ending = ending;
  reader.capacity = FIRST_SIZE;
  reader.buffer = mustAllocate(malloc(FIRST_SIZE + 8));
  return reader;
}

export function closeLines(reader: LineReader): void {
  free(reader.buffer);
  free(changetype<usize>(reader));
}

const ONES: u64 = 0x0101010101010101;
const HIGHS: u64 = 0x8080808080808080;

/** Address of `byte` in [at, end), or `end`. */
export function findByteFast(at: usize, end: usize, byte: u8): usize {
  const pattern = ONES * <u64>byte;
  while (at + 8 <= end) {
    const word = load<u64>(at) ^ pattern;
    const zeros = (word - ONES) & ~word & HIGHS;
    if (zeros) return at + <usize>(ctz<u64>(zeros) >> 3);
    at += 8;
  }
  while (at < end && load<u8>(at) != byte) at++;
  return at;
}

/** Steps to the next line; false at the end or on an error. */
export function nextTextLine(reader: LineReader): bool {
  let searched = reader.start;
  while (true) {
    const at = findByteFast(reader.buffer + searched, reader.buffer + reader.end, reader.ending);
    if (at < reader.buffer + reader.end) {
      lineAt = reader.buffer + reader.start;
      lineLength = at - lineAt;
      lineEnded = true;
      reader.start = at + 1 - reader.buffer;
      return true;
    }
    const known = reader.end - reader.start;
    if (reader.finished || !fill(reader)) {
      if (!known) return false;
      lineAt = reader.buffer + reader.start;
      lineLength = known;
      lineEnded = false;
      reader.start = reader.end;
      return true;
    }
    searched = reader.start + known;
  }
  return false;
}

/** Whether no line follows: looks ahead, the current line is lost. */
export function isLastLine(reader: LineReader): bool {
  return reader.start == reader.end && (reader.finished || !fill(reader));
}

function fill(reader: LineReader): bool {
  if (reader.start) {
    memory.copy(reader.buffer, reader.buffer + reader.start, reader.end - reader.start);
    reader.end -= reader.start;
    reader.start = 0;
  }
  if (reader.end == reader.capacity) {
    reader.capacity *= 2;
    reader.buffer = mustAllocate(realloc(reader.buffer, reader.capacity + 8));
  }
  let got: i64;
  do got = read(reader.fd, reader.buffer + reader.end, reader.capacity - reader.end);
  while (got == -Errno.INTR);
  if (got <= 0) {
    reader.finished = true;
    reader.error = <i32>got;
    return false;
  }
  reader.end += <usize>got;
  return true;
}
