// From a tree to instructions of a byte machine. The forward program reads the text from left to right; the backward
// one matches the reversed language from right to left (submatch.ts needs it).
// Source: K. Thompson, "Regular expression search algorithm", CACM 11 (1968); R. Cox, "Regular Expression Matching
// in the Wild" (2010) for UTF-8 as byte ranges.
//
// Rules: a character of several bytes becomes byte ranges in a row, so matching never decodes UTF-8.

import { encodeCodePoint } from '../utf8';
import { free, realloc } from '../malloc';
import { setBit } from './bits';
import { otherCase } from './characters';
import { Arena, arenaTake } from '../arena';
import { Node, NodeKind, RAW_BYTE, UNBOUNDED } from './node';

export const enum Op {
  /** A byte from `low` to `high`. */
  range,
  /** A byte of the bit map at `x`. */
  set,
  /** Go on at `x` and at `y`, `x` preferred. */
  split,
  jump,
  /** Position into slot `x`: 2i begins subexpression i, 2i + 1 ends it. */
  save,
  /** Nothing but the position may stand here. */
  begin,
  end,
  wordBegin,
  wordEnd,
  wordEdge,
  wordInside,
  /** What subexpression `x` matched. */
  reference,
  /** A loop's body begins: position into slot `x`. */
  mark,
  /** A loop's body ends: fails when the position is that of slot `x`. */
  progress,
  match,
}

@unmanaged
@final
export class Instruction {
  op: i32;
  low: u8;
  high: u8;
  x: u32;
  y: u32;
  /** Bit map of 256 bits (Op.set). */
  map: usize;
}

export const INSTRUCTION_SIZE: usize = 24;
const MAXIMUM: i32 = 100000;

@unmanaged
@final
export class Program {
  code: usize;
  length: i32;
  capacity: i32;
  /** Slots for positions: two for each subexpression and the whole, and one for each loop. */
  slots: i32;
  /** \< and the like, or lines within the text: the automaton of dfa.ts cannot. */
  needsContext: bool;
}

let program: Program = changetype<Program>(<usize>0);
let arena: Arena = changetype<Arena>(<usize>0);
let backward = false;
let ignoreCase = false;
let failed = false;

export function instruction(owner: Program, index: i32): Instruction {
  return changetype<Instruction>(owner.code + <usize>index * INSTRUCTION_SIZE);
}

/** Writes the program of the tree. False when it is too large, or there is no memory. */
export function emitProgram(
  to: Program,
  root: Node,
  groups: i32,
  isBackward: bool,
  folds: bool,
  memoryOf: Arena,
): bool {
  program = to;
  arena = memoryOf;
  backward = isBackward;
  ignoreCase = folds;
  failed = false;
  program.slots = (groups + 1) * 2;
  emit(root);
  put(Op.match, 0, 0);
  return !failed;
}

export function freeProgram(owner: Program): void {
  free(owner.code);
  owner.code = 0;
}

function put(op: i32, x: u32, y: u32): i32 {
  if (program.length == program.capacity) {
    const capacity = program.capacity * 2 + 32;
    const code =
      program.length < MAXIMUM && !failed ? realloc(program.code, <usize>capacity * INSTRUCTION_SIZE) : 0;
    if (!code) {
      failed = true;
      program.length = 0;
      return 0;
    }
    program.code = code;
    program.capacity = capacity;
  }
  const index = program.length++;
  const at = instruction(program, index);
  at.op = op;
  at.low = 0;
  at.high = 0;
  at.x = x;
  at.y = y;
  at.map = 0;
  return index;
}

function putRange(low: u32, high: u32): void {
  const at = instruction(program, put(Op.range, 0, 0));
  if (failed) return;
  at.low = <u8>low;
  at.high = <u8>high;
}

/** Lets the instruction at `index` go on at the next one to be written as well. */
function patchX(index: i32): void {
  if (!failed) instruction(program, index).x = program.length;
}

function patchY(index: i32): void {
  if (!failed) instruction(program, index).y = program.length;
}

function emit(node: Node): void {
  if (failed) return;
  if (backward) node.backStart = program.length;
  else node.start = program.length;
  emitKind(node);
  if (backward) node.backEnd = program.length;
  else node.end = program.length;
}

function emitKind(node: Node): void {
  switch (node.kind) {
    case NodeKind.character:
      emitCharacter(node.code);
      return;
    case NodeKind.any:
      emitAny();
      return;
    case NodeKind.bracket:
      emitBracket(node);
      return;
    case NodeKind.sequence:
      emitSequence(node.first);
      return;
    case NodeKind.alternation:
      emitAlternation(node.first);
      return;
    case NodeKind.repeat:
      if (backward) emitBackwardRepeat(node);
      else emitRepeat(node);
      return;
    case NodeKind.group:
      emitGroup(node);
      return;
    case NodeKind.reference:
      put(Op.reference, node.code, 0);
      return;
    case NodeKind.begin:
      put(Op.begin, 0, 0);
      return;
    case NodeKind.end:
      put(Op.end, 0, 0);
      return;
    case NodeKind.wordBegin:
    case NodeKind.wordEnd:
    case NodeKind.wordEdge:
    case NodeKind.wordInside:
      put(Op.wordBegin + node.kind - NodeKind.wordBegin, 0, 0);
      program.needsContext = true;
      return;
    default:
  }
}

function emitSequence(item: Node | null): void {
  if (!item) return;
  if (backward) emitSequence(item.next);
  emit(item);
  if (!backward) emitSequence(item.next);
}

function emitAlternation(item: Node | null): void {
  if (!item) return;
  if (!item.next) {
    emit(item);
    return;
  }
  const split = put(Op.split, program.length + 1, 0);
  emit(item);
  const jump = put(Op.jump, 0, 0);
  patchY(split);
  emitAlternation(item.next);
  patchX(jump);
}

function emitGroup(node: Node): void {
  const child = node.first;
  if (!child) return;
  if (backward) {
    emit(child);
    return;
  }
  put(Op.save, node.code * 2, 0);
  emit(child);
  put(Op.save, node.code * 2 + 1, 0);
}

/** The body again and again, or not at all. */
function emitLoop(child: Node): void {
  const split = put(Op.split, program.length + 1, 0);
  const guarded = child.minimum == 0;
  const slot = guarded ? program.slots++ : 0;
  if (guarded) put(Op.mark, slot, 0);
  emit(child);
  if (guarded) put(Op.progress, slot, 0);
  put(Op.jump, split, 0);
  patchY(split);
}

function emitRepeat(node: Node): void {
  const child = node.first;
  if (!child) return;
  for (let i = 0; i < node.min; i++) emit(child);
  if (node.max == UNBOUNDED) {
    emitLoop(child);
    return;
  }
  let chain: i32 = -1;
  for (let i = node.min; i < node.max && !failed; i++) {
    // The splits are linked by their y until it is known where they leave to.
    chain = put(Op.split, program.length + 1, chain);
    emit(child);
  }
  leaveHere(chain);
}

function leaveHere(chain: i32): void {
  while (chain >= 0 && !failed) {
    const at = instruction(program, chain);
    chain = at.y;
    at.y = program.length;
  }
}

/** Optional copies first, so that what is left after some turns is a contiguous part (submatch.ts). */
function emitBackwardRepeat(node: Node): void {
  const child = node.first;
  if (!child) return;
  const optional = node.max == UNBOUNDED ? 1 : node.max - node.min;
  node.optional = arenaTake(arena, (<usize>optional + 1) << 2);
  node.obligatory = arenaTake(arena, (<usize>node.min + 1) << 2);
  if (!node.optional || !node.obligatory) {
    failed = true;
    return;
  }
  let chain: i32 = -1;
  for (let i = 0; i < optional && !failed; i++) {
    store<i32>(node.optional + ((<usize>i) << 2), program.length);
    if (node.max == UNBOUNDED) emitLoop(child);
    else {
      chain = put(Op.split, program.length + 1, chain);
      emit(child);
    }
  }
  leaveHere(chain);
  store<i32>(node.optional + ((<usize>optional) << 2), program.length);
  for (let i = 0; i < node.min && !failed; i++) {
    store<i32>(node.obligatory + ((<usize>i) << 2), program.length);
    emit(child);
  }
  store<i32>(node.obligatory + ((<usize>node.min) << 2), program.length);
}

const bytes = memory.data(8);

function emitBytes(code: u32): void {
  if (code >= RAW_BYTE) {
    putRange(code - RAW_BYTE, code - RAW_BYTE);
    return;
  }
  const size = encodeCodePoint(code, bytes) - bytes;
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(bytes + (backward ? size - 1 - i : i));
    putRange(byte, byte);
  }
}

function emitCharacter(code: u32): void {
  const other = ignoreCase && code < RAW_BYTE ? otherCase(code) : code;
  if (other == code) {
    emitBytes(code);
    return;
  }
  const split = put(Op.split, program.length + 1, 0);
  emitBytes(code);
  const jump = put(Op.jump, 0, 0);
  patchY(split);
  emitBytes(other);
  patchX(jump);
}

/** What ends an alternative jumps behind the last one: linked by x. */
let jumps: i32 = -1;

function startAlternatives(): void {
  jumps = -1;
}

function beginAlternative(isLast: bool): i32 {
  return isLast ? -1 : put(Op.split, program.length + 1, 0);
}

function endAlternative(split: i32): void {
  if (split < 0) return;
  jumps = put(Op.jump, jumps, 0);
  patchY(split);
}

function endAlternatives(): void {
  while (jumps >= 0 && !failed) {
    const at = instruction(program, jumps);
    jumps = at.x;
    at.x = program.length;
  }
}

function putMap(): usize {
  const map = arenaTake(arena, 32);
  const index = put(Op.set, 0, 0);
  if (!map) failed = true;
  if (!failed) instruction(program, index).map = map;
  return failed ? changetype<usize>(bytes) & 0 : map;
}

function mapAdd(map: usize, from: u32, to: u32): void {
  if (!map) return;
  for (let byte = from; byte <= to; byte++) setBit(map, byte);
}

/** Bytes that begin no character of UTF-8: they count as a character of their own. */
function mapAddStray(map: usize): void {
  mapAdd(map, 0x80, 0xc1);
  mapAdd(map, 0xf5, 0xff);
}

function emitAny(): void {
  startAlternatives();
  let split = beginAlternative(false);
  const map = putMap();
  mapAdd(map, 0, 0x7f);
  mapAddStray(map);
  endAlternative(split);
  split = beginAlternative(false);
  sequence2(0xc2, 0xdf);
  endAlternative(split);
  split = beginAlternative(false);
  sequence3(0xe0, 0xef);
  endAlternative(split);
  if (backward) {
    putRange(0x80, 0xbf);
    putRange(0x80, 0xbf);
    putRange(0x80, 0xbf);
    putRange(0xf0, 0xf4);
  } else {
    putRange(0xf0, 0xf4);
    putRange(0x80, 0xbf);
    putRange(0x80, 0xbf);
    putRange(0x80, 0xbf);
  }
  endAlternatives();
}

function sequence2(low: u32, high: u32): void {
  if (!backward) putRange(low, high);
  putRange(0x80, 0xbf);
  if (backward) putRange(low, high);
}

function sequence3(low: u32, high: u32): void {
  if (!backward) putRange(low, high);
  putRange(0x80, 0xbf);
  putRange(0x80, 0xbf);
  if (backward) putRange(low, high);
}

function emitBracket(node: Node): void {
  startAlternatives();
  let wide = 0;
  for (let i = 0; i < node.rangeCount; i++) {
    const to = load<u32>(node.ranges + ((<usize>i) << 3), 4);
    if (to >= 0x80 && to < RAW_BYTE) wide++;
  }
  const split = beginAlternative(wide == 0);
  const map = putMap();
  if (node.stray) mapAddStray(map);
  for (let i = 0; i < node.rangeCount; i++) {
    const from = load<u32>(node.ranges + ((<usize>i) << 3));
    const to = load<u32>(node.ranges + ((<usize>i) << 3), 4);
    if (from < 0x80) mapAdd(map, from, min<u32>(to, 0x7f));
    else if (from >= RAW_BYTE) mapAdd(map, from - RAW_BYTE, from - RAW_BYTE);
  }
  endAlternative(split);
  for (let i = 0; i < node.rangeCount && wide > 0; i++) {
    const from = load<u32>(node.ranges + ((<usize>i) << 3));
    const to = load<u32>(node.ranges + ((<usize>i) << 3), 4);
    if (to < 0x80 || from >= RAW_BYTE) continue;
    wide--;
    emitWideRange(max<u32>(from, 0x80), to, wide == 0);
  }
  endAlternatives();
}

/** A range beyond ASCII: cut where the length of the characters changes. */
function emitWideRange(from: u32, to: u32, isLast: bool): void {
  if (from < 0x800 && to >= 0x800) {
    emitWideRange(from, 0x7ff, false);
    emitWideRange(0x800, to, isLast);
  } else if (from < 0x10000 && to >= 0x10000) {
    emitWideRange(from, 0xffff, false);
    emitWideRange(0x10000, to, isLast);
  } else emitSameLength(from, to, from < 0x800 ? 2 : from < 0x10000 ? 3 : 4, isLast);
}

/** Characters of `size` bytes: cut until each byte has one range of its own. */
function emitSameLength(from: u32, to: u32, size: i32, isLast: bool): void {
  for (let i = 1; i < size; i++) {
    const low = ((<u32>1) << (6 * i)) - 1;
    if ((from & ~low) == (to & ~low)) continue;
    if ((from & low) != 0) {
      emitSameLength(from, from | low, size, false);
      emitSameLength((from | low) + 1, to, size, isLast);
      return;
    }
    if ((to & low) != low) {
      emitSameLength(from, (to & ~low) - 1, size, false);
      emitSameLength(to & ~low, to, size, isLast);
      return;
    }
  }
  const split = beginAlternative(isLast);
  const last = memory.data(8);
  encodeCodePoint(from, bytes);
  encodeCodePoint(to, last);
  for (let i = 0; i < size; i++) {
    const index = <usize>(backward ? size - 1 - i : i);
    putRange(load<u8>(bytes + index), load<u8>(last + index));
  }
  endAlternative(split);
}
