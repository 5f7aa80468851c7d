/**
 * The file allocation table: following, lengthening and freeing chains. All copies of the table are written.
 *
 * - The volume's mutex is held.
 * - Clusters of a deleted file stay taken until its name is gone from the disk (release.ts), so nothing is used twice.
 */
import {
  bufferData,
  bufferDirty,
  bufferGet,
  bufferPut,
  bufferWillChange,
  failureOf,
  isFailure,
} from '../../block/buffer-cache';
import { EIO, ENOSPC } from '../../lib/errno';
import { FIRST_CLUSTER, isCluster } from './geometry';
import { FatVolume } from './volume';

const ENTRY_MASK: u32 = 0x0fffffff;
/** From here on an entry says that its cluster is the last one. */
const END_OF_CHAIN: u32 = 0x0ffffff8;
const LAST: u32 = 0x0fffffff;
const SECTOR: u32 = 512;
const ENTRIES_PER_SECTOR: u32 = SECTOR / 4;
/** Bit 27 of entry 1: the volume was left cleanly. */
const CLEAN: u32 = 0x08000000;

/** No cluster follows. */
export const CHAIN_END: u32 = 0;

/** The entry of `cluster`, or a negative errno. */
function read(v: FatVolume, cluster: u32): i64 {
  const offset = v.geometry.fatStart + <u64>cluster * 4;
  const buffer = bufferGet(v.device, offset & ~(<u64>SECTOR - 1), SECTOR);
  if (isFailure(buffer)) return failureOf(buffer);
  const entry = load<u32>(bufferData(buffer, offset)) & ENTRY_MASK;
  bufferPut(buffer);
  return entry;
}

/** Sets the entry in every copy; its top four bits are not ours. */
function write(v: FatVolume, cluster: u32, value: u32): i32 {
  let result = 0;
  for (let copy: u32 = 0; copy < v.geometry.fatCount; copy++) {
    const offset = v.geometry.fatsStart + copy * v.geometry.fatBytes + <u64>cluster * 4;
    const sector = offset & ~(<u64>SECTOR - 1);
    const buffer = bufferGet(v.device, sector, SECTOR);
    if (isFailure(buffer)) {
      if (result == 0) result = failureOf(buffer);
      continue;
    }
    bufferWillChange(buffer);
    const at = bufferData(buffer, offset);
    store<u32>(at, (load<u32>(at) & ~ENTRY_MASK) | value);
    bufferDirty(buffer, sector, SECTOR);
    bufferPut(buffer);
  }
  return result;
}

/** The cluster after `cluster`, CHAIN_END, or -EIO for a link to nowhere. */
export function fatNext(v: FatVolume, cluster: u32): i64 {
  const next = read(v, cluster);
  if (next < 0) return next;
  if (next >= <i64>END_OF_CHAIN) return CHAIN_END;
  return isCluster(v.geometry, <u32>next) ? next : -EIO;
}

/** `cluster` is followed by `next` (CHAIN_END: it is the last). */
export function fatLink(v: FatVolume, cluster: u32, next: u32): i32 {
  return write(v, cluster, next == CHAIN_END ? LAST : next);
}

/** The first free cluster of one sector of the table, from `cluster` on; 0 when there is none there. */
function findInSector(v: FatVolume, cluster: u32, end: u32): i64 {
  const offset = v.geometry.fatStart + <u64>cluster * 4;
  const buffer = bufferGet(v.device, offset & ~(<u64>SECTOR - 1), SECTOR);
  if (isFailure(buffer)) return failureOf(buffer);
  let found: i64 = 0;
  for (let c = cluster; c < end; c++) {
    if ((load<u32>(bufferData(buffer, v.geometry.fatStart + <u64>c * 4)) & ENTRY_MASK) != 0) continue;
    found = c;
    break;
  }
  bufferPut(buffer);
  return found;
}

/** A free cluster in [from, end): the cluster, 0, or a negative errno. */
function find(v: FatVolume, from: u32, end: u32): i64 {
  let at = from;
  while (at < end) {
    // Sectors of the table begin at multiples of 512 bytes of the volume.
    const stop = min((at & ~(ENTRIES_PER_SECTOR - 1)) + ENTRIES_PER_SECTOR, end);
    const found = findInSector(v, at, stop);
    if (found != 0) return found;
    at = stop;
  }
  return 0;
}

/** Takes a free cluster, marked as the end of a chain; near the last one. -ENOSPC, or what reading says. */
export function fatTake(v: FatVolume): i64 {
  const end = v.geometry.clusterCount + FIRST_CLUSTER;
  const start = isCluster(v.geometry, v.nextFree) ? v.nextFree : FIRST_CLUSTER;
  let cluster = find(v, start, end);
  if (cluster == 0) cluster = find(v, FIRST_CLUSTER, start);
  if (cluster <= 0) return cluster == 0 ? -ENOSPC : cluster;
  const error = fatLink(v, <u32>cluster, CHAIN_END);
  if (error != 0) return error;
  v.nextFree = <u32>cluster + 1;
  if (v.freeCount > 0) v.freeCount--;
  return cluster;
}

/** Frees the chain from `first` on; a loop in it ends where it meets what is free already. */
export function fatFreeChain(v: FatVolume, first: u32): i32 {
  let cluster = first;
  while (isCluster(v.geometry, cluster)) {
    const next = read(v, cluster);
    if (next <= 0) return next == 0 ? 0 : <i32>next;
    const error = write(v, cluster, 0);
    if (error != 0) return error;
    if (v.freeCount >= 0) v.freeCount++;
    if (cluster < v.nextFree) v.nextFree = cluster;
    cluster = <u32>next;
  }
  return 0;
}

/** Free clusters, counted when the volume does not say. */
export function fatCountFree(v: FatVolume): i64 {
  if (v.freeCount >= 0) return v.freeCount;
  const end = v.geometry.clusterCount + FIRST_CLUSTER;
  let free: i64 = 0;
  let at: u32 = 0;
  while (at < end) {
    const offset = v.geometry.fatStart + <u64>at * 4;
    const buffer = bufferGet(v.device, offset, SECTOR);
    if (isFailure(buffer)) return failureOf(buffer);
    const stop = min(at + ENTRIES_PER_SECTOR, end);
    for (let c = max(at, FIRST_CLUSTER); c < stop; c++) {
      if ((load<u32>(bufferData(buffer, v.geometry.fatStart + <u64>c * 4)) & ENTRY_MASK) == 0) free++;
    }
    bufferPut(buffer);
    at = stop;
  }
  v.freeCount = free;
  return free;
}

/** Entry 1 says whether the volume was left cleanly. */
export function fatSetClean(v: FatVolume, clean: bool): i32 {
  const entry = read(v, 1);
  if (entry < 0) return <i32>entry;
  return write(v, 1, clean ? (<u32>entry) | CLEAN : (<u32>entry) & ~CLEAN);
}
