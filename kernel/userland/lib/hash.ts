// What the message digests share: input in blocks, and the padding behind it.
//
// Rules: a digest's block() gets the address of one block; state and length belong to the caller of digestFile().
// Source: RFC 1321 3.1-3.2 (MD5); FIPS 180-4, 5.1 (SHA).

import { Errno } from './errno';
import { read } from './file';
import { malloc, mustAllocate } from './malloc';

const CHUNK: usize = 65536;
let buffer: usize = 0;

/** Runs the rest of `fd` through `block`; `size` is 64 or 128. `bigEndian` says how the length stands. Negative errno. */
export function digestFile(fd: i32, size: usize, bigEndian: bool, block: (at: usize) => void): i64 {
  if (!buffer) buffer = mustAllocate(malloc(CHUNK + 256));
  let kept: usize = 0;
  let total: u64 = 0;
  let got: i64;
  do {
    got = read(fd, buffer + kept, CHUNK);
    if (got == -Errno.INTR) continue;
    if (got < 0) return got;
    total += <u64>got;
    const end = buffer + kept + <usize>got;
    let at = buffer;
    for (; at + size <= end; at += size) block(at);
    kept = end - at;
    memory.copy(buffer, at, kept);
  } while (got);
  finishDigest(buffer, kept, size, bigEndian, total, block);
  return 0;
}

/** The last block or two: `kept` bytes at `last`, where there is room for two blocks, and the padding behind them. */
export function finishDigest(
  last: usize,
  kept: usize,
  size: usize,
  bigEndian: bool,
  total: u64,
  block: (at: usize) => void,
): void {
  const lengthSize: usize = size / 8;
  store<u8>(last + kept, 0x80);
  kept++;
  const padded: usize = kept + lengthSize > size ? size * 2 : size;
  memory.fill(last + kept, 0, padded - kept);
  if (bigEndian) store<u64>(last + padded - 8, bswap<u64>(total << 3));
  else store<u64>(last + padded - 8, total << 3);
  for (let at = last; at < last + padded; at += size) block(at);
}
