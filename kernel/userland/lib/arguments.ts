// The argument vector and the auxiliary vector of this process.
//
// Rules: every pointer is into the initial stack: valid for the life of the process, never freed.
// Source: System V ABI, AMD64 supplement, 3.4.1 and 3.4.3.

import { findLastByte } from './bytes';
import { literal } from './literal';

/** Keys of the auxiliary vector. */
export const enum Auxiliary {
  programHeaders = 3,
  pageSize = 6,
  entry = 9,
  random = 25,
  executableName = 31,
}

let count: i32 = 0;
let vector: usize = 0;
let auxiliary: usize = 0;

/** Called once by start.ts. Returns the environment vector. */
export function setInitialStack(stack: usize): usize {
  count = <i32>load<u64>(stack);
  vector = stack + 8;
  const environment = vector + ((<usize>count + 1) << 3);
  auxiliary = environment;
  while (load<usize>(auxiliary)) auxiliary += 8;
  auxiliary += 8;
  return environment;
}

export function argumentCount(): i32 {
  return count;
}

/** Argument `index` as a byte string, 0 beyond the end. */
export function argument(index: i32): usize {
  return index >= 0 && index < count ? load<usize>(vector + ((<usize>index) << 3)) : 0;
}

/** Puts `word` in the place of argument `index`, which exists. */
export function setArgument(index: i32, word: usize): void {
  store<usize>(vector + ((<usize>index) << 3), word);
}

/** The null-terminated array of arguments from `index` on. */
export function argumentVector(index: i32): usize {
  return vector + ((<usize>index) << 3);
}

/** The last component of argument 0, without the `-` of a login shell: what messages start with. */
export function programName(): usize {
  const name = argument(0);
  if (!name || !load<u8>(name)) return literal('?');
  const slash = findLastByte(name, 0x2f);
  const base = slash ? slash + 1 : name;
  return load<u8>(base) == 0x2d ? base + 1 : base;
}

/** The value of `key` in the auxiliary vector, 0 when it is absent. */
export function auxiliaryValue(key: u64): u64 {
  for (let at = auxiliary; load<u64>(at); at += 16) {
    if (load<u64>(at) == key) return load<u64>(at, 8);
  }
  return 0;
}
