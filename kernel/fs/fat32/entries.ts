/**
 * Writing the 32-byte entries of directories: room for a name, the name itself, its end, and the facts of a file.
 *
 * The volume's mutex is held. Changed sectors are written after everything that they lead to (block/ordered-writes.ts).
 */
import {
  bufferData,
  bufferDirty,
  bufferGet,
  bufferNew,
  bufferPut,
  bufferWillChange,
  failureOf,
  isFailure,
} from '../../block/buffer-cache';
import { orderedHold } from '../../block/ordered-writes';
import { bufferWriteBack } from '../../block/write-back';
import { EIO, ENOSPC } from '../../lib/errno';
import { realtimeNs } from '../../sched/clock';
import { isDirectory } from '../stat';
import { Attribute, DELETED, ENTRY_BYTES, Field, LAST_LONG_ENTRY } from './directory';
import { clusterOffset } from './geometry';
import { SHORT_NAME_BYTES, UNITS_PER_ENTRY, shortNameChecksum } from './names';
import { fatLink, fatTake } from './table';
import { fatTimeFromUnix } from './time';
import { CHAIN_END, FatNode, FatVolume, fatClusterAt, fatClusters } from './volume';

const SECTOR: u32 = 512;
const MAX_ENTRIES: u32 = 65536;
const NS_PER_SECOND: i64 = 1_000_000_000;
const WRITE_BITS: u32 = 0o222;

function sectorOf(offset: u64): u64 {
  return offset & ~(<u64>SECTOR - 1);
}

/** Pins the sector with byte `offset` of the volume. */
function pin(v: FatVolume, offset: u64): usize {
  return bufferGet(v.device, sectorOf(offset), SECTOR);
}

/** The pinned sector was changed. */
function changed(v: FatVolume, buffer: usize, offset: u64): void {
  orderedHold(v.names, buffer, sectorOf(offset), SECTOR);
}

/** Where entry `position` of the directory is on the volume: 0 behind its end, or a negative errno. */
export function entryOffset(node: FatNode, position: u32): i64 {
  const v = node.volume;
  const at = <u64>position * ENTRY_BYTES;
  const error = fatClusterAt(node, <u32>(at >> v.geometry.clusterShift), v.entry);
  if (error != 0) return error;
  const cluster = load<u32>(v.entry);
  if (cluster == CHAIN_END) return 0;
  return <i64>(clusterOffset(v.geometry, cluster) + (at & (v.geometry.clusterBytes - 1)));
}

/** All zeroes into a new cluster of a directory, on the disk at once: it must be there before anything leads to it. */
export function clearCluster(v: FatVolume, cluster: u32): i32 {
  const start = clusterOffset(v.geometry, cluster);
  for (let at: u32 = 0; at < v.geometry.clusterBytes; at += SECTOR) {
    const buffer = bufferNew(v.device, start + at, SECTOR);
    if (isFailure(buffer)) return failureOf(buffer);
    bufferDirty(buffer, start + at, SECTOR);
    bufferPut(buffer);
  }
  return bufferWriteBack(v.device);
}

/** Lengthens a directory by one cluster. */
function grow(node: FatNode): i32 {
  const v = node.volume;
  const clusters = fatClusters(node);
  if (clusters <= 0) return clusters < 0 ? <i32>clusters : -EIO;
  const error = fatClusterAt(node, <u32>clusters - 1, v.entry);
  if (error != 0) return error;
  const last = load<u32>(v.entry);
  const cluster = fatTake(v);
  if (cluster < 0) return <i32>cluster;
  const failed = clearCluster(v, <u32>cluster);
  if (failed != 0) return failed;
  node.clusters = clusters + 1;
  node.inode.size += v.geometry.clusterBytes;
  return fatLink(v, last, <u32>cluster);
}

/** First byte of entry `position`, -1 behind the directory's end, or a negative errno below -1. */
function firstByte(node: FatNode, position: u32): i32 {
  const offset = entryOffset(node, position);
  if (offset <= 0) return offset == 0 ? -1 : <i32>offset;
  const buffer = pin(node.volume, <u64>offset);
  if (isFailure(buffer)) return failureOf(buffer);
  const byte = load<u8>(bufferData(buffer, <u64>offset));
  bufferPut(buffer);
  return byte;
}

/** The first of `count` free entries in a row, the directory lengthened if need be; -ENOSPC when it may not grow. */
export function findFreeEntries(node: FatNode, count: u32): i64 {
  let run: u32 = 0;
  let position: u32 = 0;
  let ended = false;
  while (position < MAX_ENTRIES) {
    const byte = ended ? 0 : firstByte(node, position);
    if (byte < -1) return byte;
    const beyond = byte == -1 || (ended && entryOffset(node, position) == 0);
    if (beyond) {
      const error = grow(node);
      if (error != 0) return error;
    }
    if (byte == 0 || beyond) ended = true;
    run = ended || byte == <i32>DELETED ? run + 1 : 0;
    position++;
    if (run == count) return <i64>(position - count);
  }
  return -ENOSPC;
}

/** Copies the 32 bytes at `from` to entry `position`. */
function putEntry(node: FatNode, position: u32, from: usize): i32 {
  const v = node.volume;
  const offset = entryOffset(node, position);
  if (offset <= 0) return offset == 0 ? -EIO : <i32>offset;
  const buffer = pin(v, <u64>offset);
  if (isFailure(buffer)) return failureOf(buffer);
  bufferWillChange(buffer);
  memory.copy(bufferData(buffer, <u64>offset), from, ENTRY_BYTES);
  changed(v, buffer, <u64>offset);
  bufferPut(buffer);
  return 0;
}

/** Long-name entry number `n` (1 holds the first units) of `total`, at `out`. */
function longEntry(units: usize, unitCount: u32, n: u32, total: u32, checksum: u8, out: usize): void {
  memory.fill(out, 0, ENTRY_BYTES);
  store<u8>(out, (<u8>n) | (n == total ? LAST_LONG_ENTRY : 0));
  store<u8>(out, Attribute.LongName, Field.Attributes);
  store<u8>(out, checksum, Field.LongChecksum);
  for (let i: u32 = 0; i < UNITS_PER_ENTRY; i++) {
    const index = (n - 1) * UNITS_PER_ENTRY + i;
    // A NUL ends the name, the rest is all ones.
    const unit: u16 = index < unitCount ? load<u16>(units + index * 2) : index == unitCount ? 0 : 0xffff;
    const at = i < 5 ? 1 + i * 2 : i < 11 ? 14 + (i - 5) * 2 : 28 + (i - 11) * 2;
    store<u16>(out + at, unit);
  }
}

/** Long-name entries that so many units take. */
export function longEntries(unitCount: u32): u32 {
  return (unitCount + UNITS_PER_ENTRY - 1) / UNITS_PER_ENTRY;
}

/**
 * Writes a name at `position`: the long entries for `unitCount` units (0: none), then the short one, 32 bytes at `short`.
 * `scratch` is 32 bytes.
 */
export function writeName(
  node: FatNode,
  position: u32,
  units: usize,
  unitCount: u32,
  short: usize,
  scratch: usize,
): i32 {
  const total = longEntries(unitCount);
  const checksum = shortNameChecksum(short);
  for (let i: u32 = 0; i < total; i++) {
    longEntry(units, unitCount, total - i, total, checksum, scratch);
    const error = putEntry(node, position + i, scratch);
    if (error != 0) return error;
  }
  return putEntry(node, position + total, short);
}

/** Marks entries [from, to) as deleted. */
export function eraseEntries(node: FatNode, from: u32, to: u32): i32 {
  const v = node.volume;
  for (let position = from; position < to; position++) {
    const offset = entryOffset(node, position);
    if (offset <= 0) return offset == 0 ? -EIO : <i32>offset;
    const buffer = pin(v, <u64>offset);
    if (isFailure(buffer)) return failureOf(buffer);
    bufferWillChange(buffer);
    store<u8>(bufferData(buffer, <u64>offset), DELETED);
    changed(v, buffer, <u64>offset);
    bufferPut(buffer);
  }
  return 0;
}

/** Fills what an entry tells of the node: size, clusters, times, attributes. */
export function fillEntry(node: FatNode, entry: usize): void {
  const inode = node.inode;
  const directory = isDirectory(inode.mode);
  const modified = fatTimeFromUnix(inode.modified / NS_PER_SECOND);
  const accessed = fatTimeFromUnix(inode.accessed / NS_PER_SECOND);
  let attributes: u32 = load<u8>(entry, Field.Attributes) & ~(Attribute.ReadOnly | Attribute.Directory);
  if (directory) attributes |= Attribute.Directory;
  else attributes |= Attribute.Archive;
  if ((inode.mode & WRITE_BITS) == 0) attributes |= Attribute.ReadOnly;
  store<u8>(entry, <u8>attributes, Field.Attributes);
  store<u16>(entry, <u16>(node.firstCluster >> 16), Field.ClusterHigh);
  store<u16>(entry, <u16>node.firstCluster, Field.ClusterLow);
  store<u16>(entry, <u16>modified, Field.ModifyTime);
  store<u16>(entry, <u16>(modified >> 16), Field.ModifyDate);
  store<u16>(entry, <u16>(accessed >> 16), Field.AccessDate);
  store<u32>(entry, directory ? 0 : <u32>node.diskSize, Field.Size);
}

/** The time of creation, for a new entry. */
export function stampCreation(entry: usize): void {
  const now = fatTimeFromUnix(<i64>realtimeNs() / NS_PER_SECOND);
  store<u16>(entry, <u16>now, Field.CreateTime);
  store<u16>(entry, <u16>(now >> 16), Field.CreateDate);
}

/** Writes what the node's entry tells; nothing for the root and for files without a name. */
export function updateEntry(node: FatNode): i32 {
  if (node.entryOffset == 0) return 0;
  const v = node.volume;
  const buffer = pin(v, node.entryOffset);
  if (isFailure(buffer)) return failureOf(buffer);
  bufferWillChange(buffer);
  fillEntry(node, bufferData(buffer, node.entryOffset));
  changed(v, buffer, node.entryOffset);
  bufferPut(buffer);
  return 0;
}

/** ".." of a directory leads to the directory at `cluster` (0: the root). */
export function setParent(node: FatNode, cluster: u32): i32 {
  const v = node.volume;
  const offset = entryOffset(node, 1);
  if (offset <= 0) return -EIO;
  const buffer = pin(v, <u64>offset);
  if (isFailure(buffer)) return failureOf(buffer);
  bufferWillChange(buffer);
  const entry = bufferData(buffer, <u64>offset);
  store<u16>(entry, <u16>(cluster >> 16), Field.ClusterHigh);
  store<u16>(entry, <u16>cluster, Field.ClusterLow);
  changed(v, buffer, <u64>offset);
  bufferPut(buffer);
  return 0;
}

/** "." and ".." of a new directory, on the disk at once. `parent`: its parent's cluster, 0 for the root. `scratch`: 32 bytes. */
export function writeDots(node: FatNode, parent: u32, scratch: usize): i32 {
  const v = node.volume;
  const error = clearCluster(v, node.firstCluster);
  if (error != 0) return error;
  const start = clusterOffset(v.geometry, node.firstCluster);
  const buffer = pin(v, start);
  if (isFailure(buffer)) return failureOf(buffer);
  bufferWillChange(buffer);
  for (let i: u32 = 0; i < 2; i++) {
    memory.fill(scratch, 0, ENTRY_BYTES);
    memory.fill(scratch, 0x20, SHORT_NAME_BYTES);
    for (let dot: u32 = 0; dot <= i; dot++) store<u8>(scratch + dot, 0x2e);
    stampCreation(scratch);
    fillEntry(node, scratch);
    const cluster = i == 0 ? node.firstCluster : parent;
    store<u16>(scratch, <u16>(cluster >> 16), Field.ClusterHigh);
    store<u16>(scratch, <u16>cluster, Field.ClusterLow);
    memory.copy(bufferData(buffer, start) + i * ENTRY_BYTES, scratch, ENTRY_BYTES);
  }
  bufferDirty(buffer, start, SECTOR);
  bufferPut(buffer);
  return bufferWriteBack(v.device);
}
