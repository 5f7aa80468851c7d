// The tree of a parsed command. Source: POSIX 2.9 and 2.10 (shell grammar).
//
// Rules: nodes own everything below them; freeNode() frees it all. Words keep their quotes until they are expanded.

import { List, freeListDeep } from '../lib/list';
import { free, make } from '../lib/malloc';

export const enum Kind {
  /** Words, assignments, redirections. */
  simple,
  /** left | right */
  pipe,
  /** ! left */
  not,
  /** left && right */
  and,
  /** left || right */
  or,
  /** left ; right */
  sequence,
  /** left & */
  background,
  /** ( left ) */
  subshell,
  /** { left; } */
  group,
  /** if left; then right; else other; fi */
  branch,
  /** while left; do right; done */
  whileLoop,
  /** until left; do right; done */
  untilLoop,
  /** for words[0] in words[1…]; do left; done */
  forLoop,
}

@unmanaged
@final
export class Node {
  kind: i32;
  /** For `forLoop`: whether `in` was there (without it, the positional parameters are meant). */
  hasIn: bool;
  left: Node | null;
  right: Node | null;
  other: Node | null;
  words: List | null;
  /** NAME=value words of a simple command. */
  assignments: List | null;
  redirection: Redirection | null;
}

@unmanaged
@final
export class Redirection {
  next: Redirection | null;
  /** Which operator: a value of Token. */
  operator: i32;
  /** The descriptor that changes. */
  fd: i32;
  /** The file's name, or a descriptor's number. */
  word: usize;
}

export function makeNode(kind: i32, left: Node | null, right: Node | null): Node {
  const node = make<Node>();
  node.kind = kind;
  node.left = left;
  node.right = right;
  return node;
}

export function freeNode(node: Node | null): void {
  if (!node) return;
  freeNode(node.left);
  freeNode(node.right);
  freeNode(node.other);
  freeWords(node.words);
  freeWords(node.assignments);
  let redirection = node.redirection;
  while (redirection) {
    const next = redirection.next;
    free(redirection.word);
    free(changetype<usize>(redirection));
    redirection = next;
  }
  free(changetype<usize>(node));
}

function freeWords(words: List | null): void {
  if (!words) return;
  freeListDeep(words);
  free(changetype<usize>(words));
}
