/**
 * The buffer cache: blocks of 4 KiB of block devices, kept in memory, least recently used ones given up first.
 *
 * - cacheRead() and cacheWrite() move any byte range; they may sleep. Nobody holds a pointer into the cache.
 * - Written blocks are dirty until cacheSync(), or until their place is needed.
 * - A miss fetches the blocks up to the end of the request at once, and reads ahead when misses are sequential:
 *   one disk command moves many sectors much faster than many commands.
 * - One lock serialises the cache and its I/O. Finer locks need per-block states first.
 */
import { EIO, ENOMEM } from '../lib/errno';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { BlockDevice, SECTOR_BYTES, blockFlush, blockRead, blockWrite } from './block';

export const BLOCK_BYTES: u32 = 4096;
const SECTORS_PER_BLOCK: u32 = BLOCK_BYTES / SECTOR_BYTES;
/** 8 MiB of blocks at most. */
const MAX_BLOCKS: u32 = 2048;
const HASH_SLOTS: u32 = 1024;
/** Blocks of one fetch. */
const RUN_BLOCKS: u32 = 16;

@unmanaged
class Block {
  device: BlockDevice;
  number: u64;
  data: usize;
  hashNext: Block | null;
  /** Neighbours in the order of use: `newer` towards the most recently used. */
  newer: Block | null;
  older: Block | null;
  dirty: bool;
}

const hash = memory.data(1024 * 8, 8);
const lock = changetype<Mutex>(memory.data(offsetof<Mutex>(), 8));
let newest: Block | null = null;
let oldest: Block | null = null;
let blockCount: u32 = 0;
let staging: usize = 0;
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
  return <u64>blockCount * BLOCK_BYTES;
}

function slotOf(device: BlockDevice, number: u64): usize {
  const mixed = (<u32>number) ^ (<u32>(changetype<usize>(device) >> 4));
  return hash + ((mixed * 0x9e3779b1) >> 22) * 8;
}

function find(device: BlockDevice, number: u64): Block | null {
  let b = changetype<Block | null>(load<usize>(slotOf(device, number)));
  while (b != null) {
    if (b.number == number && b.device == device) return b;
    b = b.hashNext;
  }
  return null;
}

function unlinkUse(b: Block): void {
  const newer = b.newer;
  const older = b.older;
  if (newer != null) newer.older = older;
  else newest = older;
  if (older != null) older.newer = newer;
  else oldest = newer;
}

function linkNewest(b: Block): void {
  const was = newest;
  b.newer = null;
  b.older = was;
  if (was != null) was.newer = b;
  else oldest = b;
  newest = b;
}

function touch(b: Block): void {
  if (newest == b) return;
  unlinkUse(b);
  linkNewest(b);
}

function unhash(b: Block): void {
  const slot = slotOf(b.device, b.number);
  let at = changetype<Block | null>(load<usize>(slot));
  if (at == b) {
    store<usize>(slot, changetype<usize>(b.hashNext));
    return;
  }
  while (at != null) {
    if (at.hashNext == b) {
      at.hashNext = b.hashNext;
      return;
    }
    at = at.hashNext;
  }
}

/** Sectors of the block that exist: the last block of a device may be a part of one. */
function sectorsOf(device: BlockDevice, number: u64): u32 {
  const first = number * SECTORS_PER_BLOCK;
  if (first >= device.sectorCount) return 0;
  return <u32>min(<u64>SECTORS_PER_BLOCK, device.sectorCount - first);
}

function writeBack(b: Block): i32 {
  if (!b.dirty) return 0;
  const error = blockWrite(b.device, b.number * SECTORS_PER_BLOCK, sectorsOf(b.device, b.number), b.data);
  if (error == 0) b.dirty = false;
  return error;
}

/** Gives up the least recently used block that can be; null when there is none. */
function reclaim(): Block | null {
  let b = oldest;
  while (b != null) {
    if (writeBack(b) == 0) {
      unhash(b);
      unlinkUse(b);
      return b;
    }
    b = b.newer;
  }
  return null;
}

function allocate(): Block | null {
  if (blockCount < MAX_BLOCKS) {
    const b = alloc<Block>();
    if (changetype<usize>(b) != 0) {
      b.data = kmalloc(BLOCK_BYTES);
      if (b.data != 0) {
        blockCount++;
        return b;
      }
      kfree(changetype<usize>(b));
    }
  }
  return reclaim();
}

function insert(device: BlockDevice, number: u64, data: usize): Block | null {
  const b = allocate();
  if (b == null) return null;
  b.device = device;
  b.number = number;
  b.dirty = false;
  memory.copy(b.data, data, BLOCK_BYTES);
  const slot = slotOf(device, number);
  b.hashNext = changetype<Block | null>(load<usize>(slot));
  store<usize>(slot, changetype<usize>(b));
  linkNewest(b);
  return b;
}

/** Blocks to fetch from `number` on: what the request still needs, more when reading on, none that is cached. */
function runLength(device: BlockDevice, number: u64, wanted: u32): u32 {
  const limit = number == expectedNumber ? RUN_BLOCKS : min(wanted, RUN_BLOCKS);
  let n: u32 = 1;
  while (n < limit && sectorsOf(device, number + n) == SECTORS_PER_BLOCK && find(device, number + n) == null)
    n++;
  return n;
}

/** Fetches block `number` and perhaps its successors; its own block, or null with `failure` set. */
let failure: i32 = 0;
function fetch(device: BlockDevice, number: u64, wanted: u32): Block | null {
  failure = -ENOMEM;
  if (staging == 0) staging = kmalloc(RUN_BLOCKS * BLOCK_BYTES);
  if (staging == 0) return null;
  let n = runLength(device, number, wanted);
  const lastSectors = sectorsOf(device, number + n - 1);
  let error: i32 = -EIO;
  if (lastSectors != 0) {
    const sectors = (n - 1) * SECTORS_PER_BLOCK + lastSectors;
    memory.fill(staging, 0, n * BLOCK_BYTES);
    error = blockRead(device, number * SECTORS_PER_BLOCK, sectors, staging);
    if (error != 0 && n > 1) {
      // One bad sector must not take its neighbours with it.
      n = 1;
      error = blockRead(device, number * SECTORS_PER_BLOCK, sectorsOf(device, number), staging);
    }
  }
  if (error != 0) {
    failure = error;
    return null;
  }
  misses += n;
  expectedNumber = number + n;
  // The wanted block last: it is the most recently used then, and no insertion before it can push it out.
  for (let i = n - 1; i > 0; i--) insert(device, number + i, staging + i * BLOCK_BYTES);
  return insert(device, number, staging);
}

function get(device: BlockDevice, number: u64, wanted: u32): Block | null {
  const b = find(device, number);
  if (b == null) return fetch(device, number, wanted);
  hits++;
  touch(b);
  return b;
}

function inRange(device: BlockDevice, offset: u64, length: usize): bool {
  const size = device.sectorCount * SECTOR_BYTES;
  return offset <= size && <u64>length <= size - offset;
}

function move(device: BlockDevice, offset: u64, memoryAt: usize, length: usize, writing: bool): i32 {
  let done: usize = 0;
  while (done < length) {
    const at = offset + done;
    const inBlock = <usize>(at & (BLOCK_BYTES - 1));
    const n = min(<usize>BLOCK_BYTES - inBlock, length - done);
    const wanted = <u32>min((inBlock + (length - done) + BLOCK_BYTES - 1) / BLOCK_BYTES, <usize>RUN_BLOCKS);
    const b = get(device, at / BLOCK_BYTES, wanted);
    if (b == null) return failure;
    if (writing) {
      memory.copy(b.data + inBlock, memoryAt + done, n);
      b.dirty = true;
    } else memory.copy(memoryAt + done, b.data + inBlock, n);
    done += n;
  }
  return 0;
}

/** Copies `length` bytes from byte `offset` of the device. 0, -EIO (also past its end) or -ENOMEM. */
export function cacheRead(device: BlockDevice, offset: u64, buffer: usize, length: usize): i32 {
  if (!inRange(device, offset, length)) return -EIO;
  mutexLock(lock);
  const error = move(device, offset, buffer, length, false);
  mutexUnlock(lock);
  return error;
}

/** Changes `length` bytes from byte `offset` of the device; on the medium after cacheSync(). */
export function cacheWrite(device: BlockDevice, offset: u64, bytes: usize, length: usize): i32 {
  if (device.write == 0 || !inRange(device, offset, length)) return -EIO;
  mutexLock(lock);
  const error = move(device, offset, bytes, length, true);
  mutexUnlock(lock);
  return error;
}

/** Writes every dirty block and flushes the devices; the first error, after trying all. */
export function cacheSync(): i32 {
  mutexLock(lock);
  let result = 0;
  let wrote: usize = 0;
  let b = oldest;
  while (b != null) {
    if (b.dirty) {
      const error = writeBack(b);
      if (result == 0) result = error;
      const device = changetype<usize>(b.device);
      if (wrote != 0 && wrote != device) blockFlush(changetype<BlockDevice>(wrote));
      wrote = device;
    }
    b = b.newer;
  }
  if (wrote != 0) {
    const error = blockFlush(changetype<BlockDevice>(wrote));
    if (result == 0) result = error;
  }
  mutexUnlock(lock);
  return result;
}
