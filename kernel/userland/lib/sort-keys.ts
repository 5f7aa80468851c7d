// The keys of sort: which part of a line is compared, and how.
//
// Rules: options first (setGlobal, addKey, setSeparator), then prepareKeys() once, then lines. Source: POSIX sort.

import { characterAt, characterSize, isAlpha, isBlank, isDigit, isPrint, toUpper } from './characters';
import { byteLength } from './bytes';
import { List } from './list';
import { make } from './malloc';

/** How a key is compared; bits of Key.flags. */
const enum How {
  blanksStart = 1,
  dictionary = 2,
  fold = 4,
  printable = 8,
  numeric = 16,
  general = 32,
  human = 64,
  month = 128,
  version = 256,
  random = 512,
  reverse = 1024,
  blanksEnd = 2048,
}

@unmanaged
@final
export class Key {
  /** Counted from 1; endField of 0 is the end of the line, endCharacter of 0 the end of the field. */
  startField: i32;
  startCharacter: i32;
  endField: i32;
  endCharacter: i32;
  flags: u32;
  hasOptions: bool;
}

/** A line, its text behind this header. */
@unmanaged
@final
export class Line {
  length: usize;
  /** The first key, from `keyStart` to `keyEnd`, offsets into the text. */
  keyStart: usize;
  keyEnd: usize;

  static headerSize(): usize {
    return offsetof<Line>();
  }

  text(): usize {
    return changetype<usize>(this) + offsetof<Line>();
  }

  /** Copies `size` bytes behind the header, with a 0 after them. */
  fill(from: usize, size: usize): void {
    const to = this.text();
    memory.copy(to, from, size);
    store<u8>(to + size, 0);
    this.length = size;
    if (!keys.length) return;
    const first = changetype<Key>(keys.get(0));
    findKey(first, to, size);
    this.keyStart = foundStart - to;
    this.keyEnd = foundEnd - to;
  }
}

const keys = make<List>();
let global: u32 = 0;
let isStable = false;
let isUnique = false;
/** The character between fields; 0xffffffff: the empty string between non-blank and blank. */
let separator: u32 = 0xffffffff;
let plain = false;

export function stable(): bool {
  return isStable;
}

export function unique(): bool {
  return isUnique;
}

function flagOf(letter: i32): u32 {
  switch (letter) {
    case 0x62:
      return How.blanksStart | How.blanksEnd;
    case 0x64:
      return How.dictionary;
    case 0x66:
      return How.fold;
    case 0x69:
      return How.printable;
    case 0x6e:
      return How.numeric;
    case 0x67:
      return How.general;
    case 0x68:
      return How.human;
    case 0x4d:
      return How.month;
    case 0x56:
      return How.version;
    case 0x52:
      return How.random;
    case 0x72:
      return How.reverse;
    default:
      return 0;
  }
}

/** A letter of the command line: -n, -r, -s, -u and so on. */
export function setGlobal(letter: i32): void {
  if (letter == 0x73) isStable = true;
  else if (letter == 0x75) isUnique = true;
  else global |= flagOf(letter);
}

/** False for more than one character. */
export function setSeparator(text: usize): bool {
  const length = byteLength(text);
  if (length == 2 && load<u8>(text) == 0x5c && load<u8>(text, 1) == 0x30) {
    separator = 0;
    return true;
  }
  if (!length) return false;
  separator = characterAt(text, text + length);
  return characterSize() == length;
}

/** -k: `F[.C][letters][,F[.C][letters]]`; false for anything else. */
export function addKey(text: usize): bool {
  const key = make<Key>();
  at = text;
  key.startField = number();
  key.startCharacter = 1;
  if (key.startField < 1) return false;
  if (load<u8>(at) == 0x2e) {
    at++;
    key.startCharacter = number();
    if (key.startCharacter < 1) return false;
  }
  letters(key, How.blanksStart);
  if (load<u8>(at) == 0x2c) {
    at++;
    key.endField = number();
    if (key.endField < 1) return false;
    if (load<u8>(at) == 0x2e) {
      at++;
      key.endCharacter = number();
      if (key.endCharacter < 0) return false;
    }
    letters(key, How.blanksEnd);
  }
  keys.append(changetype<usize>(key));
  return !load<u8>(at);
}

let at: usize = 0;

function number(): i32 {
  const start = at;
  let value: i64 = 0;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++)
    value = min<i64>(value * 10 + load<u8>(at) - 0x30, i32.MAX_VALUE);
  return at == start ? -1 : <i32>value;
}

function letters(key: Key, blanks: u32): void {
  for (let flag = flagOf(load<u8>(at)); flag; flag = flagOf(load<u8>(at))) {
    key.flags |= load<u8>(at) == 0x62 ? blanks : flag;
    key.hasOptions = true;
    at++;
  }
}

/** Keys without options get those of the command line. False when options contradict each other. */
export function prepareKeys(): bool {
  if (!keys.length && global & ~How.reverse) {
    const key = make<Key>();
    key.startField = 1;
    key.startCharacter = 1;
    key.flags = global;
    keys.append(changetype<usize>(key));
  }
  for (let i = 0; i < keys.length; i++) {
    const key = changetype<Key>(keys.get(i));
    if (!key.hasOptions) key.flags = global;
    const orders = key.flags & (How.numeric | How.general | How.human | How.month);
    if (orders & (orders - 1)) return false;
    if (orders && key.flags & (How.dictionary | How.printable | How.version)) return false;
  }
  plain = keys.length == 0;
  return true;
}

let foundStart: usize = 0;
let foundEnd: usize = 0;

/** Finds the part of a line that `key` names: foundStart to foundEnd. Source: POSIX sort, OPTIONS, -k. */
function findKey(key: Key, text: usize, length: usize): void {
  const end = text + length;
  if (key.startField == 1 && key.startCharacter == 1 && !key.endField) {
    foundStart = text;
    if (key.flags & How.blanksStart) foundStart = skipBlanks(text, end);
    foundEnd = end;
    return;
  }
  let start = skipFields(text, end, key.startField - 1);
  if (key.flags & How.blanksStart) start = skipBlanks(start, end);
  foundStart = skipCharacters(start, end, key.startCharacter - 1);
  if (!key.endField) foundEnd = end;
  else if (!key.endCharacter) foundEnd = fieldEnd(skipFields(text, end, key.endField - 1), end);
  else {
    let stop = skipFields(text, end, key.endField - 1);
    if (key.flags & How.blanksEnd) stop = skipBlanks(stop, end);
    foundEnd = skipCharacters(stop, end, key.endCharacter);
  }
  if (foundEnd < foundStart) foundEnd = foundStart;
}

function skipBlanks(from: usize, end: usize): usize {
  while (from < end && (load<u8>(from) == 0x20 || load<u8>(from) == 9)) from++;
  return from;
}

/** The end of the field that begins at `from`. */
function fieldEnd(from: usize, end: usize): usize {
  if (separator == 0xffffffff) {
    from = skipBlanks(from, end);
    while (from < end && load<u8>(from) != 0x20 && load<u8>(from) != 9) from++;
    return from;
  }
  if (separator < 0x80) {
    while (from < end && <u32>load<u8>(from) != separator) from++;
    return from;
  }
  while (from < end && characterAt(from, end) != separator) from += characterSize();
  return from;
}

function skipFields(from: usize, end: usize, count: i32): usize {
  for (let i = 0; i < count && from < end; i++) {
    from = fieldEnd(from, end);
    if (separator != 0xffffffff && from < end) {
      characterAt(from, end);
      from += characterSize();
    }
  }
  return from;
}

function skipCharacters(from: usize, end: usize, count: i32): usize {
  for (let i = 0; i < count && from < end; i++) {
    if (load<u8>(from) < 0x80) from++;
    else {
      characterAt(from, end);
      from += characterSize();
    }
  }
  return from;
}

/** By the keys alone. */
export function compareKeys(a: Line, b: Line): i32 {
  if (plain) {
    const order = compareText(a.text(), a.length, b.text(), b.length);
    return global & How.reverse ? -order : order;
  }
  for (let i = 0; i < keys.length; i++) {
    const key = changetype<Key>(keys.get(i));
    if (i) findKey(key, a.text(), a.length);
    const aStart = i ? foundStart : a.text() + a.keyStart;
    const aEnd = i ? foundEnd : a.text() + a.keyEnd;
    if (i) findKey(key, b.text(), b.length);
    const bStart = i ? foundStart : b.text() + b.keyStart;
    const bEnd = i ? foundEnd : b.text() + b.keyEnd;
    const order = compareKey(key.flags, aStart, aEnd, bStart, bEnd);
    if (order) return key.flags & How.reverse ? -order : order;
  }
  return 0;
}

/** Lines whose keys are equal, by all of their bytes. */
export function lastResort(a: Line, b: Line): i32 {
  const order = compareText(a.text(), a.length, b.text(), b.length);
  return global & How.reverse ? -order : order;
}

/** As memcmp(), eight bytes at a time. */
function compareText(a: usize, aLength: usize, b: usize, bLength: usize): i32 {
  const common = min<usize>(aLength, bLength);
  let i: usize = 0;
  for (; i + 8 <= common; i += 8) {
    const first = load<u64>(a + i);
    const second = load<u64>(b + i);
    if (first != second) return bswap<u64>(first) < bswap<u64>(second) ? -1 : 1;
  }
  for (; i < common; i++) {
    const first = load<u8>(a + i);
    const second = load<u8>(b + i);
    if (first != second) return first < second ? -1 : 1;
  }
  return aLength < bLength ? -1 : aLength > bLength ? 1 : 0;
}

function compareKey(flags: u32, a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  if (flags & How.numeric) return compareNumbers(a, aEnd, b, bEnd);
  if (flags & How.human) return compareHuman(a, aEnd, b, bEnd);
  if (flags & How.general) {
    const first = general(a, aEnd);
    const firstValid = valid;
    const second = general(b, bEnd);
    // What is no number comes first.
    if (firstValid != valid) return firstValid ? 1 : -1;
    return first < second ? -1 : first > second ? 1 : 0;
  }
  if (flags & How.month) return monthOf(a, aEnd) - monthOf(b, bEnd);
  if (flags & How.random) {
    const first = hash(a, aEnd);
    const second = hash(b, bEnd);
    return first < second ? -1 : first > second ? 1 : 0;
  }
  if (flags & How.version) return compareVersions(a, aEnd, b, bEnd);
  if (!(flags & (How.dictionary | How.fold | How.printable))) return compareText(a, aEnd - a, b, bEnd - b);
  return compareFiltered(flags, a, aEnd, b, bEnd);
}

function compareFiltered(flags: u32, a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  for (;;) {
    let first: u32 = 0;
    let second: u32 = 0;
    const hasFirst = (a = nextKept(flags, a, aEnd)) < aEnd;
    if (hasFirst) {
      first = characterAt(a, aEnd);
      a += characterSize();
    }
    const hasSecond = (b = nextKept(flags, b, bEnd)) < bEnd;
    if (hasSecond) {
      second = characterAt(b, bEnd);
      b += characterSize();
    }
    if (!hasFirst || !hasSecond) return <i32>hasFirst - <i32>hasSecond;
    if (flags & How.fold) {
      first = toUpper(first);
      second = toUpper(second);
    }
    if (first != second) return first < second ? -1 : 1;
  }
  return 0;
}

/** The next character that counts. */
function nextKept(flags: u32, from: usize, end: usize): usize {
  for (; from < end; from += characterSize()) {
    const code = characterAt(from, end);
    if (flags & How.dictionary && !isAlpha(code) && !isDigit(code) && !isBlank(code)) continue;
    if (flags & How.printable && !isPrint(code)) continue;
    break;
  }
  return from;
}

/** [-]digits[.digits] of any length, as POSIX has it for -n. */
function compareNumbers(a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  a = skipBlanks(a, aEnd);
  b = skipBlanks(b, bEnd);
  const aNegative = a < aEnd && load<u8>(a) == 0x2d;
  const bNegative = b < bEnd && load<u8>(b) == 0x2d;
  if (aNegative) a++;
  if (bNegative) b++;
  const order = compareMagnitudes(a, aEnd, b, bEnd);
  if (aNegative != bNegative) {
    if (isZero(a, aEnd) && isZero(b, bEnd)) return 0;
    return aNegative ? -1 : 1;
  }
  return aNegative ? -order : order;
}

function isDigitAt(from: usize, end: usize): bool {
  return from < end && load<u8>(from) >= 0x30 && load<u8>(from) <= 0x39;
}

function isZero(from: usize, end: usize): bool {
  while (from < end && load<u8>(from) == 0x30) from++;
  if (from < end && load<u8>(from) == 0x2e) {
    from++;
    while (from < end && load<u8>(from) == 0x30) from++;
  }
  return !isDigitAt(from, end);
}

function compareMagnitudes(a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  while (a < aEnd && load<u8>(a) == 0x30) a++;
  while (b < bEnd && load<u8>(b) == 0x30) b++;
  let order = 0;
  while (isDigitAt(a, aEnd) && isDigitAt(b, bEnd)) {
    if (!order) order = <i32>load<u8>(a) - <i32>load<u8>(b);
    a++;
    b++;
  }
  if (isDigitAt(a, aEnd)) return 1;
  if (isDigitAt(b, bEnd)) return -1;
  if (order) return order;
  const aPoint = a < aEnd && load<u8>(a) == 0x2e;
  const bPoint = b < bEnd && load<u8>(b) == 0x2e;
  if (aPoint) a++;
  else a = aEnd;
  if (bPoint) b++;
  else b = bEnd;
  while (isDigitAt(a, aEnd) || isDigitAt(b, bEnd)) {
    const first = isDigitAt(a, aEnd) ? <i32>load<u8>(a) : 0x30;
    const second = isDigitAt(b, bEnd) ? <i32>load<u8>(b) : 0x30;
    if (first != second) return first - second;
    if (isDigitAt(a, aEnd)) a++;
    if (isDigitAt(b, bEnd)) b++;
  }
  return 0;
}

function unitOf(from: usize, end: usize): i32 {
  from = skipBlanks(from, end);
  if (from < end && load<u8>(from) == 0x2d) from++;
  while (isDigitAt(from, end) || (from < end && load<u8>(from) == 0x2e)) from++;
  if (from >= end) return 0;
  const units = 'KMGTPEZY';
  for (let i = 0; i < units.length; i++) {
    if (load<u8>(from) == <u8>units.charCodeAt(i) || (!i && load<u8>(from) == 0x6b)) return i + 1;
  }
  return 0;
}

function compareHuman(a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  const first = skipBlanks(a, aEnd);
  const second = skipBlanks(b, bEnd);
  const aNegative = first < aEnd && load<u8>(first) == 0x2d;
  const bNegative = second < bEnd && load<u8>(second) == 0x2d;
  if (aNegative == bNegative) {
    const difference = unitOf(a, aEnd) - unitOf(b, bEnd);
    if (difference) return aNegative ? -difference : difference;
  }
  return compareNumbers(a, aEnd, b, bEnd);
}

let valid = false;

/** A floating-point number with an exponent, as far as it goes. */
function general(from: usize, end: usize): f64 {
  from = skipBlanks(from, end);
  let sign: f64 = 1;
  valid = false;
  if (from < end && (load<u8>(from) == 0x2d || load<u8>(from) == 0x2b)) {
    if (load<u8>(from) == 0x2d) sign = -1;
    from++;
  }
  let value: f64 = 0;
  let scale: i32 = 0;
  for (; isDigitAt(from, end); from++) {
    value = value * 10 + <f64>(load<u8>(from) - 0x30);
    valid = true;
  }
  if (from < end && load<u8>(from) == 0x2e) {
    for (from++; isDigitAt(from, end); from++) {
      value = value * 10 + <f64>(load<u8>(from) - 0x30);
      scale--;
      valid = true;
    }
  }
  if (valid && from < end && (load<u8>(from) | 0x20) == 0x65) {
    from++;
    const negative = from < end && load<u8>(from) == 0x2d;
    if (negative || (from < end && load<u8>(from) == 0x2b)) from++;
    let exponent = 0;
    for (; isDigitAt(from, end); from++) exponent = min<i32>(exponent * 10 + load<u8>(from) - 0x30, 9999);
    scale += negative ? -exponent : exponent;
  }
  for (; scale > 0 && value < f64.MAX_VALUE; scale--) value *= 10;
  for (; scale < 0 && value != 0; scale++) value /= 10;
  return sign * value;
}

const MONTHS = 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC';

/** 1-12, 0 for what is no month. */
function monthOf(from: usize, end: usize): i32 {
  from = skipBlanks(from, end);
  if (end - from < 3 || end < from) return 0;
  for (let month = 0; month < 12; month++) {
    let same = 0;
    while (same < 3 && <u32>(load<u8>(from + <usize>same) & 0xdf) == <u32>MONTHS.charCodeAt(month * 3 + same))
      same++;
    if (same == 3) return month + 1;
  }
  return 0;
}

let seed: u64 = 0;

/** Equal keys get equal numbers, others any (FNV-1a, mixed with an address that differs from run to run). */
function hash(from: usize, end: usize): u64 {
  if (!seed) seed = (<u64>from) ^ 0xcbf29ce484222325;
  let value = seed;
  for (; from < end; from++) value = (value ^ load<u8>(from)) * 0x100000001b3;
  return value ^ (value >> 29);
}

/** Runs of digits by their value, the rest by bytes. */
function compareVersions(a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  while (a < aEnd && b < bEnd) {
    if (isDigitAt(a, aEnd) && isDigitAt(b, bEnd)) {
      while (a < aEnd && load<u8>(a) == 0x30) a++;
      while (b < bEnd && load<u8>(b) == 0x30) b++;
      let length: usize = 0;
      let other: usize = 0;
      while (isDigitAt(a + length, aEnd)) length++;
      while (isDigitAt(b + other, bEnd)) other++;
      if (length != other) return length < other ? -1 : 1;
      const order = memory.compare(a, b, length);
      if (order) return order;
      a += length;
      b += length;
      continue;
    }
    const first = load<u8>(a);
    const second = load<u8>(b);
    if (first != second) {
      // A tilde comes before everything, the end too; letters before other characters.
      return versionOrder(first) - versionOrder(second);
    }
    a++;
    b++;
  }
  if (a < aEnd) return load<u8>(a) == 0x7e ? -1 : 1;
  if (b < bEnd) return load<u8>(b) == 0x7e ? 1 : -1;
  return 0;
}

function versionOrder(byte: u8): i32 {
  if (byte == 0x7e) return -1;
  const letter = byte | 0x20;
  if (letter >= 0x61 && letter <= 0x7a) return byte;
  return byte >= 0x30 && byte <= 0x39 ? 0 : <i32>byte + 256;
}
