/**
 * Timers by when they are due: a pairing heap (Fredman, Sedgewick, Sleator and Tarjan 1986). Adding costs a comparison,
 * taking out logarithmic time on average, and no memory is needed: the links are in the timers.
 *
 * A heap is the address of its first timer, 0 when it is empty; each function returns the new one. No locking here.
 */
@unmanaged
export class Timer {
  /** The first of those below it, the next one beside it, and the one before that: the one above for the first. */
  child: usize;
  next: usize;
  previous: usize;
  dueNs: u64;
  argument: usize;
  callback: u32;
  active: u32;
}

export const TIMER_SIZE: usize = 48;

export function timerHeapAdd(heap: usize, timer: Timer): usize {
  timer.child = 0;
  timer.next = 0;
  timer.previous = 0;
  return heap == 0 ? changetype<usize>(timer) : meld(heap, changetype<usize>(timer));
}

/** `timer` is in the heap. */
export function timerHeapRemove(heap: usize, timer: Timer): usize {
  const below = joinAll(timer.child);
  if (changetype<usize>(timer) == heap) return below;
  const previous = changetype<Timer>(timer.previous);
  if (previous.child == changetype<usize>(timer)) previous.child = timer.next;
  else previous.next = timer.next;
  if (timer.next != 0) changetype<Timer>(timer.next).previous = timer.previous;
  return below == 0 ? heap : meld(heap, below);
}

/** One heap of two that stand alone: the later one becomes the first below the other. */
function meld(a: usize, b: usize): usize {
  let upper = changetype<Timer>(a);
  let lower = changetype<Timer>(b);
  if (lower.dueNs < upper.dueNs) {
    upper = lower;
    lower = changetype<Timer>(a);
  }
  lower.next = upper.child;
  lower.previous = changetype<usize>(upper);
  if (upper.child != 0) changetype<Timer>(upper.child).previous = changetype<usize>(lower);
  upper.child = changetype<usize>(lower);
  return changetype<usize>(upper);
}

/** One heap of those beside each other from `first` on: in pairs, then the pairs from the last to the first. */
function joinAll(first: usize): usize {
  let pairs: usize = 0;
  let at = first;
  while (at != 0) {
    const a = takeOff(at);
    at = a.next;
    a.next = 0;
    let pair = changetype<usize>(a);
    if (at != 0) {
      const b = takeOff(at);
      at = b.next;
      b.next = 0;
      pair = meld(pair, changetype<usize>(b));
    }
    changetype<Timer>(pair).next = pairs;
    pairs = pair;
  }
  let joined: usize = 0;
  while (pairs != 0) {
    const pair = changetype<Timer>(pairs);
    const rest = pair.next;
    pair.next = 0;
    joined = joined == 0 ? pairs : meld(joined, pairs);
    pairs = rest;
  }
  return joined;
}

function takeOff(at: usize): Timer {
  const timer = changetype<Timer>(at);
  timer.previous = 0;
  return timer;
}
