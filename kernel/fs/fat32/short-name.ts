/**
 * Making names for the disk: the UTF-16 of a long name, and the short name (8.3) that stands for it.
 *
 * Source: FAT32 specification 1.03, "The Basis-Name Generation Algorithm" and "The Numeric-Tail Generation Algorithm". Pure.
 */
import { EINVAL, ENAMETOOLONG } from '../../lib/errno';
import { SHORT_NAME_BYTES } from './names';

const MAX_UNITS: u32 = 255;
const BLANK: u8 = 0x20;
const UNDERSCORE: u8 = 0x5f;
/** " * / : < > ? \ | are no part of any name. */
const FORBIDDEN = memory.data<u8>([0x22, 0x2a, 0x2f, 0x3a, 0x3c, 0x3e, 0x3f, 0x5c, 0x7c]);
/** + , ; = [ ] may be in long names only. */
const LONG_ONLY = memory.data<u8>([0x2b, 0x2c, 0x3b, 0x3d, 0x5b, 0x5d]);

function isIn(list: usize, count: u32, byte: u32): bool {
  for (let i: u32 = 0; i < count; i++) if (load<u8>(list + i) == byte) return true;
  return false;
}

/** Bytes of a UTF-8 sequence that begins with `first`; 0 for none. */
function sequenceLength(first: u32): u32 {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/** The code point at `at`, whose sequence of `n` bytes lies within the name; -1 when it is none. */
function decode(at: usize, n: u32): i32 {
  let code: i32 = load<u8>(at);
  if (n == 1) return code;
  code &= (1 << (7 - n)) - 1;
  for (let i: u32 = 1; i < n; i++) {
    const byte: i32 = load<u8>(at + i);
    if ((byte & 0xc0) != 0x80) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  const overlong = (n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff));
  return overlong || (code >= 0xd800 && code < 0xe000) ? -1 : code;
}

/**
 * Writes the UTF-16 units of a name (UTF-8) to `out`, which has room for 256: how many, or -EINVAL for what cannot be a name
 * of FAT, -ENAMETOOLONG.
 */
export function longNameEncode(name: usize, length: u32, out: usize): i32 {
  let units: u32 = 0;
  let at: u32 = 0;
  const last = load<u8>(name + length - 1);
  if (last == 0x2e || last == BLANK) return -EINVAL;
  while (at < length) {
    const n = sequenceLength(load<u8>(name + at));
    if (n == 0 || at + n > length) return -EINVAL;
    const code = decode(name + at, n);
    if (code < 0x20 || code == 0x7f || isIn(FORBIDDEN, 9, code)) return -EINVAL;
    const wide: u32 = code >= 0x10000 ? 2 : 1;
    if (units + wide > MAX_UNITS) return -ENAMETOOLONG;
    if (wide == 2) {
      store<u16>(out + units * 2, <u16>(0xd800 + ((code - 0x10000) >> 10)));
      store<u16>(out + units * 2, <u16>(0xdc00 + ((code - 0x10000) & 0x3ff)), 2);
    } else store<u16>(out + units * 2, <u16>code);
    units += wide;
    at += n;
  }
  return <i32>units;
}

function upper(byte: u8): u8 {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
}

/** The byte of a short name for one of a long name; 0: it is left out. */
function shortByte(byte: u8): u8 {
  if (byte == BLANK || byte == 0x2e) return 0;
  return byte >= 0x80 || isIn(LONG_ONLY, 6, byte) ? UNDERSCORE : upper(byte);
}

/** Puts up to `most` bytes of [from, to) into the field at `out`; true when that is all of them, unchanged. */
function fillField(name: usize, from: u32, to: u32, out: usize, most: u32): bool {
  let n: u32 = 0;
  let exact = true;
  for (let i = from; i < to; i++) {
    const byte = load<u8>(name + i);
    // One underscore stands for a whole character.
    if ((byte & 0xc0) == 0x80) continue;
    const short = shortByte(byte);
    if (short != byte) exact = false;
    if (short == 0) continue;
    if (n == most) return false;
    store<u8>(out + n, short);
    n++;
  }
  return exact;
}

/** Where the extension's dot is: the last one that is not the first byte; `length` without. */
function lastDot(name: usize, length: u32): u32 {
  for (let i = length; i > 1; i--) if (load<u8>(name + i - 1) == 0x2e) return i - 1;
  return length;
}

/** Writes the basis of a short name (11 bytes) for the name; true when it is the name itself, so that no long one is needed. */
export function shortNameBasis(name: usize, length: u32, out: usize): bool {
  memory.fill(out, BLANK, SHORT_NAME_BYTES);
  const dot = lastDot(name, length);
  const base = fillField(name, 0, dot, out, 8);
  const extension = dot == length || fillField(name, dot + 1, length, out + 8, 3);
  if (load<u8>(out) == BLANK) {
    store<u8>(out, UNDERSCORE);
    return false;
  }
  return base && extension && dot + 1 != length;
}

/** Makes the basis unique: "~n" behind as much of it as fits. */
export function shortNameTail(basis: usize, n: u32, out: usize): void {
  memory.copy(out, basis, SHORT_NAME_BYTES);
  let digits: u32 = 1;
  for (let m = n; m >= 10; m /= 10) digits++;
  let used: u32 = 0;
  while (used < 8 && load<u8>(basis + used) != BLANK) used++;
  const at = min(used, 7 - digits);
  store<u8>(out + at, 0x7e);
  let rest = n;
  for (let i = digits; i > 0; i--) {
    store<u8>(out + at + i, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  }
}
