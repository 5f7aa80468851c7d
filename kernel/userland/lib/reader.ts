// Buffered reading, by bytes, by lines and by blocks.
//
// Rules: a Reader does not own its descriptor. nextLine() returns a byte string without its newline, valid until the
// next call; it usually lies in the buffer itself. A line may hold bytes of 0: `length` counts them.

import { findInMemory } from './bytes';
import { Errno } from './errno';
import { read } from './file';
import { free, make, malloc, realloc } from './malloc';

/** Below malloc's threshold for mmap, so that a program of many small files stays in its heap. */
const BUFFER_SIZE: usize = 65536;
export const END_OF_FILE: i32 = -1;

@unmanaged
@final
export class Reader {
  fd: i32;
  /** 0, or the negative errno that ended the reading. */
  error: i32;
  buffer: usize;
  capacity: usize;
  used: usize;
  next: usize;
  /** Bytes of the last line. */
  length: usize;
  /** Whether the last line ended with the delimiter; false for an unfinished last line of a file. */
  terminated: bool;
  ended: bool;
}

/** Null when there is no memory. closeReader() frees it. */
export function openReader(fd: i32): Reader | null {
  const buffer = malloc(BUFFER_SIZE);
  if (!buffer) return null;
  const reader = make<Reader>();
  reader.fd = fd;
  reader.buffer = buffer;
  reader.capacity = BUFFER_SIZE;
  return reader;
}

export function closeReader(reader: Reader): void {
  free(reader.buffer);
  free(changetype<usize>(reader));
}

/** The next byte, or END_OF_FILE (also on an error: see `error`). */
export function readByte(reader: Reader): i32 {
  if (reader.next == reader.used && !fillReader(reader)) return END_OF_FILE;
  return load<u8>(reader.buffer + reader.next++);
}

/** Makes the last byte of readByte() the next one again; only once after each. */
export function unreadByte(reader: Reader): void {
  reader.next--;
}

/** The next line, 0 at the end, on an error or when there is no memory. */
export function nextLine(reader: Reader): usize {
  return nextRecord(reader, 0x0a);
}

/** As nextLine(), with another byte than newline at the end of each. */
export function nextRecord(reader: Reader, delimiter: u8): usize {
  let searched: usize = 0;
  for (;;) {
    const start = reader.buffer + reader.next;
    const available = reader.used - reader.next;
    const end = findInMemory(start + searched, delimiter, available - searched);
    if (end) {
      store<u8>(end, 0);
      reader.length = end - start;
      reader.next += reader.length + 1;
      reader.terminated = true;
      return start;
    }
    searched = available;
    if (!fillReader(reader)) break;
  }
  const rest = reader.used - reader.next;
  reader.length = rest;
  if (!rest || reader.error) return 0;
  const start = reader.buffer + reader.next;
  // fillReader() leaves room for this byte.
  store<u8>(start + rest, 0);
  reader.next = reader.used;
  reader.terminated = false;
  return start;
}

/** Reads more behind what is there, moving or growing the buffer. False at the end and on an error. */
export function fillReader(reader: Reader): bool {
  if (reader.ended) return false;
  if (reader.next == reader.used) reader.next = reader.used = 0;
  else if (reader.next) {
    memory.copy(reader.buffer, reader.buffer + reader.next, reader.used - reader.next);
    reader.used -= reader.next;
    reader.next = 0;
  }
  if (reader.used + 1 >= reader.capacity) {
    const larger = realloc(reader.buffer, reader.capacity * 2);
    if (!larger) return fail(reader, -Errno.NOMEM);
    reader.buffer = larger;
    reader.capacity *= 2;
  }
  let got: i64;
  do got = read(reader.fd, reader.buffer + reader.used, reader.capacity - reader.used - 1);
  while (got == -Errno.INTR);
  if (got < 0) return fail(reader, <i32>got);
  if (!got) return fail(reader, 0);
  reader.used += <usize>got;
  return true;
}

function fail(reader: Reader, error: i32): bool {
  reader.error = error;
  reader.ended = true;
  return false;
}
