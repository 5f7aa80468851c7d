// Memory for what a command needs while it runs: words, argument vectors. It is taken from the top and given back in
// one step.
//
// Rules: `const mark = stackMark(); …; stackRelease(mark)`. What lies above the mark is gone then. Marks nest.

import { free, malloc, mustAllocate } from '../lib/malloc';

const CHUNK: usize = 32768;

/** Header of a chunk: the chunk below, its own end. */
let chunk: usize = 0;
let top: usize = 0;
let end: usize = 0;

export function stackMark(): usize {
  if (!chunk) grow(0);
  return top;
}

/** Memory that is not cleared, aligned to 8 bytes. */
export function stackTake(size: usize): usize {
  size = (size + 7) & ~(<usize>7);
  if (top + size > end) grow(size);
  const at = top;
  top += size;
  return at;
}

function grow(size: usize): void {
  const capacity = max<usize>(size + 64, CHUNK);
  const fresh = mustAllocate(malloc(capacity));
  store<usize>(fresh, chunk);
  store<usize>(fresh, end, 8);
  chunk = fresh;
  top = fresh + 32;
  end = fresh + capacity;
}

export function stackRelease(mark: usize): void {
  while (chunk && (mark < chunk || mark > end)) {
    const below = load<usize>(chunk);
    end = load<usize>(chunk, 8);
    free(chunk);
    chunk = below;
  }
  top = mark;
}

/** A copy of `size` bytes with a 0 behind it. */
export function stackCopy(from: usize, size: usize): usize {
  const at = stackTake(size + 1);
  memory.copy(at, from, size);
  store<u8>(at + size, 0);
  return at;
}
