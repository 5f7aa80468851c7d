// Characters of UTF-8 text, one after the other, and what class they are of.
//
// Rules: a byte that begins no valid character counts as a character by itself, with the code INVALID + byte, so that
// every file can be taken apart and put together again. Source: RFC 3629; Unicode standard 3.9; the classes are those
// of POSIX XBD 7.3.1, beyond ASCII for the Latin, Greek, Cyrillic and Armenian blocks and, as letters, for everything
// from U+0370 on that is no punctuation, symbol or space.

export const INVALID: u32 = 0x110000;

let size: usize = 1;

/** Bytes of the character that characterAt() found last. */
export function characterSize(): usize {
  return size;
}

/** The code of the character at `at`, which is below `end`. */
export function characterAt(at: usize, end: usize): u32 {
  const first = <u32>load<u8>(at);
  size = 1;
  if (first < 0x80) return first;
  const length: usize = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return INVALID + first;
  let code = first & ((<u32>0x7f) >> (<u32>length));
  for (let i: usize = 1; i < length; i++) {
    const next = <u32>load<u8>(at + i);
    if ((next & 0xc0) != 0x80) return INVALID + first;
    code = (code << 6) | (next & 0x3f);
  }
  if (length == 3 && (code < 0x800 || (code & 0xf800) == 0xd800)) return INVALID + first;
  if (length == 4 && (code < 0x10000 || code > 0x10ffff)) return INVALID + first;
  size = length;
  return code;
}

/** Characters among `length` bytes, each broken byte counting as none (POSIX wc -m counts characters alone). */
export function countCharacters(at: usize, length: usize): usize {
  let count: usize = 0;
  const end = at + length;
  while (at < end) {
    // Eight bytes of ASCII at once.
    if (at + 8 <= end && !(load<u64>(at) & 0x8080808080808080)) {
      at += 8;
      count += 8;
      continue;
    }
    if (characterAt(at, end) < INVALID) count++;
    at += size;
  }
  return count;
}

export function isSpace(code: u32): bool {
  return (
    code == 0x20 ||
    (code >= 0x09 && code <= 0x0d) ||
    code == 0x1680 ||
    (code >= 0x2000 && code <= 0x200a && code != 0x2007) ||
    code == 0x2028 ||
    code == 0x2029 ||
    code == 0x205f ||
    code == 0x3000
  );
}

export function isBlank(code: u32): bool {
  return code == 0x20 || code == 9 || (code > 0x7f && isSpace(code) && code != 0x2028 && code != 0x2029);
}

export function isDigit(code: u32): bool {
  return code >= 0x30 && code <= 0x39;
}

export function isUpper(code: u32): bool {
  return code < 0x80 ? code >= 0x41 && code <= 0x5a : toLower(code) != code;
}

export function isLower(code: u32): bool {
  if (code < 0x80) return code >= 0x61 && code <= 0x7a;
  return toUpper(code) != code || code == 0xdf || code == 0x138 || code == 0x149;
}

export function isAlpha(code: u32): bool {
  if (code < 0x80) return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  if (code < 0xc0) return code == 0xaa || code == 0xb5 || code == 0xba;
  if (code == 0xd7 || code == 0xf7 || code >= INVALID) return false;
  if (code < 0x2b0) return true;
  if (code < 0x370) return false;
  if (code >= 0x2000 && code < 0x2100) return false;
  if (code >= 0x2190 && code < 0x2c00) return false;
  if (code >= 0x2e00 && code < 0x2e80) return false;
  if (code >= 0x3000 && code < 0x3005) return false;
  if (code >= 0x3008 && code < 0x3021) return false;
  if (code >= 0xd800 && code < 0xf900) return false;
  if (code >= 0xfe00 && code < 0xfe70) return false;
  if (code >= 0xff00 && code < 0xff21) return false;
  if (code >= 0x1f000 && code < 0x20000) return false;
  return code < 0xe0000 && !isSpace(code);
}

export function isControl(code: u32): bool {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029;
}

export function isPrint(code: u32): bool {
  return code < INVALID && !isControl(code) && (code & 0x1ff800) != 0xd800;
}

export function isPunctuation(code: u32): bool {
  return isPrint(code) && !isSpace(code) && code != 0xa0 && !isAlpha(code) && !isDigit(code);
}

export function toUpper(code: u32): u32 {
  if (code < 0x80) return code >= 0x61 && code <= 0x7a ? code - 32 : code;
  if (code == 0xb5) return 0x39c;
  if (code == 0xff) return 0x178;
  if (code >= 0xe0 && code <= 0xfe && code != 0xf7) return code - 32;
  if (pairedEvenUpper(code)) return code & ~1;
  if (pairedOddUpper(code)) return code & 1 ? code : code - 1;
  if (code >= 0x3b1 && code <= 0x3cb && code != 0x3c2) return code - 32;
  if (code == 0x3c2) return 0x3a3;
  if (code == 0x3ac) return 0x386;
  if (code >= 0x3ad && code <= 0x3af) return code - 37;
  if (code == 0x3cc) return 0x38c;
  if (code == 0x3cd || code == 0x3ce) return code - 63;
  if (code >= 0x430 && code <= 0x44f) return code - 32;
  if (code >= 0x450 && code <= 0x45f) return code - 80;
  if (code >= 0x561 && code <= 0x586) return code - 48;
  return code;
}

export function toLower(code: u32): u32 {
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? code + 32 : code;
  if (code == 0x178) return 0xff;
  if (code >= 0xc0 && code <= 0xde && code != 0xd7) return code + 32;
  if (pairedEvenUpper(code)) return code | 1;
  if (pairedOddUpper(code)) return code & 1 ? code + 1 : code;
  if (code >= 0x391 && code <= 0x3ab && code != 0x3a2) return code + 32;
  if (code == 0x386) return 0x3ac;
  if (code >= 0x388 && code <= 0x38a) return code + 37;
  if (code == 0x38c) return 0x3cc;
  if (code == 0x38e || code == 0x38f) return code + 63;
  if (code >= 0x410 && code <= 0x42f) return code + 32;
  if (code >= 0x400 && code <= 0x40f) return code + 80;
  if (code >= 0x531 && code <= 0x556) return code + 48;
  return code;
}

/** Pairs of letters, the even code upper, the odd one lower case. */
function pairedEvenUpper(code: u32): bool {
  return (
    (code >= 0x100 && code <= 0x137 && code != 0x130 && code != 0x131) ||
    (code >= 0x14a && code <= 0x177) ||
    (code >= 0x1de && code <= 0x1ef) ||
    (code >= 0x1f8 && code <= 0x21f) ||
    (code >= 0x222 && code <= 0x233) ||
    (code >= 0x460 && code <= 0x481) ||
    (code >= 0x48a && code <= 0x4bf) ||
    (code >= 0x4d0 && code <= 0x52f) ||
    (code >= 0x1e00 && code <= 0x1e95) ||
    (code >= 0x1ea0 && code <= 0x1eff)
  );
}

function pairedOddUpper(code: u32): bool {
  return (
    (code >= 0x139 && code <= 0x148) ||
    (code >= 0x179 && code <= 0x17e) ||
    (code >= 0x1cd && code <= 0x1dc) ||
    (code >= 0x4c1 && code <= 0x4ce)
  );
}
