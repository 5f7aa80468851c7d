// The differences of two sequences of numbers: which elements must go and which must come.
//
// Rules: elements are i32; changed[] are bytes, set to 1 for what is not in the common subsequence. Time is O((n + m) D),
// memory O(n + m); when D grows beyond a limit the result is still right, but may not be the shortest.
// Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), the linear-space
// refinement of section 4b; the cut at a limit is the one suggested at its end.

import { free, malloc, mustAllocate } from './malloc';

let a: usize = 0;
let b: usize = 0;
let changedA: usize = 0;
let changedB: usize = 0;
/** Furthest x on each diagonal, forwards and backwards; both addressed at diagonal 0. */
let forward: usize = 0;
let backward: usize = 0;
let limit: i32 = 0;
let splitX: i32 = 0;
let splitY: i32 = 0;

export function compareSequences(
  first: usize,
  firstLength: i32,
  second: usize,
  secondLength: i32,
  firstChanged: usize,
  secondChanged: usize,
): void {
  a = first;
  b = second;
  changedA = firstChanged;
  changedB = secondChanged;
  const diagonals = <usize>(firstLength + secondLength + 3);
  const room = mustAllocate(malloc(diagonals * 8));
  forward = room + ((<usize>(secondLength + 1)) << 2);
  backward = forward + (diagonals << 2);
  limit = 256;
  // About the square root of the work that a quadratic comparison would be.
  for (let n = diagonals; n > 1; n >>= 2) limit <<= 1;
  limit = max<i32>(256, limit >> 6);
  compare(0, firstLength, 0, secondLength);
  free(room);
}

function left(x: i32): i32 {
  return load<i32>(a + ((<usize>x) << 2));
}

function right(y: i32): i32 {
  return load<i32>(b + ((<usize>y) << 2));
}

function get(base: usize, diagonal: i32): i32 {
  return load<i32>(base + <usize>((<isize>diagonal) << 2));
}

function put(base: usize, diagonal: i32, x: i32): void {
  store<i32>(base + <usize>((<isize>diagonal) << 2), x);
}

function compare(fromX: i32, toX: i32, fromY: i32, toY: i32): void {
  while (fromX < toX && fromY < toY && left(fromX) == right(fromY)) {
    fromX++;
    fromY++;
  }
  while (fromX < toX && fromY < toY && left(toX - 1) == right(toY - 1)) {
    toX--;
    toY--;
  }
  if (fromX == toX) {
    memory.fill(changedB + <usize>fromY, 1, <usize>(toY - fromY));
    return;
  }
  if (fromY == toY) {
    memory.fill(changedA + <usize>fromX, 1, <usize>(toX - fromX));
    return;
  }
  findMiddle(fromX, toX, fromY, toY);
  const x = splitX;
  const y = splitY;
  compare(fromX, x, fromY, y);
  compare(x, toX, y, toY);
}

/** A point on a shortest way from one corner to the other: the two searches meet there. */
function findMiddle(fromX: i32, toX: i32, fromY: i32, toY: i32): void {
  const lowest = fromX - toY;
  const highest = toX - fromY;
  const forwardMiddle = fromX - fromY;
  const backwardMiddle = toX - toY;
  let forwardLow = forwardMiddle;
  let forwardHigh = forwardMiddle;
  let backwardLow = backwardMiddle;
  let backwardHigh = backwardMiddle;
  const odd = ((forwardMiddle - backwardMiddle) & 1) != 0;
  put(forward, forwardMiddle, fromX);
  put(backward, backwardMiddle, toX);
  let found = false;
  for (let cost = 1; !found; cost++) {
    if (forwardLow > lowest) put(forward, --forwardLow - 1, -1);
    else forwardLow++;
    if (forwardHigh < highest) put(forward, ++forwardHigh + 1, -1);
    else forwardHigh--;
    for (let d = forwardHigh; d >= forwardLow && !found; d -= 2) {
      const below = get(forward, d - 1);
      const above = get(forward, d + 1);
      let x = below < above ? above : below + 1;
      let y = x - d;
      while (x < toX && y < toY && left(x) == right(y)) {
        x++;
        y++;
      }
      put(forward, d, x);
      if (odd && backwardLow <= d && d <= backwardHigh && get(backward, d) <= x) {
        splitX = x;
        splitY = y;
        found = true;
      }
    }
    if (found) break;
    if (backwardLow > lowest) put(backward, --backwardLow - 1, i32.MAX_VALUE);
    else backwardLow++;
    if (backwardHigh < highest) put(backward, ++backwardHigh + 1, i32.MAX_VALUE);
    else backwardHigh--;
    for (let d = backwardHigh; d >= backwardLow && !found; d -= 2) {
      const below = get(backward, d - 1);
      const above = get(backward, d + 1);
      let x = below < above ? below : above - 1;
      let y = x - d;
      while (x > fromX && y > fromY && left(x - 1) == right(y - 1)) {
        x--;
        y--;
      }
      put(backward, d, x);
      if (!odd && forwardLow <= d && d <= forwardHigh && x <= get(forward, d)) {
        splitX = x;
        splitY = y;
        found = true;
      }
    }
    if (!found && cost >= limit) {
      giveUp(fromX, toX, fromY, toY, forwardLow, forwardHigh, backwardLow, backwardHigh);
      found = true;
    }
  }
}

/** Too expensive: splits where one of the searches has come furthest. */
function giveUp(
  fromX: i32,
  toX: i32,
  fromY: i32,
  toY: i32,
  forwardLow: i32,
  forwardHigh: i32,
  backwardLow: i32,
  backwardHigh: i32,
): void {
  let best = -1;
  let bestX = 0;
  for (let d = forwardHigh; d >= forwardLow; d -= 2) {
    let x = min<i32>(get(forward, d), toX);
    if (x - d > toY) x = toY + d;
    if (x < fromX || x - d < fromY) continue;
    if (x + x - d > best) {
      best = x + x - d;
      bestX = x;
    }
  }
  let least = i32.MAX_VALUE;
  let leastX = 0;
  for (let d = backwardHigh; d >= backwardLow; d -= 2) {
    let x = max<i32>(get(backward, d), fromX);
    if (x - d < fromY) x = fromY + d;
    if (x > toX || x - d > toY) continue;
    if (x + x - d < least) {
      least = x + x - d;
      leastX = x;
    }
  }
  if (toX + toY - least < best - (fromX + fromY)) {
    splitX = bestX;
    splitY = best - bestX;
  } else {
    splitX = leastX;
    splitY = least - leastX;
  }
}
