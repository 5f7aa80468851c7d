// split: a file in pieces. Source: POSIX split; -d, -n, --additional-suffix as elsewhere.

import { argument } from '../lib/arguments';
import { byteLength, findInMemory } from '../lib/bytes';
import { open, Open, close, writeFully, lseek, Seek } from '../lib/file';
import { openInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { fillReader, openReader, Reader } from '../lib/reader';
import { message, reportError, reportUsage } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { stdout } from '../lib/stream';

const HELP = `usage: split [-l N | -b N | -C N | -n N] [-a N] [-d] [FILE [PREFIX]]
Write FILE in pieces of 1000 lines to xaa, xab and so on, or PREFIXaa ...
  -l N  of N lines    -b N  of N bytes (k, M)    -C N  of whole lines, at most N bytes    -n N  N pieces of one size
  -a N  N letters in the names (2)    -d  digits instead    --additional-suffix=TEXT    --verbose
`;
const LONG =
  'lines=l: bytes=b: line-bytes=C: number=n: suffix-length=a: numeric-suffixes=d? additional-suffix=S: verbose=v';

let mode: i32 = 0x6c;
let amount: i64 = 1000;
let letters: i32 = 2;
let numeric = false;
let prefix: usize = 0;
let suffix: usize = 0;
let verbose = false;
let piece: i64 = 0;
let fd: i32 = -1;
let name: usize = 0;

export function main(): i32 {
  prefix = literal('x');
  suffix = literal('');
  let old: i64 = -1;
  const options = 'a:b:C:dl:n:0123456789';
  for (
    let option = nextOption(options, HELP, LONG);
    option != END;
    option = nextOption(options, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x64) numeric = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x53) suffix = optionArgument();
    else if (option >= 0x30 && option <= 0x39) {
      old = max<i64>(old, 0) * 10 + option - 0x30;
      amount = old;
      mode = 0x6c;
    } else if (option == 0x61) {
      if (!parseDigits(optionArgument(), 10) || parsed() > 100) return invalid('invalid suffix length');
      letters = parsed() ? <i32>parsed() : 2;
    } else {
      if (!parseSize(optionArgument()) || !sizeValue()) {
        return invalid(option == 0x6c ? 'invalid number of lines' : 'invalid number of bytes');
      }
      mode = option;
      amount = sizeValue();
    }
  }
  if (!amount) return invalid('invalid number of lines');
  if (operandCount() > 2) {
    reportUsage('extra operand');
    return 1;
  }
  if (operandCount() == 2) prefix = argument(operandIndex() + 1);
  const path = operandCount() ? argument(operandIndex()) : literal('-');
  const input = openInput(path);
  const reader = input < 0 ? openReader(-1) : openReader(input);
  if (input < 0 || !reader) return 1;
  let last: i64 = -1;
  if (mode == 0x6e) {
    const size = lseek(input, 0, Seek.end);
    if (size < 0) return invalid('cannot determine file size');
    lseek(input, 0, Seek.set);
    last = amount;
    amount = max<i64>(size / last, 1);
    mode = 0x62;
  }
  const status = mode == 0x6c ? byLines(reader) : mode == 0x62 ? byBytes(reader, last) : byLineBytes(reader);
  if (reader.error < 0) reportError(path, reader.error);
  // As many pieces as were asked for, be they empty.
  while (!status && last > 0 && piece < last && nextPiece());
  return reader.error < 0 ? 1 : status;
}

function invalid(what: string): i32 {
  message().text(what).text(": '").bytes(optionArgument()).text("'").newline();
  return 1;
}

/** Opens the next output; false after a message. */
function nextPiece(): bool {
  if (fd >= 0) close(fd);
  const length = byteLength(prefix);
  if (!name) name = mustAllocate(malloc(length + <usize>letters + byteLength(suffix) + 1));
  memory.copy(name, prefix, length);
  const base: i64 = numeric ? 10 : 26;
  let rest = piece++;
  for (let i = letters - 1; i >= 0; i--) {
    store<u8>(name + length + <usize>i, <u8>((numeric ? 0x30 : 0x61) + (rest % base)));
    rest /= base;
  }
  if (rest) {
    message().text('output file suffixes exhausted').newline();
    return false;
  }
  memory.copy(name + length + <usize>letters, suffix, byteLength(suffix) + 1);
  if (verbose) stdout.text("creating file '").bytes(name).text("'").newline();
  fd = open(name, Open.writeOnly | Open.create | Open.truncate);
  if (fd < 0) reportError(name, fd);
  return fd >= 0;
}

function put(from: usize, size: usize): bool {
  const error = writeFully(fd, from, size);
  if (error < 0) reportError(name, error);
  return error >= 0;
}

function byLines(reader: Reader): i32 {
  let left: i64 = 0;
  while (reader.next < reader.used || fillReader(reader)) {
    const start = reader.buffer + reader.next;
    const end = reader.buffer + reader.used;
    if (!left) {
      if (!nextPiece()) return 1;
      left = amount;
    }
    let at = start;
    while (left && at < end) {
      const newline = findInMemory(at, 0x0a, end - at);
      at = newline ? newline + 1 : end;
      if (newline) left--;
    }
    if (!put(start, at - start)) return 1;
    reader.next += at - start;
  }
  return 0;
}

/** `pieces` of -1: as many as it takes; else the last one takes what is left. */
function byBytes(reader: Reader, pieces: i64): i32 {
  let left: i64 = 0;
  while (reader.next < reader.used || fillReader(reader)) {
    if (!left) {
      if (!nextPiece()) return 1;
      left = pieces > 0 && piece == pieces ? i64.MAX_VALUE : amount;
    }
    const size = <usize>min<i64>(left, <i64>(reader.used - reader.next));
    if (!put(reader.buffer + reader.next, size)) return 1;
    reader.next += size;
    left -= size;
  }
  return 0;
}

function byLineBytes(reader: Reader): i32 {
  let left: i64 = 0;
  while (reader.next < reader.used || fillReader(reader)) {
    const start = reader.buffer + reader.next;
    const newline = findInMemory(start, 0x0a, reader.used - reader.next);
    // The line may go on behind what has been read.
    if (!newline && <i64>(reader.used - reader.next) < amount && fillReader(reader)) continue;
    const available = <i64>(reader.used - reader.next);
    const at = reader.buffer + reader.next;
    const end = findInMemory(at, 0x0a, <usize>available);
    let size = end ? <i64>(end + 1 - at) : available;
    if (size > left && left < amount) left = 0;
    if (!left) {
      if (!nextPiece()) return 1;
      left = amount;
    }
    size = min<i64>(size, left);
    if (!put(at, <usize>size)) return 1;
    reader.next += <usize>size;
    left -= size;
  }
  return 0;
}
