/**
 * Memory that can be given back: clean pages of the page cache, and what others register as shrinkable.
 *
 * - reclaimNow() never sleeps and takes no lock that it would have to wait for; the frame allocator calls it when it has
 *   nothing left, whatever its caller holds.
 * - makeRoom() is for callers without spinlocks: it has the flusher thread write, unmap and shrink, and waits for that.
 * - The flusher thread (flusher.ts) does the work that sleeps.
 */
import { lockIrqSave, restoreTry, tryLockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { NS_PER_MS, nowNs } from '../sched/clock';
import { WaitQueue, sleepOnUninterruptible, wakeAll } from '../sched/wait-queue';
import { unmapOnePage } from './file-areas';
import { allocFrame, freeFrameCount, setReclaim, totalFrameCount } from './frames';
import { Mapping, PG_DIRTY, PG_LOCKED, PG_REFERENCED, PG_WRITEBACK, cacheLock, recordOf } from './mapping';
import { removePage } from './page-cache';
import { lruLength, lruOldest, lruRotate } from './page-lru';
import { flusherQueue, writeOlderThan } from './writeback';

/** Longest wait for the flusher before the caller looks for itself. */
const ROOM_WAIT_NS: u64 = 500 * NS_PER_MS;
const BATCH: u32 = 64;
const MAX_SHRINKERS: u32 = 8;

const shrinkers = memory.data(8 * 4, 4);
const roomQueue = changetype<WaitQueue>(memory.data(24, 8));
let shrinkerCount: u32 = 0;
let pressure: bool = false;
let passes: u64 = 0;
let running: bool = false;

/** Registers (frames: u32) => u32: gives back about so many frames and answers how many; it may sleep. */
export function registerShrinker(shrink: (frames: u32) => u32): void {
  assert(shrinkerCount < MAX_SHRINKERS, 'too many shrinkers');
  store<u32>(shrinkers + <usize>shrinkerCount * 4, shrink.index);
  shrinkerCount++;
}

/** Free frames below which the flusher begins to give pages back: 1/64 of memory, at least 1 MiB. */
function lowFrames(): u64 {
  return max(totalFrameCount() / 64, <u64>256);
}

/** Frames that programs' pages leave to the kernel: 1/256 of memory, at least 256 KiB. */
export function reservedFrames(): u64 {
  return max(totalFrameCount() / 256, <u64>64);
}

/**
 * A frame for the page cache: 0 when the rest is for the kernel, which needs some to write pages back at all. No sleeping;
 * the caller calls makeRoom() then.
 */
export function cacheFrame(): u64 {
  if (freeFrameCount() < reservedFrames() && reclaimNow(BATCH) == 0) return 0;
  return allocFrame();
}

/** Dirty pages at which a writer has to write: a tenth of memory, at most 16 MiB. */
export function dirtyLimit(): u64 {
  return min(totalFrameCount() / 10, <u64>4096);
}

/** Gives back up to `frames` clean, unmapped pages that were not used lately; how many. */
export function reclaimNow(frames: u32): u32 {
  const flags = tryLockIrqSave(cacheLock());
  if (flags == 0) return 0;
  let done: u32 = 0;
  // Twice around at most: the first look takes the mark of use.
  let left = min(lruLength() * 2, <u64>frames * 16 + 256);
  while (done < frames && left > 0) {
    left--;
    const page = lruOldest();
    if (page == 0) break;
    const record = recordOf(page);
    const busy = (record.flags & (PG_LOCKED | PG_WRITEBACK | PG_DIRTY)) != 0 || record.references != 1;
    if (busy || (record.flags & PG_REFERENCED) != 0) {
      record.flags &= ~PG_REFERENCED;
      lruRotate(page);
      continue;
    }
    removePage(changetype<Mapping>(record.mapping), page);
    done++;
  }
  restoreTry(cacheLock(), flags);
  return done;
}

/** Takes pages that programs have mapped, but not used lately, out of their page tables. */
function unmapSome(count: u64): void {
  let left = min(lruLength(), count);
  while (left > 0) {
    left--;
    const flags = lockIrqSave(cacheLock());
    const page = lruOldest();
    let mapped = false;
    if (page != 0) {
      const record = recordOf(page);
      mapped = record.references > 1 && (record.flags & (PG_LOCKED | PG_WRITEBACK | PG_DIRTY)) == 0;
      if (mapped) lruRotate(page);
      else left = 0;
    }
    unlockIrqRestore(cacheLock(), flags);
    if (mapped) unmapOnePage(page);
  }
}

function shrinkOthers(frames: u32): void {
  for (let i: u32 = 0; i < shrinkerCount; i++) {
    call_indirect<u32>(load<u32>(shrinkers + <usize>i * 4), frames);
  }
}

/** One round of the flusher under pressure: until twice LOW_FRAMES are free, if that can be. */
export function giveBack(): void {
  const goal = lowFrames() * 2;
  if (freeFrameCount() * 2 >= goal) return;
  reclaimNow(BATCH * 4);
  if (freeFrameCount() >= goal) return;
  writeOlderThan(0, nowNs());
  reclaimNow(BATCH * 4);
  if (freeFrameCount() >= goal) return;
  shrinkOthers(BATCH);
  unmapSome(<u64>BATCH * 8);
  reclaimNow(BATCH * 4);
}

/** Wakes the flusher when memory runs low. No spinlock is held. */
export function checkPressure(): void {
  if (freeFrameCount() >= lowFrames() || !running) return;
  const flags = lockIrqSave(cacheLock());
  pressure = true;
  wakeAll(flusherQueue());
  unlockIrqRestore(cacheLock(), flags);
}

/** Waits until something was done for free memory: true when there is more now, or there may be. May sleep. */
export function makeRoom(): bool {
  if (reclaimNow(BATCH) != 0) return true;
  if (!running) return false;
  const before = freeFrameCount();
  const flags = lockIrqSave(cacheLock());
  const seen = passes;
  const deadline = nowNs() + ROOM_WAIT_NS;
  pressure = true;
  wakeAll(flusherQueue());
  while (passes == seen && nowNs() < deadline) sleepOnUninterruptible(roomQueue, cacheLock(), deadline);
  unlockIrqRestore(cacheLock(), flags);
  return reclaimNow(BATCH) != 0 || freeFrameCount() > max(before, reservedFrames());
}

/** Whether the flusher has been asked to make room; it has been answered then. The cache lock is held. */
export function takePressure(): bool {
  const was = pressure;
  pressure = false;
  return was;
}

/** The flusher ended a round. */
export function roundEnded(): void {
  const flags = lockIrqSave(cacheLock());
  passes++;
  wakeAll(roomQueue);
  unlockIrqRestore(cacheLock(), flags);
}

/** The flusher thread runs from now on. */
export function reclaimInit(): void {
  setReclaim(reclaimNow);
  running = true;
}
