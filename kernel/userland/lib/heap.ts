// Where malloc gets pages: the program break, or mmap where there is no break to move.
//
// Rules: sizes are multiples of 4096. Results of 0 (or false) mean that the system refused.

import { Sys, syscall } from './syscall';
import { MapFlag, Protection } from './memory-map';

let top: usize = 0;

/** `size` more bytes, 16-byte aligned, cleared; adjacent to the last result whenever the system allows it. */
export function heapGrow(size: usize): usize {
  if (!top) {
    const start = syscall(Sys.brk, 0);
    top = start > 0 ? (<usize>start + 4095) & ~(<usize>4095) : 0;
  }
  if (top && <usize>syscall(Sys.brk, top + size) == top + size) {
    top += size;
    return top - size;
  }
  return mapPages(size);
}

/** Gives the last `size` bytes of the break back. */
export function heapShrink(size: usize): bool {
  if (!top || <usize>syscall(Sys.brk, top - size) != top - size) return false;
  top -= size;
  return true;
}

/** Anonymous private memory, readable and writable. */
export function mapPages(size: usize): usize {
  const at = syscall(
    Sys.mmap,
    0,
    size,
    Protection.read | Protection.write,
    MapFlag.copied | MapFlag.anonymous,
    <u64>-1,
    0,
  );
  return at > 0 ? <usize>at : 0;
}

export function unmapPages(at: usize, size: usize): void {
  syscall(Sys.munmap, at, size);
}
