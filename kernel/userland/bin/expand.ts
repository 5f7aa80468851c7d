// expand, unexpand: tabs to spaces and back. Source: POSIX expand, unexpand.

import { argument, argumentCount, programName, setArgument } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { characterAt, characterSize } from '../lib/characters';
import { characterWidth } from '../lib/character-width';
import { eachInput } from '../lib/inputs';
import { List } from '../lib/list';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { message, reportError } from '../lib/report';
import { snprintf } from '../lib/printf';
import { stdout } from '../lib/stream';

const HELP_EXPAND = `usage: expand [-i] [-t LIST] [FILE...]
Write spaces instead of tabs.
  -t N  tab stops every N columns (8)    -t LIST  at these columns    -i  only at the beginning of lines
`;
const HELP_UNEXPAND = `usage: unexpand [-a|-t LIST] [FILE...]
Write tabs instead of spaces at the beginning of lines.
  -a  everywhere, where there are two or more    -t N, -t LIST  tab stops, implies -a    --first-only
`;
const LONG = 'tabs=t: initial=i all=a first-only=f';

const stops = make<List>();
let every: u64 = 8;
let initial = false;
let all = false;

export function main(): i32 {
  const back = bytesAre(programName(), 'unexpand');
  const help = back ? HELP_UNEXPAND : HELP_EXPAND;
  oldForm();
  permuteOperands();
  const letters = back ? 'at:' : 'it:';
  let firstOnly = false;
  for (
    let option = nextOption(letters, help, LONG);
    option != END;
    option = nextOption(letters, help, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x69) initial = true;
    else if (option == 0x61) all = true;
    else if (option == 0x66) firstOnly = true;
    else {
      all = true;
      if (!parseStops(optionArgument())) {
        message()
          .text("tab size contains invalid character(s): '")
          .bytes(optionArgument())
          .text("'")
          .newline();
        return 1;
      }
    }
  }
  if (firstOnly) all = false;
  return eachInput(back ? unexpandFile : expandFile);
}

/** `expand -4`: of old. */
function oldForm(): void {
  for (let i = 1; i < argumentCount(); i++) {
    const word = argument(i);
    if (load<u8>(word) != 0x2d || load<u8>(word, 1) < 0x30 || load<u8>(word, 1) > 0x39) return;
    const text = mustAllocate(malloc(64));
    snprintf(text, 64, '-t%s', word + 1);
    setArgument(i, text);
  }
}

function parseStops(at: usize): bool {
  stops.length = 0;
  let more = true;
  while (more) {
    let value: u64 = 0;
    const start = at;
    for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++)
      value = min<u64>(value * 10 + load<u8>(at) - 0x30, 1 << 30);
    if (at == start || !value) return false;
    if (stops.length && value <= stops.get(stops.length - 1)) return false;
    stops.append(<usize>value);
    more = load<u8>(at) == 0x2c || load<u8>(at) == 0x20;
    if (more) at++;
  }
  if (load<u8>(at)) return false;
  if (stops.length > 1) return true;
  every = stops.get(0);
  stops.length = 0;
  return true;
}

/** The first tab stop behind `column`; behind the last one of a list, the next column. */
function nextStop(column: u64): u64 {
  if (!stops.length) return (column / every + 1) * every;
  for (let i = 0; i < stops.length; i++) if (stops.get(i) > column) return stops.get(i);
  return column + 1;
}

function isBehindStops(column: u64): bool {
  return stops.length > 0 && column >= stops.get(stops.length - 1);
}

function finish(error: i32, name: usize): i32 {
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}

function expandFile(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    let column: u64 = 0;
    let leading = true;
    for (const end = line + reader.length; line < end;) {
      const code = characterAt(line, end);
      const size = characterSize();
      if (code == 9 && (leading || !initial)) {
        const stop = nextStop(column);
        stdout.fill(0x20, <i64>(stop - column));
        column = stop;
      } else {
        stdout.range(line, size);
        if (code == 8) column = column ? column - 1 : 0;
        else column = code == 9 ? nextStop(column) : column + <u64>characterWidth(code);
        if (code != 0x20 && code != 9) leading = false;
      }
      line += size;
    }
    if (reader.terminated) stdout.newline();
  }
  const error = reader.error;
  closeReader(reader);
  return finish(error, name);
}

function unexpandFile(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) return 1;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    unexpandLine(line, line + reader.length);
    if (reader.terminated) stdout.newline();
  }
  const error = reader.error;
  closeReader(reader);
  return finish(error, name);
}

function unexpandLine(at: usize, end: usize): void {
  let column: u64 = 0;
  /** Where blanks not written yet began, and how many single spaces they came from. */
  let from: u64 = 0;
  let pending = false;
  let tabbed = false;
  let leading = true;
  for (; at < end; at += characterSize()) {
    const code = characterAt(at, end);
    const convertible =
      (leading || all) && (code == 0x20 || code == 9) && !(isBehindStops(column) && code == 0x20);
    if (convertible) {
      if (!pending) {
        from = column;
        tabbed = false;
      }
      pending = true;
      if (code == 9) tabbed = true;
      column = code == 9 ? nextStop(column) : column + 1;
      continue;
    }
    if (pending) writeBlanks(from, column, tabbed);
    pending = false;
    stdout.range(at, characterSize());
    if (code == 8) column = column ? column - 1 : 0;
    else column += <u64>characterWidth(code);
    if (code != 0x20 && code != 9) leading = false;
  }
  if (pending) writeBlanks(from, column, tabbed);
}

/** The blanks from one column to another, in as many tabs as fit; a single space stays one. */
function writeBlanks(from: u64, to: u64, tabbed: bool): void {
  if (to - from == 1 && !tabbed) {
    stdout.byte(0x20);
    return;
  }
  let stop = nextStop(from);
  while (stop <= to && !isBehindStops(from)) {
    stdout.byte(9);
    from = stop;
    stop = nextStop(from);
  }
  stdout.fill(0x20, <i64>(to - from));
}
