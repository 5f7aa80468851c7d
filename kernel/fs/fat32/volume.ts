/**
 * A mounted FAT32 volume and its file allocation table.
 *
 * - A cluster number that comes from the disk is used only after isCluster().
 * - The volume's mutex guards the cursors of its files (FatNode); the table itself is read through the cache.
 */
import { BlockDevice } from '../../block/block';
import { cacheRead } from '../../block/buffer-cache';
import { EIO } from '../../lib/errno';
import { Mutex } from '../../sched/mutex';
import { FatGeometry, isCluster } from './geometry';

const ENTRY_MASK: u32 = 0x0fffffff;
/** From here on an entry says that its cluster is the last one. */
const END_OF_CHAIN: u32 = 0x0ffffff8;

@unmanaged
export class FatVolume {
  device: BlockDevice;
  geometry: FatGeometry;
  mutex: Mutex;
  /** Scratch of the mutex's holder: four bytes of the table. */
  entry: usize;
}

/** A file or directory of the volume: where its clusters begin, and where the last access was. */
@unmanaged
export class FatNode {
  volume: FatVolume;
  /** 0 for an empty file. */
  firstCluster: u32;
  /** The cluster of the last access and its number within the file; 0: none yet. */
  cursorCluster: u32;
  cursorIndex: u32;
}

/** No cluster follows. */
export const CHAIN_END: u32 = 0;

/** The cluster after `cluster`, CHAIN_END, or -EIO for a link to nowhere (in `out`). The mutex is held. */
function nextCluster(v: FatVolume, cluster: u32, out: usize): i32 {
  const error = cacheRead(v.device, v.geometry.fatStart + <u64>cluster * 4, v.entry, 4);
  if (error != 0) return error;
  const next = load<u32>(v.entry) & ENTRY_MASK;
  if (next >= END_OF_CHAIN) {
    store<u32>(out, CHAIN_END);
    return 0;
  }
  if (!isCluster(v.geometry, next)) return -EIO;
  store<u32>(out, next);
  return 0;
}

/**
 * Stores the cluster number `index` of the node in `out`, CHAIN_END when the chain is shorter. A chain longer than the
 * volume has clusters is a loop: -EIO. The mutex is held.
 */
export function fatClusterAt(node: FatNode, index: u32, out: usize): i32 {
  const v = node.volume;
  if (index >= v.geometry.clusterCount) return -EIO;
  let at: u32 = 0;
  let cluster = node.firstCluster;
  if (node.cursorCluster != 0 && node.cursorIndex <= index) {
    at = node.cursorIndex;
    cluster = node.cursorCluster;
  }
  if (cluster == CHAIN_END) {
    store<u32>(out, CHAIN_END);
    return 0;
  }
  if (!isCluster(v.geometry, cluster)) return -EIO;
  while (at < index) {
    const error = nextCluster(v, cluster, out);
    if (error != 0) return error;
    const next = load<u32>(out);
    if (next == CHAIN_END) return 0;
    cluster = next;
    at++;
  }
  node.cursorIndex = at;
  node.cursorCluster = cluster;
  store<u32>(out, cluster);
  return 0;
}
