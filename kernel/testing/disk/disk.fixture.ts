/** A disk that the test provides, for unit tests of what stores on disks. */
import { BlockDevice, blockRegister } from '../../block/block';
import { statisticsCreate } from '../../block/statistics';
import { alloc } from '../../mm/kmalloc';

export declare function hostRead(lba: u64, count: u32, buffer: usize): i32;
export declare function hostWrite(lba: u64, count: u32, buffer: usize): i32;
export declare function hostFlush(): i32;

function read(_d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  return hostRead(lba, count, buffer);
}

function write(_d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  return hostWrite(lba, count, buffer);
}

function flush(_d: BlockDevice): i32 {
  return hostFlush();
}

/** A disk of `sectors` sectors. */
export function makeDisk(sectors: u32): BlockDevice {
  const d = alloc<BlockDevice>();
  d.sectorCount = sectors;
  d.maxSectors = 256;
  d.statistics = statisticsCreate();
  const readFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = read;
  d.read = readFunction.index;
  const writeFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = write;
  d.write = writeFunction.index;
  const flushFunction: (d: BlockDevice) => i32 = flush;
  d.flush = flushFunction.index;
  blockRegister(d);
  return d;
}
