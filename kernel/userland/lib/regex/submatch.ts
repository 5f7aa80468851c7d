// What the subexpressions of a match matched. Source: POSIX regcomp() and 9.1: each subexpression, from left to
// right, takes the longest string that lets the whole still match; the null string counts as longer than none.
//
// How: the whole match is known. For the parts of a sequence, a run of the forward program over the first part tells
// where it can end, a run of the backward program over the rest tells where that can begin; the largest position in
// both is the end of the first part. So each level of the tree costs time in proportion to the text.

import { free, calloc } from '../malloc';
import { hasBit } from './bits';
import { Node, NodeKind, UNBOUNDED } from './node';
import { Program } from './program';
import { reachBackward, reachForward } from './simulate';

let forward: Program = changetype<Program>(<usize>0);
let backward: Program = changetype<Program>(<usize>0);
/** Pairs of i64 for each subexpression, -1 where it took no part; those from `limit` on are not wanted. */
let matches: usize = 0;
let limit: u32 = 0;
let failed = false;

/** Fills pairs 1… of `to`; false when there is no memory. */
export function findSubmatches(
  root: Node,
  forwardProgram: Program,
  backwardProgram: Program,
  start: usize,
  end: usize,
  to: usize,
  count: u32,
): bool {
  forward = forwardProgram;
  backward = backwardProgram;
  matches = to;
  limit = count;
  failed = false;
  visit(root, start, end);
  return !failed;
}

function setMatch(index: u32, start: i64, end: i64): void {
  if (index >= limit) return;
  store<i64>(matches + ((<usize>index) << 4), start);
  store<i64>(matches + ((<usize>index) << 4), end, 8);
}

/** Subexpressions in the node took no part. */
function forget(node: Node | null): void {
  if (!node || !node.hasGroups) return;
  if (node.kind == NodeKind.group) setMatch(node.code, -1, -1);
  let child = node.first;
  while (child) {
    forget(child);
    child = child.next;
  }
}

function visit(node: Node, start: usize, end: usize): void {
  if (!node.hasGroups || failed) return;
  const child = node.first;
  if (!child) return;
  if (node.kind == NodeKind.group) {
    setMatch(node.code, start, end);
    visit(child, start, end);
  } else if (node.kind == NodeKind.sequence) visitSequence(node, start, end);
  else if (node.kind == NodeKind.alternation) visitAlternation(child, start, end);
  else if (node.kind == NodeKind.repeat) visitRepeat(node, child, start, end);
}

function isFixed(node: Node): bool {
  return node.minimum == node.maximum;
}

function visitSequence(node: Node, start: usize, end: usize): void {
  let last: Node = changetype<Node>(node);
  let item = node.first;
  while (item) {
    last = item;
    item = item.next;
  }
  let position = start;
  item = node.first;
  while (item && !failed) {
    const rest = item.next;
    const stop = rest ? endOfFirst(item, rest, last, position, end) : end;
    visit(item, position, stop);
    position = stop;
    item = rest;
  }
}

/** Where the first part of a sequence ends that as a whole takes start to end. */
function endOfFirst(item: Node, rest: Node, last: Node, start: usize, end: usize): usize {
  if (isFixed(item)) return start + <usize>item.minimum;
  let fixed = true;
  let size: usize = 0;
  let each: Node | null = rest;
  while (each) {
    fixed = fixed && isFixed(each);
    size += <usize>each.minimum;
    each = each.next;
  }
  if (fixed) return end - size;
  return meet(item, last.backStart, rest.backEnd, start, end);
}

/** The largest position where `item`, begun at `start`, can end and the backward code, begun at `end`, arrives. */
function meet(item: Node, from: i32, to: i32, start: usize, end: usize): usize {
  const size = ((end - start) >> 3) + 1;
  const maps = calloc(2, size);
  if (!maps) {
    failed = true;
    return start;
  }
  const other = maps + size;
  failed =
    !reachForward(forward, item.start, item.end, start, end, maps) ||
    !reachBackward(backward, from, to, end, start, other);
  const best = largestCommon(maps, other, start, end);
  free(maps);
  return best;
}

function largestCommon(ends: usize, begins: usize, start: usize, end: usize): usize {
  for (let position = end; position > start; position--) {
    if (hasBit(ends, position - start) && hasBit(begins, end - position)) return position;
  }
  return start;
}

function visitAlternation(first: Node, start: usize, end: usize): void {
  let item: Node | null = first;
  let taken = false;
  while (item) {
    if (!taken && (!item.next || matchesWhole(item, start, end))) {
      taken = true;
      visit(item, start, end);
    } else forget(item);
    item = item.next;
  }
}

/** Whether the item can take exactly start to end. */
function matchesWhole(item: Node, start: usize, end: usize): bool {
  const size = end - start;
  if (size < <usize>item.minimum) return false;
  if (item.maximum != UNBOUNDED && size > <usize>item.maximum) return false;
  const map = calloc(1, (size >> 3) + 1);
  if (!map) {
    failed = true;
    return false;
  }
  failed = !reachForward(forward, item.start, item.end, start, end, map);
  const whole = hasBit(map, size);
  free(map);
  return whole;
}

function visitRepeat(node: Node, child: Node, start: usize, end: usize): void {
  if (node.max == 0) {
    forget(child);
    return;
  }
  if (start == end) {
    forget(child);
    if (node.min > 0 || matchesWhole(child, start, end)) visit(child, start, end);
    return;
  }
  if (isFixed(child) && child.minimum) {
    // Only the last turn counts.
    forget(child);
    visit(child, end - <usize>child.minimum, end);
    return;
  }
  let position = start;
  let turns = 0;
  // Where the rest can begin, once it is the same after every turn.
  let begins: usize = 0;
  while (position < end && !failed) {
    turns++;
    let stop: usize;
    if (node.max == UNBOUNDED && turns >= node.min) {
      if (!begins) begins = beginsOfRest(node, turns, position, end);
      if (!begins) break;
      stop = endOfTurn(child, begins, position, end);
    } else {
      if (turns == node.max) stop = end;
      else {
        const each = beginsOfRest(node, turns, position, end);
        if (!each) break;
        stop = endOfTurn(child, each, position, end);
        free(each);
      }
    }
    if (stop == position) break;
    forget(child);
    visit(child, position, stop);
    position = stop;
  }
  free(begins);
  if (turns < node.min && !failed) {
    forget(child);
    visit(child, end, end);
  }
}

/** A map, to free, of where the turns after `turns` of them can begin; 0 when there is no memory. */
function beginsOfRest(node: Node, turns: i32, start: usize, end: usize): usize {
  const map = calloc(1, ((end - start) >> 3) + 1);
  const optional = node.max == UNBOUNDED ? 0 : max<i32>(turns - node.min, 0);
  const obligatory = max<i32>(node.min - turns, 0);
  const from = load<i32>(node.optional + ((<usize>optional) << 2));
  const to = load<i32>(node.obligatory + ((<usize>obligatory) << 2));
  if (!map || !reachBackward(backward, from, to, end, start, map)) {
    failed = true;
    free(map);
    return 0;
  }
  return map;
}

function endOfTurn(child: Node, begins: usize, start: usize, end: usize): usize {
  const ends = calloc(1, ((end - start) >> 3) + 1);
  if (!ends || !reachForward(forward, child.start, child.end, start, end, ends)) {
    failed = true;
    free(ends);
    return start;
  }
  const best = largestCommon(ends, begins, start, end);
  free(ends);
  return best;
}
