// Characters of a pattern: UTF-8 decoding, classes, letter case. Source: POSIX 7.3.1 (LC_CTYPE), RFC 3629.
//
// Rules: a byte that is no UTF-8 is the code RAW_BYTE + byte, one character long.

import { RAW_BYTE } from './node';

let codeLength: usize = 1;

/** The character at `at`, before `end`; characterLength() tells its bytes. */
export function characterAt(at: usize, end: usize): u32 {
  const first = <u32>load<u8>(at);
  codeLength = 1;
  if (first < 0x80) return first;
  const size: usize = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (!size || at + size > end) return RAW_BYTE + first;
  let code = first & (0x7f >> (<u32>size));
  for (let i: usize = 1; i < size; i++) {
    const byte = <u32>load<u8>(at + i);
    if ((byte & 0xc0) != 0x80) return RAW_BYTE + first;
    code = (code << 6) | (byte & 0x3f);
  }
  codeLength = size;
  return code;
}

/** Bytes of the character that characterAt() returned. */
export function characterLength(): usize {
  return codeLength;
}

export const enum CharacterClass {
  alnum,
  alpha,
  blank,
  cntrl,
  digit,
  graph,
  lower,
  print,
  punct,
  space,
  upper,
  xdigit,
}

/** Ranges of ASCII for each class, as pairs of characters. */
export function classRanges(kind: i32): string {
  switch (kind) {
    case CharacterClass.alnum:
      return '09AZaz';
    case CharacterClass.alpha:
      return 'AZaz';
    case CharacterClass.blank:
      return '\t\t  ';
    case CharacterClass.cntrl:
      return '\x00\x1f\x7f\x7f';
    case CharacterClass.digit:
      return '09';
    case CharacterClass.graph:
      return '!~';
    case CharacterClass.lower:
      return 'az';
    case CharacterClass.print:
      return ' ~';
    case CharacterClass.punct:
      return '!/:@[`{~';
    case CharacterClass.space:
      return '\t\r  ';
    case CharacterClass.upper:
      return 'AZ';
    default:
      return '09AFaf';
  }
}

const NAMES = 'alnum alpha blank cntrl digit graph lower print punct space upper xdigit';

/** The class that is named by `size` bytes, -1 when there is none. */
export function findClass(at: usize, size: usize): i32 {
  let kind = 0;
  let i = 0;
  const length = NAMES.length;
  while (i < length) {
    let same: usize = 0;
    let start = i;
    while (i < length && NAMES.charCodeAt(i) != 0x20) i++;
    while (
      start + <i32>same < i &&
      same < size &&
      load<u8>(at + same) == <u8>NAMES.charCodeAt(start + <i32>same)
    )
      same++;
    if (same == size && start + <i32>same == i) return kind;
    kind++;
    i++;
  }
  return -1;
}

/** The ranges beyond ASCII that count as letters: Latin, Greek, Cyrillic and what follows, without signs. */
export function isWideClass(kind: i32): bool {
  return (
    kind == CharacterClass.alnum ||
    kind == CharacterClass.alpha ||
    kind == CharacterClass.graph ||
    kind == CharacterClass.print
  );
}

/** The same letter in the other case; the character itself when it has none. */
export function otherCase(code: u32): u32 {
  if (code < 0x80) {
    const lower = code | 0x20;
    return lower >= 0x61 && lower <= 0x7a ? code ^ 0x20 : code;
  }
  // Latin-1, Latin Extended-A in pairs, Greek, Cyrillic.
  if (code >= 0xc0 && code <= 0xfe) return code == 0xd7 || code == 0xf7 || code == 0xdf ? code : code ^ 0x20;
  if (code >= 0x100 && code <= 0x137 && code != 0x130 && code != 0x131) return code ^ 1;
  if (code >= 0x14a && code <= 0x177) return code ^ 1;
  if (code >= 0x391 && code <= 0x3a9 && code != 0x3a2) return code + 0x20;
  if (code >= 0x3b1 && code <= 0x3c9 && code != 0x3c2) return code - 0x20;
  if (code >= 0x410 && code <= 0x42f) return code + 0x20;
  if (code >= 0x430 && code <= 0x44f) return code - 0x20;
  if (code >= 0x400 && code <= 0x40f) return code + 0x50;
  if (code >= 0x450 && code <= 0x45f) return code - 0x50;
  return code;
}

/** A byte of a word, for \< \> \b \w: letters, digits, the underscore, and everything beyond ASCII. */
export function isWordByte(byte: u8): bool {
  const lower = byte | 0x20;
  return byte >= 0x80 || byte == 0x5f || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}
