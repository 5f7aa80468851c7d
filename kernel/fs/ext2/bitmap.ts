/** Finding and counting clear bits of ext2's bitmaps, 64 at a time; `other` (0: none) is a second map whose bits count as set. */

/** Bits from `from` up to the end of its word, as one. */
function upwards(from: u32): u64 {
  return u64.MAX_VALUE << (from & 63);
}

function word(map: usize, other: usize, n: u32): u64 {
  const at = <usize>n * 8;
  return other == 0 ? load<u64>(map + at) : load<u64>(map + at) | load<u64>(other + at);
}

/** The first clear bit in [from, end), or `end`. The maps are whole words long. */
export function bitFindClear(map: usize, other: usize, from: u32, end: u32): u32 {
  let at = from;
  while (at < end) {
    const clear = ~word(map, other, at >> 6) & upwards(at);
    if (clear != 0) return min((at & ~63) + <u32>ctz(clear), end);
    at = (at & ~63) + 64;
  }
  return end;
}

/** The first whole byte of clear bits in [from, end), or `end`: room for a run of blocks. */
export function bitFindClearByte(map: usize, other: usize, from: u32, end: u32): u32 {
  let at = (from + 7) & ~7;
  while (at + 8 <= end) {
    const byte = load<u8>(map + (at >> 3)) | (other == 0 ? 0 : load<u8>(other + (at >> 3)));
    if (byte == 0) return at;
    at += 8;
  }
  return end;
}

/** How many bits from `from` on are clear, at most `most`. */
export function bitRunClear(map: usize, other: usize, from: u32, most: u32): u32 {
  let n: u32 = 0;
  while (n < most) {
    const at = from + n;
    const set = word(map, other, at >> 6) & upwards(at);
    if (set != 0) return min(n + <u32>ctz(set) - (at & 63), most);
    n += 64 - (at & 63);
  }
  return most;
}

export function bitIsSet(map: usize, bit: u32): bool {
  return ((<u32>load<u8>(map + (bit >> 3))) & ((<u32>1) << (bit & 7))) != 0;
}

export function bitSet(map: usize, bit: u32): void {
  const at = map + (bit >> 3);
  store<u8>(at, load<u8>(at) | (<u8>((<u32>1) << (bit & 7))));
}

export function bitClear(map: usize, bit: u32): void {
  const at = map + (bit >> 3);
  store<u8>(at, load<u8>(at) & ~(<u8>((<u32>1) << (bit & 7))));
}
