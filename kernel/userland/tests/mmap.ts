// mmap and munmap of anonymous memory: zeroed, separate, given back; what is refused.

import { Errno } from '../lib/errno';
import { brk, MapFlag, mmap, munmap, Protection } from '../lib/memory-map';
import { Signal } from '../lib/signal';
import { check, checkEqual, checkError, checkKilled, finish } from '../lib/test';

const PRIVATE: u32 = MapFlag.copied | MapFlag.anonymous;
const READ_WRITE: u32 = Protection.read | Protection.write;
let target: usize = 0;

function touch(): i32 {
  atomic.store<u64>(target, 1);
  return 0;
}

function map(size: usize): usize {
  const at = mmap(0, size, READ_WRITE, PRIVATE, -1, 0);
  check(at > 0 && (at & 4095) == 0, 'mmap gave no page');
  return <usize>at;
}

export function main(): i32 {
  const first = map(16 * 4096);
  const second = map(1);
  check(first != second && first > brk(0), 'mappings overlap');
  for (let i: usize = 0; i < 16; i++) {
    check(load<u64>(first + i * 4096 + 4088) == 0, 'a page is not zero');
    store<u64>(first + i * 4096, i);
  }
  // A hole in the middle: both ends stay.
  checkEqual(munmap(first + 4 * 4096, 8 * 4096), 0, 'munmap of the middle');
  check(
    load<u64>(first + 3 * 4096) == 3 && load<u64>(first + 12 * 4096) == 12,
    'the ends lost their contents',
  );
  target = first + 4 * 4096;
  checkKilled(touch, Signal.SEGV, 'the first page of the hole');
  target = first + 11 * 4096;
  checkKilled(touch, Signal.SEGV, 'the last page of the hole');
  checkEqual(munmap(first, 16 * 4096), 0, 'munmap over a hole');
  checkEqual(munmap(second, 4096), 0, 'munmap of one page');
  checkEqual(munmap(second, 4096), 0, 'munmap of nothing');
  // Fixed, at an address of one's own choice.
  const wanted: usize = 0x2000_0000;
  checkEqual(mmap(wanted, 8192, READ_WRITE, PRIVATE | MapFlag.fixed, -1, 0), wanted, 'MAP_FIXED');
  store<u64>(wanted, 5);
  checkEqual(
    mmap(wanted, 4096, READ_WRITE, PRIVATE | MapFlag.fixed, -1, 0),
    wanted,
    'MAP_FIXED over a mapping',
  );
  checkEqual(load<u64>(wanted), 0, 'what was there before is gone');
  checkEqual(munmap(wanted, 8192), 0, 'munmap');
  // A large mapping costs nothing until it is touched.
  const large = mmap(0, 1 << 30, READ_WRITE, PRIVATE, -1, 0);
  check(large > 0 || large == -Errno.NOMEM, 'a mapping of 1 GiB');
  if (large > 0) {
    store<u64>(<usize>large + (1 << 29), 7);
    checkEqual(load<u64>(<usize>large + (1 << 29)), 7, 'a page in the middle of 1 GiB');
    checkEqual(munmap(<usize>large, 1 << 30), 0, 'munmap of 1 GiB');
  }
  checkError(mmap(0, 0, READ_WRITE, PRIVATE, -1, 0), Errno.INVAL, 'a size of 0');
  checkError(mmap(0, 4096, READ_WRITE, MapFlag.anonymous, -1, 0), Errno.INVAL, 'neither private nor shared');
  checkError(mmap(0, 1 << 47, READ_WRITE, PRIVATE, -1, 0), Errno.NOMEM, 'more than there is address space');
  checkError(mmap(0, 4096, READ_WRITE, MapFlag.copied, 99, 0), Errno.BADF, 'a file that is not open');
  checkError(munmap(first + 1, 4096), Errno.INVAL, 'munmap of an unaligned address');
  checkError(munmap(first, 0), Errno.INVAL, 'munmap of nothing at all');
  checkError(munmap(0xffff_8000_0000_0000, 4096), Errno.INVAL, 'munmap of kernel memory');
  return finish('mmap', 'Linux mmap(2), munmap(2)');
}
