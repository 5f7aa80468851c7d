// String literals as byte strings. Literals are UTF-16 objects with a fixed address; a system call needs bytes. Each
// literal is converted once and kept.
//
// Rules: pass literals only (their address is the key); the result is valid for ever and never freed.

import { malloc, mustAllocate } from './malloc';
import { utf8Encode, utf8Length } from './utf8';

@unmanaged
@final
class Entry {
  next: Entry | null;
  text: usize;
  bytes: usize;
}

const BUCKETS: usize = 64;
const buckets = memory.data(512, 8);

/** The byte string of a literal. */
export function literal(text: string): usize {
  const key = changetype<usize>(text);
  const bucket = buckets + (((key >> 4) & (BUCKETS - 1)) << 3);
  let entry = load<Entry | null>(bucket);
  while (entry) {
    if (entry.text == key) return entry.bytes;
    entry = entry.next;
  }
  const size = utf8Length(text);
  const made = changetype<Entry>(mustAllocate(malloc(offsetof<Entry>())));
  made.bytes = mustAllocate(malloc(size + 1));
  store<u8>(utf8Encode(text, made.bytes), 0);
  made.text = key;
  made.next = load<Entry | null>(bucket);
  store<Entry>(bucket, made);
  return made.bytes;
}
