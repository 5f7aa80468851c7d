// A growing array of addresses (or other 64-bit values), with sorting.
//
// Rules: the list owns its array, not what the values point at: freeList() frees the array, freeListDeep() also each
// value. append() is false when there is no memory.

import { free, realloc } from './malloc';
import { mergeSort } from './merge-sort';

@unmanaged
@final
export class List {
  values: usize;
  length: i32;
  capacity: i32;

  get(index: i32): usize {
    return load<usize>(this.values + ((<usize>index) << 3));
  }

  set(index: i32, value: usize): void {
    store<usize>(this.values + ((<usize>index) << 3), value);
  }

  append(value: usize): bool {
    if (this.length + 1 >= this.capacity) {
      const capacity = this.capacity * 2 + 8;
      const values = realloc(this.values, (<usize>capacity) << 3);
      if (!values) return false;
      this.values = values;
      this.capacity = capacity;
    }
    this.set(this.length++, value);
    // A 0 behind the last value: an argument vector for exec.
    this.set(this.length, 0);
    return true;
  }

  /** Removes and returns the value at `index`; those behind it move up. */
  removeAt(index: i32): usize {
    const value = this.get(index);
    const at = this.values + ((<usize>index) << 3);
    memory.copy(at, at + 8, (<usize>(this.length - index)) << 3);
    this.length--;
    return value;
  }

  /** Stable. */
  sort(compare: (a: usize, b: usize) => i32): void {
    mergeSort(this.values, <usize>this.length, compare);
  }
}

/** Frees the array; the list is empty afterwards and can be used again. */
export function freeList(list: List): void {
  free(list.values);
  list.values = 0;
  list.length = 0;
  list.capacity = 0;
}

export function freeListDeep(list: List): void {
  for (let i = 0; i < list.length; i++) free(list.get(i));
  freeList(list);
}
