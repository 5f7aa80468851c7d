// Sets of characters: bracket expressions. Source: POSIX 9.3.5.
//
// Rules: startSet(), then addRange()/addClass(), then finishSet() stores ascending, disjoint ranges into a node.

import { Arena, arenaTake } from '../arena';
import { Node, RAW_BYTE } from './node';
import { classRanges, isWideClass, otherCase } from './characters';

/** The last character of Unicode. */
const LAST: u32 = 0x10ffff;
const MAXIMUM: i32 = 2048;
/** Pairs of u32. */
const pairs = memory.data(16384, 8);
const raw = memory.data(256);
let count: i32 = 0;
let full = false;

export function startSet(): void {
  count = 0;
  full = false;
  memory.fill(raw, 0, 256);
}

export function addRange(from: u32, to: u32): void {
  if (from >= RAW_BYTE) {
    for (let code = from; code <= to && code < RAW_BYTE + 256; code++) store<u8>(raw + (code - RAW_BYTE), 1);
    return;
  }
  if (count == MAXIMUM) {
    full = true;
    return;
  }
  const at = pairs + ((<usize>count) << 3);
  count++;
  store<u32>(at, from);
  store<u32>(at, min<u32>(to, LAST), 4);
}

/** A class of characters, or with `not` all others. */
export function addClass(kind: i32): void {
  const ranges = classRanges(kind);
  for (let i = 0, length = ranges.length; i < length; i += 2) {
    addRange(<u32>ranges.charCodeAt(i), <u32>ranges.charCodeAt(i + 1));
  }
  if (!isWideClass(kind)) return;
  addRange(0xaa, 0xaa);
  addRange(0xb5, 0xb5);
  addRange(0xba, 0xba);
  addRange(0xc0, 0xd6);
  addRange(0xd8, 0xf6);
  addRange(0xf8, 0x1fff);
  addRange(0x2c00, 0x2fff);
  addRange(0x3040, 0xd7ff);
  addRange(0xf900, 0xfdff);
  addRange(0x10000, 0x1cfff);
  addRange(0x20000, LAST);
}

/** Adds the other case of every letter; beyond ASCII only for short ranges. */
function foldCase(): void {
  for (let i = 0, known = count; i < known; i++) {
    const from = load<u32>(pairs + ((<usize>i) << 3));
    const to = load<u32>(pairs + ((<usize>i) << 3), 4);
    for (let code = from; code <= to && code < 0x500; code++) {
      const other = otherCase(code);
      if (other != code && (other < from || other > to)) addRange(other, other);
    }
  }
}

function sortPairs(): void {
  for (let i = 1; i < count; i++) {
    const value = load<u64>(pairs + ((<usize>i) << 3));
    let j = i;
    for (; j > 0 && load<u32>(pairs + ((<usize>(j - 1)) << 3)) > <u32>value; j--) {
      store<u64>(pairs + ((<usize>j) << 3), load<u64>(pairs + ((<usize>(j - 1)) << 3)));
    }
    store<u64>(pairs + ((<usize>j) << 3), value);
  }
}

function joinPairs(): void {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const from = load<u32>(pairs + ((<usize>i) << 3));
    const to = load<u32>(pairs + ((<usize>i) << 3), 4);
    const last = pairs + ((<usize>(kept - 1)) << 3);
    if (kept && from <= load<u32>(last, 4) + 1) {
      store<u32>(last, max<u32>(load<u32>(last, 4), to), 4);
    } else {
      store<u32>(pairs + ((<usize>kept) << 3), from);
      store<u32>(pairs + ((<usize>kept) << 3), to, 4);
      kept++;
    }
  }
  count = kept;
}

/** Stores the set, or all other characters, into the node. False when there is no memory, or it has too many ranges. */
export function finishSet(node: Node, arena: Arena, negated: bool, ignoreCase: bool): bool {
  if (ignoreCase) foldCase();
  if (full) return false;
  sortPairs();
  joinPairs();
  const room = arenaTake(arena, (<usize>count + 1) << 3);
  if (!room) return false;
  node.ranges = room;
  node.stray = negated;
  let to: i32 = 0;
  if (!negated) {
    memory.copy(room, pairs, (<usize>count) << 3);
    node.rangeCount = count;
    return addRawBytes(node, arena);
  }
  let next: u32 = 0;
  for (let i = 0; i < count; i++) {
    const from = load<u32>(pairs + ((<usize>i) << 3));
    if (from > next) storePair(room, to++, next, from - 1);
    next = load<u32>(pairs + ((<usize>i) << 3), 4) + 1;
  }
  if (next <= LAST) storePair(room, to++, next, LAST);
  node.rangeCount = to;
  return true;
}

function storePair(room: usize, index: i32, from: u32, to: u32): void {
  store<u32>(room + ((<usize>index) << 3), from);
  store<u32>(room + ((<usize>index) << 3), to, 4);
}

/** Bytes that are no UTF-8 and stand in the set themselves: they go behind the ranges. */
function addRawBytes(node: Node, arena: Arena): bool {
  let extra = 0;
  for (let i: usize = 0; i < 256; i++) extra += load<u8>(raw + i);
  if (!extra) return true;
  const room = arenaTake(arena, (<usize>(node.rangeCount + extra)) << 3);
  if (!room) return false;
  memory.copy(room, node.ranges, (<usize>node.rangeCount) << 3);
  for (let i: u32 = 0; i < 256; i++) {
    if (load<u8>(raw + i)) storePair(room, node.rangeCount++, RAW_BYTE + i, RAW_BYTE + i);
  }
  node.ranges = room;
  return true;
}
