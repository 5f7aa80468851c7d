/**
 * Block devices: whatever stores numbered sectors of 512 bytes.
 *
 * - A driver fills a BlockDevice and registers it. A disk with a command queue names its RequestQueue (request.ts);
 *   a simple one (memory, a test) offers read, write and flush that act at once.
 * - A partition is a device with `disk` and `start`; it has no operations of its own.
 * - I/O goes through request.ts: ioBegin, ioAdd, ioEnd. blockRead, blockWrite and blockFlush here are that for one
 *   buffer. They may sleep, and check the range, so that a driver may rely on it.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { IO_FLUSH, IO_READ, IO_WRITE, RequestQueue, ioAdd, ioBegin, ioEnd } from './request';

export const SECTOR_BYTES: u32 = 512;
export const SECTOR_SHIFT: u32 = 9;
/** Bytes of a device's name, with its final NUL. */
const NAME_BYTES: usize = 16;
const MAX_DEVICES: u32 = 64;

@unmanaged
export class BlockDevice {
  sectorCount: u64;
  /** What its requests wait in; null: a simple device. */
  queue: RequestQueue | null;
  /** Of a simple device, as write: (device: BlockDevice, lba: u64, count: u32, buffer: usize) => i32. */
  read: u32;
  write: u32;
  /** (device: BlockDevice) => i32: what was written is on the medium; 0 when there is nothing to do. */
  flush: u32;
  /** Most sectors of one operation. */
  maxSectors: u32;
  /** Nothing may be written. */
  readOnly: bool;
  /** For a partition: the disk that it is on, and its first sector. */
  disk: BlockDevice | null;
  start: u64;
  /** The driver's own. */
  driver: usize;
  /** 1, 2 … for a partition. */
  partition: u32;
  /** Number in Linux's dev_t: 8:0 to 8:15 is the first disk and its partitions. */
  minor: u32;
  statistics: BlockStatistics;
  nameLow: u64;
  nameHigh: u64;
}

/** What Linux shows in /proc/diskstats (Documentation/admin-guide/iostats.rst). */
@unmanaged
export class BlockStatistics {
  reads: u64;
  readsMerged: u64;
  sectorsRead: u64;
  readNs: u64;
  writes: u64;
  writesMerged: u64;
  sectorsWritten: u64;
  writeNs: u64;
  flushes: u64;
  flushNs: u64;
  inFlight: u32;
}

const table = memory.data(64 * 8, 8);
const lock = memory.data(4, 4);
let count: u32 = 0;

/** Address of the NUL-terminated name. */
export function blockName(d: BlockDevice): usize {
  return changetype<usize>(d) + offsetof<BlockDevice>('nameLow');
}

/** Appends one byte to the name; names are short: what does not fit is dropped. */
export function blockNameAppend(d: BlockDevice, byte: u8): void {
  const name = blockName(d);
  for (let i: usize = 0; i < NAME_BYTES - 1; i++) {
    if (load<u8>(name + i) == 0) {
      store<u8>(name + i, byte);
      return;
    }
  }
}

/** False when the table is full. Devices stay for ever. */
export function blockRegister(d: BlockDevice): bool {
  const flags = lockIrqSave(lock);
  const fits = count < MAX_DEVICES;
  if (fits) {
    store<usize>(table + count * 8, changetype<usize>(d));
    count++;
  }
  unlockIrqRestore(lock, flags);
  return fits;
}

export function blockCount(): u32 {
  return count;
}

/** Device `n` of blockCount(), in the order of registration. */
export function blockAt(n: u32): BlockDevice {
  return changetype<BlockDevice>(load<usize>(table + n * 8));
}

/** The device of a name (NUL-terminated, without /dev/), or null. */
export function blockByName(name: usize): BlockDevice | null {
  for (let n: u32 = 0; n < count; n++) {
    const candidate = blockName(blockAt(n));
    let i: usize = 0;
    while (load<u8>(candidate + i) != 0 && load<u8>(candidate + i) == load<u8>(name + i)) i++;
    if (load<u8>(candidate + i) == load<u8>(name + i)) return blockAt(n);
  }
  return null;
}

/** Whether two devices are, or lie on, the same disk: one flush covers both. */
export function blockDisk(d: BlockDevice): BlockDevice {
  const disk = d.disk;
  return disk == null ? d : disk;
}

function transfer(d: BlockDevice, operation: u32, lba: u64, sectors: u32, buffer: usize): i32 {
  const batch = ioBegin(d);
  ioAdd(batch, operation, lba, buffer, sectors << SECTOR_SHIFT);
  return ioEnd(batch);
}

/** Reads `sectors` sectors from `lba` on into `buffer`; -EIO past the end or when the device fails. */
export function blockRead(d: BlockDevice, lba: u64, sectors: u32, buffer: usize): i32 {
  return transfer(d, IO_READ, lba, sectors, buffer);
}

/** -EROFS, -EINVAL past the end, -EIO. */
export function blockWrite(d: BlockDevice, lba: u64, sectors: u32, buffer: usize): i32 {
  return transfer(d, IO_WRITE, lba, sectors, buffer);
}

/** All writes that have ended before the call are on the medium when it returns 0: the barrier of ordered writes. */
export function blockFlush(d: BlockDevice): i32 {
  const batch = ioBegin(d);
  ioAdd(batch, IO_FLUSH, 0, 0, 0);
  return ioEnd(batch);
}
