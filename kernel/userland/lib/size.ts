// Sizes as people write them on a command line: 10, 4k, 2M, 1GB, 3b, 0x10.
//
// Rules: the whole string must be a size; the result is in sizeValue() when parseSize() returns true. Suffixes: b 512,
// k K KiB 1024, kB KB 1000, and so on for M G T P E; w 2 and c 1 as for dd. Source: POSIX dd, split; the GNU manuals.

import { bytesAre } from './bytes';

let value: i64 = 0;

/** The size in bytes that the last successful parseSize() found. */
export function sizeValue(): i64 {
  return value;
}

/** False for anything else than digits with at most one suffix, and beyond 2^63 - 1. */
export function parseSize(at: usize): bool {
  if (load<u8>(at) < 0x30 || load<u8>(at) > 0x39) return false;
  value = 0;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
    const digit = <i64>load<u8>(at) - 0x30;
    if (value > (i64.MAX_VALUE - digit) / 10) return false;
    value = value * 10 + digit;
  }
  if (!load<u8>(at)) return true;
  const scale = suffixScale(at);
  if (!scale || value > i64.MAX_VALUE / scale) return false;
  value *= scale;
  return true;
}

/** What a suffix multiplies by, 0 when it is none. */
function suffixScale(at: usize): i64 {
  const letter = load<u8>(at);
  if (!load<u8>(at, 1)) {
    if (letter == 0x62) return 512; // b
    if (letter == 0x63) return 1; // c
    if (letter == 0x77) return 2; // w
  }
  const powers = 'KMGTPE';
  const upper = letter & 0xdf;
  for (let i = 0; i < powers.length; i++) {
    if (upper != <u8>powers.charCodeAt(i)) continue;
    const rest = at + 1;
    const decimal = bytesAre(rest, 'B');
    if (load<u8>(rest) && !decimal && !bytesAre(rest, 'iB')) return 0;
    let scale: i64 = 1;
    for (let n = 0; n <= i; n++) scale *= decimal ? 1000 : 1024;
    return scale;
  }
  return 0;
}
