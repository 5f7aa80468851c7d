// Sorting an array of 64-bit values: runs by insertion, then merging from the bottom up through a second array.
//
// Rules: stable; n log n comparisons. Without memory for the second array it sorts by insertion alone. Source: D. Knuth,
// The Art of Computer Programming, 5.2.4, algorithm S (straight two-way merge sort).

import { free, malloc } from './malloc';

const RUN: usize = 8;

/** Sorts `count` values at `values`; compare() is negative when `a` belongs before `b`. */
export function mergeSort(values: usize, count: usize, compare: (a: usize, b: usize) => i32): void {
  const other = count > RUN ? malloc(count << 3) : 0;
  const run = other ? RUN : count;
  for (let start: usize = 0; start < count; start += run) {
    insertionSort(values + (start << 3), min<usize>(run, count - start), compare);
    if (!other) return;
  }
  if (!other) return;
  let from = values;
  let to = other;
  for (let width = RUN; width < count; width <<= 1) {
    for (let start: usize = 0; start < count; start += width << 1) {
      const middle = min<usize>(start + width, count);
      const end = min<usize>(middle + width, count);
      merge(from + (start << 3), from + (middle << 3), from + (end << 3), to + (start << 3), compare);
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  if (from != values) memory.copy(values, from, count << 3);
  free(other);
}

/** Merges what stands from `left` to `right` with what stands from there to `end`. */
function merge(left: usize, right: usize, end: usize, to: usize, compare: (a: usize, b: usize) => i32): void {
  const middle = right;
  // What is in order already, as much of what people sort is, costs one comparison.
  if (right == end || compare(load<usize>(right), load<usize>(right - 8)) >= 0) {
    memory.copy(to, left, end - left);
    return;
  }
  while (left < middle && right < end) {
    if (compare(load<usize>(right), load<usize>(left)) < 0) {
      store<usize>(to, load<usize>(right));
      right += 8;
    } else {
      store<usize>(to, load<usize>(left));
      left += 8;
    }
    to += 8;
  }
  memory.copy(to, left, middle - left);
  memory.copy(to + (middle - left), right, end - right);
}

function insertionSort(values: usize, count: usize, compare: (a: usize, b: usize) => i32): void {
  for (let i: usize = 1; i < count; i++) {
    const value = load<usize>(values + (i << 3));
    let at = values + (i << 3);
    for (; at > values && compare(value, load<usize>(at - 8)) < 0; at -= 8)
      store<usize>(at, load<usize>(at - 8));
    store<usize>(at, value);
  }
}
