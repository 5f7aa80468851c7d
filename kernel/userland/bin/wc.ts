// wc: count lines, words and bytes. Source: POSIX wc.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { close, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { printf } from '../lib/printf';
import { closeReader, END_OF_FILE, openReader, readByte } from '../lib/reader';
import { reportError, reportText } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: wc [-clw] [FILE...]
Count lines, words and bytes.
  -l  lines alone    -w  words alone    -c  bytes alone
`;

let lines: i64 = 0;
let words: i64 = 0;
let bytes: i64 = 0;
let allLines: i64 = 0;
let allWords: i64 = 0;
let allBytes: i64 = 0;
/** Bits: lines, words, bytes. */
let wanted: i32 = 0;

export function main(): i32 {
  for (let option = nextOption('clw', HELP); option != END; option = nextOption('clw', HELP)) {
    if (option == BAD) return 1;
    wanted |= option == 0x6c ? 1 : option == 0x77 ? 2 : 4;
  }
  if (!wanted) wanted = 7;
  if (!operandCount()) {
    const failed = count(0, literal('standard input'));
    if (!failed) print(0);
    return failed;
  }
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    const fd = bytesAre(path, '-') ? 0 : open(path, Open.readOnly);
    if (fd < 0) reportError(path, fd);
    if (fd < 0 || count(fd, path)) {
      status = 1;
      continue;
    }
    if (fd) close(fd);
    print(path);
    allLines += lines;
    allWords += words;
    allBytes += bytes;
  }
  if (operandCount() > 1) {
    lines = allLines;
    words = allWords;
    bytes = allBytes;
    print(literal('total'));
  }
  return status;
}

/** 0, or 1 after a message. */
function count(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) {
    reportText('out of memory');
    return 1;
  }
  lines = words = bytes = 0;
  let inWord = false;
  for (let byte = readByte(reader); byte != END_OF_FILE; byte = readByte(reader)) {
    bytes++;
    if (byte == 0x0a) lines++;
    const blank = byte == 0x20 || (byte >= 0x09 && byte <= 0x0d);
    if (!blank && !inWord) words++;
    inWord = !blank;
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

function print(name: usize): void {
  // One figure of the standard input stands alone, for use in scripts.
  const width: u64 = name || wanted == 7 ? 3 : 0;
  let first = true;
  for (let bit = 0; bit < 3; bit++) {
    if (!(wanted & (1 << bit))) continue;
    printf(first ? '%*d' : ' %*d', width, bit == 0 ? lines : bit == 1 ? words : bytes);
    first = false;
  }
  if (name) stdout.byte(0x20).bytes(name);
  stdout.newline();
}
