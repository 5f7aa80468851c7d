/**
 * Buffers: 4 KiB pieces of block devices in memory, found by device and number. The table, the order of use and the list of
 * dirty ones; states and I/O are buffer-cache.ts.
 *
 * - A buffer belongs to its device as it was opened: those of a disk and of its partitions are separate, as on Linux.
 * - State is kept for each of the eight sectors (a bit each), because file systems have smaller blocks than 4 KiB.
 * - Everything here needs the cache lock held, which guards all fields but the data.
 */
import { BlockDevice, SECTOR_BYTES } from './block';

export const BUFFER_BYTES: u32 = 4096;
export const BUFFER_SHIFT: u32 = 12;
export const SECTORS_PER_BUFFER: u32 = BUFFER_BYTES / SECTOR_BYTES;

/** States. */
export const BUFFER_READING: u8 = 1;
export const BUFFER_WRITING: u8 = 2;

@unmanaged
export class Buffer {
  device: BlockDevice;
  number: u64;
  data: usize;
  hashNext: Buffer | null;
  /** Neighbours in the order of use: `newer` towards the most recently used. */
  newer: Buffer | null;
  older: Buffer | null;
  /** The list of those that are dirty or being written, the oldest first. */
  dirtyNext: Buffer | null;
  dirtyPrevious: Buffer | null;
  /** When it became dirty, nanoseconds since boot. */
  dirtySinceNs: u64;
  /** Users; a pinned buffer keeps its place. */
  pins: i32;
  /** Sectors whose data is right, that differ from the medium, that a journal holds back, that are being written. */
  valid: u8;
  dirty: u8;
  held: u8;
  writing: u8;
  state: u8;
  listed: bool;
}

const HASH_BITS: u32 = 11;
const hash = memory.data((1 << 11) * 8, 8);
let newest: Buffer | null = null;
let oldest: Buffer | null = null;
let firstDirty: Buffer | null = null;
let lastDirty: Buffer | null = null;

export function oldestBuffer(): Buffer | null {
  return oldest;
}

export function oldestDirtyBuffer(): Buffer | null {
  return firstDirty;
}

function slotOf(device: BlockDevice, number: u64): usize {
  const mixed = (<u32>number) ^ (<u32>(number >> 32)) ^ (<u32>(changetype<usize>(device) >> 4));
  return hash + <usize>((mixed * 0x9e3779b1) >> (32 - HASH_BITS)) * 8;
}

export function bufferFind(device: BlockDevice, number: u64): Buffer | null {
  let b = changetype<Buffer | null>(load<usize>(slotOf(device, number)));
  while (b != null) {
    if (b.number == number && b.device == device) return b;
    b = b.hashNext;
  }
  return null;
}

/** Enters a buffer whose device and number are set, as the most recently used. */
export function bufferEnter(b: Buffer): void {
  const slot = slotOf(b.device, b.number);
  b.hashNext = changetype<Buffer | null>(load<usize>(slot));
  store<usize>(slot, changetype<usize>(b));
  linkNewest(b);
}

/** Takes a clean buffer without users out of the table. */
export function bufferRemove(b: Buffer): void {
  const slot = slotOf(b.device, b.number);
  let at = changetype<Buffer | null>(load<usize>(slot));
  if (at == b) store<usize>(slot, changetype<usize>(b.hashNext));
  else {
    while (at != null) {
      if (at.hashNext == b) {
        at.hashNext = b.hashNext;
        break;
      }
      at = at.hashNext;
    }
  }
  unlinkUse(b);
}

function unlinkUse(b: Buffer): void {
  const newer = b.newer;
  const older = b.older;
  if (newer != null) newer.older = older;
  else newest = older;
  if (older != null) older.newer = newer;
  else oldest = newer;
}

function linkNewest(b: Buffer): void {
  const was = newest;
  b.newer = null;
  b.older = was;
  if (was != null) was.newer = b;
  else oldest = b;
  newest = b;
}

export function bufferTouch(b: Buffer): void {
  if (newest == b) return;
  unlinkUse(b);
  linkNewest(b);
}

/** Puts a buffer on the list of dirty ones, if it is not there. */
export function bufferListDirty(b: Buffer, nowNs: u64): void {
  if (b.listed) return;
  const last = lastDirty;
  b.listed = true;
  b.dirtySinceNs = nowNs;
  b.dirtyNext = null;
  b.dirtyPrevious = last;
  if (last != null) last.dirtyNext = b;
  else firstDirty = b;
  lastDirty = b;
}

export function bufferUnlistDirty(b: Buffer): void {
  if (!b.listed) return;
  const next = b.dirtyNext;
  const previous = b.dirtyPrevious;
  if (next != null) next.dirtyPrevious = previous;
  else lastDirty = previous;
  if (previous != null) previous.dirtyNext = next;
  else firstDirty = next;
  b.listed = false;
}

/** Sectors of buffer `number` that the device has: the last one may be a part. */
export function bufferExisting(device: BlockDevice, number: u64): u8 {
  const first = number * SECTORS_PER_BUFFER;
  if (first >= device.sectorCount) return 0;
  const n = min(<u64>SECTORS_PER_BUFFER, device.sectorCount - first);
  return <u8>(((<u32>1) << (<u32>n)) - 1);
}

/** The bits of the sectors that [offset, offset + bytes) touches; the range lies within one buffer. */
export function sectorBits(offset: u64, bytes: u32): u8 {
  const first = ((<u32>offset) & (BUFFER_BYTES - 1)) / SECTOR_BYTES;
  const last = (((<u32>offset) & (BUFFER_BYTES - 1)) + bytes - 1) / SECTOR_BYTES;
  return <u8>(((<u32>2) << last) - ((<u32>1) << first));
}
