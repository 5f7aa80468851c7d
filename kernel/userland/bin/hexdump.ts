// hexdump: bytes as hexadecimal numbers and characters, sixteen a line; lines that repeat show as *.

import { argument } from '../lib/arguments';
import { compareMemory } from '../lib/bytes';
import { lseek, open, Open, readFully, Seek } from '../lib/file';
import { literal } from '../lib/literal';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { printf } from '../lib/printf';
import { reportError, reportUsage, reportWord } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: hexdump [-v] [-n COUNT] [-s OFFSET] [FILE]
Print bytes as hexadecimal numbers and as characters.
  -n COUNT  so many bytes    -s OFFSET  from there on    -v  all lines, also those that repeat
`;

const WIDTH: usize = 16;

export function main(): i32 {
  let limit: i64 = i64.MAX_VALUE;
  let offset: i64 = 0;
  let all = false;
  for (let option = nextOption('n:s:v', HELP); option != END; option = nextOption('n:s:v', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x76) {
      all = true;
      continue;
    }
    if (!parseDigits(optionArgument(), 10)) {
      reportWord('not a number', optionArgument());
      return 1;
    }
    if (option == 0x6e) limit = parsed();
    else offset = parsed();
  }
  if (operandCount() > 1) {
    reportUsage('one file only');
    return 1;
  }
  const path = operandCount() ? argument(operandIndex()) : literal('standard input');
  const fd = operandCount() ? open(path, Open.readOnly) : 0;
  const error = fd < 0 ? fd : offset ? lseek(fd, offset, Seek.set) : 0;
  if (error < 0) {
    reportError(path, error);
    return 1;
  }
  return dump(fd, path, offset, limit, all);
}

function dump(fd: i32, path: usize, offset: i64, limit: i64, all: bool): i32 {
  const line = memory.data(16);
  const previous = memory.data(16);
  let full = false;
  let starred = false;
  while (true) {
    const got = limit > 0 ? readFully(fd, line, <usize>min<i64>(WIDTH, limit)) : 0;
    if (got < 0) {
      reportError(path, got);
      return 1;
    }
    if (!got) break;
    const repeats = full && got == <i64>WIDTH && compareMemory(line, previous, WIDTH) == 0;
    if (all || !repeats) show(line, <usize>got, offset);
    else if (!starred) stdout.text('*\n');
    starred = repeats && !all;
    full = got == <i64>WIDTH;
    memory.copy(previous, line, WIDTH);
    offset += got;
    limit -= got;
  }
  printf('%08x\n', offset);
  return 0;
}

function show(line: usize, size: usize, offset: i64): void {
  printf('%08x ', offset);
  for (let i: usize = 0; i < WIDTH; i++) {
    if (i == WIDTH / 2) stdout.byte(0x20);
    if (i < size) printf(' %02x', load<u8>(line + i));
    else stdout.text('   ');
  }
  stdout.text('  |');
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(line + i);
    stdout.byte(byte >= 0x20 && byte < 0x7f ? byte : 0x2e);
  }
  stdout.text('|\n');
}
