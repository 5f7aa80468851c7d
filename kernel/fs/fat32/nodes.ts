/**
 * FAT's inodes in memory. A file is known by where its entry is on the volume: one in memory is found by that.
 *
 * A number (st_ino) is the entry's place, unless a file that was renamed away from there still has it.
 */
import { alloc, kfree } from '../../mm/kmalloc';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { FileOps } from '../file';
import { Inode, InodeOps, inodeCreate, inodeFind, inodeInsert, inodePut, inodeTryGet } from '../inode';
import { S_IFDIR, S_IFREG, isDirectory } from '../stat';
import { FatWalk } from './directory';
import { fatGiveUp } from './pages';
import { FatNode, FatVolume, fatClusters } from './volume';

const NS_PER_SECOND: i64 = 1_000_000_000;
const ALL_BITS: u32 = 0o777;
const WRITE_BITS: u32 = 0o222;

/** Filled by fat32.ts. */
export const inodeOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
export const fileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
export const directoryOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

export function nodeOf(inode: Inode): FatNode {
  return changetype<FatNode>(inode.data);
}

/** Type and permissions by the mount options and the read-only attribute. */
export function fatMode(v: FatVolume, directory: bool, readOnly: bool): u32 {
  if (directory) return S_IFDIR | (ALL_BITS & ~v.directoryMask);
  return S_IFREG | (ALL_BITS & ~v.fileMask & ~(readOnly ? WRITE_BITS : 0));
}

/** A number that no inode in memory has. */
function freeNumber(v: FatVolume, wanted: u64): u64 {
  const taken = inodeFind(v.superBlock, wanted);
  if (taken == null) return wanted;
  inodePut(taken);
  v.uniqueNumber++;
  return v.uniqueNumber;
}

/** A new inode with one reference, in the volume's list; null when out of memory. No mutex is held. */
export function fatInode(
  v: FatVolume,
  entryOffset: u64,
  mode: u32,
  firstCluster: u32,
  size: u64,
): Inode | null {
  const node = alloc<FatNode>();
  if (changetype<usize>(node) == 0) return null;
  const number = freeNumber(v, entryOffset == 0 ? 1 : entryOffset);
  const directory = isDirectory(mode);
  const inode = inodeCreate(v.superBlock, number, mode, inodeOps, directory ? directoryOps : fileOps);
  if (inode == null) {
    kfree(changetype<usize>(node));
    return null;
  }
  inode.data = changetype<usize>(node);
  inode.uid = v.uid;
  inode.gid = v.gid;
  node.volume = v;
  node.inode = inode;
  node.firstCluster = firstCluster;
  node.clusters = -1;
  node.entryOffset = entryOffset;
  node.diskSize = size;
  mutexLock(v.mutex);
  node.next = v.nodes;
  v.nodes = node;
  const clusters = directory ? fatClusters(node) : 0;
  mutexUnlock(v.mutex);
  inode.size = directory ? (clusters > 0 ? (<u64>clusters) << v.geometry.clusterShift : 0) : size;
  inode.blocks =
    ((inode.size + v.geometry.clusterBytes - 1) >> v.geometry.clusterShift) * (v.geometry.clusterBytes / 512);
  return inodeInsert(inode);
}

/** The inode in memory whose entry is there, with a reference, or null. */
function findNode(v: FatVolume, entryOffset: u64): Inode | null {
  mutexLock(v.mutex);
  let node = v.nodes;
  while (node != null && node.entryOffset != entryOffset) node = node.next;
  if (node == null) {
    mutexUnlock(v.mutex);
    return null;
  }
  const inode = node.inode;
  const number = inode.number;
  const alive = inodeTryGet(inode);
  mutexUnlock(v.mutex);
  if (alive) return inode;
  // It is ending: inodeFind waits for that.
  const again = inodeFind(v.superBlock, number);
  if (again != null) inodePut(again);
  return null;
}

/** The inode of the entry that the walk has come to; null when out of memory. */
export function fatInodeOf(v: FatVolume, w: FatWalk): Inode | null {
  const known = findNode(v, w.volumeOffset);
  if (known != null) return known;
  const size: u64 = w.isDirectory ? 0 : w.size;
  const inode = fatInode(v, w.volumeOffset, fatMode(v, w.isDirectory, w.isReadOnly), w.firstCluster, size);
  if (inode == null) return null;
  inode.modified = <i64>w.modified * NS_PER_SECOND;
  inode.changed = inode.modified;
  inode.accessed = max(<i64>w.accessed, 0) * NS_PER_SECOND;
  return inode;
}

/** As InodeOps.release. */
export function fatRelease(inode: Inode): void {
  const node = nodeOf(inode);
  const v = node.volume;
  fatGiveUp(node, inode.links == 0);
  mutexLock(v.mutex);
  let at = v.nodes;
  if (at == node) v.nodes = node.next;
  else {
    while (at != null && at.next != node) at = at.next;
    if (at != null) at.next = node.next;
  }
  mutexUnlock(v.mutex);
  kfree(changetype<usize>(node));
}
