// Running a sed script on lines. Source: POSIX sed.
//
// Rules: the files are one stream of lines, or with -s and -i each file one of its own.

import { Buffer } from '../lib/buffer';
import { bytesAre } from '../lib/bytes';
import { exit } from '../lib/exit';
import { close, open, Open, read } from '../lib/file';
import {
  closeLines,
  isLastLine,
  lineAt,
  lineEnded,
  lineLength,
  LineReader,
  nextTextLine,
  openLines,
} from '../lib/lines';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { Regex, searchRegex } from '../lib/regex';
import { characterAt, characterLength } from '../lib/regex/characters';
import { message, reportError } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { stderr, Stream, stdout } from '../lib/stream';
import { encodeCodePoint } from '../lib/utf8';
import { Address, Command, MARK, Place } from './command';
import { commandOf, commands, flushOutputs } from './script';

const files = make<List>();
let nextFile = 0;
let reader: LineReader | null = null;
let descriptor: i32 = -1;
export let status: i32 = 0;
let number: i64 = 0;
/** Whether the line that was read last ended with a newline. */
let ended = true;
let output: Stream = stdout;

/** -n -s */
let quiet = false;
let separate = false;
let width: i64 = 70;

let pattern: Buffer = make<Buffer>();
let hold: Buffer = make<Buffer>();
let other: Buffer = make<Buffer>();
/** Text for the end of the cycle: kinds (0 text, 1 file), address, length. */
const queue = make<List>();
let lastRegex: Regex | null = null;
let substituted = false;

export function setQuiet(): void {
  quiet = true;
}
export function setSeparate(): void {
  separate = true;
}
export function setWidth(columns: i64): void {
  width = columns;
}

/** What the missing newline of a last line makes necessary before more is written. */
let owesNewline = false;

function write(from: usize, size: usize): void {
  if (owesNewline) {
    output.newline();
    owesNewline = false;
  }
  output.range(from, size);
}

function writeLine(from: usize, size: usize): void {
  write(from, size);
  if (ended) output.newline();
  else owesNewline = true;
}

/** Opens files until one has a line; false when none has. */
function openNext(): bool {
  while (true) {
    const open_ = reader;
    if (open_) {
      if (!isLastLine(open_)) return true;
      if (open_.error < 0) {
        reportError(files.get(nextFile - 1), open_.error);
        status = 2;
      }
      closeLines(open_);
      reader = null;
      if (descriptor > 0) close(descriptor);
    }
    if (nextFile >= files.length) return false;
    const path = files.get(nextFile++);
    descriptor = bytesAre(path, '-') ? 0 : open(path, Open.readOnly | Open.closeOnExec);
    if (descriptor < 0) {
      message().text("can't read ");
      reportPlain(path, descriptor);
      status = 2;
      continue;
    }
    reader = openLines(descriptor, 0x0a);
  }
  return false;
}

function reportPlain(path: usize, error: i32): void {
  stderr.bytes(path).text(': ').text(errorMessage(error)).newline();
}

/** Appends the next line to `to`; false at the end. */
function readLine(to: Buffer): bool {
  if (!openNext()) return false;
  const from = reader;
  if (!from || !nextTextLine(from)) return false;
  to.range(lineAt, lineLength);
  ended = lineEnded;
  number++;
  return true;
}

/** Whether the current line is the last one. */
function isLast(): bool {
  const from = reader;
  if (separate) return !from || isLastLine(from);
  return !openNext();
}

/** Runs the script over the files, writing to `to`; false after q. */
export function runFiles(from: List, to: Stream): bool {
  files.length = 0;
  for (let i = 0; i < from.length; i++) assert(files.append(from.get(i)), 'out of memory');
  nextFile = 0;
  output = to;
  if (separate) number = 0;
  owesNewline = false;
  let goesOn = true;
  let restart = false;
  while (goesOn) {
    if (!restart) {
      pattern.clear();
      if (!readLine(pattern)) break;
    }
    substituted = false;
    const how = runCycle();
    restart = how == Cycle.restart;
    if (how == Cycle.end && !quiet) writeLine(pattern.at, pattern.length);
    if (how == Cycle.quit && !quiet) writeLine(pattern.at, pattern.length);
    writeQueue();
    goesOn = how != Cycle.quit && how != Cycle.quitSilently;
  }
  output.flush();
  flushOutputs();
  return goesOn;
}

const enum Cycle {
  end,
  /** Nothing is printed: d, c. */
  deleted,
  /** D: again without reading. */
  restart,
  quit,
  quitSilently,
}

function matchesPlace(place: Place, isSecond: bool): bool {
  switch (place.kind) {
    case Address.line:
      return number == place.number;
    case Address.last:
      return isLast();
    case Address.step:
      if (place.step <= 0) return number == place.number;
      return number >= place.number && (number - place.number) % place.step == 0;
    case Address.regex:
      return find(place.regex, pattern.at, pattern.length, 0, 0, 0);
    default:
      return !isSecond;
  }
}

function find(
  regex: Regex | null,
  text: usize,
  length: usize,
  from: usize,
  matches: usize,
  count: u32,
): bool {
  const used = regex ? regex : lastRegex;
  if (!used) {
    message().text('no previous regular expression').newline();
    exit(1);
    return false;
  }
  lastRegex = used;
  return searchRegex(used, text, length, from, matches, count, 0);
}

function selected(command: Command): bool {
  const first = command.first;
  const second = command.second;
  if (first.kind == Address.none) return true;
  if (second.kind == Address.none) return matchesPlace(first, false);
  if (command.inRange) {
    if (second.kind == Address.line || second.kind == Address.plus || second.kind == Address.multiple) {
      if (number >= command.rangeEnd) command.inRange = false;
      // A line number before this one: only the first line was meant.
      return number <= command.rangeEnd;
    }
    if (matchesPlace(second, true)) command.inRange = false;
    return true;
  }
  // 0,/re/: the expression is tried on the first line already.
  if (first.kind == Address.line && !first.number && second.kind == Address.regex && number == 1) {
    command.inRange = !matchesPlace(second, true);
    return true;
  }
  if (!matchesPlace(first, false)) return false;
  if (second.kind == Address.line) command.rangeEnd = second.number;
  else if (second.kind == Address.plus) command.rangeEnd = number + second.number;
  else if (second.kind == Address.multiple) {
    command.rangeEnd = second.number
      ? ((number + second.number - 1) / second.number) * second.number
      : number;
  }
  const byNumber =
    second.kind == Address.line || second.kind == Address.plus || second.kind == Address.multiple;
  command.inRange = byNumber ? command.rangeEnd > number : second.kind == Address.last ? !isLast() : true;
  return true;
}

function runCycle(): i32 {
  let index = 0;
  while (index < commands.length) {
    const command = commandOf(index++);
    if (selected(command) == command.negated) {
      if (command.letter == 0x7b) index = command.target;
      continue;
    }
    switch (command.letter) {
      case 0x73: // s
        substitute(command);
        break;
      case 0x70: // p
        writeLine(pattern.at, pattern.length);
        break;
      case 0x64: // d
        return Cycle.deleted;
      case 0x44: {
        // D
        const end = firstLine();
        if (end == pattern.length) return Cycle.deleted;
        pattern.remove(0, end + 1);
        return Cycle.restart;
      }
      case 0x50: // P
        write(pattern.at, firstLine());
        output.newline();
        break;
      case 0x6e: // n
        if (isLast()) return Cycle.quit;
        if (!quiet) writeLine(pattern.at, pattern.length);
        writeQueue();
        pattern.clear();
        readLine(pattern);
        break;
      case 0x4e: // N
        if (isLast()) return Cycle.quit;
        writeQueue();
        pattern.byte(0x0a);
        readLine(pattern);
        break;
      case 0x67: // g
        pattern.clear();
        pattern.range(hold.at, hold.length);
        break;
      case 0x47: // G
        pattern.byte(0x0a);
        pattern.range(hold.at, hold.length);
        break;
      case 0x68: // h
        hold.clear();
        hold.range(pattern.at, pattern.length);
        break;
      case 0x48: // H
        hold.byte(0x0a);
        hold.range(pattern.at, pattern.length);
        break;
      case 0x78: {
        // x
        const swap = pattern;
        pattern = hold;
        hold = swap;
        if (!pattern.at) pattern.clear();
        break;
      }
      case 0x79: // y
        translate(command);
        break;
      case 0x3d: // =
        if (owesNewline) output.newline();
        owesNewline = false;
        output.unsigned(number).newline();
        break;
      case 0x6c: // l
        list(command.number >= 0 ? command.number : width);
        break;
      case 0x61: // a
        assert(
          queue.append(0) && queue.append(command.text) && queue.append(command.textLength),
          'out of memory',
        );
        break;
      case 0x69: // i
        write(command.text, command.textLength);
        break;
      case 0x63: // c
        if (command.second.kind == Address.none || command.negated || !command.inRange)
          write(command.text, command.textLength);
        return Cycle.deleted;
      case 0x72: // r
        assert(queue.append(1) && queue.append(command.text) && queue.append(0), 'out of memory');
        break;
      case 0x77: // w
        writeTo(command);
        break;
      case 0x62: // b
        index = command.target;
        break;
      case 0x74: // t
        if (substituted) index = command.target;
        substituted = false;
        break;
      case 0x54: // T
        if (!substituted) index = command.target;
        substituted = false;
        break;
      case 0x7a: // z
        pattern.clear();
        break;
      case 0x71: // q
        if (command.number >= 0) status = <i32>command.number;
        return Cycle.quit;
      case 0x51: // Q
        if (command.number >= 0) status = <i32>command.number;
        return Cycle.quitSilently;
      default:
    }
  }
  return Cycle.end;
}

/** Bytes before the first newline of the pattern space. */
function firstLine(): usize {
  let size: usize = 0;
  while (size < pattern.length && load<u8>(pattern.at + size) != 0x0a) size++;
  return size;
}

function writeTo(command: Command): void {
  const to = command.output;
  if (!to) return;
  if (to == stdout && output == stdout) writeLine(pattern.at, pattern.length);
  else to.range(pattern.at, pattern.length).newline().flush();
}

function writeQueue(): void {
  for (let i = 0; i < queue.length; i += 3) {
    if (queue.get(i) == 0) write(queue.get(i + 1), queue.get(i + 2));
    else writeFile(queue.get(i + 1));
  }
  queue.length = 0;
}

/** r: a file that cannot be read is an empty one. */
function writeFile(path: usize): void {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) return;
  const block = memory.data(4096);
  for (let got = read(fd, block, 4096); got > 0; got = read(fd, block, 4096)) write(block, <usize>got);
  close(fd);
}

const matches = memory.data(160, 8);

function substitute(command: Command): void {
  let from: usize = 0;
  let copied: usize = 0;
  let count: i64 = 0;
  let changed = false;
  other.clear();
  // Behind a match an empty one does not count.
  let lastEnd: i64 = -1;
  while (from <= pattern.length && find(command.regex, pattern.at, pattern.length, from, matches, 10)) {
    const begin = <usize>load<i64>(matches);
    const end = <usize>load<i64>(matches, 8);
    const counts = !(begin == end && <i64>begin == lastEnd);
    if (counts) count++;
    if (counts && count >= command.which) {
      other.range(pattern.at + copied, begin - copied);
      insertReplacement(command);
      copied = end;
      changed = true;
      if (!command.globally) break;
    }
    lastEnd = <i64>end;
    if (end > begin) from = end;
    else {
      from = end;
      if (from < pattern.length) {
        characterAt(pattern.at + from, pattern.at + pattern.length);
        from += characterLength();
      } else from++;
    }
  }
  if (!changed) return;
  other.range(pattern.at + copied, pattern.length - copied);
  const swap = pattern;
  pattern = other;
  other = swap;
  substituted = true;
  if (command.prints) writeLine(pattern.at, pattern.length);
  writeTo(command);
}

/** How letters change: U L until E, u l for one. */
let caseMode: u8 = 0;
let caseOnce: u8 = 0;

function insertReplacement(command: Command): void {
  const text = command.replacement;
  caseMode = 0;
  caseOnce = 0;
  for (let i: usize = 0; i < text.length; i++) {
    const byte = load<u8>(text.at + i);
    if (byte != MARK) {
      insertByte(byte);
      continue;
    }
    const what = load<u8>(text.at + ++i);
    if (what == MARK) insertByte(MARK);
    else if (what == 0x75 || what == 0x6c) caseOnce = what;
    else if (what == 0x55 || what == 0x4c) caseMode = what;
    else if (what == 0x45) caseMode = 0;
    else insertMatch(<usize>what - 0x30);
  }
}

function insertMatch(index: usize): void {
  const begin = load<i64>(matches + (index << 4));
  const end = load<i64>(matches + (index << 4), 8);
  if (begin < 0) return;
  if (!caseMode && !caseOnce) {
    other.range(pattern.at + <usize>begin, <usize>(end - begin));
    return;
  }
  for (let i = begin; i < end; i++) insertByte(load<u8>(pattern.at + <usize>i));
}

function insertByte(byte: u8): void {
  const mode = caseOnce ? caseOnce | 0x20 : caseMode | 0x20;
  caseOnce = 0;
  if (mode == 0x75 && byte >= 0x61 && byte <= 0x7a) byte -= 0x20;
  else if (mode == 0x6c && byte >= 0x41 && byte <= 0x5a) byte += 0x20;
  other.byte(byte);
}

function translate(command: Command): void {
  other.clear();
  const end = pattern.at + pattern.length;
  for (let at = pattern.at; at < end;) {
    const code = characterAt(at, end);
    const size = characterLength();
    let i = 0;
    while (i < command.pairCount && load<u32>(command.pairs + ((<usize>i) << 3)) != code) i++;
    if (i < command.pairCount) {
      const room = memory.data(8);
      const to = load<u32>(command.pairs + ((<usize>i) << 3), 4);
      other.range(room, encodeCodePoint(to, room) - room);
    } else other.range(at, size);
    at += size;
  }
  const swap = pattern;
  pattern = other;
  other = swap;
}

let column: i64 = 0;
let columns: i64 = 0;

function listPart(size: i64): void {
  if (columns > 1 && column + size > columns - 1) {
    output.text('\\\n');
    column = 0;
  }
  column += size;
}

/** l: every byte visible, folded. */
function list(atMost: i64): void {
  columns = atMost;
  column = 0;
  if (owesNewline) output.newline();
  owesNewline = false;
  for (let i: usize = 0; i < pattern.length; i++) {
    const byte = load<u8>(pattern.at + i);
    const letter = letterFor(byte);
    if (letter) {
      listPart(2);
      output.byte(0x5c).byte(letter);
    } else if (byte >= 0x20 && byte < 0x7f) {
      listPart(1);
      output.byte(byte);
    } else {
      listPart(4);
      output.byte(0x5c);
      for (let shift: i32 = 6; shift >= 0; shift -= 3) output.byte(<u8>(0x30 + (((<u32>byte) >> shift) & 7)));
    }
  }
  output.text('$\n');
}

function letterFor(byte: u8): u8 {
  switch (byte) {
    case 0x5c:
      return 0x5c;
    case 7:
      return 0x61;
    case 8:
      return 0x62;
    case 9:
      return 0x74;
    case 10:
      return 0x6e;
    case 11:
      return 0x76;
    case 12:
      return 0x66;
    case 13:
      return 0x72;
    default:
      return 0;
  }
}
