// Running a program on a text by following all its paths at once: time proportional to the length of the text.
//
// Rules: positions are offsets into the text. The text does not end with a 0 byte as far as this is concerned.

import { free, malloc } from '../malloc';
import { hasBit, setBit } from './bits';
import { isWordByte } from './characters';
import { Instruction, instruction, Op, Program } from './program';

/** What is matched, and what stands around it. */
export let text: usize = 0;
export let textLength: usize = 0;
/** The text's beginning and end are beginning and end of a line. */
export let beginsLine = true;
export let endsLine = true;
/** Newlines within the text separate lines. */
let lines = false;

export function setText(at: usize, length: usize, isBegin: bool, isEnd: bool, hasLines: bool): void {
  text = at;
  textLength = length;
  beginsLine = isBegin;
  endsLine = isEnd;
  lines = hasLines;
}

function isWordAt(position: usize): bool {
  return position < textLength && isWordByte(load<u8>(text + position));
}

/** Whether an instruction that takes no byte lets through at the position. */
export function holds(op: i32, position: usize): bool {
  if (op == Op.begin) {
    if (position == 0) return beginsLine;
    return lines && load<u8>(text + position - 1) == 0x0a;
  }
  if (op == Op.end) {
    if (position == textLength) return endsLine;
    return lines && load<u8>(text + position) == 0x0a;
  }
  const before = position > 0 && isWordByte(load<u8>(text + position - 1));
  const after = isWordAt(position);
  if (op == Op.wordBegin) return !before && after;
  if (op == Op.wordEnd) return before && !after;
  if (op == Op.wordEdge) return before != after;
  return before == after;
}

/** Whether the instruction takes the byte. */
export function takes(at: Instruction, byte: u8): bool {
  if (at.op == Op.range) return byte >= at.low && byte <= at.high;
  return at.op == Op.set && hasBit(at.map, byte);
}

/** Whether a match may begin at the position: not inside a character of several bytes. */
export function isBoundary(position: usize): bool {
  if (position == 0 || position >= textLength) return true;
  return (load<u8>(text + position) & 0xc0) != 0x80;
}

/** Two lists of paths: instruction and where the path began; `seen` tells in which turn an instruction was added. */
let room: usize = 0;
let roomFor: i32 = 0;
let seen: usize = 0;
let stack: usize = 0;
let listA: usize = 0;
let listB: usize = 0;
let turn: u32 = 0;

/** False when there is no memory. */
function prepare(size: i32): bool {
  if (size > roomFor) {
    free(room);
    const count = <usize>size + 64;
    // seen 4, stack 8, two lists of 16 bytes.
    room = malloc(count * 44 + 64);
    if (!room) {
      roomFor = 0;
      return false;
    }
    roomFor = size;
    listA = room;
    listB = listA + count * 16;
    stack = listB + count * 16;
    seen = stack + count * 8;
    memory.fill(seen, 0, count * 4);
    turn = 0;
  }
  if (turn > 0xf0000000) {
    memory.fill(seen, 0, <usize>roomFor * 4);
    turn = 0;
  }
  return true;
}

let list: usize = 0;
let count: i32 = 0;
/** The instruction that ends the match; reached: it was in this turn. */
let goal: i32 = 0;
let reached = false;
let reachedStart: usize = 0;

/** Adds the path to the list with all that follows without a byte. */
function follow(program: Program, from: i32, start: usize, position: usize): void {
  let top: usize = stack;
  store<i32>(top, from);
  top += 8;
  while (top > stack) {
    top -= 8;
    const index = load<i32>(top);
    const mark = seen + ((<usize>index) << 2);
    if (load<u32>(mark) == turn) continue;
    store<u32>(mark, turn);
    if (index == goal) {
      if (!reached) reachedStart = start;
      reached = true;
      continue;
    }
    const at = instruction(program, index);
    switch (at.op) {
      case Op.range:
      case Op.set: {
        const entry = list + ((<usize>count) << 4);
        count++;
        store<usize>(entry, changetype<usize>(at));
        store<usize>(entry, start, 8);
        break;
      }
      case Op.split:
        store<u32>(top, at.y);
        store<u32>(top + 8, at.x);
        top += 16;
        break;
      case Op.jump:
        store<u32>(top, at.x);
        top += 8;
        break;
      case Op.save:
      case Op.mark:
      case Op.progress:
        store<i32>(top, index + 1);
        top += 8;
        break;
      case Op.match:
      case Op.reference:
        break;
      default:
        if (holds(at.op, position)) {
          store<i32>(top, index + 1);
          top += 8;
        }
    }
  }
}

export let matchStart: usize = 0;
export let matchEnd: usize = 0;

/**
 * The leftmost longest match that begins at `from` or later: matchStart, matchEnd. False when there is none, or no
 * memory. `firstBytes`: a map of the bytes with which a match can begin, 0 when it may be empty.
 */
export function searchLongest(program: Program, from: usize, firstBytes: usize): bool {
  if (!prepare(program.length)) return false;
  goal = program.length - 1;
  let now = listA;
  let next = listB;
  let active = 0;
  let found = false;
  for (let position = from; position <= textLength; position++) {
    // The paths in `now` have taken all bytes before the position; those that begin here come last.
    list = now;
    count = active;
    if (!active) turn++;
    if (!found && isBoundary(position)) {
      if (!active && firstBytes) {
        while (position < textLength && !hasFirst(firstBytes, position)) position++;
      }
      reached = false;
      if (isBoundary(position)) follow(program, 0, position, position);
      if (reached) {
        found = true;
        matchStart = reachedStart;
        matchEnd = position;
      }
    }
    active = count;
    if ((!active && found) || position >= textLength) break;
    const byte = load<u8>(text + position);
    list = next;
    count = 0;
    turn++;
    reached = false;
    for (let i = 0; i < active; i++) {
      const entry = now + ((<usize>i) << 4);
      const start = load<usize>(entry, 8);
      if (found && start > matchStart) break;
      const at = changetype<Instruction>(load<usize>(entry));
      if (!takes(at, byte)) continue;
      const index = <i32>((changetype<usize>(at) - program.code) / 24);
      follow(program, index + 1, start, position + 1);
    }
    if (reached && (!found || reachedStart <= matchStart)) {
      found = true;
      matchStart = reachedStart;
      matchEnd = position + 1;
    }
    active = count;
    const swap = now;
    now = next;
    next = swap;
  }
  return found;
}

function hasFirst(map: usize, position: usize): bool {
  return hasBit(map, load<u8>(text + position));
}

/**
 * Sets bit i of `reachable` for each position from + i where the code from `start` to `end` can have arrived, having
 * begun at `from`; it goes no further than `limit`. False when there is no memory.
 */
export function reachForward(
  program: Program,
  start: i32,
  end: i32,
  from: usize,
  limit: usize,
  reachable: usize,
): bool {
  if (!prepare(program.length)) return false;
  goal = end;
  let now = listA;
  let next = listB;
  list = now;
  count = 0;
  reached = false;
  turn++;
  follow(program, start, 0, from);
  if (reached) setBit(reachable, 0);
  for (let position = from; position < limit && count; position++) {
    const byte = load<u8>(text + position);
    const active = count;
    step(program, now, next, active, byte, position + 1);
    if (reached) setBit(reachable, position + 1 - from);
    const swap = now;
    now = next;
    next = swap;
  }
  return true;
}

/** As reachForward(), of a backward program: bit i is set when the code, begun at `from`, can be at from - i. */
export function reachBackward(
  program: Program,
  start: i32,
  end: i32,
  from: usize,
  limit: usize,
  reachable: usize,
): bool {
  if (!prepare(program.length)) return false;
  goal = end;
  let now = listA;
  let next = listB;
  list = now;
  count = 0;
  reached = false;
  turn++;
  follow(program, start, 0, from);
  if (reached) setBit(reachable, 0);
  for (let position = from; position > limit && count; position--) {
    const byte = load<u8>(text + position - 1);
    const active = count;
    step(program, now, next, active, byte, position - 1);
    if (reached) setBit(reachable, from - (position - 1));
    const swap = now;
    now = next;
    next = swap;
  }
  return true;
}

function step(program: Program, now: usize, next: usize, active: i32, byte: u8, position: usize): void {
  list = next;
  count = 0;
  reached = false;
  turn++;
  for (let i = 0; i < active; i++) {
    const at = changetype<Instruction>(load<usize>(now + ((<usize>i) << 4)));
    if (takes(at, byte)) follow(program, <i32>((changetype<usize>(at) - program.code) / 24) + 1, 0, position);
  }
}
