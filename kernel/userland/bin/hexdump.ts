// hexdump, hd: bytes in hexadecimal. -C as of BSD; without it two-byte words, as there.

import { argument, argumentCount, programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { lseek, read, Seek } from '../lib/file';
import { closeInput, openInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { Errno } from '../lib/errno';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { printf } from '../lib/printf';
import { message, reportError } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { stdout } from '../lib/stream';

const HELP = `usage: hexdump [-bcCdovx] [-n N] [-s N] [FILE...]
Show bytes in hexadecimal; equal lines as *.
  -C  with the characters beside (the default of hd)    -b  octal bytes    -c  characters
  -d, -o, -x  words of two bytes in decimal, octal, hexadecimal (the default)
  -v  all lines    -n N  only N bytes    -s N  from byte N on
`;

const LINE: usize = 16;

/** A letter of an option; 0: words as -x, closer together. */
let form: i32 = 0;
let everything = false;
let left: i64 = i64.MAX_VALUE;
let skip: i64 = 0;
let next: i32 = 0;
let fd: i32 = -1;
let status: i32 = 0;

export function main(): i32 {
  if (bytesAre(programName(), 'hd')) form = 0x43;
  const letters = 'bcCdn:os:vx';
  for (let option = nextOption(letters, HELP); option != END; option = nextOption(letters, HELP)) {
    if (option == BAD) return 1;
    if (option == 0x76) everything = true;
    else if (option == 0x6e || option == 0x73) {
      const hex = load<u8>(optionArgument()) == 0x30 && (load<u8>(optionArgument(), 1) | 0x20) == 0x78;
      if (!(hex ? parseHex(optionArgument() + 2) : parseSize(optionArgument()))) {
        message().text("not a number: '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      const value = hex ? hexValue : sizeValue();
      if (option == 0x6e) left = value;
      else skip = value;
    } else form = option;
  }
  next = operandIndex();
  if (!operandCount()) fd = 0;
  else if (!openNext()) return status;
  let offset: i64 = skip;
  if (!skipInput()) return status;
  const line = memory.data(16);
  const previous = memory.data(16);
  let repeated = false;
  let first = true;
  let size = fill(line);
  for (; size > 0; size = fill(line)) {
    if (!first && !everything && size == LINE && !memory.compare(line, previous, LINE)) {
      if (!repeated) stdout.text('*\n');
      repeated = true;
    } else {
      repeated = false;
      show(line, size, offset);
    }
    first = false;
    memory.copy(previous, line, LINE);
    offset += size;
    if (size < LINE) break;
  }
  if (!first) printf(form == 0x43 ? '%08x\n' : '%07x\n', offset);
  return status;
}

let hexValue: i64 = 0;

function parseHex(at: usize): bool {
  hexValue = 0;
  if (!load<u8>(at)) return false;
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    const letter = byte | 0x20;
    const digit: i64 =
      byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
    if (digit < 0 || hexValue >> 58) return false;
    hexValue = hexValue * 16 + digit;
  }
  return true;
}

/** The next operand; false behind the last. */
function openNext(): bool {
  closeInput(fd);
  fd = -1;
  while (next < argumentCount() && fd < 0) {
    fd = openInput(argument(next++));
    if (fd < 0) status = 1;
  }
  return fd >= 0;
}

const buffer = memory.data(32768);
let used: usize = 0;
let taken: usize = 0;

/** More bytes in the buffer; false at the end of all files. */
function more(): bool {
  for (;;) {
    const got = read(fd, buffer, 32768);
    if (got == -Errno.INTR) continue;
    if (got > 0) {
      used = <usize>got;
      taken = 0;
      return true;
    }
    if (got < 0) {
      reportError(operandCount() ? argument(next - 1) : literal('stdin'), got);
      status = 1;
    }
    if (!operandCount() || !openNext()) return false;
  }
  return false;
}

/** Up to a line, as much as there is. */
function fill(line: usize): usize {
  let size: usize = 0;
  while (size < LINE && left > 0) {
    if (taken == used && !more()) break;
    const part = <usize>min<i64>(left, <i64>min<usize>(LINE - size, used - taken));
    memory.copy(line + size, buffer + taken, part);
    taken += part;
    size += part;
    left -= part;
  }
  memory.fill(line + size, 0, LINE - size);
  return size;
}

function skipInput(): bool {
  if (!skip) return true;
  if (operandCount() <= 1 && lseek(fd, skip, Seek.current) >= 0) return true;
  for (let rest = skip; rest > 0;) {
    if (!more()) return false;
    const part = min<i64>(rest, used);
    taken = <usize>part;
    rest -= part;
  }
  return true;
}

function show(line: usize, size: usize, offset: i64): void {
  if (form == 0x43) {
    printf('%08x ', offset);
    for (let i: usize = 0; i < LINE; i++) {
      if (i == 8) stdout.byte(0x20);
      if (i < size) printf(' %02x', load<u8>(line + i));
      else stdout.text('   ');
    }
    stdout.text('  |');
    for (let i: usize = 0; i < size; i++) {
      const byte = load<u8>(line + i);
      stdout.byte(byte >= 0x20 && byte < 0x7f ? byte : 0x2e);
    }
    stdout.text('|\n');
    return;
  }
  printf('%07x', offset);
  const bytes = form == 0x62 || form == 0x63;
  for (let i: usize = 0; i < LINE; i += bytes ? 1 : 2) {
    const at = line + i;
    if (i >= size) {
      stdout.fill(0x20, bytes ? 4 : form ? 8 : 5);
      continue;
    }
    const word = load<u16>(at);
    if (form == 0x62) printf(' %03o', load<u8>(at));
    else if (form == 0x63) showCharacter(load<u8>(at));
    else if (form == 0x64) printf('   %05u', word);
    else if (form == 0x6f) printf('  %06o', word);
    else if (!form) printf(' %04x', word);
    else printf('    %04x', word);
  }
  stdout.newline();
}

function showCharacter(byte: u8): void {
  const letters = '0      abtnvfr';
  if (byte < 14 && <u8>letters.charCodeAt(byte) != 0x20)
    stdout.text('  \\').byte(<u8>letters.charCodeAt(byte));
  else if (byte >= 0x20 && byte < 0x7f) stdout.text('   ').byte(byte);
  else printf(' %03o', byte);
}
