// head: the first lines or bytes of files. Source: POSIX head.

import { bytesAre, findInMemory } from '../lib/bytes';
import { Seek, lseek } from '../lib/file';
import { eachInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { free, malloc, mustAllocate, realloc } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, optionArgument, permuteOperands } from '../lib/options';
import { closeReader, fillReader, openReader, Reader } from '../lib/reader';
import { message, reportError } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { stdout } from '../lib/stream';

const HELP = `usage: head [-n N | -c N] [-qvz] [FILE...]
Write the first lines of files, 10 of each.
  -n N  that many lines; for -N all but the last N     -N  as -n N
  -c N  that many bytes; for -N all but the last N     -z  lines end with 0
  -q    no titles between files                        -v  always titles
`;
const LONG = 'lines=n: bytes=c: quiet=q silent=q verbose=v zero-terminated=z';

let limit: i64 = 10;
let byBytes = false;
let allBut = false;
let titles = false;
let first = true;
let delimiter: u8 = 0x0a;

export function main(): i32 {
  permuteOperands();
  let digits: i64 = -1;
  let quiet = false;
  const letters = 'n:c:qvz0123456789';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option >= 0x30 && option <= 0x39) {
      digits = max<i64>(digits, 0) * 10 + option - 0x30;
      limit = digits;
      byBytes = allBut = false;
    } else if (option == 0x71) quiet = true;
    else if (option == 0x76) titles = true;
    else if (option == 0x7a) delimiter = 0;
    else {
      byBytes = option == 0x63;
      const word = optionArgument();
      const negative = load<u8>(word) == 0x2d;
      if (!parseSize(negative ? word + 1 : word)) {
        const what = byBytes ? 'invalid number of bytes: ' : 'invalid number of lines: ';
        message().text(what).byte(0x27).bytes(word).byte(0x27).newline();
        return 1;
      }
      allBut = negative;
      limit = sizeValue();
    }
  }
  if (operandCount() > 1) titles = true;
  if (quiet) titles = false;
  return eachInput(show);
}

function show(fd: i32, name: usize): i32 {
  if (titles) {
    if (!first) stdout.newline();
    stdout
      .text('==> ')
      .bytes(bytesAre(name, '-') ? literal('standard input') : name)
      .text(' <==\n');
  }
  first = false;
  const reader = openReader(fd);
  if (!reader) return 1;
  if (allBut) copyAllBut(reader);
  else copyFirst(reader);
  const error = reader.error;
  // Who reads on from the same file, such as the next command of a script, begins behind what was shown.
  if (reader.next < reader.used) lseek(fd, <i64>reader.next - <i64>reader.used, Seek.current);
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

function copyFirst(reader: Reader): void {
  let rest = limit;
  while (rest > 0) {
    if (reader.next == reader.used && !fillReader(reader)) return;
    const at = reader.buffer + reader.next;
    const available = reader.used - reader.next;
    let size = available;
    if (byBytes) {
      size = <usize>min<i64>(available, rest);
      rest -= size;
    } else {
      const end = findInMemory(at, delimiter, available);
      if (end) {
        size = end + 1 - at;
        rest--;
      }
    }
    stdout.range(at, size);
    reader.next += size;
  }
}

/** Keeps what may belong to the last lines or bytes, and writes the rest. */
function copyAllBut(reader: Reader): void {
  let capacity: usize = 65536;
  let held = mustAllocate(malloc(capacity));
  let used: usize = 0;
  let lines: i64 = 0;
  /** Where the search for the end of the first held line begins. */
  let from: usize = 0;
  while (fillReader(reader)) {
    const size = reader.used - reader.next;
    if (used + size > capacity) {
      memory.copy(held, held + from, used - from);
      used -= from;
      from = 0;
      while (used + size > capacity) capacity *= 2;
      held = mustAllocate(realloc(held, capacity));
    }
    memory.copy(held + used, reader.buffer + reader.next, size);
    reader.next = reader.used;
    if (!byBytes) {
      const end = held + used + size;
      let at = held + used;
      used += size;
      for (at = findInMemory(at, delimiter, end - at); at; at = findInMemory(at, delimiter, end - at)) {
        at++;
        lines++;
      }
      while (lines > limit) {
        const next = findInMemory(held + from, delimiter, used - from) + 1;
        stdout.range(held + from, next - held - from);
        from = next - held;
        lines--;
      }
    } else {
      used += size;
      const surplus = <i64>(used - from) - limit;
      if (surplus > 0) {
        stdout.range(held + from, <usize>surplus);
        from += <usize>surplus;
      }
    }
  }
  if (!byBytes && used > from && load<u8>(held + used - 1) != delimiter && limit) {
    // The unfinished last line is one of those left out.
    while (lines >= limit) {
      const next = findInMemory(held + from, delimiter, used - from) + 1;
      stdout.range(held + from, next - held - from);
      from = next - held;
      lines--;
    }
  } else if (!byBytes && !limit) stdout.range(held + from, used - from);
  free(held);
}
