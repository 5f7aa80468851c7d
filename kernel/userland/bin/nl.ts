// nl: number lines. Source: POSIX nl.

import { byteLength, duplicateBytes } from '../lib/bytes';
import { eachInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { parseInteger, parsed } from '../lib/number';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { printf } from '../lib/printf';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { compileRegex, Regex, regexErrorMessage, searchRegex } from '../lib/regex';
import { message, reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: nl [-p] [-b TYPE] [-d CC] [-f TYPE] [-h TYPE] [-i N] [-l N] [-n FORMAT] [-s TEXT] [-v N] [-w N] [FILE...]
Number the lines of logical pages.
  -b, -f, -h TYPE  body, footer, header: a all, t with text (the body's default), n none, pEXPRESSION matching lines
  -v N  begin with N    -i N  step    -w N  digits    -s TEXT  behind the number    -n ln|rn|rz  left, right, zeros
  -l N  of N empty lines count one    -d CC  what delimits pages (\\:)    -p  number on over pages
`;
const LONG =
  'body-numbering=b: section-delimiter=d: footer-numbering=f: header-numbering=h: line-increment=i: join-blank-lines=l: number-format=n: no-renumber=p number-separator=s: starting-line-number=v: number-width=w:';

/** Sections by index: header, body, footer. */
const styles = memory.data(24, 8);
const patterns = memory.data(24, 8);
let section: usize = 1;
let number: i64 = 1;
let start: i64 = 1;
let step: i64 = 1;
let width: i64 = 6;
let blanksJoined: i64 = 1;
let blanks: i64 = 0;
let separator: usize = 0;
let format: string = '%*d';
let renumber = true;
let delimiter: usize = 0;

export function main(): i32 {
  permuteOperands();
  separator = literal('\t');
  delimiter = literal('\\:');
  store<u64>(styles, 0x6e);
  store<u64>(styles, 0x74, 8);
  store<u64>(styles, 0x6e, 16);
  const letters = 'b:d:f:h:i:l:n:ps:v:w:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    let good = true;
    if (option == BAD) return 1;
    const word = optionArgument();
    if (option == 0x62) good = setStyle(1, word);
    else if (option == 0x66) good = setStyle(2, word);
    else if (option == 0x68) good = setStyle(0, word);
    else if (option == 0x73) separator = word;
    else if (option == 0x70) renumber = false;
    else if (option == 0x64) {
      delimiter = mustAllocate(malloc(byteLength(word) + 2));
      memory.copy(delimiter, word, byteLength(word) + 1);
      if (byteLength(word) == 1) {
        store<u8>(delimiter, 0x3a, 1);
        store<u8>(delimiter, 0, 2);
      }
    } else if (option == 0x6e) {
      const kind = load<u8>(word) | ((<u32>load<u8>(word, 1)) << 8);
      good = kind == 0x6e6c || kind == 0x6e72 || kind == 0x7a72;
      format = kind == 0x6e6c ? '%-*d' : kind == 0x7a72 ? '%0*d' : '%*d';
    } else {
      good = parseInteger(word);
      if (option == 0x69) step = parsed();
      else if (option == 0x76) number = start = parsed();
      else if (option == 0x77) {
        width = parsed();
        good = good && width > 0;
      } else {
        blanksJoined = parsed();
        good = good && blanksJoined > 0;
      }
    }
    if (!good) {
      message().text("invalid argument '").bytes(word).text("'").newline();
      return 1;
    }
  }
  return eachInput(numberFile);
}

function setStyle(index: usize, word: usize): bool {
  const letter = load<u8>(word);
  store<u64>(styles + (index << 3), letter);
  if (letter != 0x70) return (letter == 0x61 || letter == 0x74 || letter == 0x6e) && !load<u8>(word, 1);
  const expression = duplicateBytes(word + 1);
  const regex = compileRegex(expression, byteLength(expression), 0);
  if (!regex) {
    message().text(regexErrorMessage()).newline();
    return false;
  }
  store<usize>(patterns + (index << 3), changetype<usize>(regex));
  return true;
}

function numberFile(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    const turned = sectionOf(line, reader.length);
    if (turned) {
      section = turned - 1;
      if (renumber && section == 0) number = start;
      else if (renumber && turned == 2 && !sawHeader) number = start;
      sawHeader = section == 0;
      blanks = 0;
      stdout.newline();
      continue;
    }
    if (isNumbered(line, reader.length)) {
      printf(format, width, number);
      stdout.bytes(separator);
      number += step;
    } else stdout.fill(0x20, width + <i64>byteLength(separator));
    stdout.range(line, reader.length).newline();
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

let sawHeader = false;

/** 1 header, 2 body, 3 footer when the line is a delimiter, which stands three, two or one times; else 0. */
function sectionOf(line: usize, length: usize): usize {
  const size = byteLength(delimiter);
  if (!size || !length || length % size || length / size > 3) return 0;
  for (let i: usize = 0; i < length; i += size) if (memory.compare(line + i, delimiter, size)) return 0;
  return 4 - length / size;
}

function isNumbered(line: usize, length: usize): bool {
  const style = load<u64>(styles + (section << 3));
  if (style == 0x70) {
    return searchRegex(changetype<Regex>(load<usize>(patterns + (section << 3))), line, length, 0, 0, 0, 0);
  }
  if (length) blanks = 0;
  if (style == 0x6e) return false;
  if (length) return true;
  if (style == 0x74) return false;
  if (++blanks < blanksJoined) return false;
  blanks = 0;
  return true;
}
