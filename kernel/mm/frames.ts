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
  FrameRecord,
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

/** Set by reclaim.ts: (frames: u32) => u32 frames that were given back at once, without sleeping. */
let reclaimFunction: u32 = 0;

export function setReclaim(reclaim: (frames: u32) => u32): void {
  reclaimFunction = reclaim.index;
}

/** Has the caches give back about `frames` frames without sleeping; how many they did. Callable under any lock. */
export function reclaimFrames(frames: u32): u32 {
  return reclaimFunction == 0 ? 0 : call_indirect<u32>(reclaimFunction, frames);
}

export function freeFrameCount(): u64 {
  return buddyFreeFrames();
}

export function allocFrame(): u64 {
  return allocFrames(0);
}

/** A block of 2^order frames, aligned to its size; `order` at most MAX_ORDER (4 MiB). */
export function allocFrames(order: u32): u64 {
  let frame = allocFramesOnce(order);
  // Giving back single frames makes a larger block only by chance: a few attempts.
  for (let attempt: u32 = 0; frame == 0 && attempt <= order; attempt++) {
    if (reclaimFrames((<u32>8) << order) == 0) return 0;
    frame = allocFramesOnce(order);
  }
  return frame;
}

/** As allocFrames, without asking the caches: for the heap, whose lock they need to give something back. */
export function allocFramesOnce(order: u32): u64 {
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

function referencesOf(pa: u64): usize {
  return changetype<usize>(frameRecord(<u32>(pa >> PAGE_SHIFT))) + offsetof<FrameRecord>('references');
}

/** One more owner of a frame that is handed out. */
export function frameRetain(pa: u64): void {
  checkUsed(pa);
  atomic.add<u32>(referencesOf(pa), 1);
}

/** One owner less; the last one gives the block back. */
export function frameRelease(pa: u64): void {
  checkUsed(pa);
  if (atomic.sub<u32>(referencesOf(pa), 1) != 1) return;
  const frame = <u32>(pa >> PAGE_SHIFT);
  const flags = lockIrqSave(lock);
  buddyFree(frame, frameRecord(frame).order);
  unlockIrqRestore(lock, flags);
}

export function frameReferences(pa: u64): u32 {
  checkUsed(pa);
  return atomic.load<u32>(referencesOf(pa));
}

function checkUsed(pa: u64): void {
  const frame = <u32>(pa >> PAGE_SHIFT);
  if ((pa & 4095) != 0 || !isManagedFrame(frame) || frameRecord(frame).state != FRAME_USED) {
    panic('a frame that is not handed out was retained or freed');
  }
}
