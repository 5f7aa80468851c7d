// The program break: it grows by zeroed pages, keeps what was written, shrinks, and what was given back is gone.

import { brk } from '../lib/memory-map';
import { Signal } from '../lib/signal';
import { check, checkEqual, checkKilled, finish } from '../lib/test';

const SIZE: usize = 1024 * 1024;
let beyond: usize = 0;

function touchBeyond(): i32 {
  atomic.store<u64>(beyond, 1);
  return 0;
}

export function main(): i32 {
  const start = brk(0);
  check(start > 0x1000_0000, 'brk(0)');
  checkEqual(brk(start + SIZE), start + SIZE, 'growing by 1 MiB');
  for (let at = start; at < start + SIZE; at += 4096) {
    check(load<u64>((at + 8) & ~7) == 0, 'a new page is not zero');
    store<u64>((at + 8) & ~7, at);
  }
  for (let at = start; at < start + SIZE; at += 4096) {
    check(load<u64>((at + 8) & ~7) == at, 'a page lost its contents');
  }
  beyond = ((start + SIZE + 4095) & ~4095) + 4096 * 16;
  checkKilled(touchBeyond, Signal.SEGV, 'a page beyond the break');
  checkEqual(brk(start + 8192), start + 8192, 'shrinking');
  check(load<u64>((start + 8) & ~7) == start, 'a page that stays lost its contents');
  beyond = (start + SIZE / 2) & ~4095;
  checkKilled(touchBeyond, Signal.SEGV, 'a page that was given back');
  checkEqual(brk(start + SIZE), start + SIZE, 'growing again');
  check(load<u64>((start + SIZE / 2 + 8) & ~7) == 0, 'a page came back with its old contents');
  checkEqual(brk(0x7fff_ffff_f000), start + SIZE, 'a break that cannot be leaves it where it is');
  checkEqual(brk(8), start + SIZE, 'a break below the start leaves it where it is');
  checkEqual(brk(start), start, 'back to the start');
  return finish('brk', 'Linux brk(2): the new break, or the old one when that is impossible');
}
