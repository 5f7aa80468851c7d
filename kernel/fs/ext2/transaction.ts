/**
 * Changes of metadata, with a journal or without one.
 *
 * - changeBegin … changeEnd enclose a change that is to be on the disk as a whole. Within: `access` before a block is changed,
 *   `dirty` after. A thread has one change open; it takes maps' and the volume's mutexes inside, never before.
 * - With a journal (../journal) a crash leaves all of a transaction or nothing.
 * - Without one, the order of a sync is: everything but names, a flush, then the names (blocks of directories), a flush. So a
 *   name never points to an inode that is not there. e2fsck repairs the rest.
 * - Blocks freed in a transaction are used again only after its commit: until then the disk's older state owns them.
 */
import { bufferDirty, bufferForget, bufferWillChange } from '../../block/buffer-cache';
import { orderedForget, orderedHold, orderedIsTight, orderedSync } from '../../block/ordered-writes';
import { EIO, EROFS } from '../../lib/errno';
import { kfree } from '../../mm/kmalloc';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import {
  journalAccess,
  journalBegin,
  journalCommit,
  journalEnd,
  journalForget,
  journalIsTight,
} from '../journal/journal';
import { MS_RDONLY } from '../super-block';
import { Ext2Volume, blockOffset } from './volume';

/** 0, -EIO when nothing can be written any more, -EROFS. */
export function changeBegin(v: Ext2Volume): i32 {
  if (v.failed) return -EIO;
  if ((v.superBlock.flags & MS_RDONLY) != 0) return -EROFS;
  const j = v.journal;
  if (j != null) return journalBegin(j);
  if (orderedIsTight(v.names)) return changeCommit(v);
  return 0;
}

export function changeEnd(v: Ext2Volume): void {
  const j = v.journal;
  if (j != null) journalEnd(j);
}

/** A long change had better end here and begin again. */
export function changeIsTight(v: Ext2Volume): bool {
  const j = v.journal;
  return j != null && journalIsTight(j);
}

/** `block`, in the pinned `buffer`, is going to be changed. */
export function access(v: Ext2Volume, buffer: usize, block: u32): void {
  const j = v.journal;
  if (j != null) journalAccess(j, buffer, block);
  else bufferWillChange(buffer);
}

/** `block` has been changed. */
export function dirty(v: Ext2Volume, buffer: usize, block: u32): void {
  if (v.journal == null) bufferDirty(buffer, blockOffset(v, block), v.blockSize);
}

/** As dirty, for a block of a directory. */
export function dirtyNames(v: Ext2Volume, buffer: usize, block: u32): void {
  if (v.journal == null) orderedHold(v.names, buffer, blockOffset(v, block), v.blockSize);
}

/** The block was metadata and is free now. */
export function forget(v: Ext2Volume, block: u32): void {
  const j = v.journal;
  if (j != null) {
    journalForget(j, block);
    return;
  }
  orderedForget(v.names, blockOffset(v, block), v.blockSize);
  bufferForget(v.device, blockOffset(v, block), v.blockSize);
}

/** Blocks freed before this commit may be used again. */
export function restEnds(v: Ext2Volume): void {
  mutexLock(v.mutex);
  for (let g: u32 = 0; g < v.groupCount && v.restingGroups != 0; g++) {
    const slot = v.resting + <usize>g * sizeof<usize>();
    const bitmap = load<usize>(slot);
    if (bitmap == 0) continue;
    kfree(bitmap);
    store<usize>(slot, 0);
    v.restingGroups--;
  }
  mutexUnlock(v.mutex);
}

/** Everything changed so far is on the medium, also data written before. No change of the caller's is open. */
export function changeCommit(v: Ext2Volume): i32 {
  const j = v.journal;
  if (j == null) {
    const failed = orderedSync(v.names);
    if (failed == 0) restEnds(v);
    return failed;
  }
  const error = journalCommit(j);
  if (error != 0) v.failed = true;
  return error;
}
