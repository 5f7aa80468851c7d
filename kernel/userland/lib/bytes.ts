// Byte strings: what the system calls take. A byte string is the address of bytes that end with a 0 byte; UTF-8 where
// it is text.
//
// Rules: nothing here allocates, except duplicate*(), whose result the caller frees. An address of 0 is not a string.

import { malloc } from './malloc';

/** Bytes before the terminating 0. */
export function byteLength(at: usize): usize {
  let end = at;
  while (load<u8>(end)) end++;
  return end - at;
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
  for (const end = at + size; at < end; at++) {
    if (load<u8>(at) == byte) return at;
  }
  return 0;
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
