// A growing run of bytes, always terminated by a 0.
//
// Rules: the owner calls freeBuffer(), or takeBytes() to keep the contents. `at` moves when the buffer grows. Running
// out of memory ends the program: these are lines and words, not data.

import { byteLength } from './bytes';
import { free, mustAllocate, realloc } from './malloc';

@unmanaged
@final
export class Buffer {
  at: usize;
  length: usize;
  capacity: usize;

  byte(byte: u8): void {
    this.insert(this.length, byte);
  }

  range(from: usize, size: usize): void {
    this.reserve(size);
    memory.copy(this.at + this.length, from, size);
    this.length += size;
    store<u8>(this.at + this.length, 0);
  }

  bytes(from: usize): void {
    this.range(from, byteLength(from));
  }

  /** Puts a byte before the one at `index`. */
  insert(index: usize, byte: u8): void {
    this.reserve(1);
    memory.copy(this.at + index + 1, this.at + index, this.length - index);
    store<u8>(this.at + index, byte);
    store<u8>(this.at + ++this.length, 0);
  }

  /** Removes `size` bytes from `index` on. */
  remove(index: usize, size: usize): void {
    memory.copy(this.at + index, this.at + index + size, this.length - index - size);
    this.length -= size;
    store<u8>(this.at + this.length, 0);
  }

  clear(): void {
    this.reserve(0);
    this.length = 0;
    store<u8>(this.at, 0);
  }

  /** Room for `more` bytes and the terminator. */
  private reserve(more: usize): void {
    const need = this.length + more + 1;
    if (need <= this.capacity) return;
    this.capacity = max<usize>(this.capacity * 2, need + 31);
    this.at = mustAllocate(realloc(this.at, this.capacity));
  }
}

/** The contents as a byte string that the caller frees; the buffer is empty afterwards. */
export function takeBytes(buffer: Buffer): usize {
  if (!buffer.at) buffer.clear();
  const bytes = buffer.at;
  buffer.at = 0;
  buffer.length = 0;
  buffer.capacity = 0;
  return bytes;
}

export function freeBuffer(buffer: Buffer): void {
  free(takeBytes(buffer));
}
