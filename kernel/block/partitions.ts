/**
 * Makes a block device of each partition of a disk: sda1 to sda4 for the table's own, sda5 and up for the
 * volumes of an extended partition.
 */
import { logBegin, logCStr, logDec, logEnd, logHex, logStr, logWarn, LOG_INFO } from '../lib/log';
import { EIO, ENOMEM } from '../lib/errno';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import {
  BlockDevice,
  SECTOR_BYTES,
  blockFlush,
  blockName,
  blockNameAppend,
  blockRead,
  blockRegister,
  blockWrite,
} from './block';
import {
  PRIMARY_PARTITIONS,
  PartitionEntry,
  isExtended,
  partitionEntry,
  partitionTablePresent,
} from './partition-table';

/** A chain of logical volumes longer than this is a loop or nonsense. */
const MAX_LOGICAL: u32 = 16;
const FIRST_LOGICAL: u32 = 5;

@unmanaged
class Partition {
  disk: BlockDevice;
  start: u64;
}

function partitionOf(d: BlockDevice): Partition {
  return changetype<Partition>(d.driver);
}

function read(d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  const p = partitionOf(d);
  return blockRead(p.disk, p.start + lba, count, buffer);
}

function write(d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  const p = partitionOf(d);
  return blockWrite(p.disk, p.start + lba, count, buffer);
}

function flush(d: BlockDevice): i32 {
  return blockFlush(partitionOf(d).disk);
}

function appendNumber(d: BlockDevice, n: u32): void {
  if (n >= 10) appendNumber(d, n / 10);
  blockNameAppend(d, <u8>(48 + (n % 10)));
}

function register(disk: BlockDevice, entry: PartitionEntry, number: u32): i32 {
  const device = alloc<BlockDevice>();
  if (changetype<usize>(device) == 0) return -ENOMEM;
  const partition = alloc<Partition>();
  if (changetype<usize>(partition) == 0) {
    kfree(changetype<usize>(device));
    return -ENOMEM;
  }
  partition.disk = disk;
  partition.start = entry.start;
  device.driver = changetype<usize>(partition);
  device.sectorCount = entry.sectors;
  device.maxSectors = disk.maxSectors;
  const readFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = read;
  device.read = readFunction.index;
  if (disk.write != 0) {
    const writeFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = write;
    device.write = writeFunction.index;
  }
  const flushFunction: (d: BlockDevice) => i32 = flush;
  device.flush = flushFunction.index;
  for (let p = blockName(disk); load<u8>(p) != 0; p++) blockNameAppend(device, load<u8>(p));
  appendNumber(device, number);
  if (!blockRegister(device)) {
    kfree(changetype<usize>(partition));
    kfree(changetype<usize>(device));
    return -ENOMEM;
  }
  logBegin(LOG_INFO, 'block');
  logCStr(blockName(device));
  logStr(': type ');
  logHex(entry.type);
  logStr(', ');
  logDec(entry.sectors >> 11);
  logStr(' MiB from sector ');
  logDec(entry.start);
  if (entry.active) logStr(', active');
  logEnd();
  return 0;
}

/** Follows the chain of an extended partition that starts at `first`. `sector` and `entry` are scratch. */
function scanExtended(disk: BlockDevice, first: u64, sector: usize, entry: PartitionEntry): i32 {
  let link = first;
  for (let n: u32 = 0; n < MAX_LOGICAL; n++) {
    const error = blockRead(disk, link, 1, sector);
    if (error != 0) return error;
    if (!partitionTablePresent(sector)) return -EIO;
    if (partitionEntry(sector, 0, link, disk.sectorCount, entry)) {
      const failed = register(disk, entry, FIRST_LOGICAL + n);
      if (failed != 0) return failed;
    }
    if (!partitionEntry(sector, 1, first, disk.sectorCount, entry) || !isExtended(entry.type)) return 0;
    link = entry.start;
  }
  logWarn('block', 'an extended partition with too many volumes; the rest is ignored');
  return 0;
}

function scan(disk: BlockDevice, sector: usize, logical: usize, entry: PartitionEntry): i32 {
  const error = blockRead(disk, 0, 1, sector);
  if (error != 0) return error;
  if (!partitionTablePresent(sector)) return 0;
  for (let i: u32 = 0; i < PRIMARY_PARTITIONS; i++) {
    if (!partitionEntry(sector, i, 0, disk.sectorCount, entry)) continue;
    const failed = isExtended(entry.type)
      ? scanExtended(disk, entry.start, logical, entry)
      : register(disk, entry, i + 1);
    if (failed != 0) return failed;
  }
  return 0;
}

/** Registers the partitions of `disk`. 0, -EIO or -ENOMEM; a disk without a table has none. */
export function partitionsScan(disk: BlockDevice): i32 {
  const sectors = kmalloc(2 * SECTOR_BYTES);
  const entry = alloc<PartitionEntry>();
  let result = -ENOMEM;
  if (sectors != 0 && changetype<usize>(entry) != 0) {
    result = scan(disk, sectors, sectors + SECTOR_BYTES, entry);
  }
  kfree(sectors);
  kfree(changetype<usize>(entry));
  return result;
}
