/**
 * Makes a block device of each partition of a disk: by the GUID partition table when the disk is protected by one
 * (sda1 is its first entry), else by the MBR: sda1 to sda4 for the table's own, sda5 and up for the volumes of an
 * extended partition.
 */
import { logBegin, logCStr, logDec, logEnd, logHex, logStr, logWarn, LOG_INFO } from '../lib/log';
import { EIO, ENOMEM } from '../lib/errno';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { BlockDevice, SECTOR_BYTES, blockName, blockNameAppend, blockRead, blockRegister } from './block';
import {
  GPT_PROTECTIVE,
  GptHeader,
  gptEntriesSound,
  gptEntryLength,
  gptEntrySectors,
  gptEntryStart,
  gptHeader,
} from './gpt';
import {
  PRIMARY_PARTITIONS,
  PartitionEntry,
  isExtended,
  partitionEntry,
  partitionTablePresent,
} from './partition-table';
import { statisticsCreate } from './statistics';

/** A chain of logical volumes longer than this is a loop or nonsense. */
const MAX_LOGICAL: u32 = 16;
const FIRST_LOGICAL: u32 = 5;
const GPT_LBA: u64 = 1;

function appendNumber(d: BlockDevice, n: u32): void {
  if (n >= 10) appendNumber(d, n / 10);
  blockNameAppend(d, <u8>(48 + (n % 10)));
}

function register(disk: BlockDevice, start: u64, sectors: u64, number: u32): i32 {
  const device = alloc<BlockDevice>();
  if (changetype<usize>(device) == 0) return -ENOMEM;
  device.disk = disk;
  device.start = start;
  device.sectorCount = sectors;
  device.maxSectors = disk.maxSectors;
  device.readOnly = disk.readOnly;
  device.partition = number;
  device.minor = disk.minor + number;
  device.statistics = statisticsCreate();
  for (let p = blockName(disk); load<u8>(p) != 0; p++) blockNameAppend(device, load<u8>(p));
  appendNumber(device, number);
  if (!blockRegister(device)) {
    kfree(changetype<usize>(device.statistics));
    kfree(changetype<usize>(device));
    return -ENOMEM;
  }
  logBegin(LOG_INFO, 'block');
  logCStr(blockName(device));
  logStr(': ');
  logDec(sectors >> 11);
  logStr(' MiB from sector ');
  logDec(start);
  return 0;
}

function registerMbr(disk: BlockDevice, entry: PartitionEntry, number: u32): i32 {
  const error = register(disk, entry.start, entry.sectors, number);
  if (error != 0) return error;
  logStr(', type ');
  logHex(entry.type);
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
      const failed = registerMbr(disk, entry, FIRST_LOGICAL + n);
      if (failed != 0) return failed;
    }
    if (!partitionEntry(sector, 1, first, disk.sectorCount, entry) || !isExtended(entry.type)) return 0;
    link = entry.start;
  }
  logWarn('block', 'an extended partition with too many volumes; the rest is ignored');
  return 0;
}

function isProtective(disk: BlockDevice, sector: usize, entry: PartitionEntry): bool {
  for (let i: u32 = 0; i < PRIMARY_PARTITIONS; i++) {
    // A disk that was copied to a smaller or larger one has a protective entry that no longer fits: the type decides.
    partitionEntry(sector, i, 0, disk.sectorCount, entry);
    if (entry.type == GPT_PROTECTIVE) return true;
  }
  return false;
}

function registerGpt(disk: BlockDevice, h: GptHeader, entries: usize): i32 {
  for (let n: u32 = 0; n < h.entryCount; n++) {
    const start = gptEntryStart(h, entries, n);
    if (start == 0) continue;
    const error = register(disk, start, gptEntryLength(h, entries, n), n + 1);
    if (error != 0) return error;
    logStr(', GPT');
    logEnd();
  }
  return 0;
}

/** By the header at `lba`: 0, 1 when header or entries are damaged, or a negative errno. */
function scanGptAt(disk: BlockDevice, lba: u64, sector: usize, h: GptHeader): i32 {
  const error = blockRead(disk, lba, 1, sector);
  if (error != 0) return 1;
  if (!gptHeader(sector, lba, disk.sectorCount, h)) return 1;
  const sectors = gptEntrySectors(h);
  const entries = kmalloc(sectors * SECTOR_BYTES);
  if (entries == 0) return -ENOMEM;
  let result = 1;
  if (blockRead(disk, h.entriesLba, sectors, entries) == 0 && gptEntriesSound(h, entries))
    result = registerGpt(disk, h, entries);
  kfree(entries);
  return result;
}

function scanGpt(disk: BlockDevice, sector: usize): i32 {
  const h = alloc<GptHeader>();
  if (changetype<usize>(h) == 0) return -ENOMEM;
  let result = scanGptAt(disk, GPT_LBA, sector, h);
  if (result == 1) {
    logWarn('block', 'the GUID partition table is damaged; its backup is used');
    result = scanGptAt(disk, disk.sectorCount - 1, sector, h);
  }
  kfree(changetype<usize>(h));
  return result == 1 ? -EIO : result;
}

function scan(disk: BlockDevice, sector: usize, second: usize, entry: PartitionEntry): i32 {
  const error = blockRead(disk, 0, 1, sector);
  if (error != 0) return error;
  if (!partitionTablePresent(sector)) return 0;
  if (isProtective(disk, sector, entry)) return scanGpt(disk, second);
  for (let i: u32 = 0; i < PRIMARY_PARTITIONS; i++) {
    if (!partitionEntry(sector, i, 0, disk.sectorCount, entry)) continue;
    const failed = isExtended(entry.type)
      ? scanExtended(disk, entry.start, second, entry)
      : registerMbr(disk, entry, i + 1);
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
