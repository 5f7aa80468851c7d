/**
 * Writing dirty buffers to their devices: sorted by sector, neighbours in one command, and sync.
 *
 * - bufferWriteBack writes what is dirty at the time of the call and waits for it, also for what others are writing.
 * - bufferFlush is that and the disk's own cache: on return everything is on the medium. cacheSync does it for all devices.
 * - A buffer that cannot be written stays dirty, and the error is the caller's.
 */
import { ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { nowNs } from '../sched/clock';
import { sleepOnUninterruptible, wakeAll } from '../sched/wait-queue';
import { BlockDevice, blockAt, blockCount, blockFlush } from './block';
import { BUFFER_WRITING, Buffer, oldestDirtyBuffer } from './buffer';
import { bufferAdd, bufferSettle, cacheIoQueue, cacheLock } from './buffer-cache';
import { IO_WRITE, ioBegin, ioEnd } from './request';

/** Buffers of one round. */
const ROUND: u32 = 256;
/** Without memory for a list, one at a time. */
const SLOT: usize = sizeof<usize>();

function entry(list: usize, n: u32): Buffer {
  return changetype<Buffer>(load<usize>(list + <usize>n * SLOT));
}

function isWritable(b: Buffer, device: BlockDevice | null, beforeNs: u64): bool {
  return (device == null || b.device == device) && b.dirtySinceNs <= beforeNs;
}

/**
 * Marks up to `max` dirty buffers of one device as being written and lists them. The lock is held. Of several devices
 * (`device` null) the first one found is taken.
 */
function gather(device: BlockDevice | null, beforeNs: u64, list: usize, most: u32): u32 {
  let only = device;
  let n: u32 = 0;
  let b = oldestDirtyBuffer();
  while (b != null && n < most) {
    const bits = <u8>(b.dirty & ~b.held);
    if (bits != 0 && b.state == 0 && isWritable(b, only, beforeNs)) {
      only = b.device;
      b.pins++;
      b.state |= BUFFER_WRITING;
      b.writing = bits;
      b.dirty &= ~bits;
      store<usize>(list + <usize>n * SLOT, changetype<usize>(b));
      n++;
    }
    b = b.dirtyNext;
  }
  return n;
}

/** Whether something that was dirty before then is on its way in another thread's hands. The lock is held. */
function isPending(device: BlockDevice | null, beforeNs: u64): bool {
  let b = oldestDirtyBuffer();
  while (b != null) {
    if (b.state != 0 && isWritable(b, device, beforeNs)) return true;
    b = b.dirtyNext;
  }
  return false;
}

/** Ascending by number: Shell's sort, in place; the gaps are Knuth's. */
function sort(list: usize, n: u32): void {
  let gap: u32 = 1;
  while (gap < n / 3) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < n; i++) {
      const moved = load<usize>(list + <usize>i * SLOT);
      const number = changetype<Buffer>(moved).number;
      let j = i;
      while (j >= gap && entry(list, j - gap).number > number) {
        store<usize>(list + <usize>j * SLOT, load<usize>(list + <usize>(j - gap) * SLOT));
        j -= gap;
      }
      store<usize>(list + <usize>j * SLOT, moved);
    }
  }
}

function writeOne(b: Buffer): i32 {
  const batch = ioBegin(b.device);
  bufferAdd(batch, IO_WRITE, b, b.writing);
  return ioEnd(batch);
}

/** The write of `b` has ended. The lock is held. */
function finish(b: Buffer, error: i32): void {
  if (error != 0) {
    b.dirty |= b.writing;
    // Not again in this sync: it would try for ever.
    b.dirtySinceNs = nowNs();
  } else if (b.dirty != 0) b.dirtySinceNs = nowNs();
  b.writing = 0;
  b.state &= ~BUFFER_WRITING;
  b.pins--;
  bufferSettle(b);
}

function writeRound(list: usize, n: u32): i32 {
  sort(list, n);
  const batch = ioBegin(entry(list, 0).device);
  for (let i: u32 = 0; i < n; i++) bufferAdd(batch, IO_WRITE, entry(list, i), entry(list, i).writing);
  const whole = ioEnd(batch);
  let result = 0;
  for (let i: u32 = 0; i < n; i++) {
    const b = entry(list, i);
    // One bad sector does not keep the others from the medium.
    const error = whole == 0 ? 0 : writeOne(b);
    if (result == 0) result = error;
    const flags = lockIrqSave(cacheLock());
    finish(b, error);
    unlockIrqRestore(cacheLock(), flags);
  }
  wakeAll(cacheIoQueue());
  return result;
}

/** Writes the dirty buffers of `device` (null: of all) that were dirty at `beforeNs`. 0 or the first error. */
export function bufferWriteBefore(device: BlockDevice | null, beforeNs: u64): i32 {
  const lock = cacheLock();
  const list = kmalloc(ROUND * SLOT);
  const single = list == 0 ? changetype<usize>(kmalloc(SLOT)) : 0;
  if (list == 0 && single == 0) return -ENOMEM;
  let result = 0;
  let flags = lockIrqSave(lock);
  while (true) {
    const n = gather(device, beforeNs, list != 0 ? list : single, list != 0 ? ROUND : 1);
    if (n == 0) {
      if (!isPending(device, beforeNs)) break;
      sleepOnUninterruptible(cacheIoQueue(), lock, 0);
      continue;
    }
    unlockIrqRestore(lock, flags);
    const error = writeRound(list != 0 ? list : single, n);
    if (result == 0) result = error;
    flags = lockIrqSave(lock);
  }
  unlockIrqRestore(lock, flags);
  kfree(list);
  kfree(single);
  return result;
}

/** Writes what is dirty now. */
export function bufferWriteBack(device: BlockDevice | null): i32 {
  return bufferWriteBefore(device, nowNs());
}

/** As bufferWriteBack, and the disk's own cache is flushed: all of it is on the medium. */
export function bufferFlush(device: BlockDevice): i32 {
  const error = bufferWriteBack(device);
  const failed = blockFlush(device);
  return error != 0 ? error : failed;
}

/** Writes every dirty buffer and flushes all disks; the first error, after trying all. */
export function cacheSync(): i32 {
  let result = bufferWriteBack(null);
  for (let n: u32 = 0; n < blockCount(); n++) {
    const d = blockAt(n);
    if (d.disk != null || d.readOnly) continue;
    const error = blockFlush(d);
    if (result == 0) result = error;
  }
  return result;
}
