// cat: write files one after the other. Source: POSIX cat.

import { Errno } from '../lib/errno';
import { read, writeFully } from '../lib/file';
import { eachInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, permuteOperands } from '../lib/options';
import { printf } from '../lib/printf';
import { message, reportError } from '../lib/report';
import { FileType, fstat, Stat } from '../lib/stat';
import { stdout } from '../lib/stream';

const HELP = `usage: cat [-AbeEnstTuv] [FILE...]
Write the files to the standard output; without a file, or for -, the standard input.
  -n  number the lines                 -b  number those that are not empty
  -s  one empty line for several       -E  $ at the end of each line
  -T  tabs as ^I                       -v  other control characters as ^X, M-X
  -e  as -vE    -t  as -vT    -A  as -vET
  -u  no delay (there never is one)
`;
const LONG =
  'show-all=A number-nonblank=b show-ends=E number=n squeeze-blank=s show-tabs=T show-nonprinting=v';

/** Below malloc's limit for pages of its own. */
const BUFFER_SIZE: usize = 131072;
let buffer: usize = 0;
let number = false;
let numberFilled = false;
let squeeze = false;
let ends = false;
let tabs = false;
let visible = false;
let line: u64 = 0;
let atStart = true;
let emptyLines = 0;

export function main(): i32 {
  permuteOperands();
  const letters = 'AbeEnstTuv';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x6e) number = true;
    if (option == 0x62) numberFilled = true;
    if (option == 0x73) squeeze = true;
    if (option == 0x45 || option == 0x41 || option == 0x65) ends = true;
    if (option == 0x54 || option == 0x41 || option == 0x74) tabs = true;
    if (option == 0x76 || option == 0x41 || option == 0x65 || option == 0x74) visible = true;
  }
  buffer = mustAllocate(malloc(BUFFER_SIZE));
  return eachInput(copy);
}

/** 0, or 1 when a message has been printed. */
function copy(fd: i32, name: usize): i32 {
  if (isOutput(fd)) {
    message().bytes(name).text(': input file is output file').newline();
    return 1;
  }
  const plain = !(number || numberFilled || squeeze || ends || tabs || visible);
  let got = read(fd, buffer, BUFFER_SIZE);
  for (; got > 0 || got == -Errno.INTR; got = read(fd, buffer, BUFFER_SIZE)) {
    if (got < 0) continue;
    if (!plain) {
      show(<usize>got);
      // Somebody may be typing.
      stdout.flush();
      continue;
    }
    const error = writeFully(1, buffer, <usize>got);
    if (error < 0) {
      reportError(literal('write error'), error);
      return 1;
    }
  }
  if (got < 0) reportError(name, got);
  return got < 0 ? 1 : 0;
}

/** Whether the input is the very file that is written: it would grow for ever. */
function isOutput(fd: i32): bool {
  const input = changetype<Stat>(memory.data(144, 8));
  const output = changetype<Stat>(memory.data(144, 8));
  if (fstat(1, output) < 0 || (output.mode & FileType.mask) != FileType.regular) return false;
  if (fstat(fd, input) < 0 || input.device != output.device || input.inode != output.inode) return false;
  return input.size > 0;
}

function show(size: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(buffer + i);
    if (byte == 0x0a) {
      if (atStart && squeeze && ++emptyLines > 1) continue;
      if (atStart && number && !numberFilled) showNumber();
      if (ends) stdout.byte(0x24);
      stdout.byte(byte);
      if (!atStart) emptyLines = 0;
      atStart = true;
      continue;
    }
    if (atStart) {
      if (number || numberFilled) showNumber();
      atStart = false;
      emptyLines = 0;
    }
    if (byte == 9) {
      if (tabs) stdout.text('^I');
      else stdout.byte(byte);
    } else if (visible) showByte(byte);
    else stdout.byte(byte);
  }
}

function showNumber(): void {
  printf('%6u\t', ++line);
}

function showByte(byte: u8): void {
  if (byte >= 0x80) {
    stdout.text('M-');
    byte &= 0x7f;
  }
  if (byte < 0x20) stdout.byte(0x5e).byte(byte + 0x40);
  else if (byte == 0x7f) stdout.text('^?');
  else stdout.byte(byte);
}
