// Memory for programs: boundary tags, one list of free chunks for each size class, neighbours merged when freed.
//
// Rules: malloc() and calloc() return 0 when there is no memory; the result is 16-byte aligned. Who receives memory
// frees it with free(), once. Chunks of MAP_THRESHOLD and more come from mmap and go back when freed; the rest come
// from brk (lib/heap.ts), and the top goes back too. Not for several threads.
// Source: D. Knuth, The Art of Computer Programming, 2.5, exercise 12 and algorithm C (boundary tags).

import { heapGrow, heapShrink, mapPages, unmapPages } from './heap';

/** The last chunk of a region is a sentinel: in use, size 0. `head` is the size with flags; sizes include the tag. */
@unmanaged
@final
class Chunk {
  /** Size of the chunk before this one; valid only while that one is free. */
  previousSize: usize;
  head: usize;
  /** Links of the free list; the caller's memory starts here in a chunk that is in use. */
  next: Chunk | null;
  previous: Chunk | null;
}

const IN_USE: usize = 1;
const PREVIOUS_IN_USE: usize = 2;
const MAPPED: usize = 4;
const FLAGS: usize = 15;
const TAG: usize = 16;
const MINIMUM: usize = 32;
const MAP_THRESHOLD: usize = 128 * 1024;
const GROW: usize = 64 * 1024;
const LARGEST: usize = 1 << 46;

/** Classes 2–31 hold chunks of exactly class × 16 bytes; class 32 + n holds those of 512 << n up to twice that. */
const CLASSES: usize = 48;
const lists = memory.data(384, 8);

let regionEnd: usize = 0;

/** `size` bytes, not cleared; 0 when there is no memory. A size of 0 is a valid, distinct chunk. */
export function malloc(size: usize): usize {
  if (size > LARGEST) return 0;
  const need = max<usize>((size + TAG + 15) & ~(<usize>15), MINIMUM);
  if (need >= MAP_THRESHOLD) return mapChunk(need);
  let chunk = takeFree(need);
  if (!chunk) {
    if (!grow(need)) return 0;
    chunk = takeFree(need);
    if (!chunk) return 0;
  }
  return changetype<usize>(chunk) + TAG;
}

/** As malloc(), cleared. */
export function calloc(count: usize, size: usize): usize {
  if (size && count > LARGEST / size) return 0;
  const at = malloc(count * size);
  if (at) memory.fill(at, 0, count * size);
  return at;
}

/** A cleared object of an unmanaged class, which the caller frees; null when there is no memory. */
export function allocate<T>(): T | null {
  return changetype<T | null>(calloc(1, offsetof<T>()));
}

/** Grows or shrinks memory of malloc(), moving it if it must. On failure returns 0 and leaves the old memory. */
export function realloc(at: usize, size: usize): usize {
  if (!at) return malloc(size);
  const room = usableSize(at);
  if (size <= room && size >= room / 2) return at;
  const moved = malloc(size);
  if (!moved) return 0;
  memory.copy(moved, at, min<usize>(room, size));
  free(at);
  return moved;
}

/** Gives memory of malloc() back; 0 is allowed. */
export function free(at: usize): void {
  if (!at) return;
  const chunk = changetype<Chunk>(at - TAG);
  const size = chunk.head & ~FLAGS;
  assert((chunk.head & IN_USE) != 0, 'free: not in use');
  if (chunk.head & MAPPED) {
    unmapPages(changetype<usize>(chunk), size);
    return;
  }
  trim(merge(chunk));
}

/** Bytes that the caller may use at `at`: what it asked for, rounded up. */
export function usableSize(at: usize): usize {
  return (changetype<Chunk>(at - TAG).head & ~FLAGS) - TAG;
}

/** For callers that cannot go on: ends the program when `at` is 0. */
export function mustAllocate(at: usize): usize {
  assert(at != 0, 'out of memory');
  return at;
}

/** A cleared object of an unmanaged class, for callers that cannot go on without. */
export function make<T>(): T {
  return changetype<T>(mustAllocate(calloc(1, offsetof<T>())));
}

function after(chunk: Chunk, size: usize): Chunk {
  return changetype<Chunk>(changetype<usize>(chunk) + size);
}

function classOf(size: usize): usize {
  if (size < 512) return size >> 4;
  return min<usize>(32 + (54 - <usize>clz<u64>(<u64>size)), CLASSES - 1);
}

function link(chunk: Chunk, size: usize): void {
  const list = lists + (classOf(size) << 3);
  const first = load<Chunk | null>(list);
  chunk.next = first;
  chunk.previous = null;
  if (first) first.previous = chunk;
  store<Chunk>(list, chunk);
}

function unlink(chunk: Chunk): void {
  const next = chunk.next;
  const previous = chunk.previous;
  if (next) next.previous = previous;
  if (previous) previous.next = next;
  else store<Chunk | null>(lists + (classOf(chunk.head & ~FLAGS) << 3), next);
}

/** Makes a chunk in use a free one, joined with free neighbours; returns the whole. */
function merge(chunk: Chunk): Chunk {
  let size = chunk.head & ~FLAGS;
  const next = after(chunk, size);
  if (!(next.head & IN_USE)) {
    unlink(next);
    size += next.head & ~FLAGS;
  }
  if (!(chunk.head & PREVIOUS_IN_USE)) {
    size += chunk.previousSize;
    chunk = changetype<Chunk>(changetype<usize>(chunk) - chunk.previousSize);
    unlink(chunk);
  }
  release(chunk, size, chunk.head & PREVIOUS_IN_USE);
  return chunk;
}

/** Writes the tags of a free chunk and puts it into its list. */
function release(chunk: Chunk, size: usize, previousFlag: usize): void {
  chunk.head = size | previousFlag;
  const follower = after(chunk, size);
  follower.previousSize = size;
  follower.head &= ~PREVIOUS_IN_USE;
  link(chunk, size);
}

/** Gives most of a large free chunk at the top back to the system. */
function trim(chunk: Chunk): void {
  const size = chunk.head & ~FLAGS;
  const end = after(chunk, size);
  if (size < MAP_THRESHOLD || end.head & ~FLAGS || changetype<usize>(end) + TAG != regionEnd) return;
  const surplus = (size - GROW) & ~(<usize>4095);
  if (!heapShrink(surplus)) return;
  regionEnd -= surplus;
  unlink(chunk);
  after(chunk, size - surplus).head = IN_USE;
  release(chunk, size - surplus, chunk.head & PREVIOUS_IN_USE);
}

/** The first free chunk that is large enough, split; null when there is none. */
function takeFree(need: usize): Chunk | null {
  for (let list = classOf(need); list < CLASSES; list++) {
    let chunk = load<Chunk | null>(lists + (list << 3));
    while (chunk) {
      const size = chunk.head & ~FLAGS;
      if (size >= need) {
        unlink(chunk);
        const flags = (chunk.head & PREVIOUS_IN_USE) | IN_USE;
        if (size - need >= MINIMUM) {
          chunk.head = need | flags;
          release(after(chunk, need), size - need, PREVIOUS_IN_USE);
        } else {
          chunk.head = size | flags;
          after(chunk, size).head |= PREVIOUS_IN_USE;
        }
        return chunk;
      }
      chunk = chunk.next;
    }
  }
  return null;
}

/** More heap: joined to the old top when it is adjacent, a region of its own otherwise. */
function grow(need: usize): bool {
  const size = (need + 2 * TAG + GROW - 1) & ~(GROW - 1);
  const at = heapGrow(size);
  if (!at) return false;
  if (at == regionEnd) {
    const chunk = changetype<Chunk>(at - TAG);
    chunk.head = size | IN_USE | (chunk.head & PREVIOUS_IN_USE);
    regionEnd = at + size;
    after(chunk, size).head = IN_USE | PREVIOUS_IN_USE;
    merge(chunk);
  } else {
    const chunk = changetype<Chunk>(at);
    regionEnd = at + size;
    after(chunk, size - TAG).head = IN_USE | PREVIOUS_IN_USE;
    chunk.head = (size - TAG) | IN_USE | PREVIOUS_IN_USE;
    merge(chunk);
  }
  return true;
}

function mapChunk(need: usize): usize {
  const size = (need + 4095) & ~(<usize>4095);
  const at = mapPages(size);
  if (!at) return 0;
  changetype<Chunk>(at).head = size | IN_USE | MAPPED;
  return at + TAG;
}
