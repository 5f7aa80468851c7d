// wc: count lines, words, characters and bytes. Source: POSIX wc.

import { countInMemory } from '../lib/bytes';
import { characterAt, characterSize, countCharacters, INVALID, isSpace } from '../lib/characters';
import { characterWidth } from '../lib/character-width';
import { lseek, Seek } from '../lib/file';
import { eachInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex, permuteOperands } from '../lib/options';
import { argument, argumentCount } from '../lib/arguments';
import { printf } from '../lib/printf';
import { closeReader, fillReader, openReader } from '../lib/reader';
import { reportError, reportText } from '../lib/report';
import { FileType, fstat, Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';

const HELP = `usage: wc [-cLlmw] [FILE...]
Count lines, words and bytes.
  -l  lines    -w  words    -m  characters    -c  bytes    -L  columns of the longest line
`;
const LONG = 'bytes=c max-line-length=L lines=l chars=m words=w';

/** Bits of `wanted`, in the order of the output. */
const LINES = 1;
const WORDS = 2;
const CHARACTERS = 4;
const BYTES = 8;
const LONGEST = 16;

/** By bit: of this file, and of all. */
const counts = memory.data(40, 8);
const totals = memory.data(40, 8);
let wanted: i32 = 0;
let width: u64 = 1;

export function main(): i32 {
  permuteOperands();
  for (
    let option = nextOption('cLlmw', HELP, LONG);
    option != END;
    option = nextOption('cLlmw', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x6c) wanted |= LINES;
    else if (option == 0x77) wanted |= WORDS;
    else if (option == 0x6d) wanted |= CHARACTERS;
    else if (option == 0x63) wanted |= BYTES;
    else wanted |= LONGEST;
  }
  if (!wanted) wanted = LINES | WORDS | BYTES;
  width = columnWidth();
  const status = eachInput(count);
  if (operandCount() > 1) {
    memory.copy(counts, totals, 40);
    print(literal('total'));
  }
  return status;
}

/** Wide enough for the largest number there can be: the sum of the sizes; 7 where a size is not known. */
function columnWidth(): u64 {
  const found = changetype<Stat>(memory.data(144, 8));
  const single = !(wanted & (wanted - 1));
  if (single && operandCount() <= 1) return 1;
  let total: i64 = 0;
  let least: u64 = 1;
  for (let i = operandIndex(); i < max<i32>(argumentCount(), operandIndex() + 1); i++) {
    const error = operandCount() ? stat(argument(i), found) : fstat(0, found);
    if (error < 0) continue;
    if ((found.mode & FileType.mask) == FileType.regular) total += found.size;
    else least = 7;
  }
  let digits: u64 = 1;
  for (; total >= 10; total /= 10) digits++;
  return max<u64>(digits, least);
}

/** 0, or 1 after a message. */
function count(fd: i32, name: usize): i32 {
  memory.fill(counts, 0, 40);
  let error = 0;
  if (wanted != BYTES || !countBySize(fd)) error = countByReading(fd);
  if (error < 0) reportError(name, error);
  for (let i: usize = 0; i < 40; i += 8) {
    const value = load<u64>(counts + i);
    store<u64>(totals + i, i == 32 ? max<u64>(load<u64>(totals + i), value) : load<u64>(totals + i) + value);
  }
  print(operandCount() ? name : 0);
  return error < 0 ? 1 : 0;
}

/** A regular file tells its size. Those of /proc say 0, and are read. */
function countBySize(fd: i32): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  if (fstat(fd, found) < 0 || (found.mode & FileType.mask) != FileType.regular || found.size <= 0)
    return false;
  const at = lseek(fd, 0, Seek.current);
  if (at < 0) return false;
  store<i64>(counts, max<i64>(found.size - at, 0), 24);
  return true;
}

function countByReading(fd: i32): i32 {
  const reader = openReader(fd);
  if (!reader) {
    reportText('out of memory');
    return 0;
  }
  let lines: u64 = 0;
  let words: u64 = 0;
  let characters: u64 = 0;
  let bytes: u64 = 0;
  let inWord = false;
  let column: u64 = 0;
  let longest: u64 = 0;
  const simple = !(wanted & (WORDS | LONGEST));
  while (fillReader(reader)) {
    const at = reader.buffer + reader.next;
    let size = reader.used - reader.next;
    // Characters may be cut by the end of the buffer: up to three bytes wait for the next.
    if (wanted & ~(LINES | BYTES)) size -= unfinished(at, size);
    if (!size && reader.used - reader.next > 3) size = reader.used - reader.next;
    if (wanted & LINES) lines += countInMemory(at, 0x0a, size);
    if (wanted & CHARACTERS) characters += countCharacters(at, size);
    bytes += size;
    reader.next += size;
    if (simple) continue;
    for (let i: usize = 0; i < size;) {
      let code = <u32>load<u8>(at + i);
      let step: usize = 1;
      if (code >= 0x80) {
        code = characterAt(at + i, at + size);
        step = characterSize();
      }
      const blank = code < 0x80 ? code == 0x20 || (code >= 9 && code <= 13) : isSpace(code);
      // As POSIX has it: a non-empty string of non-white-space; whether unprintable bytes begin a word is open.
      if (!blank && !inWord) words++;
      inWord = !blank;
      i += step;
      if (!(wanted & LONGEST)) continue;
      if (code == 0x0a || code == 0x0d || code == 0x0c) {
        longest = max<u64>(longest, column);
        column = 0;
      } else if (code == 9) column = (column | 7) + 1;
      else if (code < INVALID) column += characterWidth(code);
    }
  }
  // What is left is no character.
  bytes += reader.used - reader.next;
  if (reader.used > reader.next && !inWord) words++;
  store<u64>(counts, lines);
  store<u64>(counts, words, 8);
  store<u64>(counts, characters, 16);
  store<u64>(counts, bytes, 24);
  store<u64>(counts, max<u64>(longest, column), 32);
  const error = reader.error;
  closeReader(reader);
  return error;
}

/** Bytes at the end that may be the beginning of a longer character: 0–3. */
function unfinished(at: usize, size: usize): usize {
  for (let back: usize = 1; back <= min<usize>(size, 3); back++) {
    const byte = load<u8>(at + size - back);
    if (byte < 0x80) return 0;
    const length: usize = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte >= 0xc0) return length > back ? back : 0;
  }
  return 0;
}

function print(name: usize): void {
  let first = true;
  for (let bit = 0; bit < 5; bit++) {
    if (!(wanted & (1 << bit))) continue;
    printf(first ? '%*u' : ' %*u', width, load<u64>(counts + ((<usize>bit) << 3)));
    first = false;
  }
  if (name) stdout.byte(0x20).bytes(name);
  stdout.newline();
}
