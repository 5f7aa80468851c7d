/**
 * Buddy allocator over page frames: blocks of 2^order frames, aligned to their size, split and merged in pairs
 * (Knuth, TAOCP 1 2.5, algorithms R and S). Each frame has a 32-byte record; free lists are links by frame number.
 *
 * No locking and no knowledge of addresses: frames.ts adds both.
 */

export const MAX_ORDER: u32 = 10;

export const FRAME_RESERVED: u8 = 0;
/** First frame of a free block of `order`. */
export const FRAME_FREE: u8 = 1;
/** Handed out. */
export const FRAME_USED: u8 = 2;
/** Part of a slab (slab.ts uses the links and `references`). */
export const FRAME_SLAB: u8 = 3;
/** Inside a block, not its first frame. */
export const FRAME_TAIL: u8 = 4;

@unmanaged
export class FrameRecord {
  /** Neighbours in a list by frame number; frame 0 is never free, so 0 ends a list. */
  next: u32;
  previous: u32;
  references: u32;
  order: u8;
  state: u8;
  /** Size class of a slab. */
  slabClass: u8;
  /** Of a frame that is handed out: what the page cache says of it (mapping.ts). 0 when it was just handed out. */
  flags: u8;
  /** The Mapping whose page it is, 0 for none, and which page. */
  mapping: usize;
  index: u64;
}

export const FRAME_RECORD_SIZE: usize = 32;

const freeHeads = memory.data(11 * 4, 4);
const freeCounts = memory.data(11 * 4, 4);

let table: usize = 0;
let frameLimit: u32 = 0;
let freeFrames: u64 = 0;

/** `memory`: zeroed room for `limit` records. All frames start reserved. */
export function buddyInit(memoryForTable: usize, limit: u32): void {
  table = memoryForTable;
  frameLimit = limit;
  freeFrames = 0;
  memory.fill(freeHeads, 0, 44);
  memory.fill(freeCounts, 0, 44);
}

export function frameRecord(frame: u32): FrameRecord {
  return changetype<FrameRecord>(table + <usize>frame * FRAME_RECORD_SIZE);
}

export function isManagedFrame(frame: u32): bool {
  return frame < frameLimit;
}

/** Hands the reserved frames [first, end) over as free memory, in the largest blocks that fit. */
export function buddyAdd(first: u32, end: u32): void {
  let frame: u32 = first == 0 ? 1 : first;
  const limit = end < frameLimit ? end : frameLimit;
  while (frame < limit) {
    let order = <u32>ctz(frame);
    if (order > MAX_ORDER) order = MAX_ORDER;
    while (frame + (1 << order) > limit) order--;
    buddyFree(frame, order);
    frame += 1 << order;
  }
}

/** First frame of a block of 2^order; 0 when there is none. */
export function buddyAlloc(order: u32): u32 {
  let have = order;
  while (have <= MAX_ORDER && load<u32>(freeHeads + <usize>have * 4) == 0) have++;
  if (have > MAX_ORDER) return 0;
  const frame = load<u32>(freeHeads + <usize>have * 4);
  freeFrames -= (<u64>1) << order;
  listRemove(frame, have);
  while (have > order) {
    have--;
    listInsert(frame + (1 << have), have);
  }
  const record = frameRecord(frame);
  record.state = FRAME_USED;
  record.order = <u8>order;
  record.references = 1;
  record.flags = 0;
  record.mapping = 0;
  for (let i: u32 = 1; i < (<u32>1) << order; i++) frameRecord(frame + i).state = FRAME_TAIL;
  return frame;
}

/** The block must have been handed out with this order (or be reserved memory that is being added). */
export function buddyFree(firstFrame: u32, firstOrder: u32): void {
  freeFrames += (<u64>1) << firstOrder;
  let frame = firstFrame;
  let order = firstOrder;
  while (order < MAX_ORDER) {
    const buddy = frame ^ (1 << order);
    if (buddy >= frameLimit) break;
    const record = frameRecord(buddy);
    if (record.state != FRAME_FREE || record.order != <u8>order) break;
    listRemove(buddy, order);
    frameRecord(buddy).state = FRAME_TAIL;
    frameRecord(frame).state = FRAME_TAIL;
    frame &= ~(1 << order);
    order++;
  }
  listInsert(frame, order);
}

export function buddyFreeBlocks(order: u32): u32 {
  return load<u32>(freeCounts + <usize>order * 4);
}

/** Free frames of all orders. */
export function buddyFreeFrames(): u64 {
  return freeFrames;
}

function listInsert(frame: u32, order: u32): void {
  const head = freeHeads + <usize>order * 4;
  const first = load<u32>(head);
  const record = frameRecord(frame);
  record.state = FRAME_FREE;
  record.order = <u8>order;
  record.references = 0;
  record.previous = 0;
  record.next = first;
  if (first != 0) frameRecord(first).previous = frame;
  store<u32>(head, frame);
  store<u32>(freeCounts + <usize>order * 4, buddyFreeBlocks(order) + 1);
}

function listRemove(frame: u32, order: u32): void {
  const record = frameRecord(frame);
  if (record.previous != 0) frameRecord(record.previous).next = record.next;
  else store<u32>(freeHeads + <usize>order * 4, record.next);
  if (record.next != 0) frameRecord(record.next).previous = record.previous;
  store<u32>(freeCounts + <usize>order * 4, buddyFreeBlocks(order) - 1);
}
