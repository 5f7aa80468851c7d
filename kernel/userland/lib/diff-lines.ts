// The lines of two files as numbers that are equal where the lines count as equal, and the changes between them: diff.

import { characterAt, characterSize, toLower } from './characters';
import { Errno } from './errno';
import { read } from './file';
import { List } from './list';
import { calloc, free, make, malloc, mustAllocate, realloc } from './malloc';
import { compareSequences } from './myers';
import { findInMemory } from './bytes';

@unmanaged
@final
export class Text {
  at: usize;
  size: usize;
  /** Addresses of the lines, and one more for the end; lengths are without the newline. */
  starts: List;
  count: i32;
  /** Whether the last line lacks its newline. */
  unfinished: bool;
  /** i32 each. */
  classes: usize;
  /** A byte each: 1 for lines that the other file does not have. */
  changed: usize;

  line(index: i32): usize {
    return this.starts.get(index);
  }

  /** Without the newline. */
  length(index: i32): usize {
    const size = this.starts.get(index + 1) - this.starts.get(index);
    return index + 1 == this.count && this.unfinished ? size : size - 1;
  }
}

/** Lines `fromA` to `toA` became `fromB` to `toB`; counted from 0, without the end. */
@unmanaged
@final
export class Change {
  fromA: i32;
  toA: i32;
  fromB: i32;
  toB: i32;
}

export const enum Ignore {
  letterCase = 1,
  /** Runs of blanks are one, those at the end none. */
  blankAmount = 2,
  allBlanks = 4,
  blankLines = 8,
  trailing = 16,
  carriageReturn = 32,
}

/** Reads everything; negative errno in textError(), null then. */
export function readText(fd: i32, sizeHint: i64): Text | null {
  let capacity = <usize>max<i64>(sizeHint + 1, 65536);
  const text = make<Text>();
  text.at = mustAllocate(malloc(capacity));
  let got: i64;
  do {
    got = read(fd, text.at + text.size, capacity - text.size);
    if (got > 0) text.size += <usize>got;
    if (text.size == capacity) {
      capacity *= 2;
      text.at = mustAllocate(realloc(text.at, capacity));
    }
  } while (got > 0 || got == -Errno.INTR);
  error = <i32>got;
  if (got < 0) return null;
  return text;
}

let error: i32 = 0;

export function textError(): i32 {
  return error;
}

/** Whether a 0 byte is among the first: then lines mean nothing. */
export function isBinary(text: Text): bool {
  return findInMemory(text.at, 0, min<usize>(text.size, 32768)) != 0;
}

export function splitLines(text: Text): void {
  text.starts = make<List>();
  const end = text.at + text.size;
  let at = text.at;
  while (at < end) {
    text.starts.append(at);
    const newline = findInMemory(at, 0x0a, end - at);
    if (!newline) text.unfinished = true;
    at = newline ? newline + 1 : end;
  }
  text.starts.append(end);
  text.count = text.starts.length - 1;
  text.classes = mustAllocate(calloc(<usize>text.count + 1, 4));
  text.changed = mustAllocate(calloc(<usize>text.count + 2, 1));
}

let ignore: u32 = 0;
/** Open addressing: text, line and number of the first line of each class. */
let table: usize = 0;
let mask: usize = 0;

@unmanaged
@final
class Slot {
  at: usize;
  length: usize;
  hash: u64;
  number: i32;
  used: i32;
}

/** Fills in the classes of both, and which lines changed. */
export function findChanges(a: Text, b: Text, flags: u32): void {
  ignore = flags;
  let capacity: usize = 1024;
  while (capacity < <usize>(a.count + b.count) * 2) capacity *= 2;
  table = mustAllocate(calloc(capacity, offsetof<Slot>()));
  mask = capacity - 1;
  let next = classify(a, 0);
  next = classify(b, next);
  free(table);
  if (next >= 0) compareSequences(a.classes, a.count, b.classes, b.count, a.changed, b.changed);
  slide(a, b);
  slide(b, a);
}

function classify(text: Text, next: i32): i32 {
  for (let i = 0; i < text.count; i++) {
    const at = text.line(i);
    let length = text.length(i);
    // A last line without its newline differs from one that has it, unless blanks do not count.
    const unfinished =
      text.unfinished &&
      i + 1 == text.count &&
      !(ignore & (Ignore.blankAmount | Ignore.allBlanks | Ignore.trailing));
    const hash = hashLine(at, length) ^ (unfinished ? 0x5555 : 0);
    let index = (<usize>(hash ^ (hash >> 32))) & mask;
    let slot = changetype<Slot>(table + index * offsetof<Slot>());
    while (slot.used && !(slot.hash == hash && equalLines(slot.at, slot.length, at, length))) {
      index = (index + 1) & mask;
      slot = changetype<Slot>(table + index * offsetof<Slot>());
    }
    if (!slot.used) {
      slot.used = 1;
      slot.at = at;
      slot.length = length;
      slot.hash = hash;
      slot.number = next++;
    }
    store<i32>(text.classes + ((<usize>i) << 2), slot.number);
    length = 0;
  }
  return next;
}

let cursor: usize = 0;

/** The next character of a line that counts; 0xffffffff at its end. `cursor` moves on. */
function nextCounted(end: usize, start: usize): u32 {
  while (cursor < end) {
    let code = characterAt(cursor, end);
    cursor += characterSize();
    const blank = code == 0x20 || (code >= 9 && code <= 13);
    if (blank && ignore & Ignore.allBlanks) continue;
    if (code == 0x0d && cursor == end && ignore & Ignore.carriageReturn) continue;
    if (blank && ignore & (Ignore.blankAmount | Ignore.trailing)) {
      let after = cursor;
      while (after < end && (load<u8>(after) == 0x20 || (load<u8>(after) >= 9 && load<u8>(after) <= 13)))
        after++;
      if (after == end) {
        cursor = end;
        continue;
      }
      if (ignore & Ignore.blankAmount) {
        cursor = after;
        return 0x20;
      }
    }
    if (ignore & Ignore.letterCase) code = toLower(code);
    return start ? code : 0;
  }
  return 0xffffffff;
}

function hashLine(at: usize, length: usize): u64 {
  let hash: u64 = 0xcbf29ce484222325;
  const end = at + length;
  if (!ignore) {
    for (; at + 8 <= end; at += 8) hash = ((hash ^ load<u64>(at)) * 0x9e3779b97f4a7c15) ^ (hash >> 29);
    for (; at < end; at++) hash = (hash ^ load<u8>(at)) * 0x100000001b3;
    return hash ^ length;
  }
  cursor = at;
  for (let code = nextCounted(end, at); code != 0xffffffff; code = nextCounted(end, at)) {
    hash = (hash ^ code) * 0x100000001b3;
  }
  return hash;
}

function equalLines(a: usize, aLength: usize, b: usize, bLength: usize): bool {
  if (aLength == bLength && !memory.compare(a, b, aLength)) return true;
  if (!ignore) return false;
  const aEnd = a + aLength;
  const bEnd = b + bLength;
  for (;;) {
    cursor = a;
    const first = nextCounted(aEnd, 1);
    a = cursor;
    cursor = b;
    const second = nextCounted(bEnd, 1);
    b = cursor;
    if (first != second) return false;
    if (first == 0xffffffff) break;
  }
  return true;
}

/**
 * Of a run of changed lines it is often open where it begins: `a b a` in `a b a b a`. Moves each run as far down as it
 * goes, joining runs that meet, so that what is shown ends like a paragraph rather than begins in the middle of one.
 */
function slide(text: Text, other: Text): void {
  const changed = text.changed;
  let i = 0;
  let j = 0;
  while (i < text.count) {
    if (!load<u8>(changed + <usize>i)) {
      // This line is also in the other file, behind what was added there.
      while (j < other.count && load<u8>(other.changed + <usize>j)) j++;
      i++;
      j++;
      continue;
    }
    let start = i;
    let end = i;
    while (end < text.count && load<u8>(changed + <usize>end)) end++;
    // While the line behind equals the first of the run, and nothing was changed in the other file there.
    while (
      end < text.count &&
      classOf(text, start) == classOf(text, end) &&
      !load<u8>(other.changed + <usize>min<i32>(j, other.count))
    ) {
      store<u8>(changed + <usize>start, 0);
      store<u8>(changed + <usize>end, 1);
      start++;
      end++;
      j++;
      while (end < text.count && load<u8>(changed + <usize>end)) end++;
    }
    i = end;
  }
}

function classOf(text: Text, index: i32): i32 {
  return load<i32>(text.classes + ((<usize>index) << 2));
}

/** The Change records, in order. With Ignore.blankLines those of empty lines alone are left out. */
export function listChanges(a: Text, b: Text, flags: u32): List {
  const list = make<List>();
  let i = 0;
  let j = 0;
  while (i < a.count || j < b.count) {
    const inA = i < a.count && load<u8>(a.changed + <usize>i) != 0;
    const inB = j < b.count && load<u8>(b.changed + <usize>j) != 0;
    if (!inA && !inB) {
      i++;
      j++;
      continue;
    }
    const change = make<Change>();
    change.fromA = i;
    change.fromB = j;
    while (i < a.count && load<u8>(a.changed + <usize>i)) i++;
    while (j < b.count && load<u8>(b.changed + <usize>j)) j++;
    change.toA = i;
    change.toB = j;
    if (flags & Ignore.blankLines && isBlank(a, change.fromA, i) && isBlank(b, change.fromB, j)) continue;
    list.append(changetype<usize>(change));
  }
  return list;
}

function isBlank(text: Text, from: i32, to: i32): bool {
  for (let i = from; i < to; i++) if (text.length(i)) return false;
  return true;
}

export function freeText(text: Text): void {
  free(text.at);
  free(text.classes);
  free(text.changed);
  free(changetype<usize>(text));
}
