/**
 * File names of FAT: short names (8.3, code page 437 taken as ASCII), long names (UTF-16 spread over entries), and
 * their comparison. Pure: bytes in, bytes out.
 *
 * Source: FAT32 specification 1.03, "Long File Name Implementation"; the case bits of byte 12 are Windows NT's.
 */
export const SHORT_NAME_BYTES: u32 = 11;
/** UTF-16 units of one long-name entry. */
export const UNITS_PER_ENTRY: u32 = 13;
export const MAX_LONG_ENTRIES: u32 = 20;
/** A name of 255 units takes at most three bytes each, and a NUL. */
export const NAME_BUFFER_BYTES: usize = 766;

const CASE_LOWER_BASE: u8 = 0x08;
const CASE_LOWER_EXTENSION: u8 = 0x10;
const REPLACEMENT: u32 = 0xfffd;
/** Stands for a first byte of 0xe5, which would mark the entry as deleted. */
const KANJI_E5: u8 = 0x05;

/** The checksum that ties long-name entries to their short entry. */
export function shortNameChecksum(name: usize): u8 {
  let sum: u8 = 0;
  for (let i: u32 = 0; i < SHORT_NAME_BYTES; i++) sum = ((sum & 1) << 7) + (sum >> 1) + load<u8>(name + i);
  return sum;
}

function shortByte(byte: u8, lower: bool): u8 {
  if (byte < 0x20 || byte == 0x2f || byte >= 0x7f) return 0x5f;
  return lower && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Writes the readable form of an 8.3 name, NUL-terminated; returns its length (0: nothing but blanks). */
export function shortNameToText(name: usize, caseBits: u8, out: usize): u32 {
  let length: u32 = 0;
  let base: u32 = 8;
  while (base > 0 && load<u8>(name + base - 1) == 0x20) base--;
  for (let i: u32 = 0; i < base; i++) {
    const byte = load<u8>(name + i);
    const real: u8 = i == 0 && byte == KANJI_E5 ? 0xe5 : byte;
    store<u8>(out + length++, shortByte(real, (caseBits & CASE_LOWER_BASE) != 0));
  }
  let extension: u32 = 3;
  while (extension > 0 && load<u8>(name + 8 + extension - 1) == 0x20) extension--;
  if (extension > 0) store<u8>(out + length++, 0x2e);
  for (let i: u32 = 0; i < extension; i++) {
    store<u8>(out + length++, shortByte(load<u8>(name + 8 + i), (caseBits & CASE_LOWER_EXTENSION) != 0));
  }
  store<u8>(out + length, 0);
  return length;
}

function putUtf8(out: usize, code: u32): u32 {
  if (code < 0x80) {
    store<u8>(out, <u8>code);
    return 1;
  }
  if (code < 0x800) {
    store<u8>(out, <u8>(0xc0 | (code >> 6)));
    store<u8>(out, <u8>(0x80 | (code & 63)), 1);
    return 2;
  }
  if (code < 0x10000) {
    store<u8>(out, <u8>(0xe0 | (code >> 12)));
    store<u8>(out, <u8>(0x80 | ((code >> 6) & 63)), 1);
    store<u8>(out, <u8>(0x80 | (code & 63)), 2);
    return 3;
  }
  store<u8>(out, <u8>(0xf0 | (code >> 18)));
  store<u8>(out, <u8>(0x80 | ((code >> 12) & 63)), 1);
  store<u8>(out, <u8>(0x80 | ((code >> 6) & 63)), 2);
  store<u8>(out, <u8>(0x80 | (code & 63)), 3);
  return 4;
}

/**
 * Converts at most `units` UTF-16 units (a NUL ends them) to NUL-terminated UTF-8 in NAME_BUFFER_BYTES; half a surrogate
 * pair becomes U+FFFD. Returns the length, 0 when the name cannot be one: empty, too long, or with a slash or control
 * character in it.
 */
export function longNameToText(name: usize, units: u32, out: usize): u32 {
  let length: u32 = 0;
  let i: u32 = 0;
  while (i < units) {
    let code: u32 = load<u16>(name + i * 2);
    i++;
    if (code == 0) break;
    if (i > 255 || code < 0x20 || code == 0x2f) return 0;
    if (code >= 0xd800 && code < 0xe000) {
      const low: u32 = i < units ? load<u16>(name + i * 2) : 0;
      if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else code = REPLACEMENT;
    }
    length += putUtf8(out + length, code);
  }
  store<u8>(out + length, 0);
  return length;
}

function fold(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** FAT names that differ in the case of ASCII letters alone are the same. */
export function namesEqual(a: usize, aLength: u32, b: usize, bLength: u32): bool {
  if (aLength != bLength) return false;
  for (let i: u32 = 0; i < aLength; i++) if (fold(load<u8>(a + i)) != fold(load<u8>(b + i))) return false;
  return true;
}
