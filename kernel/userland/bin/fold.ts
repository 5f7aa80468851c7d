// fold: break long lines. Source: POSIX fold.

import { characterAt, characterSize } from '../lib/characters';
import { characterWidth } from '../lib/character-width';
import { eachInput } from '../lib/inputs';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { message, reportError } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: fold [-bs] [-w WIDTH] [FILE...]
Break lines that are longer than 80 columns.
  -w WIDTH  than that    -b  count bytes, not columns    -s  break behind blanks where there are some
`;
const LONG = 'bytes=b spaces=s width=w:';

let width: i64 = 80;
let byBytes = false;
let atBlanks = false;

export function main(): i32 {
  permuteOperands();
  let old: i64 = -1;
  const letters = 'bsw:0123456789';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x62) byBytes = true;
    else if (option == 0x73) atBlanks = true;
    else if (option != 0x77) {
      old = max<i64>(old, 0) * 10 + option - 0x30;
      width = old;
    } else {
      if (!parseDigits(optionArgument(), 10) || !parsed()) {
        message().text("invalid number of columns: '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      width = parsed();
    }
  }
  return eachInput(fold);
}

function fold(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    foldLine(line, line + reader.length);
    if (reader.terminated) stdout.newline();
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

/** The column behind a character that begins at `column`. */
function advance(column: i64, code: u32, size: usize): i64 {
  if (byBytes) return column + size;
  if (code == 9) return (column | 7) + 1;
  if (code == 8) return max<i64>(column - 1, 0);
  if (code == 0x0d) return 0;
  return column + characterWidth(code);
}

function foldLine(start: usize, end: usize): void {
  let column: i64 = 0;
  let blank: usize = 0;
  for (let at = start; at < end;) {
    const code = characterAt(at, end);
    const size = byBytes ? 1 : characterSize();
    const next = advance(column, code, size);
    if (next > width && at > start) {
      const cut = atBlanks && blank > start ? blank : at;
      stdout.range(start, cut - start).newline();
      start = at = cut;
      blank = 0;
      column = 0;
      continue;
    }
    column = next;
    at += size;
    if (code == 0x20 || code == 9) blank = at;
  }
  stdout.range(start, end - start);
}
