// The sets of tr: ranges, classes, equivalence classes and repetitions, as a list of pieces.
//
// Rules: expandSet() gives null for a malformed set. Nothing is freed: a program has two. Source: POSIX tr (EXTENDED
// DESCRIPTION).

import { byteLength } from './bytes';
import {
  characterAt,
  characterSize,
  INVALID,
  isAlpha,
  isBlank,
  isControl,
  isDigit,
  isLower,
  isPrint,
  isPunctuation,
  isSpace,
  isUpper,
  toLower,
  toUpper,
} from './characters';
import { List } from './list';
import { make } from './malloc';

/** Classes are listed to this code; beyond it they are still recognised by contains(). */
const LISTED: u32 = 0x590;

const CLASSES = 'alnum alpha blank cntrl digit graph lower print punct space upper xdigit ';
const LOWER = 6;
const UPPER = 10;

@unmanaged
@final
class Piece {
  /** Codes from `first` to `last`, or `count` times `first`. */
  first: u32;
  last: u32;
  /** Number of the class, -1 for none. */
  kind: i32;
  /** For repetitions; -1: as many as are needed. */
  count: i64;
}

@unmanaged
@final
export class CharacterSet {
  pieces: List;
  /** The codes in order, as values of a list. */
  codes: List;
  /** The piece of `[x*]`, -1 for none. */
  filler: i32;

  /** Lists the codes; `[x*]` makes it `length` long. */
  fillTo(length: i32): void {
    const codes = make<List>();
    let others: i64 = 0;
    for (let i = 0; i < this.pieces.length; i++) {
      const piece = changetype<Piece>(this.pieces.get(i));
      others +=
        piece.kind >= 0
          ? 0
          : piece.count > 0
            ? piece.count
            : piece.count < 0
              ? 0
              : piece.last - piece.first + 1;
    }
    for (let i = 0; i < this.pieces.length; i++) {
      const piece = changetype<Piece>(this.pieces.get(i));
      const repeat = piece.count < 0 ? max<i64>(length - others, 0) : min<i64>(piece.count, 0x200000);
      if (piece.kind == LOWER || piece.kind == UPPER) {
        // Only letters of both cases, in the same order, so that `tr '[:lower:]_' '[:upper:]-'` finds partners.
        for (let code: u32 = 0; code < LISTED; code++) {
          const upper = toUpper(code);
          if (upper != code && toLower(upper) == code) codes.append(piece.kind == LOWER ? code : upper);
        }
      } else if (piece.kind >= 0) {
        for (let code: u32 = 0; code < LISTED; code++) if (isOfClass(code, piece.kind)) codes.append(code);
      } else if (piece.count) {
        for (let n: i64 = 0; n < repeat; n++) codes.append(piece.first);
      } else {
        for (let code = piece.first; code <= piece.last; code++) codes.append(code);
      }
    }
    this.codes = codes;
  }

  /** The last place of the code in the set, as POSIX leaves open and everyone does; -1 when it is absent. */
  indexOf(code: u32): i32 {
    for (let i = this.codes.length - 1; i >= 0; i--) if (<u32>this.codes.get(i) == code) return i;
    return -1;
  }
}

let error: i32 = 0;

/** Negative when the second set held a class that only the first may. */
export function setError(): i32 {
  return error;
}

export function setLength(set: CharacterSet): i32 {
  return set.codes.length;
}

export function setAt(set: CharacterSet, index: i32): u32 {
  return <u32>set.codes.get(index);
}

export function contains(set: CharacterSet, code: u32): bool {
  for (let i = 0; i < set.pieces.length; i++) {
    const piece = changetype<Piece>(set.pieces.get(i));
    if (piece.kind >= 0 ? isOfClass(code, piece.kind) : code >= piece.first && code <= piece.last)
      return true;
  }
  return false;
}

let at: usize = 0;
let end: usize = 0;

/** `second` allows repetitions. Null for what is malformed. */
export function expandSet(text: usize, second: bool): CharacterSet | null {
  const set = make<CharacterSet>();
  set.pieces = make<List>();
  set.filler = -1;
  at = text;
  end = text + byteLength(text);
  while (at < end) {
    const piece = make<Piece>();
    piece.kind = -1;
    const bracketed = load<u8>(at) == 0x5b ? bracket(piece, second) : 0;
    if (bracketed < 0) return null;
    if (!bracketed) {
      piece.first = piece.last = one();
      if (load<u8>(at) == 0x2d && at + 1 < end) {
        at++;
        piece.last = one();
        if (piece.last < piece.first) return null;
      }
    } else if (piece.count < 0) {
      if (set.filler >= 0) return null;
      set.filler = set.pieces.length;
    }
    if (second && piece.kind >= 0 && piece.kind != LOWER && piece.kind != UPPER) error = -1;
    set.pieces.append(changetype<usize>(piece));
  }
  set.fillTo(0);
  return set;
}

/** 1: a class, equivalence or repetition was read; 0: the bracket stands for itself; -1: malformed. */
function bracket(piece: Piece, second: bool): i32 {
  const kind = load<u8>(at, 1);
  if (kind == 0x3a || kind == 0x3d) {
    // The characters `[:*]` and `[=*]` of a repetition.
    let close = at + 2;
    if (kind == 0x3d) close++;
    while (close + 1 < end && !(load<u8>(close) == kind && load<u8>(close, 1) == 0x5d)) close++;
    if (close + 1 < end) {
      if (kind == 0x3d) {
        at += 2;
        piece.first = piece.last = one();
        if (at != close) return -1;
      } else {
        piece.kind = classNumber(at + 2, close - at - 2);
        if (piece.kind < 0) return -1;
      }
      at = close + 2;
      return 1;
    }
  }
  if (!second) return 0;
  const start = at;
  at++;
  if (at >= end) {
    at = start;
    return 0;
  }
  const code = one();
  if (load<u8>(at) == 0x2a) {
    at++;
    const octal = load<u8>(at) == 0x30;
    let count: i64 = 0;
    let digits = 0;
    for (; load<u8>(at) >= 0x30 && load<u8>(at) <= (octal ? 0x37 : 0x39); at++) {
      count = min<i64>(count * (octal ? 8 : 10) + load<u8>(at) - 0x30, 0x7fffffff);
      digits++;
    }
    if (load<u8>(at) == 0x5d) {
      at++;
      piece.first = piece.last = code;
      piece.count = digits && count ? count : -1;
      return 1;
    }
  }
  at = start;
  return 0;
}

/** One character, with its escape. */
function one(): u32 {
  if (load<u8>(at) != 0x5c || at + 1 >= end) {
    const code = characterAt(at, end);
    at += characterSize();
    return code;
  }
  at++;
  const byte = load<u8>(at);
  if (byte >= 0x30 && byte <= 0x37) {
    let value: u32 = 0;
    for (let i = 0; i < 3 && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x37; i++) {
      if (value * 8 + load<u8>(at) - 0x30 > 255) break;
      value = value * 8 + load<u8>(at++) - 0x30;
    }
    return value < 0x80 ? value : INVALID + value;
  }
  const letters = 'abfnrtv';
  const meanings = '\x07\b\f\n\r\t\v';
  for (let i = 0; i < letters.length; i++) {
    if (<u16>byte == <u16>letters.charCodeAt(i)) {
      at++;
      return meanings.charCodeAt(i);
    }
  }
  const code = characterAt(at, end);
  at += characterSize();
  return code;
}

function classNumber(name: usize, length: usize): i32 {
  let number = 0;
  let start = 0;
  for (let i = 0; i < CLASSES.length; i++) {
    if (CLASSES.charCodeAt(i) != 0x20) continue;
    if (<usize>(i - start) == length) {
      let same: usize = 0;
      while (same < length && <u16>load<u8>(name + same) == <u16>CLASSES.charCodeAt(start + <i32>same))
        same++;
      if (same == length) return number;
    }
    number++;
    start = i + 1;
  }
  return -1;
}

function isOfClass(code: u32, kind: i32): bool {
  if (code >= INVALID) return false;
  switch (kind) {
    case 0:
      return isAlpha(code) || isDigit(code);
    case 1:
      return isAlpha(code);
    case 2:
      return isBlank(code);
    case 3:
      return isControl(code);
    case 4:
      return isDigit(code);
    case 5:
      return isPrint(code) && !isSpace(code);
    case LOWER:
      return isLower(code);
    case 7:
      return isPrint(code);
    case 8:
      return isPunctuation(code);
    case 9:
      return isSpace(code);
    case UPPER:
      return isUpper(code);
    default:
      return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
  }
}
