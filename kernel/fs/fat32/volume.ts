/**
 * A mounted FAT32 volume, its files in memory, and the chains of its file allocation table.
 *
 * - A cluster number that comes from the disk is used only after isCluster().
 * - The volume's mutex guards everything here: table, free clusters, nodes and their cursors, entries on the disk. Order:
 *   inodes' mutexes, this one, the buffer cache. Files' data are moved without it.
 */
import { BlockDevice } from '../../block/block';
import { OrderedWrites } from '../../block/ordered-writes';
import { EIO } from '../../lib/errno';
import { Mutex } from '../../sched/mutex';
import { Inode } from '../inode';
import { SuperBlock } from '../super-block';
import { FatGeometry, isCluster } from './geometry';
import { CHAIN_END, fatNext } from './table';

export { CHAIN_END };

@unmanaged
export class FatVolume {
  device: BlockDevice;
  superBlock: SuperBlock;
  geometry: FatGeometry;
  mutex: Mutex;
  /** Scratch of the mutex's holder: a few bytes. */
  entry: usize;
  /** Names go to the disk after what they lead to. */
  names: OrderedWrites;
  /** Free clusters; -1: not counted yet. Where to look for the next one. */
  freeCount: i64;
  nextFree: u32;
  /** Clusters promised to dirty pages. */
  promised: u32;
  /** First clusters of chains whose names are gone, to be freed once the disk knows: PENDING_MAX u32s. */
  pending: usize;
  pendingCount: u32;
  /** Nodes in memory. */
  nodes: FatNode | null;
  uniqueNumber: u64;
  uid: u32;
  gid: u32;
  fileMask: u32;
  directoryMask: u32;
  /** Somebody has found a file by another spelling of its name, which the VFS caches. */
  hasAliases: bool;
  /** The dirty flag was set by somebody else before: it stays. */
  wasDirty: bool;
}

/** A file or directory of the volume: where its clusters begin, and where the last access was. */
@unmanaged
export class FatNode {
  volume: FatVolume;
  inode: Inode;
  next: FatNode | null;
  /** 0 for an empty file. */
  firstCluster: u32;
  /** The cluster of the last access and its number within the file; 0: none yet. */
  cursorCluster: u32;
  cursorIndex: u32;
  /** Clusters of the chain; -1: not counted yet. */
  clusters: i64;
  /** Byte position of the short entry on the volume; 0: the root, or a file without a name. */
  entryOffset: u64;
  /** Size that the entry tells: what has been written. */
  diskSize: u64;
  /** Clusters promised beyond `clusters`. */
  promised: u32;
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
    const next = fatNext(v, cluster);
    if (next < 0) return <i32>next;
    if (next == CHAIN_END) {
      store<u32>(out, CHAIN_END);
      return 0;
    }
    cluster = <u32>next;
    at++;
  }
  node.cursorIndex = at;
  node.cursorCluster = cluster;
  store<u32>(out, cluster);
  return 0;
}

/** Clusters of the node's chain, counted if need be; -EIO for a chain that does not end. The mutex is held. */
export function fatClusters(node: FatNode): i64 {
  if (node.clusters >= 0) return node.clusters;
  const v = node.volume;
  let n: i64 = 0;
  let cluster: i64 = node.firstCluster;
  while (cluster != CHAIN_END) {
    if (!isCluster(v.geometry, <u32>cluster) || n >= <i64>v.geometry.clusterCount) return -EIO;
    n++;
    cluster = fatNext(v, <u32>cluster);
    if (cluster < 0) return cluster;
  }
  node.clusters = n;
  return n;
}
