// The tree of a parsed command. Source: POSIX 2.9 and 2.10 (shell grammar).
//
// Rules: everything of one complete command lives in one arena. Whoever parses owns a reference to it, and so does each
// function that the command defined: a tree is there for as long as somebody can run it.

import { Arena, arenaMake } from '../lib/arena';
import { Variable } from './variables';

export const enum Kind {
  /** Assignments, words, redirections. */
  simple,
  /** first, first.next, …: a | b | c */
  pipe,
  /** ! left */
  not,
  /** time left (which may be missing) */
  timed,
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
  /** for variable in words; do left; done */
  forLoop,
  /** case words in items esac */
  choice,
  /** name() left */
  definition,
}

@unmanaged
@final
export class Node {
  kind: i32;
  line: i32;
  /** forLoop: whether `in` was there (without it, the positional parameters are meant). */
  hasIn: bool;
  /** pipe: the next command of the pipeline. */
  next: Node | null;
  left: Node | null;
  right: Node | null;
  other: Node | null;
  words: Word | null;
  assignments: Assignment | null;
  redirection: Redirection | null;
  items: CaseItem | null;
  variable: Variable | null;
  /** definition: the function's name. */
  name: usize;
  /** definition: what the function must keep alive. */
  arena: Arena;
}

@unmanaged
@final
export class CaseItem {
  next: CaseItem | null;
  patterns: Word | null;
  /** It ended with ;& : the next item's commands follow. */
  fallsThrough: bool;
  body: Node | null;
}

@unmanaged
@final
export class Assignment {
  next: Assignment | null;
  variable: Variable;
  value: Word;
}

@unmanaged
@final
export class Redirection {
  next: Redirection | null;
  /** A value of Token. */
  operator: i32;
  /** The descriptor that changes. */
  fd: i32;
  /** The file's name or a descriptor's number; of a here-document the text. */
  word: Word;
}

@unmanaged
@final
export class Word {
  next: Word | null;
  first: Part | null;
  /** The whole word when it is the same before and after expansion: its bytes; otherwise 0. */
  plain: usize;
}

export const enum PartKind {
  literal,
  /** ~ or ~text */
  tilde,
  parameter,
  command,
  arithmetic,
}

/** What stands behind a parameter's name. `colon` tells := from =. */
export const enum Modifier {
  none,
  /** ${#x} */
  length,
  /** - */
  use,
  /** = */
  assign,
  /** ? */
  complain,
  /** + */
  replace,
  /** # ## % %% */
  prefix,
  longPrefix,
  suffix,
  longSuffix,
  /** What is none of these: an error when it is expanded. */
  bad,
}

@unmanaged
@final
export class Part {
  next: Part | null;
  kind: i32;
  quoted: bool;
  colon: bool;
  /** literal: there are unquoted * ? [ in it. */
  pattern: bool;
  /** The character of a special parameter; 0 for others. */
  special: u8;
  modifier: i32;
  /** The number of a positional parameter; -1 for others. */
  index: i32;
  text: usize;
  length: usize;
  variable: Variable | null;
  word: Word | null;
  node: Node | null;
}

export function makeNode(arena: Arena, kind: i32, left: Node | null, right: Node | null, line: i32): Node {
  const node = arenaMake<Node>(arena);
  node.kind = kind;
  node.left = left;
  node.right = right;
  node.line = line;
  node.arena = arena;
  return node;
}
