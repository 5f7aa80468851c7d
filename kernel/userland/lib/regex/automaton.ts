// A deterministic automaton that is built from a program while it runs: one table look-up for each byte of the text.
// Source: A. Aho, J. Hopcroft, J. Ullman, The Design and Analysis of Computer Algorithms, 9.2; R. Cox (program.ts).
//
// Rules: it knows nothing of words and of lines within the text (Program.needsContext). Its states are a cache that is
// emptied when it grows beyond CACHE_LIMIT. A state is a set of instructions that wait for a byte or for the end.

import { calloc, free, malloc } from '../malloc';
import { setBit } from './bits';
import { Instruction, instruction, Op, Program } from './program';
import { beginsLine, endsLine, takes, text, textLength } from './simulate';

/** `next`, one address for each class of bytes, and then the instructions, follow it in memory. */
@unmanaged
@final
class State {
  hashNext: State | null;
  chain: State | null;
  count: i32;
  accepts: bool;
  /** 0: not known yet, 1: no, 2: yes. */
  acceptsAtEnd: u8;
  /** No byte leads to a match any more. */
  dead: bool;
}

const STATE_SIZE: usize = 32;
const BUCKETS: usize = 256;
const CACHE_LIMIT: usize = 1 << 20;

@unmanaged
@final
export class Automaton {
  program: Program;
  /** Matches may begin anywhere. */
  anywhere: bool;
  classCount: i32;
  /** Class of each byte. */
  classes: usize;
  /** One byte of each class. */
  samples: usize;
  /** Hash table of states. */
  table: usize;
  all: State | null;
  bytes: usize;
  /** The set under construction: an u8 for each instruction, a stack, and a list. */
  member: usize;
  stack: usize;
  scratch: usize;
  /** The states before anything has been read, at the begin of a line and elsewhere. */
  atBegin: State | null;
  elsewhere: State | null;
}

/** Null when there is no memory. */
export function makeAutomaton(program: Program, anywhere: bool): Automaton | null {
  const count = <usize>program.length;
  const made = changetype<Automaton | null>(
    calloc(1, offsetof<Automaton>() + 512 + BUCKETS * 8 + count * 13 + 64),
  );
  if (!made) return null;
  const a: Automaton = made;
  a.program = program;
  a.anywhere = anywhere;
  a.table = changetype<usize>(a) + offsetof<Automaton>();
  a.stack = a.table + BUCKETS * 8;
  a.scratch = a.stack + count * 8 + 32;
  a.member = a.scratch + count * 4;
  a.classes = a.member + count;
  a.samples = a.classes + 256;
  classify(a);
  return a;
}

export function freeAutomaton(a: Automaton | null): void {
  if (!a) return;
  forgetStates(a);
  free(changetype<usize>(a));
}

function forgetStates(a: Automaton): void {
  let state = a.all;
  while (state) {
    const next = state.chain;
    free(changetype<usize>(state));
    state = next;
  }
  a.all = null;
  a.bytes = 0;
  a.atBegin = null;
  a.elsewhere = null;
  memory.fill(a.table, 0, BUCKETS * 8);
}

/** Bytes that no instruction tells apart are one class. */
function classify(a: Automaton): void {
  const edges = memory.data(257);
  memory.fill(edges, 0, 257);
  store<u8>(edges + 0x80, 1);
  store<u8>(edges + 0xc0, 1);
  for (let i = 0; i < a.program.length; i++) {
    const at = instruction(a.program, i);
    if (at.op != Op.range && at.op != Op.set) continue;
    let before = false;
    for (let byte: u32 = 0; byte < 256; byte++) {
      const now = takes(at, <u8>byte);
      if (now != before) store<u8>(edges + byte, 1);
      before = now;
    }
  }
  let kind = 0;
  for (let byte: usize = 0; byte < 256; byte++) {
    if (byte && load<u8>(edges + byte)) kind++;
    if (!byte || load<u8>(edges + byte)) store<u8>(a.samples + <usize>kind, <u8>byte);
    store<u8>(a.classes + byte, <u8>kind);
  }
  a.classCount = kind + 1;
}

/** Adds an instruction and what follows without a byte to the set. */
function follow(a: Automaton, from: i32, atBegin: bool, atEnd: bool): void {
  let top = a.stack;
  store<i32>(top, from);
  top += 4;
  while (top > a.stack) {
    top -= 4;
    const index = load<i32>(top);
    if (load<u8>(a.member + index)) continue;
    store<u8>(a.member + index, 1);
    const at = instruction(a.program, index);
    switch (at.op) {
      case Op.split:
        store<u32>(top, at.x);
        store<u32>(top + 4, at.y);
        top += 8;
        break;
      case Op.jump:
        store<u32>(top, at.x);
        top += 4;
        break;
      case Op.begin:
        if (!atBegin) break;
        store<i32>(top, index + 1);
        top += 4;
        break;
      case Op.end:
        if (!atEnd) break;
        store<i32>(top, index + 1);
        top += 4;
        break;
      case Op.save:
      case Op.mark:
      case Op.progress:
        store<i32>(top, index + 1);
        top += 4;
        break;
      default:
    }
  }
}

function clearSet(a: Automaton): void {
  memory.fill(a.member, 0, <usize>a.program.length);
}

function nextOf(state: State): usize {
  return changetype<usize>(state) + STATE_SIZE;
}

function instructionsOf(a: Automaton, state: State): usize {
  return nextOf(state) + ((<usize>a.classCount) << 3);
}

/** The state of the set; null when there is no memory. */
function stateOfSet(a: Automaton): State | null {
  const list = a.scratch;
  let count: i32 = 0;
  let hash: u32 = 0;
  let accepts = false;
  for (let i = 0; i < a.program.length; i++) {
    if (!load<u8>(a.member + i)) continue;
    const op = instruction(a.program, i).op;
    if (op == Op.match) accepts = true;
    if (op != Op.range && op != Op.set && op != Op.end && op != Op.match) continue;
    store<i32>(list + ((<usize>count) << 2), i);
    count++;
    hash = hash * 31 + <u32>i;
  }
  const bucket = a.table + <usize>((hash ^ (hash >> 8)) & 255) * 8;
  let known = load<State | null>(bucket);
  while (known) {
    if (known.count == count && memory.compare(instructionsOf(a, known), list, (<usize>count) << 2) == 0)
      return known;
    known = known.hashNext;
  }
  const size = STATE_SIZE + ((<usize>a.classCount) << 3) + ((<usize>count) << 2);
  const made = changetype<State | null>(calloc(1, size));
  if (!made) return null;
  const state: State = made;
  state.count = count;
  state.accepts = accepts;
  memory.copy(instructionsOf(a, state), list, (<usize>count) << 2);
  state.hashNext = load<State | null>(bucket);
  store<State>(bucket, state);
  state.chain = a.all;
  a.all = state;
  a.bytes += size;
  if (!count) state.dead = !a.anywhere || startIsHopeless(a);
  return state;
}

/** Whether a match cannot begin after the begin of the text: ^ stands in the way. */
function startIsHopeless(a: Automaton): bool {
  clearSet(a);
  follow(a, 0, false, true);
  for (let i = 0; i < a.program.length; i++) {
    if (!load<u8>(a.member + i)) continue;
    const op = instruction(a.program, i).op;
    if (op == Op.range || op == Op.set || op == Op.match) return false;
  }
  return true;
}

function initialState(a: Automaton, atBegin: bool): State | null {
  const known = atBegin ? a.atBegin : a.elsewhere;
  if (known) return known;
  clearSet(a);
  follow(a, 0, atBegin, false);
  const state = stateOfSet(a);
  if (atBegin) a.atBegin = state;
  else a.elsewhere = state;
  return state;
}

/** The state after a byte of the class; null when there is no memory. */
function advance(a: Automaton, state: State, kind: usize): State | null {
  const byte = load<u8>(a.samples + kind);
  clearSet(a);
  const code = instructionsOf(a, state);
  for (let i = 0; i < state.count; i++) {
    const index = load<i32>(code + ((<usize>i) << 2));
    const at = instruction(a.program, index);
    if (takes(at, byte)) follow(a, index + 1, false, false);
  }
  if (a.anywhere && (byte & 0xc0) != 0x80) addBeginners(a, byte);
  if (a.bytes > CACHE_LIMIT) {
    // The set is in `member`: no state is needed any more.
    forgetStates(a);
    return stateOfSet(a);
  }
  const next = stateOfSet(a);
  store<State | null>(nextOf(state) + (kind << 3), next);
  return next;
}

/** What matches that begin with this byte, not at the begin of the text, lead to. */
function addBeginners(a: Automaton, byte: u8): void {
  const start = initialState2(a);
  if (!start) return;
  const code = instructionsOf(a, start);
  for (let i = 0; i < start.count; i++) {
    const index = load<i32>(code + ((<usize>i) << 2));
    if (takes(instruction(a.program, index), byte)) follow(a, index + 1, false, false);
  }
}

/** initialState() elsewhere, while another set is under construction. */
function initialState2(a: Automaton): State | null {
  if (a.elsewhere) return a.elsewhere;
  const size = <usize>a.program.length;
  const kept = malloc(size);
  if (!kept) return null;
  memory.copy(kept, a.member, size);
  const state = initialState(a, false);
  memory.copy(a.member, kept, size);
  free(kept);
  return state;
}

function acceptsAtEnd(a: Automaton, state: State): bool {
  if (state.accepts) return true;
  if (!endsLine) return false;
  if (!state.acceptsAtEnd) {
    clearSet(a);
    const code = instructionsOf(a, state);
    for (let i = 0; i < state.count; i++) follow(a, load<i32>(code + ((<usize>i) << 2)), false, true);
    if (a.anywhere) follow(a, 0, false, true);
    state.acceptsAtEnd = load<u8>(a.member + a.program.length - 1) ? 2 : 1;
  }
  return state.acceptsAtEnd == 2;
}

/** What a run returns when there is no match, and when there is no memory to go on. */
export const NO_MATCH: i64 = -1;
export const NO_MEMORY: i64 = -2;

/** Where the match ends that ends first. */
export function firstEnd(a: Automaton, from: usize): i64 {
  let found = initialState(a, from == 0 && beginsLine);
  if (!found) return NO_MEMORY;
  let state: State = found;
  for (let at = text + from, end = text + textLength; at < end; at++) {
    if (state.accepts) return at - text;
    const kind = <usize>load<u8>(a.classes + load<u8>(at));
    found = load<State | null>(nextOf(state) + (kind << 3));
    if (!found) found = advance(a, state, kind);
    if (!found) return NO_MEMORY;
    state = found;
    if (state.dead) return NO_MATCH;
  }
  return acceptsAtEnd(a, state) ? textLength : NO_MATCH;
}

/** Bytes that the last longestEnd() looked at. */
export let steps: usize = 0;

/** Where the longest match ends that begins at `from`. */
export function longestEnd(a: Automaton, from: usize): i64 {
  let found = initialState(a, from == 0 && beginsLine);
  if (!found) return NO_MEMORY;
  let state: State = found;
  let longest: i64 = NO_MATCH;
  let position = from;
  for (; position < textLength; position++) {
    if (state.accepts) longest = position;
    if (state.dead) break;
    const kind = <usize>load<u8>(a.classes + load<u8>(text + position));
    found = load<State | null>(nextOf(state) + (kind << 3));
    if (!found) found = advance(a, state, kind);
    if (!found) return NO_MEMORY;
    state = found;
  }
  steps = position - from + 1;
  if (position == textLength && acceptsAtEnd(a, state)) longest = textLength;
  return longest;
}

/** Sets the bits of the bytes with which a match can begin; false when it can be empty, or begin with any. */
export function firstBytes(a: Automaton, map: usize): bool {
  clearSet(a);
  follow(a, 0, true, true);
  for (let i = 0; i < a.program.length; i++) {
    if (!load<u8>(a.member + i)) continue;
    const at: Instruction = instruction(a.program, i);
    if (at.op == Op.match || at.op == Op.reference || (at.op >= Op.wordBegin && at.op <= Op.wordInside))
      return false;
    if (at.op != Op.range && at.op != Op.set) continue;
    for (let byte: u32 = 0; byte < 256; byte++) {
      if (takes(at, <u8>byte)) setBit(map, byte);
    }
  }
  return true;
}
