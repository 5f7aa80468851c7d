// The `read` builtin. Source: POSIX read.

import { Buffer, freeBuffer } from '../lib/buffer';
import { duplicateRange } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { read } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { interrupted } from './state';
import { setVariable } from './variables';

/** Reads a line byte by byte, so that nothing of the next one is taken. False at the end of the input, and after ^C. */
export function readRawLine(fd: i32, to: Buffer): bool {
  const byte = memory.data(1);
  to.clear();
  while (true) {
    const got = read(fd, byte, 1);
    if (got == -Errno.INTR && !interrupted) continue;
    if (got <= 0) return got == 0 && to.length > 0;
    if (load<u8>(byte) == 0x0a) return true;
    to.byte(load<u8>(byte));
  }
  return false;
}

/** Splits a line of descriptor 0 over the variables words[first…]; 1 at the end of the input. */
export function readLineInto(words: List, first: i32, raw: bool): i32 {
  const line = make<Buffer>();
  const got = readRawLine(0, line);
  if (!raw) joinLines(line);
  let at = skipBlanks(line.at);
  for (let i = first; i < words.length; i++) {
    let end = at;
    if (i + 1 < words.length) while (load<u8>(end) && !isBlank(load<u8>(end))) end++;
    else {
      while (load<u8>(end)) end++;
      while (end > at && isBlank(load<u8>(end - 1))) end--;
    }
    const value = mustAllocate(duplicateRange(at, end - at));
    setVariable(words.get(i), value);
    free(value);
    at = skipBlanks(end);
  }
  if (first == words.length) setVariable(literal('REPLY'), line.at);
  freeBuffer(line);
  free(changetype<usize>(line));
  return got ? 0 : 1;
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

function skipBlanks(at: usize): usize {
  while (isBlank(load<u8>(at))) at++;
  return at;
}

/** A backslash takes the byte after it as it is; at the end of a line it takes the next line. */
function joinLines(line: Buffer): void {
  for (let i: usize = 0; i < line.length; i++) {
    if (load<u8>(line.at + i) != 0x5c) continue;
    const last = i + 1 == line.length;
    line.remove(i, 1);
    if (!last) continue;
    const more = make<Buffer>();
    if (readRawLine(0, more)) line.bytes(more.at);
    freeBuffer(more);
    free(changetype<usize>(more));
    i--;
  }
}
