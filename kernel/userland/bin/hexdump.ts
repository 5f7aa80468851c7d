// hexdump, hd: bytes in hexadecimal. -C as of BSD; without it two-byte words, as there.

import { programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { dumpFailed, dumpLines } from '../lib/dump';
import { BAD, END, nextOption, optionArgument } from '../lib/options';
import { printf } from '../lib/printf';
import { message } from '../lib/report';
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
  const end = dumpLines(<i32>LINE, skip, left, everything, show);
  if (end > skip) printf(form == 0x43 ? '%08x\n' : '%07x\n', end);
  return dumpFailed() ? 1 : 0;
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

function show(line: usize, length: i32, offset: i64): void {
  const size = <usize>length;
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
