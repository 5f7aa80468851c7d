/**
 * Block devices: whatever stores numbered sectors of 512 bytes.
 *
 * - A driver fills a BlockDevice and registers it; nobody else calls its operations directly.
 * - blockRead() and blockWrite() may sleep. They check the range, so a driver may rely on it.
 * - Operations are function indices: (device, lba, count, buffer) => 0 or a negative errno.
 */
import { EINVAL, EIO, EROFS } from '../lib/errno';

export const SECTOR_BYTES: u32 = 512;
/** Bytes of a device's name, with its final NUL. */
const NAME_BYTES: usize = 16;
const MAX_DEVICES: u32 = 32;

@unmanaged
export class BlockDevice {
  sectorCount: u64;
  /** Function index, as write: (device: BlockDevice, lba: u64, count: u32, buffer: usize) => i32. */
  read: u32;
  /** 0 when the device is read-only. */
  write: u32;
  /** (device: BlockDevice) => i32: what was written is on the medium; 0 when there is nothing to do. */
  flush: u32;
  /** Most sectors of one operation. */
  maxSectors: u32;
  /** The driver's own. */
  driver: usize;
  nameLow: u64;
  nameHigh: u64;
}

const table = memory.data(32 * 8, 8);
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

/** False when the table is full. */
export function blockRegister(d: BlockDevice): bool {
  if (count == MAX_DEVICES) return false;
  store<usize>(table + count * 8, changetype<usize>(d));
  count++;
  return true;
}

export function blockCount(): u32 {
  return count;
}

/** Device `n` of blockCount(), in the order of registration. */
export function blockAt(n: u32): BlockDevice {
  return changetype<BlockDevice>(load<usize>(table + n * 8));
}

function inRange(d: BlockDevice, lba: u64, sectors: u32): bool {
  return lba <= d.sectorCount && sectors <= d.sectorCount - lba;
}

/** Reads `sectors` sectors from `lba` on into `buffer`; -EIO past the end or when the device fails. */
export function blockRead(d: BlockDevice, lba: u64, sectors: u32, buffer: usize): i32 {
  if (!inRange(d, lba, sectors)) return -EIO;
  let done: u32 = 0;
  while (done < sectors) {
    const n = min(sectors - done, d.maxSectors);
    const error = call_indirect<i32>(d.read, d, lba + done, n, buffer + <usize>done * SECTOR_BYTES);
    if (error != 0) return error;
    done += n;
  }
  return 0;
}

export function blockWrite(d: BlockDevice, lba: u64, sectors: u32, buffer: usize): i32 {
  if (d.write == 0) return -EROFS;
  if (!inRange(d, lba, sectors)) return -EINVAL;
  let done: u32 = 0;
  while (done < sectors) {
    const n = min(sectors - done, d.maxSectors);
    const error = call_indirect<i32>(d.write, d, lba + done, n, buffer + <usize>done * SECTOR_BYTES);
    if (error != 0) return error;
    done += n;
  }
  return 0;
}

export function blockFlush(d: BlockDevice): i32 {
  return d.flush == 0 ? 0 : call_indirect<i32>(d.flush, d);
}
