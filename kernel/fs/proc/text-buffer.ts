/**
 * A text that grows while it is written, for files that are made when they are opened. Running out of memory is
 * remembered, and nothing more is stored.
 */
import { kfree, kmalloc } from '../../mm/kmalloc';

const INITIAL_BYTES: usize = 512;
const SPACE: u8 = 0x20;

@unmanaged
export class TextBuffer {
  bytes: usize;
  length: usize;
  capacity: usize;
  failed: bool;
}

/** null when out of memory. */
export function textCreate(): TextBuffer | null {
  const t = changetype<TextBuffer>(kmalloc(offsetof<TextBuffer>()));
  return changetype<usize>(t) == 0 ? null : t;
}

export function textFree(t: TextBuffer): void {
  kfree(t.bytes);
  kfree(changetype<usize>(t));
}

function reserve(t: TextBuffer, more: usize): bool {
  if (t.failed) return false;
  if (t.length + more <= t.capacity) return true;
  let capacity = max(t.capacity * 2, INITIAL_BYTES);
  while (capacity < t.length + more) capacity *= 2;
  const bytes = kmalloc(capacity);
  if (bytes == 0) {
    t.failed = true;
    return false;
  }
  memory.copy(bytes, t.bytes, t.length);
  kfree(t.bytes);
  t.bytes = bytes;
  t.capacity = capacity;
  return true;
}

export function textByte(t: TextBuffer, byte: u8): void {
  if (!reserve(t, 1)) return;
  store<u8>(t.bytes + t.length, byte);
  t.length++;
}

/** ASCII. */
export function textString(t: TextBuffer, s: string): void {
  for (let i = 0; i < s.length; i++) textByte(t, <u8>s.charCodeAt(i));
}

export function textBytes(t: TextBuffer, bytes: usize, count: usize): void {
  if (!reserve(t, count)) return;
  memory.copy(t.bytes + t.length, bytes, count);
  t.length += count;
}

export function textCString(t: TextBuffer, bytes: usize): void {
  for (let p = bytes; load<u8>(p) != 0; p++) textByte(t, load<u8>(p));
}

export function textUnsigned(t: TextBuffer, value: u64): void {
  if (value >= 10) textUnsigned(t, value / 10);
  textByte(t, <u8>(48 + (value % 10)));
}

export function textSigned(t: TextBuffer, value: i64): void {
  if (value < 0) textByte(t, 0x2d);
  textUnsigned(t, value < 0 ? <u64>-value : <u64>value);
}

/** Right-aligned in `width` columns. */
export function textPadded(t: TextBuffer, value: u64, width: u32): void {
  let digits: u32 = 1;
  for (let v = value; v >= 10; v /= 10) digits++;
  for (; digits < width; digits++) textByte(t, SPACE);
  textUnsigned(t, value);
}

/** Two digits after a point. */
export function textHundredths(t: TextBuffer, hundredths: u64): void {
  textUnsigned(t, hundredths / 100);
  textByte(t, 0x2e);
  textByte(t, <u8>(48 + ((hundredths / 10) % 10)));
  textByte(t, <u8>(48 + (hundredths % 10)));
}
