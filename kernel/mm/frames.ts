/**
 * Physical page frames. Addresses are physical and 0 means out of memory: an allocation never panics, callers return
 * -ENOMEM. Frames are not cleared unless asked. A frame has a reference count, so that copy-on-write can share it.
 *
 * Callable from any context. Giving back what was not handed out is a bug and panics.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { panic } from '../lib/panic';
import {
  FRAME_USED,
  MAX_ORDER,
  buddyAlloc,
  buddyFree,
  buddyFreeFrames,
  frameRecord,
  isManagedFrame,
} from './buddy';
import { PAGE_SHIFT, physToVirt } from './layout';

const lock = memory.data(4, 4);

/** Set at boot: frames that the allocator was given. */
let totalFrames: u64 = 0;

export function setTotalFrames(count: u64): void {
  totalFrames = count;
}

export function totalFrameCount(): u64 {
  return totalFrames;
}

export function freeFrameCount(): u64 {
  const flags = lockIrqSave(lock);
  const count = buddyFreeFrames();
  unlockIrqRestore(lock, flags);
  return count;
}

export function allocFrame(): u64 {
  return allocFrames(0);
}

/** A block of 2^order frames, aligned to its size; `order` at most MAX_ORDER (4 MiB). */
export function allocFrames(order: u32): u64 {
  if (order > MAX_ORDER) return 0;
  const flags = lockIrqSave(lock);
  const frame = buddyAlloc(order);
  unlockIrqRestore(lock, flags);
  return (<u64>frame) << PAGE_SHIFT;
}

export function allocZeroedFrame(): u64 {
  const pa = allocFrames(0);
  if (pa != 0) memory.fill(physToVirt(pa), 0, 4096);
  return pa;
}

export function freeFrame(pa: u64): void {
  frameRelease(pa);
}

/** Gives back what `allocFrames` returned. */
export function freeFrames(pa: u64): void {
  frameRelease(pa);
}

/** One more owner of a frame that is handed out. */
export function frameRetain(pa: u64): void {
  const flags = lockIrqSave(lock);
  checkUsed(pa);
  frameRecord(<u32>(pa >> PAGE_SHIFT)).references++;
  unlockIrqRestore(lock, flags);
}

/** One owner less; the last one gives the block back. */
export function frameRelease(pa: u64): void {
  const flags = lockIrqSave(lock);
  checkUsed(pa);
  const frame = <u32>(pa >> PAGE_SHIFT);
  const record = frameRecord(frame);
  if (--record.references == 0) buddyFree(frame, record.order);
  unlockIrqRestore(lock, flags);
}

export function frameReferences(pa: u64): u32 {
  const flags = lockIrqSave(lock);
  checkUsed(pa);
  const count = frameRecord(<u32>(pa >> PAGE_SHIFT)).references;
  unlockIrqRestore(lock, flags);
  return count;
}

function checkUsed(pa: u64): void {
  const frame = <u32>(pa >> PAGE_SHIFT);
  if ((pa & 4095) != 0 || !isManagedFrame(frame) || frameRecord(frame).state != FRAME_USED) {
    panic('a frame that is not handed out was retained or freed');
  }
}
