// Regular expressions, basic and extended, on bytes that are UTF-8 where they are text.
// Source: POSIX.1-2017 chapter 9, regcomp(), regexec().
//
//   const regex = compileRegex(pattern, byteLength(pattern), RegexFlag.extended);   // null: regexErrorMessage()
//   if (searchRegex(regex, text, length, 0, matches, 10, 0)) …   // pairs of i64 at matches: begin and end, or -1
//   freeRegex(regex);
//
// Rules: a match is the leftmost, and of those the longest; subexpressions match as regcomp() says. Time is
// proportional to the text unless the pattern has back references. The text may contain any byte. A search from an
// offset above 0 sees what stands before it: ^ does not match there. Not for several threads.
// The parts are in regex/: parse (pattern to tree), program (tree to instructions), automaton (tables, for speed),
// simulate (all paths at once), submatch, backtrack (back references).

import {
  Automaton,
  firstBytes,
  firstEnd,
  freeAutomaton,
  longestEnd,
  makeAutomaton,
  NO_MEMORY,
  steps,
} from './regex/automaton';
import { hasBit } from './regex/bits';
import { searchByTrying } from './regex/backtrack';
import { Arena, arenaFree } from './arena';
import { Node } from './regex/node';
import { parsedGroups, parsedReferences, parseError, parseRegex, RegexError } from './regex/parse';
import { emitProgram, freeProgram, Program } from './regex/program';
import {
  isBoundary,
  matchEnd,
  matchStart,
  searchLongest,
  setText,
  text as searchedText,
} from './regex/simulate';
import { findSubmatches } from './regex/submatch';
import { allocate, free } from './malloc';

/** What a pattern is. */
export const enum RegexFlag {
  basic = 0,
  extended = 1,
  ignoreCase = 2,
  /** Lines within the text: ^ and $ match at newlines; . and [^…] still match a newline. */
  lines = 4,
}

/** How a text is searched. */
export const enum SearchFlag {
  /** The text does not begin, or end, a line: ^ or $ does not match there. */
  notBegin = 1,
  notEnd = 2,
}

@unmanaged
@final
export class Regex {
  /** How many subexpressions the pattern has. */
  groups: i32;
  flags: u32;
  hasReferences: bool;
  root: Node | null;
  arena: Arena;
  program: Program;
  /** Made when subexpressions are asked for. */
  backward: Program | null;
  anywhere: Automaton | null;
  anchored: Automaton | null;
  /** A map of the bytes with which a match begins; 0 when that is no help. */
  first: usize;
  firstMap: usize;
}

let lastError: i32 = RegexError.none;

/** Null when the pattern is wrong, see regexErrorMessage(). */
export function compileRegex(pattern: usize, length: usize, flags: u32): Regex | null {
  lastError = RegexError.noMemory;
  const made = allocate<Regex>();
  const arena = allocate<Arena>();
  const program = allocate<Program>();
  const map = changetype<usize>(allocate<FirstMap>());
  if (!made || !arena || !program || !map) return null;
  const regex: Regex = made;
  regex.arena = arena;
  regex.program = program;
  regex.firstMap = map;
  regex.flags = flags;
  const folds = (flags & RegexFlag.ignoreCase) != 0;
  const root = parseRegex(pattern, length, (flags & RegexFlag.extended) != 0, folds, arena);
  lastError = parseError();
  if (root && !prepare(regex, root, folds)) lastError = RegexError.noMemory;
  if (lastError != RegexError.none) {
    freeRegex(regex);
    return null;
  }
  return regex;
}

/** 256 bits. */
@unmanaged
@final
class FirstMap {
  a: u64;
  b: u64;
  c: u64;
  d: u64;
}

function prepare(regex: Regex, root: Node, folds: bool): bool {
  regex.root = root;
  regex.groups = parsedGroups();
  regex.hasReferences = parsedReferences();
  if (!emitProgram(regex.program, root, regex.groups, false, folds, regex.arena)) return false;
  if (regex.hasReferences) return true;
  const anchored = makeAutomaton(regex.program, false);
  regex.anchored = anchored;
  if (!anchored) return false;
  if (firstBytes(anchored, regex.firstMap)) regex.first = regex.firstMap;
  if (regex.program.needsContext || regex.flags & RegexFlag.lines) return true;
  regex.anywhere = makeAutomaton(regex.program, true);
  return regex.anywhere != null;
}

export function freeRegex(regex: Regex | null): void {
  if (!regex) return;
  freeAutomaton(regex.anywhere);
  freeAutomaton(regex.anchored);
  freeProgram(regex.program);
  free(changetype<usize>(regex.program));
  const backward = regex.backward;
  if (backward) {
    freeProgram(backward);
    free(changetype<usize>(backward));
  }
  arenaFree(regex.arena);
  free(changetype<usize>(regex.arena));
  free(regex.firstMap);
  free(changetype<usize>(regex));
}

/**
 * Looks for a match in `length` bytes at `text` that begins at offset `from` or later. Fills `count` pairs of i64 at
 * `matches` with offsets: the whole match, then the subexpressions; -1 for those that took no part. With a count of 0
 * it only says whether there is one, which is faster. `flags`: SearchFlag.
 */
export function searchRegex(
  regex: Regex,
  text: usize,
  length: usize,
  from: usize,
  matches: usize,
  count: u32,
  flags: u32,
): bool {
  setText(
    text,
    length,
    (flags & SearchFlag.notBegin) == 0,
    (flags & SearchFlag.notEnd) == 0,
    (regex.flags & RegexFlag.lines) != 0,
  );
  if (regex.hasReferences) {
    return searchByTrying(regex.program, from, (regex.flags & RegexFlag.ignoreCase) != 0, matches, count);
  }
  if (!search(regex, from, length, count)) return false;
  if (!count) return true;
  for (let i: u32 = 1; i < count; i++) {
    store<i64>(matches + ((<usize>i) << 4), -1);
    store<i64>(matches + ((<usize>i) << 4), -1, 8);
  }
  const start = foundStart;
  const end = foundEnd;
  store<i64>(matches, start);
  store<i64>(matches, end, 8);
  return count == 1 || !regex.groups || subexpressions(regex, start, end, matches, count);
}

let foundStart: usize = 0;
let foundEnd: usize = 0;

function search(regex: Regex, from: usize, length: usize, count: u32): bool {
  const anywhere = regex.anywhere;
  // At the begin of an empty text ^ and $ match in any order.
  if (!anywhere || !length) return searchSlowly(regex, from);
  const end = firstEnd(anywhere, from);
  if (end == NO_MEMORY) return searchSlowly(regex, from);
  if (end < 0) return false;
  return !count || locate(regex, from, length, <usize>end);
}

function searchSlowly(regex: Regex, from: usize): bool {
  if (!searchLongest(regex.program, from, regex.first)) return false;
  foundStart = matchStart;
  foundEnd = matchEnd;
  return true;
}

/**
 * A match exists and ends at `end` at the earliest. Tries where it may begin with the tables; when that takes much
 * longer than the text is, following all paths at once is faster.
 */
function locate(regex: Regex, from: usize, length: usize, end: usize): bool {
  const anchored = regex.anchored;
  if (!anchored) return false;
  let budget: usize = (length - from) * 4 + 256;
  const text = searchedText;
  for (let start = from; start <= end; start++) {
    if (!isBoundary(start)) continue;
    if (regex.first) {
      if (start >= length) break;
      const byte = load<u8>(text + start);
      if (!hasBit(regex.first, byte)) continue;
    }
    const stop = longestEnd(anchored, start);
    if (stop >= 0) {
      foundStart = start;
      foundEnd = <usize>stop;
      return true;
    }
    if (stop == NO_MEMORY || steps > budget) return searchSlowly(regex, start);
    budget -= steps;
  }
  return searchSlowly(regex, from);
}

function subexpressions(regex: Regex, start: usize, end: usize, matches: usize, count: u32): bool {
  const root = regex.root;
  if (!root) return false;
  if (!regex.backward) {
    const made = allocate<Program>();
    if (!made) return false;
    regex.backward = made;
    if (!emitProgram(made, root, 0, true, (regex.flags & RegexFlag.ignoreCase) != 0, regex.arena))
      return false;
  }
  const backward = regex.backward;
  return backward != null && findSubmatches(root, regex.program, backward, start, end, matches, count);
}

/** Why the last compileRegex() failed. */
export function regexError(): i32 {
  return lastError;
}

export function regexErrorMessage(): string {
  switch (lastError) {
    case RegexError.badCollating:
      return 'invalid collation character';
    case RegexError.badClass:
      return 'invalid character class name';
    case RegexError.trailingBackslash:
      return 'trailing backslash';
    case RegexError.badReference:
      return 'invalid back reference';
    case RegexError.openBracket:
      return 'unmatched [, [^, [:, [., or [=';
    case RegexError.openParenthesis:
      return 'unmatched ( or )';
    case RegexError.openBrace:
      return 'unmatched {';
    case RegexError.badInterval:
      return 'invalid content of {}';
    case RegexError.badRange:
      return 'invalid range end';
    case RegexError.noMemory:
      return 'memory exhausted';
    case RegexError.badRepeat:
      return 'invalid preceding regular expression';
    default:
      return 'invalid regular expression';
  }
}
