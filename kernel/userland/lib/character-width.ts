// Columns that a character takes on a terminal: 0, 1 or 2.
// Source: Unicode Standard Annex 11 (East Asian Width, classes W and F), general categories Mn, Me and Cf.

import { characterAt, characterSize, INVALID } from './characters';

export function characterWidth(code: u32): i32 {
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ? 0 : 1;
  if (code >= INVALID) return 1;
  if (isCombining(code)) return 0;
  return isWide(code) ? 2 : 1;
}

/** Columns of a byte string. */
export function textWidth(at: usize, length: usize): i32 {
  let width = 0;
  for (const end = at + length; at < end; at += characterSize())
    width += characterWidth(characterAt(at, end));
  return width;
}

function isCombining(code: u32): bool {
  return (
    code <= 0x36f ||
    (code >= 0x483 && code <= 0x489) ||
    (code >= 0x591 && code <= 0x5bd) ||
    (code >= 0x610 && code <= 0x61a) ||
    (code >= 0x64b && code <= 0x65f) ||
    (code >= 0x1ab0 && code <= 0x1aff) ||
    (code >= 0x1dc0 && code <= 0x1dff) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2060 && code <= 0x2064) ||
    (code >= 0x20d0 && code <= 0x20f0) ||
    (code >= 0x302a && code <= 0x302d) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    (code >= 0xfe20 && code <= 0xfe2f) ||
    code == 0xfeff ||
    (code >= 0xe0100 && code <= 0xe01ef)
  );
}

function isWide(code: u32): bool {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    code == 0x231a ||
    code == 0x231b ||
    code == 0x2329 ||
    code == 0x232a ||
    (code >= 0x23e9 && code <= 0x23ec) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0x4dbf) ||
    (code >= 0x4e00 && code <= 0xa4cf) ||
    (code >= 0xa960 && code <= 0xa97c) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff01 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1f64f) ||
    (code >= 0x1f680 && code <= 0x1f6ff) ||
    (code >= 0x1f900 && code <= 0x1f9ff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
