// Memory that is freed as a whole: a list of chunks, for trees whose nodes live and die together.
//
// Rules: nothing taken from an arena is freed alone. An arena that several owners share counts them in `references`
// (arenaRelease); one with a single owner uses arenaFree().

import { calloc, free, mustAllocate } from './malloc';

@unmanaged
@final
export class Arena {
  chunk: usize;
  used: usize;
  capacity: usize;
  references: i32;
}

const CHUNK: usize = 4000;
const LINK: usize = 16;

/** Cleared memory; 0 when there is none. */
export function arenaTake(arena: Arena, size: usize): usize {
  size = (size + 7) & ~(<usize>7);
  if (arena.used + size > arena.capacity) {
    const capacity = max<usize>(size + LINK, CHUNK);
    const chunk = calloc(1, capacity);
    if (!chunk) return 0;
    store<usize>(chunk, arena.chunk);
    arena.chunk = chunk;
    arena.used = LINK;
    arena.capacity = capacity;
  }
  const at = arena.chunk + arena.used;
  arena.used += size;
  return at;
}

/** Gives all memory back; the arena is empty afterwards and can be used again. */
export function arenaFree(arena: Arena): void {
  for (let chunk = arena.chunk; chunk;) {
    const next = load<usize>(chunk);
    free(chunk);
    chunk = next;
  }
  arena.chunk = 0;
  arena.used = 0;
  arena.capacity = 0;
}

/** One owner less; the last one frees memory and arena. */
export function arenaRelease(arena: Arena): void {
  if (--arena.references > 0) return;
  arenaFree(arena);
  free(changetype<usize>(arena));
}

/** A cleared object in the arena; without memory the program ends. */
export function arenaMake<T>(arena: Arena): T {
  return changetype<T>(mustAllocate(arenaTake(arena, offsetof<T>())));
}
