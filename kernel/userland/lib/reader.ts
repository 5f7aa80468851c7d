// Buffered reading, by bytes and by lines.
//
// Rules: a Reader does not own its descriptor. nextLine() returns a byte string without its newline, valid until the
// next call. Byte 0 in a line ends it early, as in every text utility of POSIX.

import { Errno } from './errno';
import { read } from './file';
import { calloc, free, realloc } from './malloc';

const BUFFER_SIZE: usize = 4096;
export const END_OF_FILE: i32 = -1;

@unmanaged
@final
export class Reader {
  fd: i32;
  /** 0, or the negative errno that ended the reading. */
  error: i32;
  used: usize;
  next: usize;
  line: usize;
  lineCapacity: usize;
  /** Bytes of the last line. */
  length: usize;
}

/** Null when there is no memory. closeReader() frees it. */
export function openReader(fd: i32): Reader | null {
  const reader = changetype<Reader | null>(calloc(1, offsetof<Reader>() + BUFFER_SIZE));
  if (reader) reader.fd = fd;
  return reader;
}

export function closeReader(reader: Reader): void {
  free(reader.line);
  free(changetype<usize>(reader));
}

/** The next byte, or END_OF_FILE (also on an error: see `error`). */
export function readByte(reader: Reader): i32 {
  const buffer = changetype<usize>(reader) + offsetof<Reader>();
  if (reader.next == reader.used) {
    let got: i64;
    do got = read(reader.fd, buffer, BUFFER_SIZE);
    while (got == -Errno.INTR);
    if (got <= 0) {
      reader.error = <i32>got;
      return END_OF_FILE;
    }
    reader.used = <usize>got;
    reader.next = 0;
  }
  return load<u8>(buffer + reader.next++);
}

/** The next line, 0 at the end, on an error or when there is no memory. */
export function nextLine(reader: Reader): usize {
  reader.length = 0;
  let byte = readByte(reader);
  if (byte == END_OF_FILE) return 0;
  for (; byte != END_OF_FILE && byte != 0x0a; byte = readByte(reader)) {
    if (!reserve(reader)) return 0;
    store<u8>(reader.line + reader.length++, <u8>byte);
  }
  if (!reserve(reader)) return 0;
  store<u8>(reader.line + reader.length, 0);
  return reader.line;
}

/** Room for one more byte. */
function reserve(reader: Reader): bool {
  if (reader.length < reader.lineCapacity) return true;
  const capacity = reader.lineCapacity * 2 + 128;
  const line = realloc(reader.line, capacity);
  if (!line) {
    reader.error = -Errno.NOMEM;
    return false;
  }
  reader.line = line;
  reader.lineCapacity = capacity;
  return true;
}
