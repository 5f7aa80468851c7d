// The tree of a regular expression, and the memory that it lives in.
//
// Rules: nodes come from the arena of the expression that is being compiled and go with it: nothing frees one alone.

import { calloc, free } from '../malloc';

export const enum NodeKind {
  empty,
  /** One character: `code`. */
  character,
  /** Any character. */
  any,
  /** One character of `ranges`. */
  bracket,
  /** ^ */
  begin,
  /** $ */
  end,
  /** Children one after the other. */
  sequence,
  /** One of the children. */
  alternation,
  /** The child `min` to `max` times. */
  repeat,
  /** Subexpression `index`. */
  group,
  /** What subexpression `index` matched. */
  reference,
  /** \< \> \b \B */
  wordBegin,
  wordEnd,
  wordEdge,
  wordInside,
}

/** `max` and `maximum` without a bound. */
export const UNBOUNDED: i32 = -1;

/** Codes from here on are single bytes that are no UTF-8. */
export const RAW_BYTE: u32 = 0x110000;

@unmanaged
@final
export class Node {
  kind: i32;
  /** Character, or the number of a subexpression. */
  code: u32;
  min: i32;
  max: i32;
  next: Node | null;
  first: Node | null;
  /** Bracket: pairs of u32, first and last character of a range, in ascending order. */
  ranges: usize;
  rangeCount: i32;
  /** Bracket: it also matches bytes that are no UTF-8. */
  stray: bool;
  /** There is a subexpression in it. */
  hasGroups: bool;
  /** Bytes that it matches; `maximum` may be UNBOUNDED. */
  minimum: i32;
  maximum: i32;
  /** Code in the forward program, and in the backward one. */
  start: i32;
  end: i32;
  backStart: i32;
  backEnd: i32;
  /** Repeat, in the backward program: where its obligatory copies end, and where its optional copies begin. */
  obligatory: usize;
  optional: usize;
}

/** Memory that is freed as a whole: a list of chunks. */
@unmanaged
@final
export class Arena {
  chunk: usize;
  used: usize;
  capacity: usize;
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
