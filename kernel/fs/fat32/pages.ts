/**
 * A FAT file's pages: reading and writing them with few commands, room for them, and the file's size.
 *
 * - Clusters are chosen when pages are written; write(2) is promised its room before. FAT has no holes: what lies between
 *   the old end of a file and a write behind it becomes zeroes on the disk.
 * - The volume's mutex is held to follow and lengthen chains, not while data move.
 */
import { IO_READ, IO_WRITE, ioAdd, ioBegin, ioEnd } from '../../block/request';
import { EFBIG, EIO, ENOMEM, ENOSPC } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { physToVirt } from '../../mm/layout';
import { pageGet, pageMarkDirty, pagePut } from '../../mm/page-cache';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { Inode, inodeTouchModified } from '../inode';
import { updateEntry } from './entries';
import { FatGeometry, clusterOffset } from './geometry';
import { fatSync, freeLater } from './release';
import { fatCountFree, fatLink, fatTake } from './table';
import { CHAIN_END, FatNode, FatVolume, fatClusterAt, fatClusters } from './volume';

const PAGE: u64 = 4096;
export const MAX_FILE_BYTES: u64 = 0xffffffff;
const ZEROES = memory.data(4096, 8);
/** A list of that one page. */
const zeroPage = memory.data(8, 8);

function nodeOf(inode: Inode): FatNode {
  return changetype<FatNode>(inode.data);
}

/** Bytes of a page that lie in one cluster. */
function pieceBytes(g: FatGeometry): u32 {
  return min(g.clusterBytes, <u32>PAGE);
}

function clustersFor(g: FatGeometry, bytes: u64): u64 {
  return (bytes + g.clusterBytes - 1) >> g.clusterShift;
}

/** Where byte `offset` of the file is on the volume; -EIO when its chain is too short. The mutex is held. */
function locate(node: FatNode, offset: u64): i64 {
  const v = node.volume;
  const error = fatClusterAt(node, <u32>(offset >> v.geometry.clusterShift), v.entry);
  if (error != 0) return error;
  const cluster = load<u32>(v.entry);
  if (cluster == CHAIN_END) return -EIO;
  return <i64>(clusterOffset(v.geometry, cluster) + (offset & (v.geometry.clusterBytes - 1)));
}

/** Stores the places of `count` pieces from `offset` on in `list` (i64s). The mutex is held. */
function locateAll(node: FatNode, offset: u64, count: u32, list: usize): i32 {
  const piece = pieceBytes(node.volume.geometry);
  for (let i: u32 = 0; i < count; i++) {
    const at = locate(node, offset + <u64>i * piece);
    if (at < 0) return <i32>at;
    store<i64>(list + <usize>i * 8, at);
  }
  return 0;
}

/** Moves `bytes` bytes (whole pieces) between the file from `offset` on and the pages. */
function move(node: FatNode, operation: u32, offset: u64, bytes: u64, pages: usize): i32 {
  const v = node.volume;
  const piece = pieceBytes(v.geometry);
  const count = <u32>((bytes + piece - 1) / piece);
  const list = kmalloc(<usize>count * 8);
  if (list == 0) return -ENOMEM;
  mutexLock(v.mutex);
  let error = locateAll(node, offset, count, list);
  mutexUnlock(v.mutex);
  if (error == 0) {
    const batch = ioBegin(v.device);
    for (let i: u32 = 0; i < count; i++) {
      const at = <u64>i * piece;
      const page = <usize>load<u64>(pages + <usize>(at / PAGE) * 8);
      ioAdd(batch, operation, load<u64>(list + <usize>i * 8) >> 9, page + <usize>(at & (PAGE - 1)), piece);
    }
    error = ioEnd(batch);
  }
  kfree(list);
  return error;
}

/** As InodeOps.readPages. */
export function fatReadPages(inode: Inode, index: u64, count: u32, pages: usize): i32 {
  const offset = index * PAGE;
  const end = offset + count * PAGE;
  const size = inode.size;
  const node = nodeOf(inode);
  // Behind what is on the disk are the promises of dirty pages: zeroes.
  const stop = min(min(size, end), node.diskSize);
  if (stop > offset) {
    const error = move(node, IO_READ, offset, stop - offset, pages);
    if (error != 0) return error;
  }
  for (let at = max(stop, offset); at < end;) {
    const next = min((at & ~(PAGE - 1)) + PAGE, end);
    const page = <usize>load<u64>(pages + <usize>((at - offset) / PAGE) * 8);
    memory.fill(page + <usize>(at & (PAGE - 1)), 0, <usize>(next - at));
    at = next;
  }
  return 0;
}

/** Gives back up to `n` promised clusters. The mutex is held. */
function promiseReturn(node: FatNode, n: u32): void {
  const returned = min(n, node.promised);
  node.promised -= returned;
  node.volume.promised -= returned;
}

/** Makes the chain `wanted` clusters long. The mutex is held. */
function lengthen(node: FatNode, wanted: u64): i32 {
  const v = node.volume;
  let have = fatClusters(node);
  if (have < 0) return <i32>have;
  let last: u32 = 0;
  if (have > 0 && <u64>have < wanted) {
    const error = fatClusterAt(node, <u32>have - 1, v.entry);
    if (error != 0) return error;
    last = load<u32>(v.entry);
  }
  while (<u64>have < wanted) {
    const cluster = fatTake(v);
    if (cluster < 0) return <i32>cluster;
    if (last == 0) node.firstCluster = <u32>cluster;
    else {
      const error = fatLink(v, last, <u32>cluster);
      if (error != 0) return error;
    }
    last = <u32>cluster;
    have++;
    node.clusters = have;
    promiseReturn(node, 1);
  }
  return 0;
}

function grow(node: FatNode, end: u64): i32 {
  const v = node.volume;
  mutexLock(v.mutex);
  const error = lengthen(node, clustersFor(v.geometry, end));
  mutexUnlock(v.mutex);
  return error;
}

/** As InodeOps.writePages. */
export function fatWritePages(inode: Inode, index: u64, count: u32, pages: usize): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  const offset = index * PAGE;
  const end = min(inode.size, offset + count * PAGE);
  if (offset >= end) return 0;
  let error = grow(node, end);
  if (error == 0) error = move(node, IO_WRITE, offset, end - offset, pages);
  if (error != 0) return error;
  mutexLock(v.mutex);
  // Pages may be written out of order: the entry tells of the part without gaps.
  if (offset <= node.diskSize && end > node.diskSize) node.diskSize = end;
  else if (end > node.diskSize) node.diskSize = min(inode.size, end);
  inode.blocks = clustersFor(v.geometry, node.diskSize) * (v.geometry.clusterBytes / 512);
  error = updateEntry(node);
  mutexUnlock(v.mutex);
  return error;
}

/** Writes zeroes to [from, to) of the file, multiples of a page, whose clusters exist. */
function zeroRange(node: FatNode, from: u64, to: u64): i32 {
  store<u64>(zeroPage, ZEROES);
  for (let at = from; at < to; at += PAGE) {
    const error = move(node, IO_WRITE, at, min(PAGE, to - at), zeroPage);
    if (error != 0) return error;
  }
  return 0;
}

/** The rest of the last page of the file becomes zeroes, in memory and so on the disk. */
function zeroTail(inode: Inode): i32 {
  const within = <usize>(inode.size & (PAGE - 1));
  if (within == 0) return 0;
  const page = pageGet(inode, inode.size / PAGE, 1);
  if (page < 0) return <i32>page;
  memory.fill(physToVirt(<u64>page) + within, 0, <usize>PAGE - within);
  pageMarkDirty(<u64>page);
  pagePut(<u64>page);
  return 0;
}

/** Everything from the end of the file up to `offset` becomes zeroes: chosen and written now, but for the pages at both ends. */
function fillGap(inode: Inode, offset: u64): i32 {
  const node = nodeOf(inode);
  const from = (inode.size + PAGE - 1) & ~(PAGE - 1);
  const to = offset & ~(PAGE - 1);
  const tail = zeroTail(inode);
  if (tail != 0 || from >= to) return tail;
  const error = grow(node, to);
  return error != 0 ? error : zeroRange(node, from, to);
}

/** Promises room up to byte `end`. */
function promise(node: FatNode, end: u64): i32 {
  const v = node.volume;
  mutexLock(v.mutex);
  const have = fatClusters(node);
  const free = fatCountFree(v);
  let result = 0;
  if (have < 0 || free < 0) result = <i32>min(have, free);
  else {
    const total = <u64>have + node.promised;
    const wanted = clustersFor(v.geometry, end);
    const more: u64 = wanted > total ? wanted - total : 0;
    if (more > <u64>free - min(<u64>free, <u64>v.promised)) result = -ENOSPC;
    else {
      node.promised += <u32>more;
      v.promised += <u32>more;
    }
  }
  mutexUnlock(v.mutex);
  return result;
}

/** Room for all up to `end`, once more after what was deleted has been freed. */
function reserve(node: FatNode, end: u64): i32 {
  const first = promise(node, end);
  if (first != -ENOSPC || node.volume.pendingCount == 0) return first;
  const error = fatSync(node.volume);
  return error != 0 ? error : promise(node, end);
}

/** As InodeOps.prepareWrite. */
export function fatPrepareWrite(inode: Inode, offset: u64, length: u64): i32 {
  if (offset + length > MAX_FILE_BYTES || offset + length < offset) return -EFBIG;
  const error = reserve(nodeOf(inode), offset + length);
  if (error != 0) return error;
  return offset > inode.size ? fillGap(inode, offset) : 0;
}

/** Keeps the first `keep` clusters of the chain. The mutex is held. */
function cut(node: FatNode, keep: u64): i32 {
  const v = node.volume;
  const have = fatClusters(node);
  if (have < 0) return <i32>have;
  promiseReturn(node, node.promised);
  if (keep >= <u64>have) return 0;
  let first = node.firstCluster;
  if (keep == 0) node.firstCluster = 0;
  else {
    let error = fatClusterAt(node, <u32>keep, v.entry);
    first = load<u32>(v.entry);
    if (error == 0) error = fatClusterAt(node, <u32>keep - 1, v.entry);
    if (error == 0) error = fatLink(v, load<u32>(v.entry), CHAIN_END);
    if (error != 0) return error;
  }
  node.clusters = <i64>keep;
  node.cursorCluster = 0;
  // Should the list be full, fsck.vfat finds the clusters: better than to use them twice.
  freeLater(v, first);
  return 0;
}

/** As InodeOps.setSize. */
export function fatSetSize(inode: Inode, size: u64): i32 {
  const node = nodeOf(inode);
  const v: FatVolume = node.volume;
  if (size > MAX_FILE_BYTES) return -EFBIG;
  let error = 0;
  if (size > inode.size) {
    error = reserve(node, size);
    if (error == 0) error = zeroTail(inode);
    if (error == 0) error = grow(node, size);
    const from = (inode.size + PAGE - 1) & ~(PAGE - 1);
    if (error == 0 && from < size) error = zeroRange(node, from, size);
    if (error != 0) return error;
  }
  mutexLock(v.mutex);
  if (size < node.diskSize || node.promised != 0) error = cut(node, clustersFor(v.geometry, size));
  inode.size = size;
  node.diskSize = size;
  inode.blocks = clustersFor(v.geometry, size) * (v.geometry.clusterBytes / 512);
  inodeTouchModified(inode);
  const failed = updateEntry(node);
  mutexUnlock(v.mutex);
  return error != 0 ? error : failed;
}

/** The last use is over: nothing is promised, and a file without a name loses its clusters. */
export function fatGiveUp(node: FatNode, deleted: bool): void {
  const v = node.volume;
  mutexLock(v.mutex);
  promiseReturn(node, node.promised);
  if (deleted && node.firstCluster != 0) freeLater(v, node.firstCluster);
  mutexUnlock(v.mutex);
}
