// Matching with back references, which no automaton can: all ways are tried, and the longest match is kept.
//
// Rules: the time can grow exponentially with the pattern; expressions without back references never come here.

import { free, malloc, realloc } from '../malloc';
import { instruction, Op, Program } from './program';
import { holds, isBoundary, takes, text, textLength } from './simulate';
import { characterAt, characterLength, otherCase } from './characters';

/** Positions of subexpressions and loops, i64 each; then the best of them so far. */
let slots: usize = 0;
let best: usize = 0;
/** What to try when this way fails: pairs of i64. First ≥ 0: instruction and position; else ~slot and its old value. */
let stack: usize = 0;
let depth: usize = 0;
let capacity: usize = 0;
let noMemory = false;
let folds = false;

function push(a: i64, b: i64): void {
  if (depth == capacity) {
    const larger = realloc(stack, (capacity * 2 + 64) << 4);
    if (!larger) {
      noMemory = true;
      return;
    }
    stack = larger;
    capacity = capacity * 2 + 64;
  }
  store<i64>(stack + (depth << 4), a);
  store<i64>(stack + (depth++ << 4), b, 8);
}

function slot(index: usize): i64 {
  return load<i64>(slots + (index << 3));
}

function setSlot(index: usize, value: i64): void {
  push(~(<i64>index), slot(index));
  store<i64>(slots + (index << 3), value);
}

/**
 * The leftmost longest match from `from` on: fills `count` pairs at `matches`. False when there is none, or no memory.
 */
export function searchByTrying(
  program: Program,
  from: usize,
  ignoreCase: bool,
  matches: usize,
  count: u32,
): bool {
  folds = ignoreCase;
  const size = (<usize>program.slots) << 3;
  slots = malloc(size * 2);
  if (!slots) return false;
  best = slots + size;
  noMemory = false;
  let found = false;
  for (let start = from; start <= textLength && !found && !noMemory; start++) {
    if (!isBoundary(start)) continue;
    memory.fill(slots, 0xff, size);
    found = tryAt(program, start, size);
    if (!found) continue;
    for (let i: u32 = 0; i < count; i++) {
      const used = i * 2 + 1 < <u32>program.slots;
      const begin = used ? load<i64>(best + ((<usize>i) << 4)) : -1;
      const end = used ? load<i64>(best + ((<usize>i) << 4), 8) : -1;
      store<i64>(matches + ((<usize>i) << 4), end < 0 ? -1 : begin);
      store<i64>(matches + ((<usize>i) << 4), end, 8);
    }
  }
  free(slots);
  free(stack);
  stack = 0;
  capacity = 0;
  return found;
}

function tryAt(program: Program, start: usize, size: usize): bool {
  let found = false;
  depth = 0;
  push(0, start);
  while (depth && !noMemory) {
    depth--;
    const first = load<i64>(stack + (depth << 4));
    const second = load<i64>(stack + (depth << 4), 8);
    if (first < 0) {
      store<i64>(slots + ((<usize>~first) << 3), second);
      continue;
    }
    const end = runFrom(program, <i32>first, <usize>second);
    if (end < 0) continue;
    if (!found || end > load<i64>(best, 8)) {
      memory.copy(best, slots, size);
      store<i64>(best, start);
      store<i64>(best, end, 8);
      found = true;
    }
    if (end == <i64>textLength) break;
  }
  return found;
}

/** Follows one way until it matches (its end) or fails (-1); other ways go onto the stack. */
function runFrom(program: Program, index: i32, position: usize): i64 {
  while (!noMemory) {
    const at = instruction(program, index);
    switch (at.op) {
      case Op.range:
      case Op.set:
        if (position >= textLength || !takes(at, load<u8>(text + position))) return -1;
        position++;
        index++;
        break;
      case Op.split:
        push(at.y, position);
        index = at.x;
        break;
      case Op.jump:
        index = at.x;
        break;
      case Op.save:
      case Op.mark:
        setSlot(at.x, position);
        index++;
        break;
      case Op.progress:
        if (slot(at.x) == <i64>position) return -1;
        index++;
        break;
      case Op.reference: {
        const size = repeated(at.x, position);
        if (size < 0) return -1;
        position += <usize>size;
        index++;
        break;
      }
      case Op.match:
        return position;
      default:
        if (!holds(at.op, position)) return -1;
        index++;
    }
  }
  return -1;
}

/** Bytes of subexpression `index` when they stand at the position as well, or -1. */
function repeated(index: u32, position: usize): i64 {
  const start = slot(<usize>index * 2);
  const end = slot(<usize>index * 2 + 1);
  if (start < 0 || end < start) return -1;
  const size = <usize>(end - start);
  if (position + size > textLength) return -1;
  const from = text + <usize>start;
  if (!folds) return memory.compare(from, text + position, size) == 0 ? size : -1;
  let done: usize = 0;
  while (done < size) {
    const code = characterAt(from + done, from + size);
    const taken = characterLength();
    const other = characterAt(text + position + done, text + textLength);
    if (taken != characterLength() || (code != other && otherCase(code) != other)) return -1;
    done += taken;
  }
  return size;
}
