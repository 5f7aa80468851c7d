// dd: copy with blocks, conversions and limits. Source: POSIX dd; status=, iflag=, oflag= as elsewhere.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre, bytesStartWith, duplicateRange, findByte } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { setHandler, Restart } from '../lib/handler';
import { dup2, lseek, open, Open, read, Seek, writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { BAD, onlyOperands, operandIndex } from '../lib/options';
import { message } from '../lib/report';
import { Signal } from '../lib/signal';
import { parseSize, sizeValue } from '../lib/size';
import { stderr } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { monotonicNs } from '../lib/time';

const HELP = `usage: dd [if=FILE] [of=FILE] [ibs=N] [obs=N] [bs=N] [cbs=N] [skip=N] [seek=N] [count=N] [conv=LIST]
          [status=none|noxfer] [iflag=fullblock,...] [oflag=append,sync]
Copy, block by block of 512 bytes, and say how many blocks were whole and how many partial.
  N  with w 2, b 512, k 1024, M, G, and x for a product
  conv=  lcase ucase swab noerror notrunc sync block unblock, excl nocreat fsync fdatasync sparse
`;

/** Names and bits of conv=; the position is the bit. */
const CONVERSIONS =
  'lcase ucase swab noerror notrunc sync block unblock excl nocreat fsync fdatasync sparse ';
const LOWER = 1;
const UPPER = 2;
const SWAB = 4;
const NOERROR = 8;
const NOTRUNC = 16;
const PAD = 32;
const BLOCK = 64;
const UNBLOCK = 128;
const EXCLUSIVE = 256;
const NOCREATE = 512;
const FSYNC = 1024;
const FDATASYNC = 2048;
const SPARSE = 4096;

let inputName: usize = 0;
let outputName: usize = 0;
let inputSize: i64 = 512;
let outputSize: i64 = 512;
let bothSize: i64 = 0;
let recordSize: i64 = 0;
let skip: i64 = 0;
let seek: i64 = 0;
let count: i64 = -1;
let conversions: u32 = 0;
let quiet: i32 = 0;
let fullBlocks = false;
let appends = false;
let synchronous = false;

let wholeIn: u64 = 0;
let partialIn: u64 = 0;
let wholeOut: u64 = 0;
let partialOut: u64 = 0;
let truncated: u64 = 0;
let bytesOut: u64 = 0;
let started: i64 = 0;
let showNow = false;
let output: usize = 0;
let outputUsed: usize = 0;
let column: i64 = 0;
let pendingSpaces: i64 = 0;
let holeAtEnd = false;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  for (let i = operandIndex(); i < argumentCount(); i++) if (!operand(argument(i))) return 1;
  if (bothSize) inputSize = outputSize = bothSize;
  if (!inputSize || !outputSize) return complain('invalid number: 0', 0);
  const exclusive =
    (conversions & LOWER && conversions & UPPER) || (conversions & BLOCK && conversions & UNBLOCK);
  if (exclusive || (conversions & EXCLUSIVE && conversions & NOCREATE))
    return complain('conversions that exclude each other', 0);
  if (!recordSize) conversions &= ~(BLOCK | UNBLOCK);
  if (!openFiles()) return 1;
  setHandler(Signal.USR1, askForReport, Restart.always);
  setHandler(Signal.INT, endByInterrupt, Restart.never);
  started = monotonicNs();
  const status = run();
  report();
  return status;
}

let interrupted = false;

function askForReport(signal: i32): void {
  showNow = signal != 0;
}

function endByInterrupt(signal: i32): void {
  interrupted = signal != 0;
}

function complain(what: string, word: usize): i32 {
  const out = message().text(what);
  if (word) out.text(" '").bytes(word).text("'");
  out.newline();
  return 1;
}

/** Numbers with suffixes, multiplied by x. */
function number(text: usize): i64 {
  let result: i64 = 1;
  let at = text;
  while (at) {
    let end = at;
    while (load<u8>(end) && !(load<u8>(end) == 0x78 && end > at)) end++;
    const part = mustAllocate(duplicateRange(at, end - at));
    if (!parseSize(part) || (sizeValue() && result > i64.MAX_VALUE / sizeValue())) {
      complain('invalid number:', text);
      return -1;
    }
    result *= sizeValue();
    at = load<u8>(end) ? end + 1 : 0;
  }
  return result;
}

function operand(word: usize): bool {
  const equals = findByte(word, 0x3d);
  const value = equals + 1;
  if (!equals) return complain('unrecognized operand', word) == 0;
  if (bytesStartWith(word, 'if=')) inputName = value;
  else if (bytesStartWith(word, 'of=')) outputName = value;
  else if (bytesStartWith(word, 'conv=')) return parseList(value);
  else if (bytesStartWith(word, 'status='))
    quiet = bytesAre(value, 'none') ? 2 : bytesAre(value, 'noxfer') ? 1 : 0;
  else if (bytesStartWith(word, 'iflag=')) fullBlocks = true;
  else if (bytesStartWith(word, 'oflag=')) {
    for (let at = value; at; at = findByte(at, 0x2c), at = at ? at + 1 : 0) {
      if (bytesStartWith(at, 'append')) appends = true;
      if (bytesStartWith(at, 'sync') || bytesStartWith(at, 'dsync')) synchronous = true;
    }
  } else return numeric(word, value);
  return true;
}

function numeric(word: usize, value: usize): bool {
  const size = number(value);
  if (size < 0) return false;
  if (bytesStartWith(word, 'ibs=')) inputSize = size;
  else if (bytesStartWith(word, 'obs=')) outputSize = size;
  else if (bytesStartWith(word, 'bs=')) bothSize = size;
  else if (bytesStartWith(word, 'cbs=')) recordSize = size;
  else if (bytesStartWith(word, 'skip=') || bytesStartWith(word, 'iseek=')) skip = size;
  else if (bytesStartWith(word, 'seek=') || bytesStartWith(word, 'oseek=')) seek = size;
  else if (bytesStartWith(word, 'count=')) count = size;
  else return complain('unrecognized operand', word) == 0;
  return true;
}

function parseList(at: usize): bool {
  while (load<u8>(at)) {
    let end = at;
    while (load<u8>(end) && load<u8>(end) != 0x2c) end++;
    let bit: u32 = 1;
    let found: u32 = 0;
    for (let i = 0; i < CONVERSIONS.length && !found; i++) {
      let same: usize = 0;
      while (at + same < end && <u16>load<u8>(at + same) == <u16>CONVERSIONS.charCodeAt(i + <i32>same))
        same++;
      if (at + same == end && CONVERSIONS.charCodeAt(i + <i32>same) == 0x20) found = bit;
      while (CONVERSIONS.charCodeAt(i) != 0x20) i++;
      bit <<= 1;
    }
    if (!found) return complain('invalid conversion:', at) == 0;
    conversions |= found;
    at = load<u8>(end) ? end + 1 : end;
  }
  return true;
}

function openFiles(): bool {
  if (inputName) {
    const fd = open(inputName, Open.readOnly);
    if (fd < 0) return failOpen(inputName, fd);
    dup2(fd, 0);
  }
  if (outputName) {
    let flags: u32 = conversions & NOCREATE ? 0 : Open.create;
    if (conversions & EXCLUSIVE) flags |= Open.exclusive;
    if (!(conversions & NOTRUNC) && !seek) flags |= Open.truncate;
    if (appends) flags |= Open.append;
    if (synchronous) flags |= 0o4010000;
    // Reading and writing, so that seeking over what cannot seek may read; where that is not allowed, writing.
    let fd = open(outputName, Open.readWrite | flags);
    if (fd < 0) fd = open(outputName, Open.writeOnly | flags);
    if (fd < 0) return failOpen(outputName, fd);
    dup2(fd, 1);
  }
  // Without notrunc what is behind the place to begin is cut off.
  if (seek && outputName && !(conversions & NOTRUNC)) {
    const error = syscall(Sys.ftruncate, 1, seek * outputSize);
    if (error < 0 && error != -Errno.INVAL) {
      message()
        .text("failed to truncate '")
        .bytes(outputName)
        .text("': ")
        .text(errorMessage(error))
        .newline();
      return false;
    }
  }
  return true;
}

function failOpen(name: usize, error: i32): bool {
  message().text("failed to open '").bytes(name).text("': ").text(errorMessage(error)).newline();
  return false;
}

function run(): i32 {
  const buffer = mustAllocate(malloc(<usize>inputSize + 1));
  if (skip && lseek(0, skip * inputSize, Seek.current) < 0) {
    for (let i: i64 = 0; i < skip; i++) {
      const got = readBlock(buffer);
      if (got <= 0) break;
    }
  }
  if (seek && lseek(1, seek * outputSize, Seek.current) < 0) {
    message()
      .text('cannot seek: ')
      .bytes(outputName ? outputName : literal('standard output'))
      .newline();
    return 1;
  }
  // With bs= and no conversion but these, each block is written as it was read (POSIX dd, bs=).
  const direct =
    bothSize != 0 &&
    !(conversions & ~(NOERROR | NOTRUNC | PAD | EXCLUSIVE | NOCREATE | FSYNC | FDATASYNC | SPARSE));
  if (!direct) output = mustAllocate(malloc(<usize>outputSize));
  let status = 0;
  for (let i: i64 = 0; (count < 0 || i < count) && !interrupted; i++) {
    let got = readBlock(buffer);
    if (got < 0) {
      message()
        .text("error reading '")
        .bytes(inputName ? inputName : literal('standard input'))
        .text("': ")
        .text(errorMessage(got))
        .newline();
      status = 1;
      if (!(conversions & NOERROR)) break;
      report();
      lseek(0, inputSize, Seek.current);
      if (!(conversions & PAD)) continue;
      got = 0;
      partialIn++;
    } else if (!got) break;
    else if (got == inputSize) wholeIn++;
    else partialIn++;
    if (got < inputSize && conversions & PAD) {
      memory.fill(buffer + <usize>got, conversions & (BLOCK | UNBLOCK) ? 0x20 : 0, <usize>(inputSize - got));
      got = inputSize;
    }
    if (!(direct ? put(buffer, <usize>got) : convert(buffer, <usize>got))) return 1;
    if (showNow) {
      showNow = false;
      report();
    }
  }
  if (conversions & BLOCK && column && !padRecord()) return 1;
  if (conversions & UNBLOCK && column && !outputByte(0x0a)) return 1;
  if (outputUsed && !put(output, outputUsed)) return 1;
  if (holeAtEnd) syscall(Sys.ftruncate, 1, lseek(1, 0, Seek.current));
  const sync: u64 = conversions & FSYNC ? Sys.fsync : conversions & FDATASYNC ? Sys.fdatasync : 0;
  const error = sync ? syscall(sync, 1) : 0;
  if (error < 0) {
    message().text('fsync failed: ').text(errorMessage(error)).newline();
    return 1;
  }
  return interrupted ? 130 : status;
}

function readBlock(buffer: usize): i64 {
  let done: i64 = 0;
  let got: i64;
  do {
    got = read(0, buffer + <usize>done, <usize>(inputSize - done));
    if (got > 0) done += got;
  } while ((got == -Errno.INTR && !interrupted) || (fullBlocks && got > 0 && done < inputSize));
  return got < 0 && got != -Errno.INTR ? got : done;
}

function convert(buffer: usize, size: usize): bool {
  if (conversions & SWAB) {
    for (let i: usize = 0; i + 1 < size; i += 2) {
      const first = load<u8>(buffer + i);
      store<u8>(buffer + i, load<u8>(buffer + i, 1));
      store<u8>(buffer + i, first, 1);
    }
  }
  if (conversions & (LOWER | UPPER)) {
    const from: u8 = conversions & LOWER ? 0x41 : 0x61;
    for (let i: usize = 0; i < size; i++) {
      const byte = load<u8>(buffer + i);
      if (byte >= from && byte < from + 26) store<u8>(buffer + i, byte ^ 0x20);
    }
  }
  if (conversions & (BLOCK | UNBLOCK)) {
    for (let i: usize = 0; i < size; i++) {
      if (!(conversions & BLOCK ? blockByte(load<u8>(buffer + i)) : unblockByte(load<u8>(buffer + i))))
        return false;
    }
    return true;
  }
  for (let i: usize = 0; i < size;) {
    const part = min<usize>(size - i, <usize>outputSize - outputUsed);
    memory.copy(output + outputUsed, buffer + i, part);
    outputUsed += part;
    i += part;
    if (outputUsed == <usize>outputSize && !flushOutput()) return false;
  }
  return true;
}

function flushOutput(): bool {
  const size = outputUsed;
  outputUsed = 0;
  return put(output, size);
}

function outputByte(byte: u8): bool {
  store<u8>(output + outputUsed, byte);
  outputUsed++;
  return outputUsed < <usize>outputSize || flushOutput();
}

/** Lines become records of recordSize, filled with spaces or cut. */
function blockByte(byte: u8): bool {
  if (byte == 0x0a) return padRecord();
  if (column == recordSize) truncated++;
  return column++ < recordSize ? outputByte(byte) : true;
}

function padRecord(): bool {
  for (; column < recordSize; column++) if (!outputByte(0x20)) return false;
  column = 0;
  return true;
}

/** Records become lines, the spaces at their ends left out. */
function unblockByte(byte: u8): bool {
  if (byte == 0x20) pendingSpaces++;
  else {
    for (; pendingSpaces; pendingSpaces--) if (!outputByte(0x20)) return false;
    if (!outputByte(byte)) return false;
  }
  if (++column < recordSize) return true;
  column = pendingSpaces = 0;
  return outputByte(0x0a);
}

function put(from: usize, size: usize): bool {
  if (conversions & SPARSE && isZero(from, size) && lseek(1, <i64>size, Seek.current) >= 0) {
    holeAtEnd = true;
  } else {
    holeAtEnd = false;
    const error = writeFully(1, from, size);
    if (error < 0) {
      message()
        .text("error writing '")
        .bytes(outputName ? outputName : literal('standard output'))
        .text("': ")
        .text(errorMessage(error))
        .newline();
      return false;
    }
  }
  bytesOut += size;
  if (size == <usize>outputSize) wholeOut++;
  else partialOut++;
  return true;
}

function isZero(at: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) if (load<u8>(at + i)) return false;
  return true;
}

function report(): void {
  if (quiet == 2) return;
  stderr.unsigned(wholeIn).byte(0x2b).unsigned(partialIn).text(' records in').newline();
  stderr.unsigned(wholeOut).byte(0x2b).unsigned(partialOut).text(' records out').newline();
  if (truncated)
    stderr
      .unsigned(truncated)
      .text(truncated == 1 ? ' truncated record' : ' truncated records')
      .newline();
  if (quiet) return;
  const milliseconds = max<i64>((monotonicNs() - started) / 1000000, 0);
  stderr
    .unsigned(bytesOut)
    .text(' bytes copied, ')
    .unsigned(milliseconds / 1000)
    .byte(0x2e);
  const rest = milliseconds % 1000;
  stderr
    .unsigned(rest / 100)
    .unsigned((rest / 10) % 10)
    .unsigned(rest % 10)
    .text(' s')
    .newline();
}
