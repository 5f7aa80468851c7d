// The tree of a regular expression.
//
// Rules: nodes come from the arena of the expression that is being compiled and go with it: nothing frees one alone.

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
