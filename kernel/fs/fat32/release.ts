/**
 * Bringing a FAT volume to the disk in order, and freeing clusters when nothing leads to them any more.
 *
 * A sync writes data and the table, then the names (block/ordered-writes.ts). The clusters of what was deleted are freed
 * after that: a power cut costs at most clusters that fsck.vfat finds again.
 */
import {
  bufferData,
  bufferDirty,
  bufferForget,
  bufferGet,
  bufferPut,
  bufferWillChange,
  isFailure,
} from '../../block/buffer-cache';
import { orderedForget, orderedIsEmpty, orderedIsTight, orderedSync } from '../../block/ordered-writes';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { clusterOffset, isCluster } from './geometry';
import { fatFreeChain, fatNext } from './table';
import { FatVolume } from './volume';

export const PENDING_MAX: u32 = 256;
const SECTOR: u32 = 512;
/** FSInfo: three signatures, the count of free clusters, where to look for one. */
const LEAD: u32 = 0x41615252;
const STRUCT: u32 = 0x61417272;
const enum Info {
  Struct = 484,
  FreeCount = 488,
  NextFree = 492,
}
const UNKNOWN: u32 = 0xffffffff;

/** Buffers of a deleted directory's clusters must not be written over what comes there next. */
export function forgetChain(v: FatVolume, first: u32): void {
  let cluster: i64 = first;
  for (let n: u32 = 0; n < v.geometry.clusterCount && isCluster(v.geometry, <u32>cluster); n++) {
    const start = clusterOffset(v.geometry, <u32>cluster);
    orderedForget(v.names, start, v.geometry.clusterBytes);
    for (let at: u32 = 0; at < v.geometry.clusterBytes; at += SECTOR)
      bufferForget(v.device, start + at, SECTOR);
    cluster = fatNext(v, <u32>cluster);
    if (cluster <= 0) return;
  }
}

/** The chain from `first` on is nobody's: it is freed after the next sync. The mutex is held; false when there is no room. */
export function freeLater(v: FatVolume, first: u32): bool {
  if (first == 0) return true;
  if (v.pendingCount == PENDING_MAX) return false;
  store<u32>(v.pending + <usize>v.pendingCount * 4, first);
  v.pendingCount++;
  return true;
}

/** Reads free count and hint; what makes no sense is not believed. */
export function infoRead(v: FatVolume): void {
  v.freeCount = -1;
  v.nextFree = 2;
  if (v.geometry.infoStart == 0) return;
  const buffer = bufferGet(v.device, v.geometry.infoStart, SECTOR);
  if (isFailure(buffer)) return;
  const data = bufferData(buffer, v.geometry.infoStart);
  if (load<u32>(data) == LEAD && load<u32>(data, Info.Struct) == STRUCT) {
    const free = load<u32>(data, Info.FreeCount);
    // After a crash the count may be old: only a cleanly left volume's is taken.
    if (free <= v.geometry.clusterCount && !v.wasDirty) v.freeCount = free;
    if (isCluster(v.geometry, load<u32>(data, Info.NextFree))) v.nextFree = load<u32>(data, Info.NextFree);
  }
  bufferPut(buffer);
}

function infoWrite(v: FatVolume): void {
  if (v.geometry.infoStart == 0) return;
  const buffer = bufferGet(v.device, v.geometry.infoStart, SECTOR);
  if (isFailure(buffer)) return;
  const data = bufferData(buffer, v.geometry.infoStart);
  const free: u32 = v.freeCount < 0 ? UNKNOWN : <u32>v.freeCount;
  const known = load<u32>(data) == LEAD && load<u32>(data, Info.Struct) == STRUCT;
  if (known && (load<u32>(data, Info.FreeCount) != free || load<u32>(data, Info.NextFree) != v.nextFree)) {
    bufferWillChange(buffer);
    store<u32>(data, free, Info.FreeCount);
    store<u32>(data, v.nextFree, Info.NextFree);
    bufferDirty(buffer, v.geometry.infoStart, SECTOR);
  }
  bufferPut(buffer);
}

/** Everything changed so far is on the medium. The mutex is not held. */
export function fatSync(v: FatVolume): i32 {
  mutexLock(v.mutex);
  const gone = v.pendingCount;
  infoWrite(v);
  mutexUnlock(v.mutex);
  const error = orderedSync(v.names);
  if (error != 0 || gone == 0) return error;
  mutexLock(v.mutex);
  const count = min(gone, v.pendingCount);
  for (let i: u32 = 0; i < count; i++) fatFreeChain(v, load<u32>(v.pending + <usize>i * 4));
  v.pendingCount -= count;
  memory.copy(v.pending, v.pending + <usize>count * 4, <usize>v.pendingCount * 4);
  mutexUnlock(v.mutex);
  return 0;
}

/** Before a change of names: makes room on the lists. */
export function fatMakeRoom(v: FatVolume): i32 {
  return orderedIsTight(v.names) || v.pendingCount + 4 > PENDING_MAX ? fatSync(v) : 0;
}

/** Whether a sync would have something to do. */
export function fatIsDirty(v: FatVolume): bool {
  return v.pendingCount != 0 || !orderedIsEmpty(v.names);
}
