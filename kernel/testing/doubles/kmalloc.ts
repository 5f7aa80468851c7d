/**
 * Stands in for mm/kmalloc.ts in unit tests: zeroed memory, poison on free, a count of live blocks so that a
 * test sees a leak, and exhaustion on demand so that every -ENOMEM path can be walked.
 */
const HEADER: usize = 16;
const POISON: u8 = 0xde;
const CLASSES: usize = 28;

/** One free list per power of two. */
const freeLists = memory.data(28 * 8, 8);
let top: usize = 0;
let live: i32 = 0;
let allowed: i32 = -1;

/** Blocks that were allocated and not freed. */
export function kmallocLive(): i32 {
  return live;
}

/** After `count` more allocations every further one fails; -1: never. */
export function kmallocFailAfter(count: i32): void {
  allowed = count;
}

export function kmalloc(size: usize): usize {
  if (allowed == 0) return 0;
  if (allowed > 0) allowed--;
  let order: usize = 4;
  while ((<usize>1) << order < size + HEADER) order++;
  if (order >= CLASSES) return 0;
  const list = freeLists + order * 8;
  let block = load<usize>(list);
  if (block != 0) {
    store<usize>(list, load<usize>(block, 8));
  } else {
    if (top == 0) top = (<usize>memory.grow(1)) << 16;
    block = top;
    top += (<usize>1) << order;
    const end = (<usize>memory.size()) << 16;
    if (top > end) memory.grow(<i32>((top - end + 0xffff) >> 16));
  }
  store<usize>(block, order);
  memory.fill(block + HEADER, 0, ((<usize>1) << order) - HEADER);
  live++;
  return block + HEADER;
}

export function kfree(pointer: usize): void {
  if (pointer == 0) return;
  const block = pointer - HEADER;
  const order = load<usize>(block);
  assert(order >= 4 && order < CLASSES, 'kfree of what kmalloc did not give');
  memory.fill(pointer, POISON, ((<usize>1) << order) - HEADER);
  const list = freeLists + order * 8;
  store<usize>(block, load<usize>(list), 8);
  store<usize>(list, block);
  store<usize>(block, 0); // a second kfree of it fails the assertion above
  live--;
}

export function alloc<T>(): T {
  return changetype<T>(kmalloc(offsetof<T>()));
}
