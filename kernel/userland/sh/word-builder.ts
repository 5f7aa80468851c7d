// A word while it is read: the list of its parts, and the literal text that is not a part yet.
//
// Rules: startParts(), then put() and addPart() in any order, then endParts(). What reads a word inside a word keeps
// firstPart and lastPart and puts them back with setParts(); the text has been made a part before (flushRun()).

import { arenaMake, arenaTake } from '../lib/arena';
import { Buffer } from '../lib/buffer';
import { make, mustAllocate } from '../lib/malloc';
import { Part, PartKind, Word } from './ast';
import { hasPattern } from './pattern';
import { stackCopy, stackTake } from './stack';
import { arena } from './syntax';

/** The text of the literal part that is being read; a reader may use it for bytes that become no literal. */
export const run = make<Buffer>();
let runQuoted = false;
let runPattern = false;
/** The list of parts that is being built. */
export let firstPart: Part | null = null;
export let lastPart: Part | null = null;

export function setParts(first: Part | null, last: Part | null): void {
  firstPart = first;
  lastPart = last;
}

export function startParts(): void {
  firstPart = null;
  lastPart = null;
  run.clear();
  runPattern = false;
}

export function addPart(partKind: i32, quoted: bool): Part {
  flushRun();
  const part = arenaMake<Part>(arena);
  part.kind = partKind;
  part.quoted = quoted;
  part.index = -1;
  const last = lastPart;
  if (last) last.next = part;
  else firstPart = part;
  lastPart = part;
  return part;
}

export function arenaBytes(from: usize, length: usize): usize {
  const at = mustAllocate(arenaTake(arena, length + 1));
  memory.copy(at, from, length);
  return at;
}

export function flushRun(): void {
  if (!run.length) return;
  const length = run.length;
  const text = arenaBytes(run.at, length);
  const hasPattern = runPattern;
  const quoted = runQuoted;
  run.clear();
  runPattern = false;
  const part = addPart(PartKind.literal, quoted);
  part.text = text;
  part.length = length;
  part.pattern = hasPattern;
}

export function put(byte: i32, quoted: bool): void {
  if (quoted != runQuoted) {
    flushRun();
    runQuoted = quoted;
  }
  if (!quoted && (byte == 0x2a || byte == 0x3f || byte == 0x5b || byte == 0x5c)) runPattern = true;
  run.byte(<u8>byte);
}

export function endParts(): Word {
  flushRun();
  const word = arenaMake<Word>(arena);
  const first = firstPart;
  word.first = first;
  if (first && !first.next && first.kind == PartKind.literal && !first.quoted) {
    if (first.pattern && !hasPattern(first.text)) first.pattern = false;
    if (!first.pattern) word.plain = first.text;
  }
  return word;
}

/** All there is of a word that is being read. */
@unmanaged
@final
export class BuilderState {
  first: Part | null;
  last: Part | null;
  text: usize;
  length: usize;
  quoted: bool;
  pattern: bool;
}

/** For what is read in the middle of a word: the state, on the stack of stack.ts. */
export function keepBuilder(): BuilderState {
  const state = changetype<BuilderState>(stackTake(offsetof<BuilderState>()));
  state.first = firstPart;
  state.last = lastPart;
  state.length = run.length;
  state.text = stackCopy(run.at, run.length);
  state.quoted = runQuoted;
  state.pattern = runPattern;
  return state;
}

export function putBackBuilder(state: BuilderState): void {
  setParts(state.first, state.last);
  run.clear();
  run.range(state.text, state.length);
  runQuoted = state.quoted;
  runPattern = state.pattern;
}
