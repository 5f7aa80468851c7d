// Byte strings: what the system calls take. A byte string is the address of bytes that end with a 0 byte; UTF-8 where
// it is text.
//
// Rules: nothing here allocates, except duplicate*(), whose result the caller frees. An address of 0 is not a string.

import { malloc } from './malloc';

const ONES: u64 = 0x0101010101010101;
const HIGHS: u64 = 0x8080808080808080;

/** Non-zero when a byte of `word` is 0: the lowest bit that is set is in the first such byte. */
function zeroBytes(word: u64): u64 {
  return (word - ONES) & ~word & HIGHS;
}

/** Bytes before the terminating 0. Reads whole aligned words, which never cross into another page. */
export function byteLength(at: usize): usize {
  let end = at;
  for (; end & 7; end++) if (!load<u8>(end)) return end - at;
  let zeros = zeroBytes(load<u64>(end));
  for (; !zeros; zeros = zeroBytes(load<u64>(end))) end += 8;
  return end + <usize>(ctz<u64>(zeros) >> 3) - at;
}

/** Negative, 0 or positive, by unsigned bytes. */
export function compareBytes(a: usize, b: usize): i32 {
  while (load<u8>(a) && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  return <i32>load<u8>(a) - <i32>load<u8>(b);
}

export function bytesEqual(a: usize, b: usize): bool {
  return compareBytes(a, b) == 0;
}

/** Whether the byte string is the ASCII `text`. */
export function bytesAre(at: usize, text: string): bool {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    if (load<u8>(at + <usize>i) != <u8>text.charCodeAt(i)) return false;
  }
  return load<u8>(at + <usize>length) == 0;
}

/** Whether the byte string begins with the ASCII `prefix`. */
export function bytesStartWith(at: usize, prefix: string): bool {
  const length = prefix.length;
  for (let i = 0; i < length; i++) {
    if (load<u8>(at + <usize>i) != <u8>prefix.charCodeAt(i)) return false;
  }
  return true;
}

/** Address of the first `byte` in the string, 0 when there is none. */
export function findByte(at: usize, byte: u8): usize {
  for (; load<u8>(at); at++) {
    if (load<u8>(at) == byte) return at;
  }
  return 0;
}

/** Address of the last `byte` in the string, 0 when there is none. */
export function findLastByte(at: usize, byte: u8): usize {
  let found: usize = 0;
  for (; load<u8>(at); at++) {
    if (load<u8>(at) == byte) found = at;
  }
  return found;
}

/** Address of `byte` within `size` bytes, 0 when there is none. */
export function findInMemory(at: usize, byte: u8, size: usize): usize {
  const end = at + size;
  for (; at & 7 && at < end; at++) if (load<u8>(at) == byte) return at;
  const pattern = ONES * byte;
  for (; at + 8 <= end; at += 8) {
    const zeros = zeroBytes(load<u64>(at) ^ pattern);
    if (zeros) return at + <usize>(ctz<u64>(zeros) >> 3);
  }
  for (; at < end; at++) if (load<u8>(at) == byte) return at;
  return 0;
}

/** How often `byte` is among `size` bytes. */
export function countInMemory(at: usize, byte: u8, size: usize): usize {
  const end = at + size;
  const pattern = ONES * byte;
  let count: usize = 0;
  for (; at & 7 && at < end; at++) if (load<u8>(at) == byte) count++;
  for (; at + 8 <= end; at += 8) {
    // Exact in each byte (unlike the test above, where a borrow may mark the byte behind a match).
    const word = load<u64>(at) ^ pattern;
    const nonzero = (((word & ~HIGHS) + ~HIGHS) | word) & HIGHS;
    count += <usize>popcnt<u64>(~nonzero & HIGHS);
  }
  for (; at < end; at++) if (load<u8>(at) == byte) count++;
  return count;
}

/** As memcmp(): negative, 0 or positive. */
export function compareMemory(a: usize, b: usize, size: usize): i32 {
  return memory.compare(a, b, size);
}

/** Copies the string with its 0 byte; returns the address of that 0 in the copy. `to` has room for it. */
export function copyBytes(to: usize, from: usize): usize {
  const length = byteLength(from);
  memory.copy(to, from, length + 1);
  return to + length;
}

/** A copy that the caller frees; 0 when there is no memory. */
export function duplicateBytes(from: usize): usize {
  return duplicateRange(from, byteLength(from));
}

/** A copy of `size` bytes with a 0 after them, which the caller frees; 0 when there is no memory. */
export function duplicateRange(from: usize, size: usize): usize {
  const copy = malloc(size + 1);
  if (!copy) return 0;
  memory.copy(copy, from, size);
  store<u8>(copy + size, 0);
  return copy;
}
