// libbreenix' malloc: a random mix of sizes keeps every block intact, and the memory comes back.

import { calloc, free, malloc, realloc, usableSize } from '../lib/malloc';
import { brk } from '../lib/memory-map';
import { check, finish } from '../lib/test';

const SLOTS: usize = 200;
const STEPS: i32 = 3000;
const blocks = memory.data(1600, 8);
const sizes = memory.data(1600, 8);
let seed: u64 = 88172645463325252;

/** Xorshift (G. Marsaglia, 2003). */
function random(): u64 {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

function fill(at: usize, size: usize, slot: usize): void {
  memory.fill(at, <u8>(slot + 1), size);
}

function intact(at: usize, size: usize, slot: usize): bool {
  for (let i: usize = 0; i < size; i++) if (load<u8>(at + i) != <u8>(slot + 1)) return false;
  return true;
}

function randomSize(): usize {
  const kind = random() % 100;
  if (kind == 0) return <usize>(random() % 300000);
  return <usize>(random() % (kind < 50 ? 64 : 4000));
}

export function main(): i32 {
  for (let step = 0; step < STEPS; step++) {
    const slot = <usize>(random() % SLOTS);
    const at = load<usize>(blocks + slot * 8);
    const size = load<usize>(sizes + slot * 8);
    if (at) check(intact(at, size, slot), 'a block was overwritten');
    const fresh = randomSize();
    let made: usize;
    if (at && random() % 3 == 0) {
      made = realloc(at, fresh);
      check(made != 0 && intact(made, min<usize>(size, fresh), slot), 'realloc lost the contents');
    } else {
      free(at);
      made = random() % 8 == 0 ? 0 : malloc(fresh);
    }
    check(!made || (made & 15) == 0, 'a block is not aligned');
    check(!made || usableSize(made) >= fresh, 'a block is too small');
    if (made) fill(made, fresh, slot);
    store<usize>(blocks + slot * 8, made);
    store<usize>(sizes + slot * 8, fresh);
  }
  const grown = brk(0);
  for (let slot: usize = 0; slot < SLOTS; slot++) free(load<usize>(blocks + slot * 8));
  check(brk(0) < grown, 'the heap did not shrink when all was freed');
  const cleared = calloc(100, 100);
  for (let i: usize = 0; i < 10000; i++) check(load<u8>(cleared + i) == 0, 'calloc is not zero');
  check(malloc(usize.MAX_VALUE) == 0 && calloc(usize.MAX_VALUE, 2) == 0, 'an impossible size was granted');
  check(malloc(0) != malloc(0), 'two blocks of size 0 are one');
  return finish('heap', 'lib/malloc.ts');
}
