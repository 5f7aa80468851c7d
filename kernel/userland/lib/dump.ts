// The input of od and hexdump: all operands as one, in lines of equal size, where lines like the one before become `*`.
//
// Rules for callers: after the options; `dumpLines` once. A file that cannot be read is reported and passed over.

import { argument, argumentCount } from './arguments';
import { Errno } from './errno';
import { lseek, read, Seek } from './file';
import { closeInput, openInput } from './inputs';
import { literal } from './literal';
import { free, malloc, mustAllocate } from './malloc';
import { operandCount, operandIndex } from './options';
import { reportError } from './report';
import { stdout } from './stream';

const BUFFER_BYTES: usize = 32768;
const buffer = memory.data(32768);
let used: usize = 0;
let taken: usize = 0;
let next: i32 = 0;
let fd: i32 = -1;
let failed = false;
let lineSize: usize = 0;
let left: i64 = 0;

/** Whether a file could not be read. */
export function dumpFailed(): bool {
  return failed;
}

/**
 * Calls `show` with lines of `size` bytes (the last one has fewer, and zeroes behind them) of the `limit` bytes behind the
 * first `skip`; with `all` also those that are like the one before. The offset of the end; -1 when the input ends before
 * `skip`, -2 when there is none at all.
 */
export function dumpLines(
  size: i32,
  skip: i64,
  limit: i64,
  all: bool,
  show: (line: usize, size: i32, offset: i64) => void,
): i64 {
  lineSize = <usize>size;
  left = limit;
  next = operandIndex();
  if (!operandCount()) fd = 0;
  else if (!openNext()) return -2;
  if (!skipInput(skip)) return -1;
  let offset = skip;
  const line = mustAllocate(malloc(lineSize + 8));
  const previous = mustAllocate(malloc(lineSize + 8));
  let repeated = false;
  for (let got = fill(line); got > 0; got = fill(line)) {
    const same = offset > skip && got == size && !memory.compare(line, previous, lineSize);
    if (!same || all) show(line, got, offset);
    else if (!repeated) stdout.text('*\n');
    repeated = same && !all;
    memory.copy(previous, line, lineSize);
    offset += got;
    if (got < size) break;
  }
  free(line);
  free(previous);
  return offset;
}

/** The next operand; false behind the last. */
function openNext(): bool {
  closeInput(fd);
  fd = -1;
  while (next < argumentCount() && fd < 0) {
    fd = openInput(argument(next++));
    if (fd < 0) failed = true;
  }
  return fd >= 0;
}

/** More bytes in the buffer; false at the end of all files. */
function more(): bool {
  let ended = false;
  while (!ended) {
    const got = read(fd, buffer, BUFFER_BYTES);
    if (got == -Errno.INTR) continue;
    if (got > 0) {
      used = <usize>got;
      taken = 0;
      return true;
    }
    if (got < 0) {
      reportError(operandCount() ? argument(next - 1) : literal('standard input'), got);
      failed = true;
    }
    ended = !operandCount() || !openNext();
  }
  return false;
}

function fill(line: usize): i32 {
  let size: usize = 0;
  while (size < lineSize && left > 0) {
    if (taken == used && !more()) break;
    const part = <usize>min<i64>(left, <i64>min<usize>(lineSize - size, used - taken));
    memory.copy(line + size, buffer + taken, part);
    taken += part;
    size += part;
    left -= part;
  }
  memory.fill(line + size, 0, lineSize - size);
  return <i32>size;
}

function skipInput(skip: i64): bool {
  if (!skip || (operandCount() <= 1 && lseek(fd, skip, Seek.current) >= 0)) return true;
  for (let rest = skip; rest > 0;) {
    if (taken == used && !more()) return false;
    const part = min<i64>(rest, used - taken);
    taken += <usize>part;
    rest -= part;
  }
  return true;
}
