/**
 * Slab caches: kernel objects of up to 2 KiB in size classes, each class carving blocks of frames into equal objects
 * (Bonwick, "The Slab Allocator", USENIX 1994, without colouring). The free list of a slab runs through the free
 * objects themselves; the slab's own state lies in its first frame's record.
 *
 * No locking: kmalloc.ts holds the heap lock. Empty slabs go back to the frame allocator, one spare a class excepted.
 */
import { FRAME_SLAB, FRAME_TAIL, FRAME_USED, FrameRecord, frameRecord } from './buddy';
import { allocFramesOnce, freeFrames } from './frames';
import { PAGE_SHIFT, physToVirt, virtToPhys } from './layout';

export const SLAB_CLASSES: u32 = 11;
export const SLAB_MAX: usize = 2048;

/** Object size and frame order of each class; 576 is for nodes of radix trees. */
const SIZES: StaticArray<u16> = [16, 32, 64, 96, 128, 192, 256, 512, 576, 1024, 2048];
const ORDERS: StaticArray<u8> = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2];

const NO_OBJECT: u32 = 0xffff;
/** FrameRecord.references of a slab: objects in use (low half), first free object (high half). */
const USED_MASK: u32 = 0xffff;

/** Heads of the lists of slabs with room, by frame number. */
const partial = memory.data(11 * 4, 4);
const empty = memory.data(11 * 4, 4);

export function slabClassOf(size: usize): u32 {
  let index: u32 = 0;
  while (index < SLAB_CLASSES && <usize>SIZES[index] < size) index++;
  return index;
}

export function slabObjectSize(index: u32): usize {
  return SIZES[index];
}

/** 0 when out of memory. */
export function slabAlloc(index: u32): usize {
  let frame = load<u32>(partial + <usize>index * 4);
  if (frame == 0) {
    frame = grow(index);
    if (frame == 0) return 0;
  }
  const record = frameRecord(frame);
  const base = physToVirt((<u64>frame) << PAGE_SHIFT);
  const free = record.references >> 16;
  const used = (record.references & USED_MASK) + 1;
  const object = base + <usize>free * SIZES[index];
  const next = <u32>load<u16>(object);
  record.references = used | (next << 16);
  if (used == 1) store<u32>(empty + <usize>index * 4, load<u32>(empty + <usize>index * 4) - 1);
  if (next == NO_OBJECT) unlink(frame, index);
  return object;
}

/** The first frame of the slab that `object` lies in; 0 when it lies in none. */
export function slabOf(object: usize): u32 {
  const frame = <u32>(virtToPhys(object) >> PAGE_SHIFT);
  const record = frameRecord(frame);
  if (record.state != FRAME_SLAB) return 0;
  return frame & ~((1 << (<u32>ORDERS[record.slabClass])) - 1);
}

export function slabClassOfSlab(frame: u32): u32 {
  return frameRecord(frame).slabClass;
}

/** False when `object` is not the start of an object that is in use. */
export function slabFree(frame: u32, object: usize): bool {
  const record = frameRecord(frame);
  const index = <u32>record.slabClass;
  const size = <usize>SIZES[index];
  const offset = object - physToVirt((<u64>frame) << PAGE_SHIFT);
  const used = record.references & USED_MASK;
  if (offset % size != 0 || used == 0) return false;
  const firstFree = record.references >> 16;
  store<u16>(object, <u16>firstFree);
  record.references = (used - 1) | ((<u32>(offset / size)) << 16);
  if (firstFree == NO_OBJECT) link(frame, index);
  if (used == 1) retire(frame, index, record);
  return true;
}

function retire(frame: u32, index: u32, record: FrameRecord): void {
  const count = empty + <usize>index * 4;
  if (load<u32>(count) == 0) {
    store<u32>(count, 1);
    return;
  }
  unlink(frame, index);
  for (let i: u32 = 1; i < (<u32>1) << ORDERS[index]; i++) frameRecord(frame + i).state = FRAME_TAIL;
  record.state = FRAME_USED;
  record.references = 1;
  record.order = ORDERS[index];
  freeFrames((<u64>frame) << PAGE_SHIFT);
}

function grow(index: u32): u32 {
  const order = <u32>ORDERS[index];
  const pa = allocFramesOnce(order);
  if (pa == 0) return 0;
  const frame = <u32>(pa >> PAGE_SHIFT);
  for (let i: u32 = 0; i < (<u32>1) << order; i++) {
    const record = frameRecord(frame + i);
    record.state = FRAME_SLAB;
    record.slabClass = <u8>index;
  }
  const size = <usize>SIZES[index];
  const base = physToVirt(pa);
  const objects = ((<usize>4096) << order) / size;
  for (let i: usize = 0; i < objects; i++) {
    store<u16>(base + i * size, i + 1 < objects ? <u16>(i + 1) : <u16>NO_OBJECT);
  }
  frameRecord(frame).references = 0;
  link(frame, index);
  store<u32>(empty + <usize>index * 4, load<u32>(empty + <usize>index * 4) + 1);
  return frame;
}

function link(frame: u32, index: u32): void {
  const head = partial + <usize>index * 4;
  const first = load<u32>(head);
  const record = frameRecord(frame);
  record.previous = 0;
  record.next = first;
  if (first != 0) frameRecord(first).previous = frame;
  store<u32>(head, frame);
}

function unlink(frame: u32, index: u32): void {
  const record = frameRecord(frame);
  if (record.previous != 0) frameRecord(record.previous).next = record.next;
  else store<u32>(partial + <usize>index * 4, record.next);
  if (record.next != 0) frameRecord(record.next).previous = record.previous;
}
