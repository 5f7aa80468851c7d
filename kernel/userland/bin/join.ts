// join: lines of two sorted files that agree in a field. Source: POSIX join.

import { argument } from '../lib/arguments';
import { bytesAre, duplicateRange } from '../lib/bytes';
import { openInput } from '../lib/inputs';
import { freeList, List } from '../lib/list';
import { free, make, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { nextRecord, openReader, Reader } from '../lib/reader';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: join [-a N | -v N] [-e TEXT] [-i] [-o LIST] [-t CHAR] [-1 FIELD] [-2 FIELD] FILE1 FILE2
Join the lines of two files, sorted by the field they are joined on (the first), that agree in it; - is the input.
  -a N  also lines of file N that agree with none    -v N  only those
  -1 FIELD, -2 FIELD, -j FIELD  the field of the first file, the second, both
  -t CHAR  fields are separated by CHAR, not by blanks    -e TEXT  for fields that are empty or not there
  -o LIST  what is written: N.FIELD or 0 for the field joined on, with commas or blanks between
  -i  capitals are small letters
`;

/** A line with its fields: pairs of address and length, after the line's own. */
@unmanaged
@final
class Line {
  text: usize;
  length: usize;
  /** Addresses and lengths, one after the other. */
  fields: List;
}

/** One of the two files. */
@unmanaged
@final
class Side {
  reader: Reader;
  /** Number of the field, from 0. */
  field: i32;
  /** Whether lines that agree with none are wanted. */
  unpaired: bool;
  next: Line | null;
}

const sides = make<List>();
let separator: i32 = -1;
let emptyText: usize = 0;
let foldCase = false;
let pairs = true;
/** Pairs of file (0: the field joined on) and field from 0; empty: the usual. */
const wanted = make<List>();

export function main(): i32 {
  for (let i = 0; i < 2; i++) sides.append(changetype<usize>(make<Side>()));
  permuteOperands();
  const letters = 'a:e:ij:o:t:v:1:2:';
  for (let option = nextOption(letters, HELP); option != END; option = nextOption(letters, HELP)) {
    if (option == BAD || !takeOption(option)) return 1;
  }
  if (operandCount() != 2) {
    reportUsage(operandCount() > 2 ? 'extra operand' : 'missing operand');
    return 1;
  }
  const first = argument(operandIndex());
  if (bytesAre(first, '-') && bytesAre(argument(operandIndex() + 1), '-')) {
    message().text('both files cannot be standard input').newline();
    return 1;
  }
  for (let i = 0; i < 2; i++) {
    const fd = openInput(argument(operandIndex() + i));
    if (fd < 0) return 1;
    const reader = openReader(fd);
    if (!reader) return 1;
    side(i).reader = reader;
    readNext(side(i));
  }
  joinAll();
  let status = 0;
  for (let i = 0; i < 2; i++) {
    const error = side(i).reader.error;
    if (error >= 0) continue;
    reportError(argument(operandIndex() + i), error);
    status = 1;
  }
  return status;
}

function side(index: i32): Side {
  return changetype<Side>(sides.get(index));
}

function takeOption(option: i32): bool {
  const word = optionArgument();
  if (option == 0x61 || option == 0x76) {
    if (!bytesAre(word, '1') && !bytesAre(word, '2')) return wrong('file number', word);
    side(load<u8>(word) - 0x31).unpaired = true;
    if (option == 0x76) pairs = false;
  } else if (option == 0x65) emptyText = word;
  else if (option == 0x69) foldCase = true;
  else if (option == 0x6f) return takeList(word);
  else if (option == 0x74) {
    if (!load<u8>(word) || load<u8>(word, 1)) return wrong('separator', word);
    separator = load<u8>(word);
  } else {
    if (!parseDigits(word, 10) || parsed() < 1 || parsed() > 0x7fffffff) return wrong('field number', word);
    const field = <i32>parsed() - 1;
    if (option != 0x32) side(0).field = field;
    if (option != 0x31) side(1).field = field;
  }
  return true;
}

function wrong(what: string, word: usize): bool {
  message().text('invalid ').text(what).text(": '").bytes(word).text("'").newline();
  return false;
}

/** `1.2,0,2.1` or with blanks. */
function takeList(word: usize): bool {
  for (let at = word; load<u8>(at);) {
    let length: usize = 0;
    while (load<u8>(at + length) && load<u8>(at + length) != 0x2c && !isBlank(load<u8>(at + length)))
      length++;
    const item = mustAllocate(duplicateRange(at, length));
    if (bytesAre(item, '0')) {
      wanted.append(0);
      wanted.append(0);
    } else {
      const file = load<u8>(item);
      const good = (file == 0x31 || file == 0x32) && load<u8>(item, 1) == 0x2e && parseDigits(item + 2, 10);
      if (!good || parsed() < 1) return wrong('field specifier', item);
      wanted.append(<usize>(file - 0x30));
      wanted.append(<usize>(parsed() - 1));
    }
    free(item);
    at += length;
    if (load<u8>(at)) at++;
  }
  return true;
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

function readNext(from: Side): void {
  from.next = null;
  const text = nextRecord(from.reader, 0x0a);
  if (!text) return;
  const line = make<Line>();
  line.length = from.reader.length;
  line.text = mustAllocate(duplicateRange(text, line.length));
  line.fields = make<List>();
  split(line);
  from.next = line;
}

function split(line: Line): void {
  const end = line.text + line.length;
  let at = line.text;
  if (separator >= 0) {
    for (;;) {
      const start = at;
      while (at < end && load<u8>(at) != separator) at++;
      addField(line, start, at);
      if (at == end) return;
      at++;
    }
  }
  while (at < end) {
    while (at < end && isBlank(load<u8>(at))) at++;
    const start = at;
    while (at < end && !isBlank(load<u8>(at))) at++;
    if (at > start) addField(line, start, at);
  }
}

function addField(line: Line, start: usize, end: usize): void {
  line.fields.append(start);
  line.fields.append(end - start);
}

function freeLine(line: Line): void {
  free(line.text);
  freeList(line.fields);
  free(changetype<usize>(line.fields));
  free(changetype<usize>(line));
}

function fieldCount(line: Line): i32 {
  return line.fields.length / 2;
}

function fieldAt(line: Line, field: i32): usize {
  return field < fieldCount(line) ? line.fields.get(field * 2) : 0;
}

function fieldLength(line: Line, field: i32): usize {
  return field < fieldCount(line) ? line.fields.get(field * 2 + 1) : 0;
}

function folded(byte: u8): i32 {
  return foldCase && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Below 0, 0 or above: the order of the fields that the lines are joined on. */
function compare(a: Line, aField: i32, b: Line, bField: i32): i32 {
  const aLength = fieldLength(a, aField);
  const bLength = fieldLength(b, bField);
  const aAt = fieldAt(a, aField);
  const bAt = fieldAt(b, bField);
  for (let i: usize = 0; i < min<usize>(aLength, bLength); i++) {
    const order = folded(load<u8>(aAt + i)) - folded(load<u8>(bAt + i));
    if (order) return order;
  }
  return aLength < bLength ? -1 : aLength > bLength ? 1 : 0;
}

function joinAll(): void {
  const a = side(0);
  const b = side(1);
  const group = make<List>();
  while (a.next || b.next) {
    const left = a.next;
    const right = b.next;
    const order = !left ? 1 : !right ? -1 : compare(left, a.field, right, b.field);
    if (order < 0) lonely(0);
    else if (order > 0) lonely(1);
    else if (left && right) joinGroup(group, right);
  }
}

/** A line that agrees with none of the other file. */
function lonely(index: i32): void {
  const from = side(index);
  const line = from.next;
  if (!line) return;
  if (from.unpaired) write(index == 0 ? line : null, index == 1 ? line : null);
  freeLine(line);
  readNext(from);
}

/** Joins each line of the first file with each of the second that agree with `key`. */
function joinGroup(group: List, key: Line): void {
  const a = side(0);
  const b = side(1);
  for (let line = b.next; line && (line == key || compare(line, b.field, key, b.field) == 0); line = b.next) {
    group.append(changetype<usize>(line));
    readNext(b);
  }
  for (let line = a.next; line && compare(line, a.field, key, b.field) == 0; line = a.next) {
    if (pairs) for (let i = 0; i < group.length; i++) write(line, changetype<Line>(group.get(i)));
    freeLine(line);
    readNext(a);
  }
  for (let i = 0; i < group.length; i++) freeLine(changetype<Line>(group.get(i)));
  group.length = 0;
}

let isFirstField = true;

function writeField(line: Line | null, field: i32): void {
  if (!isFirstField) stdout.byte(separator >= 0 ? <u8>separator : 0x20);
  isFirstField = false;
  const length = line ? fieldLength(line, field) : 0;
  if (line && length) stdout.range(fieldAt(line, field), length);
  else if (emptyText) stdout.bytes(emptyText);
}

/** The usual: the field joined on, the others of the first file, the others of the second. */
function writeOthers(line: Line | null, except: i32): void {
  if (!line) return;
  for (let i = 0; i < fieldCount(line); i++) if (i != except) writeField(line, i);
}

function write(a: Line | null, b: Line | null): void {
  isFirstField = true;
  if (!wanted.length) {
    if (a) writeField(a, side(0).field);
    else writeField(b, side(1).field);
    writeOthers(a, side(0).field);
    writeOthers(b, side(1).field);
  }
  for (let i = 0; i < wanted.length; i += 2) {
    const file = <i32>wanted.get(i);
    const field = <i32>wanted.get(i + 1);
    if (file == 1) writeField(a, field);
    else if (file == 2) writeField(b, field);
    else if (a) writeField(a, side(0).field);
    else writeField(b, side(1).field);
  }
  stdout.newline();
}
