/** Counters of a block device, for /proc/diskstats. */
import { alloc } from '../mm/kmalloc';
import { BlockDevice, BlockStatistics, blockDisk } from './block';

/** null (nothing is counted) when out of memory. */
export function statisticsCreate(): BlockStatistics {
  return alloc<BlockStatistics>();
}

/** The counters of the disk behind `d`. I/O is counted where it is done: partitions share their disk's. */
export function statisticsOf(d: BlockDevice): BlockStatistics {
  return blockDisk(d).statistics;
}
