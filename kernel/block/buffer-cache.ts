/**
 * The buffer cache: blocks of devices in memory, written back later.
 *
 * - A file system pins a block (bufferGet, bufferNew), looks at it or changes it (bufferData), says so (bufferDirty) and
 *   lets it go (bufferPut). Before the first change it calls bufferWillChange: a block that is on its way to the disk is
 *   never changed under it, so that what is written is a state that somebody meant.
 * - What a pointer points to is guarded by the file system's own locks; the cache guards only its states.
 * - A spinlock guards the states, none is held over I/O: a buffer that is being read or written says so, and whoever needs
 *   it waits for that buffer alone.
 * - Dirty blocks are written when they are old (flusher.ts), on sync, or when there are many; held ones (bufferHold, for a
 *   journal) never. bufferFlush writes and then flushes the disk's own cache: a barrier.
 * - cacheRead and cacheWrite move any range of bytes, for block devices as files.
 * - Functions that answer an address answer a negative errno instead when isFailure() says so.
 */
import { EINVAL, EIO, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { nowNs } from '../sched/clock';
import { WaitQueue, sleepOnUninterruptible, wakeAll } from '../sched/wait-queue';
import { BlockDevice, SECTOR_BYTES, SECTOR_SHIFT } from './block';
import {
  BUFFER_BYTES,
  BUFFER_READING,
  BUFFER_SHIFT,
  BUFFER_WRITING,
  Buffer,
  SECTORS_PER_BUFFER,
  bufferEnter,
  bufferExisting,
  bufferFind,
  bufferListDirty,
  bufferRemove,
  bufferTouch,
  bufferUnlistDirty,
  oldestBuffer,
  sectorBits,
} from './buffer';
import { IO_READ, IoBatch, ioAdd, ioBegin, ioEnd } from './request';

/** Most buffers of one fetch: 512 KiB. */
const RUN_BUFFERS: u32 = 128;
/** How far reclaim looks for a clean buffer before it lets the cache grow. */
const RECLAIM_LOOKS: u32 = 64;

const lock = memory.data(4, 4);
/** Whoever waits for a buffer's I/O. */
const ioQueue = changetype<WaitQueue>(memory.data(offsetof<WaitQueue>(), 8));
/** Wakes the flusher. */
const flusherQueue = changetype<WaitQueue>(memory.data(offsetof<WaitQueue>(), 8));

/** Most buffers; the cache grows beyond only when all are dirty or in use. */
let limit: u32 = 2048;
let count: u32 = 0;
let dirtyCount: u32 = 0;
/** Where a sequential reader would miss next. */
let expectedNumber: u64 = 0;
let hits: u64 = 0;
let misses: u64 = 0;

export function cacheHits(): u64 {
  return hits;
}

/** Blocks fetched from a device. */
export function cacheMisses(): u64 {
  return misses;
}

export function cacheBytes(): u64 {
  return <u64>count * BUFFER_BYTES;
}

export function cacheDirtyBytes(): u64 {
  return <u64>dirtyCount * BUFFER_BYTES;
}

/** Sets how many bytes the cache should not exceed. */
export function cacheSetLimit(bytes: u64): void {
  limit = <u32>max(bytes >> BUFFER_SHIFT, <u64>64);
}

/** So many dirty buffers wake the flusher at once. */
export function cacheDirtyLimit(): u32 {
  return limit / 4;
}

export function cacheLock(): usize {
  return lock;
}

export function cacheIoQueue(): WaitQueue {
  return ioQueue;
}

export function cacheFlusherQueue(): WaitQueue {
  return flusherQueue;
}

export function cacheDirtyCount(): u32 {
  return dirtyCount;
}

/** Whether an address is a negative errno. */
export function isFailure(address: usize): bool {
  return address > usize.MAX_VALUE - 4096;
}

/** The errno that isFailure() found. */
export function failureOf(address: usize): i32 {
  return <i32>address;
}

function failure(errno: i32): usize {
  return <usize>(<isize>-errno);
}

/** Where byte `offset` of the device is in the buffer that holds it. */
export function bufferData(buffer: usize, offset: u64): usize {
  return changetype<Buffer>(buffer).data + <usize>(offset & (BUFFER_BYTES - 1));
}

/** Sleeps until `b` is in none of the `states`; the lock is held. */
function waitFor(b: Buffer, states: u8): void {
  while (b.state & states) sleepOnUninterruptible(ioQueue, lock, 0);
}

/** Gives up the least recently used buffer that can be; null when the first few cannot. The lock is held. */
function reclaim(): Buffer | null {
  let b = oldestBuffer();
  for (let looks: u32 = 0; b != null && looks < RECLAIM_LOOKS; looks++) {
    if (b.pins == 0 && !b.listed && b.state == 0) {
      bufferRemove(b);
      return b;
    }
    // Those that cannot go are not looked at again and again.
    const newer: Buffer | null = b.newer;
    bufferTouch(b);
    b = newer;
  }
  return null;
}

function allocate(): Buffer | null {
  const at = kmalloc(offsetof<Buffer>());
  if (at == 0) return null;
  const b = changetype<Buffer>(at);
  b.data = kmalloc(BUFFER_BYTES);
  if (b.data != 0) return b;
  kfree(at);
  return null;
}

/** A buffer that is in the table nowhere; null when out of memory. The lock is held, and is not let go. */
function take(): Buffer | null {
  if (count >= limit) {
    const old = reclaim();
    if (old != null) return old;
    wakeAll(flusherQueue);
  }
  const fresh = allocate();
  if (fresh == null) return reclaim();
  count++;
  return fresh;
}

/** The pinned buffer of `number`, made if need be; null when out of memory. The lock is held. */
function pin(device: BlockDevice, number: u64): Buffer | null {
  let b = bufferFind(device, number);
  if (b != null) {
    b.pins++;
    bufferTouch(b);
    return b;
  }
  b = take();
  if (b == null) return null;
  b.device = device;
  b.number = number;
  b.pins = 1;
  b.valid = 0;
  b.dirty = 0;
  b.held = 0;
  b.writing = 0;
  b.state = 0;
  bufferEnter(b);
  return b;
}

/** Adds the transfer of those sectors of `b` to a batch, neighbours together. */
export function bufferAdd(batch: IoBatch, operation: u32, b: Buffer, bits: u8): void {
  const set: u32 = bits;
  let i: u32 = 0;
  while (i < SECTORS_PER_BUFFER) {
    if ((set & (1 << i)) == 0) {
      i++;
      continue;
    }
    const first = i;
    while (i < SECTORS_PER_BUFFER && (set & (1 << i)) != 0) i++;
    const lba = (b.number << (BUFFER_SHIFT - SECTOR_SHIFT)) + first;
    ioAdd(batch, operation, lba, b.data + <usize>first * SECTOR_BYTES, (i - first) * SECTOR_BYTES);
  }
}

/** Reads what is missing of a pinned buffer. The lock is held, and let go meanwhile. */
function fill(b: Buffer, flags: u64): i32 {
  const missing = <u8>(bufferExisting(b.device, b.number) & ~b.valid);
  b.state |= BUFFER_READING;
  misses++;
  unlockIrqRestore(lock, flags);
  const batch = ioBegin(b.device);
  bufferAdd(batch, IO_READ, b, missing);
  const error = ioEnd(batch);
  lockIrqSave(lock);
  b.state &= ~BUFFER_READING;
  if (error == 0) b.valid |= missing;
  wakeAll(ioQueue);
  return error;
}

/**
 * Pins the block of `bytes` bytes at byte `offset` of the device, read if it is not cached. The block lies within one
 * buffer (its size is a power of two up to 4096, and it is aligned to it). The buffer, or -EIO (also past the end), -ENOMEM.
 */
export function bufferGet(device: BlockDevice, offset: u64, bytes: u32): usize {
  const number = offset >> BUFFER_SHIFT;
  const wanted = sectorBits(offset, bytes);
  if ((wanted & ~bufferExisting(device, number)) != 0) return failure(EIO);
  const flags = lockIrqSave(lock);
  const b = pin(device, number);
  let result: usize = failure(ENOMEM);
  if (b != null) {
    result = changetype<usize>(b);
    waitFor(b, BUFFER_READING);
    if ((b.valid & wanted) == wanted) hits++;
    else {
      const error = fill(b, flags);
      if (error != 0) {
        b.pins--;
        result = failure(-error);
      }
    }
  }
  unlockIrqRestore(lock, flags);
  return result;
}

/** As bufferGet, without reading: the block is all zeroes, for one that begins its life. It is not dirty yet. */
export function bufferNew(device: BlockDevice, offset: u64, bytes: u32): usize {
  const number = offset >> BUFFER_SHIFT;
  const wanted = sectorBits(offset, bytes);
  if ((wanted & ~bufferExisting(device, number)) != 0) return failure(EIO);
  const flags = lockIrqSave(lock);
  const b = pin(device, number);
  if (b != null) {
    waitFor(b, BUFFER_READING | BUFFER_WRITING);
    memory.fill(bufferData(changetype<usize>(b), offset), 0, bytes);
    b.valid |= wanted;
  }
  unlockIrqRestore(lock, flags);
  return b == null ? failure(ENOMEM) : changetype<usize>(b);
}

/** One user less. */
export function bufferPut(buffer: usize): void {
  const flags = lockIrqSave(lock);
  const b = changetype<Buffer>(buffer);
  assert(b.pins > 0, 'a buffer let go twice');
  b.pins--;
  unlockIrqRestore(lock, flags);
}

/** One user more of a pinned buffer. */
export function bufferPin(buffer: usize): void {
  const flags = lockIrqSave(lock);
  changetype<Buffer>(buffer).pins++;
  unlockIrqRestore(lock, flags);
}

/** Waits until the pinned buffer is not on its way to the disk; call it before changing data. */
export function bufferWillChange(buffer: usize): void {
  const b = changetype<Buffer>(buffer);
  if (b.state == 0) return;
  const flags = lockIrqSave(lock);
  waitFor(b, BUFFER_WRITING);
  unlockIrqRestore(lock, flags);
}

function markDirty(b: Buffer, bits: u8): void {
  if (!b.listed) {
    dirtyCount++;
    bufferListDirty(b, nowNs());
    if (dirtyCount == cacheDirtyLimit()) wakeAll(flusherQueue);
  }
  b.dirty |= bits;
}

/** The block at `offset` of the pinned buffer has been changed. */
export function bufferDirty(buffer: usize, offset: u64, bytes: u32): void {
  const bits = sectorBits(offset, bytes);
  const b = changetype<Buffer>(buffer);
  if ((b.dirty & bits) == bits) return;
  const flags = lockIrqSave(lock);
  markDirty(b, bits);
  unlockIrqRestore(lock, flags);
}

/**
 * The block is dirty and must not be written until bufferRelease: a journal has it first. Waits until an older state of it,
 * if it is being written, is on its way no more.
 */
export function bufferHold(buffer: usize, offset: u64, bytes: u32): void {
  const b = changetype<Buffer>(buffer);
  const flags = lockIrqSave(lock);
  waitFor(b, BUFFER_WRITING);
  const bits = sectorBits(offset, bytes);
  b.held |= bits;
  markDirty(b, bits);
  unlockIrqRestore(lock, flags);
}

/** The journal has the block: it may be written. */
export function bufferRelease(buffer: usize, offset: u64, bytes: u32): void {
  const flags = lockIrqSave(lock);
  changetype<Buffer>(buffer).held &= ~sectorBits(offset, bytes);
  unlockIrqRestore(lock, flags);
}

/** The list of dirty ones loses `b` if it is clean; the lock is held. */
export function bufferSettle(b: Buffer): void {
  if (!b.listed || b.dirty != 0 || b.writing != 0) return;
  bufferUnlistDirty(b);
  dirtyCount--;
}

/** The block is free: what was not written need not be, and its data means nothing any more. Sleeps if it is being written. */
export function bufferForget(device: BlockDevice, offset: u64, bytes: u32): void {
  const flags = lockIrqSave(lock);
  const b = bufferFind(device, offset >> BUFFER_SHIFT);
  if (b != null) {
    b.pins++;
    waitFor(b, BUFFER_READING | BUFFER_WRITING);
    const bits = sectorBits(offset, bytes);
    b.dirty &= ~bits;
    b.held &= ~bits;
    b.valid &= ~bits;
    bufferSettle(b);
    b.pins--;
  }
  unlockIrqRestore(lock, flags);
}

/** Fetches up to `wanted` absent buffers from `number` on with one command; errors show when they are asked for. */
function prefetch(device: BlockDevice, number: u64, wanted: u32, flags: u64): void {
  const list = kmalloc(RUN_BUFFERS * sizeof<usize>());
  if (list == 0) return;
  let n: u32 = 0;
  while (n < wanted) {
    if (bufferExisting(device, number + n) == 0 || bufferFind(device, number + n) != null) break;
    const b = pin(device, number + n);
    if (b == null) break;
    b.state = BUFFER_READING;
    store<usize>(list + n * sizeof<usize>(), changetype<usize>(b));
    n++;
  }
  unlockIrqRestore(lock, flags);
  const batch = ioBegin(device);
  for (let i: u32 = 0; i < n; i++) {
    const b = changetype<Buffer>(load<usize>(list + i * sizeof<usize>()));
    bufferAdd(batch, IO_READ, b, bufferExisting(device, b.number));
  }
  const error = ioEnd(batch);
  lockIrqSave(lock);
  for (let i: u32 = 0; i < n; i++) {
    const b = changetype<Buffer>(load<usize>(list + i * sizeof<usize>()));
    b.state = 0;
    b.pins--;
    if (error == 0) b.valid = bufferExisting(device, b.number);
  }
  misses += n;
  expectedNumber = number + n;
  wakeAll(ioQueue);
  kfree(list);
}

/** Has what a reader needs next fetched in one go: `wanted` buffers, more when it reads on where it stopped. */
function readAhead(device: BlockDevice, number: u64, wanted: u32): void {
  const flags = lockIrqSave(lock);
  if (bufferFind(device, number) == null) {
    const n = number == expectedNumber ? RUN_BUFFERS : min(wanted, RUN_BUFFERS);
    if (n > 1) prefetch(device, number, n, flags);
    else expectedNumber = number + 1;
  }
  unlockIrqRestore(lock, flags);
}

/** Has buffers fetched that will be asked for one by one: [offset, offset + bytes). */
export function bufferReadAhead(device: BlockDevice, offset: u64, bytes: u32): void {
  const first = offset >> BUFFER_SHIFT;
  const last = (offset + bytes - 1) >> BUFFER_SHIFT;
  readAhead(device, first, <u32>(last - first) + 1);
}

function inRange(device: BlockDevice, offset: u64, length: usize): bool {
  const size = device.sectorCount * SECTOR_BYTES;
  return offset <= size && <u64>length <= size - offset;
}

/** Copies `length` bytes from byte `offset` of the device. 0, -EIO (also past its end) or -ENOMEM. */
export function cacheRead(device: BlockDevice, offset: u64, buffer: usize, length: usize): i32 {
  if (!inRange(device, offset, length)) return -EIO;
  let done: usize = 0;
  while (done < length) {
    const at = offset + done;
    const inBuffer = <usize>(at & (BUFFER_BYTES - 1));
    const n = min(<usize>BUFFER_BYTES - inBuffer, length - done);
    readAhead(
      device,
      at >> BUFFER_SHIFT,
      <u32>min((inBuffer + length - done + BUFFER_BYTES - 1) >> BUFFER_SHIFT, <usize>RUN_BUFFERS),
    );
    const b = bufferGet(device, at, <u32>n);
    if (isFailure(b)) return failureOf(b);
    memory.copy(buffer + done, bufferData(b, at), n);
    bufferPut(b);
    done += n;
  }
  return 0;
}

/** Changes `length` bytes from byte `offset` of the device; on the medium after bufferFlush(). */
export function cacheWrite(device: BlockDevice, offset: u64, bytes: usize, length: usize): i32 {
  if (device.readOnly || !inRange(device, offset, length)) return -EIO;
  let done: usize = 0;
  while (done < length) {
    const at = offset + done;
    const inBuffer = <usize>(at & (BUFFER_BYTES - 1));
    const n = <u32>min(<usize>BUFFER_BYTES - inBuffer, length - done);
    const whole = (((<u32>at) | n) & (SECTOR_BYTES - 1)) == 0;
    const b = whole ? bufferNew(device, at, n) : bufferGet(device, at, n);
    if (isFailure(b)) return failureOf(b);
    bufferWillChange(b);
    memory.copy(bufferData(b, at), bytes + done, n);
    bufferDirty(b, at, n);
    bufferPut(b);
    done += n;
  }
  return 0;
}

/** Gives up to `wanted` clean buffers back to the system, which is short of memory; how many. */
export function cacheShrink(wanted: u32): u32 {
  let n: u32 = 0;
  while (n < wanted) {
    const flags = lockIrqSave(lock);
    const b = reclaim();
    if (b != null) count--;
    unlockIrqRestore(lock, flags);
    if (b == null) break;
    kfree(b.data);
    kfree(changetype<usize>(b));
    n++;
  }
  return n;
}

/** Forgets all clean buffers of a device, so that it is read again; -EINVAL when some are dirty or in use. */
export function cacheInvalidate(device: BlockDevice): i32 {
  let busy = false;
  const flags = lockIrqSave(lock);
  let b = oldestBuffer();
  while (b != null) {
    const next: Buffer | null = b.newer;
    if (b.device == device) {
      if (b.pins != 0 || b.listed || b.state != 0) busy = true;
      else {
        bufferRemove(b);
        count--;
        kfree(b.data);
        kfree(changetype<usize>(b));
      }
    }
    b = next;
  }
  unlockIrqRestore(lock, flags);
  return busy ? -EINVAL : 0;
}
