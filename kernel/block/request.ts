/**
 * Requests to block devices: batches of transfers, merged into few commands.
 *
 * - A thread opens a batch for one device (ioBegin), adds transfers to it (ioAdd) and waits for all of them (ioEnd),
 *   which answers the first error. It holds one batch at a time, and never sleeps for another thread's I/O in between.
 * - Neighbouring transfers become one request while they are added; requests of several threads that touch become one
 *   command in the queue, which is served in one direction (C-SCAN), so nobody starves.
 * - There is no I/O thread: a waiter whose queue is idle serves it until its own batch is done, then another waiter does.
 * - Buffers are kernel memory that stays as it is until ioEnd. Lengths are whole sectors.
 * - Writes of one batch have no order among themselves: order is made by ioEnd and blockFlush.
 */
import { EIO, EINVAL, EROFS } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kmalloc } from '../mm/kmalloc';
import { nowNs } from '../sched/clock';
import { WaitQueue, sleepOnUninterruptible, wakeAll, wakeOne } from '../sched/wait-queue';
import { BlockDevice, SECTOR_BYTES, SECTOR_SHIFT } from './block';
import { queueInsert, queueTake } from './elevator';

export const IO_READ: u32 = 0;
export const IO_WRITE: u32 = 1;
export const IO_FLUSH: u32 = 2;

/** Pieces of memory of one request. */
export const MAX_SEGMENTS: u32 = 64;
const MAX_REQUESTS: u32 = 48;
const MAX_BATCHES: u32 = 32;
/** A thread that finds no request free looks again after this. */
const RETRY_NS: u64 = 2_000_000;

@unmanaged
export class IoSegment {
  address: usize;
  bytes: u32;
}

@unmanaged
export class BlockRequest {
  /** In the queue, ascending by sector; or the next of one merged command. */
  next: BlockRequest | null;
  batch: IoBatch;
  disk: BlockDevice;
  lba: u64;
  sectors: u32;
  operation: u32;
  segmentCount: u32;
}

/** What the disks of one controller channel share: commands run one at a time. */
@unmanaged
export class RequestQueue {
  lock: u32;
  /** A thread is serving the queue. */
  busy: bool;
  /** (queue: RequestQueue, first: BlockRequest) => i32: does the chain as one command, sleeping. */
  execute: u32;
  /** WaitQueue of those who wait for requests. */
  wait0: u64;
  wait1: u64;
  wait2: u64;
  first: BlockRequest | null;
  /** Where the last command ended: the direction of service. */
  lastDisk: usize;
  lastLba: u64;
  driver: usize;
}

@unmanaged
export class IoBatch {
  nextFree: IoBatch | null;
  disk: BlockDevice;
  /** Of the partition, or 0. */
  start: u64;
  sectorCount: u64;
  readOnly: bool;
  /** Being filled; not yet in the queue. */
  open: BlockRequest | null;
  /** Submitted and not done; guarded by the queue's lock. */
  pending: u32;
  error: i32;
}

const poolLock = memory.data(4, 4);
const poolQueue = changetype<WaitQueue>(memory.data(offsetof<WaitQueue>(), 8));
let freeBatches: IoBatch | null = null;
let freeRequests: BlockRequest | null = null;
let batchCount: u32 = 0;
let requestCount: u32 = 0;

export function requestSegment(r: BlockRequest, n: u32): IoSegment {
  const first = (changetype<usize>(r) + offsetof<BlockRequest>() + 7) & ~7;
  return changetype<IoSegment>(first + <usize>n * offsetof<IoSegment>());
}

function waitOf(q: RequestQueue): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(q) + offsetof<RequestQueue>('wait0'));
}

/** Opens a batch for `device`; waits when too many threads do I/O. */
export function ioBegin(device: BlockDevice): IoBatch {
  const batch = takeBatch();
  const disk = device.disk;
  batch.disk = disk == null ? device : disk;
  batch.start = disk == null ? 0 : device.start;
  batch.sectorCount = device.sectorCount;
  batch.readOnly = device.readOnly;
  batch.open = null;
  batch.pending = 0;
  batch.error = 0;
  return batch;
}

function takeBatch(): IoBatch {
  const flags = lockIrqSave(poolLock);
  while (true) {
    const free = freeBatches;
    if (free != null) {
      freeBatches = free.nextFree;
      unlockIrqRestore(poolLock, flags);
      return free;
    }
    if (batchCount < MAX_BATCHES) {
      const fresh = changetype<IoBatch>(kmalloc(offsetof<IoBatch>()));
      if (changetype<usize>(fresh) != 0) {
        batchCount++;
        unlockIrqRestore(poolLock, flags);
        return fresh;
      }
    }
    sleepOnUninterruptible(poolQueue, poolLock, 0);
  }
}

function giveBatch(batch: IoBatch): void {
  const flags = lockIrqSave(poolLock);
  batch.nextFree = freeBatches;
  freeBatches = batch;
  unlockIrqRestore(poolLock, flags);
  wakeOne(poolQueue);
}

/** A free request, or null. */
function tryTakeRequest(): BlockRequest | null {
  const flags = lockIrqSave(poolLock);
  let r = freeRequests;
  if (r != null) freeRequests = r.next;
  else if (requestCount < MAX_REQUESTS) {
    const bytes = offsetof<BlockRequest>() + 8 + <usize>MAX_SEGMENTS * offsetof<IoSegment>();
    r = changetype<BlockRequest | null>(kmalloc(bytes));
    if (r != null) requestCount++;
  }
  unlockIrqRestore(poolLock, flags);
  return r;
}

function giveRequest(r: BlockRequest): void {
  const flags = lockIrqSave(poolLock);
  r.next = freeRequests;
  freeRequests = r;
  unlockIrqRestore(poolLock, flags);
  wakeOne(poolQueue);
}

/** Requests come back as commands end; without one, this thread serves its own queue. */
function takeRequest(batch: IoBatch): BlockRequest {
  while (true) {
    const r = tryTakeRequest();
    if (r != null) return r;
    const q = batch.disk.queue;
    if (q != null && serveOne(q)) continue;
    const flags = lockIrqSave(poolLock);
    if (freeRequests == null) sleepOnUninterruptible(poolQueue, poolLock, nowNs() + RETRY_NS);
    unlockIrqRestore(poolLock, flags);
  }
}

function openRequest(batch: IoBatch, operation: u32, lba: u64): BlockRequest {
  const r = takeRequest(batch);
  r.next = null;
  r.batch = batch;
  r.disk = batch.disk;
  r.lba = lba;
  r.sectors = 0;
  r.operation = operation;
  r.segmentCount = 0;
  batch.open = r;
  return r;
}

/** Takes as much of the memory as fits the request; bytes. */
function extend(r: BlockRequest, address: usize, bytes: u32): u32 {
  const room = (r.disk.maxSectors - r.sectors) << SECTOR_SHIFT;
  const n = min(room, bytes);
  if (n == 0) return 0;
  if (r.segmentCount != 0) {
    const last = requestSegment(r, r.segmentCount - 1);
    if (last.address + last.bytes == address) {
      last.bytes += n;
      r.sectors += n >> SECTOR_SHIFT;
      return n;
    }
    if (r.segmentCount == MAX_SEGMENTS) return 0;
  }
  const segment = requestSegment(r, r.segmentCount);
  segment.address = address;
  segment.bytes = n;
  r.segmentCount++;
  r.sectors += n >> SECTOR_SHIFT;
  return n;
}

function rangeError(batch: IoBatch, operation: u32, lba: u64, sectors: u64): i32 {
  if (operation != IO_READ && batch.readOnly) return operation == IO_FLUSH ? 0 : -EROFS;
  if (lba <= batch.sectorCount && sectors <= batch.sectorCount - lba) return 0;
  return operation == IO_READ ? -EIO : -EINVAL;
}

/**
 * Adds a transfer of `bytes` (whole sectors) between the device from sector `lba` on and the memory at `address`.
 * Errors, those of the range too, are ioEnd's. IO_FLUSH takes no memory.
 */
export function ioAdd(batch: IoBatch, operation: u32, lba: u64, address: usize, bytes: u32): void {
  const error = rangeError(batch, operation, lba, bytes >> SECTOR_SHIFT);
  if (error != 0) {
    if (batch.error == 0) batch.error = error;
    return;
  }
  let at = batch.start + lba;
  if (operation == IO_FLUSH) {
    submitOpen(batch);
    openRequest(batch, operation, at);
    submitOpen(batch);
    return;
  }
  let done: u32 = 0;
  while (done < bytes) {
    const open = batch.open;
    let n: u32 = 0;
    if (open != null && open.operation == operation && open.lba + open.sectors == at)
      n = extend(open, address + done, bytes - done);
    if (n == 0) {
      submitOpen(batch);
      n = extend(openRequest(batch, operation, at), address + done, bytes - done);
    }
    done += n;
    at += n >> SECTOR_SHIFT;
  }
}

function submitOpen(batch: IoBatch): void {
  const r = batch.open;
  if (r == null) return;
  batch.open = null;
  const q = r.disk.queue;
  if (q == null) {
    const error = executeSimple(r);
    if (batch.error == 0) batch.error = error;
    account(r, 0);
    giveRequest(r);
    return;
  }
  const flags = lockIrqSave(changetype<usize>(q));
  batch.pending++;
  r.disk.statistics.inFlight++;
  queueInsert(q, r);
  unlockIrqRestore(changetype<usize>(q), flags);
}

/** Submits what is left and waits for the whole batch, which is then gone. 0 or the first error. */
export function ioEnd(batch: IoBatch): i32 {
  submitOpen(batch);
  const q = batch.disk.queue;
  if (q != null) {
    const lock = changetype<usize>(q);
    let flags = lockIrqSave(lock);
    while (batch.pending != 0) {
      if (q.busy) {
        sleepOnUninterruptible(waitOf(q), lock, 0);
        continue;
      }
      unlockIrqRestore(lock, flags);
      serveOne(q);
      flags = lockIrqSave(lock);
    }
    unlockIrqRestore(lock, flags);
  }
  const error = batch.error;
  giveBatch(batch);
  return error;
}

/** Runs one command of the queue; false when it is empty or somebody else is at it. */
function serveOne(q: RequestQueue): bool {
  const lock = changetype<usize>(q);
  const flags = lockIrqSave(lock);
  let r: BlockRequest | null = null;
  if (!q.busy) r = queueTake(q);
  if (r != null) q.busy = true;
  unlockIrqRestore(lock, flags);
  if (r == null) return false;
  const start = nowNs();
  const error = call_indirect<i32>(q.execute, q, r);
  if (error != 0 && r.next != null) retryEach(q, r);
  else finish(q, r, error, nowNs() - start);
  const again = lockIrqSave(lock);
  q.busy = false;
  unlockIrqRestore(lock, again);
  wakeAll(waitOf(q));
  return true;
}

/** A merged command failed: which of its parts? */
function retryEach(q: RequestQueue, first: BlockRequest): void {
  let at: BlockRequest | null = first;
  while (at != null) {
    const next: BlockRequest | null = at.next;
    at.next = null;
    const start = nowNs();
    const error = call_indirect<i32>(q.execute, q, at);
    finish(q, at, error, nowNs() - start);
    at = next;
  }
}

/** Tells the batches of a chain that it is done. */
function finish(q: RequestQueue, first: BlockRequest, error: i32, ns: u64): void {
  const lock = changetype<usize>(q);
  let at: BlockRequest | null = first;
  while (at != null) {
    const next: BlockRequest | null = at.next;
    const batch = at.batch;
    account(at, at == first ? ns : 0);
    const flags = lockIrqSave(lock);
    at.disk.statistics.inFlight--;
    if (batch.error == 0) batch.error = error;
    batch.pending--;
    unlockIrqRestore(lock, flags);
    giveRequest(at);
    at = next;
  }
}

function account(r: BlockRequest, ns: u64): void {
  const s = r.disk.statistics;
  if (changetype<usize>(s) == 0) return;
  if (r.operation == IO_READ) {
    s.reads++;
    s.sectorsRead += r.sectors;
    s.readNs += ns;
  } else if (r.operation == IO_WRITE) {
    s.writes++;
    s.sectorsWritten += r.sectors;
    s.writeNs += ns;
  } else {
    s.flushes++;
    s.flushNs += ns;
  }
}

/** On a device without a queue: at once, piece by piece. */
function executeSimple(r: BlockRequest): i32 {
  const d = r.disk;
  if (r.operation == IO_FLUSH) return d.flush == 0 ? 0 : call_indirect<i32>(d.flush, d);
  const operation = r.operation == IO_READ ? d.read : d.write;
  if (operation == 0) return r.operation == IO_READ ? -EIO : -EROFS;
  let lba = r.lba;
  for (let i: u32 = 0; i < r.segmentCount; i++) {
    const segment = requestSegment(r, i);
    const sectors = segment.bytes / SECTOR_BYTES;
    const error = call_indirect<i32>(operation, d, lba, sectors, segment.address);
    if (error != 0) return error;
    lba += sectors;
  }
  return 0;
}
