/**
 * Giving out inode numbers, and taking them back. Within a change.
 *
 * Directories at the top spread over the groups, those below stay near their parent while it has room (after G. Orlov's
 * allocator of BSD, as Linux has it); files go into their directory's group.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { ENOSPC } from '../../lib/errno';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { bitClear, bitFindClear, bitIsSet, bitSet } from './bitmap';
import { groupCount, groupDirectories, groupFreeBlocks, groupFreeInodes, groupInodeBitmap } from './groups';
import { ROOT_INODE } from './layout';
import { access, dirty } from './transaction';
import { Ext2Volume, blockData, blockGet, blockPut, volumeDamaged } from './volume';

export function inodeGroup(v: Ext2Volume, number: u32): u32 {
  return (number - 1) / v.inodesPerGroup;
}

/** The group with the fewest directories among those with more than average room; the parent's when there is none. */
function spreadGroup(v: Ext2Volume, parentGroup: u32): u32 {
  const averageInodes = v.freeInodes / v.groupCount;
  const averageBlocks = v.freeBlocks / v.groupCount;
  let best = parentGroup;
  let fewest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < v.groupCount; i++) {
    const g = (parentGroup + i) % v.groupCount;
    if (groupFreeInodes(v, g) == 0 || groupFreeInodes(v, g) < averageInodes) continue;
    if (groupFreeBlocks(v, g) < averageBlocks || groupDirectories(v, g) >= fewest) continue;
    best = g;
    fewest = groupDirectories(v, g);
  }
  return best;
}

/** The parent's group, or the next one that is not crowded. */
function nearGroup(v: Ext2Volume, parentGroup: u32): u32 {
  const leastInodes = v.freeInodes / v.groupCount / 4;
  const leastBlocks = v.freeBlocks / v.groupCount / 4;
  const mostDirectories = v.directories / v.groupCount + v.inodesPerGroup / 16;
  for (let i: u32 = 0; i < v.groupCount; i++) {
    const g = (parentGroup + i) % v.groupCount;
    if (groupFreeInodes(v, g) == 0 || groupFreeInodes(v, g) < leastInodes) continue;
    if (groupFreeBlocks(v, g) >= leastBlocks && groupDirectories(v, g) < mostDirectories) return g;
  }
  return parentGroup;
}

/** Takes a number in group `g`: the number, 0 when there is none, or a negative errno. */
function takeInGroup(v: Ext2Volume, g: u32, isDirectory: bool): i64 {
  const bitmap = groupInodeBitmap(v, g);
  const buffer = blockGet(v, bitmap);
  if (isFailure(buffer)) return failureOf(buffer);
  const map = blockData(v, buffer, bitmap);
  const from = g == 0 ? v.firstInode - 1 : 0;
  const bit = bitFindClear(map, 0, from, v.inodesPerGroup);
  let number: i64 = 0;
  if (bit < v.inodesPerGroup) {
    access(v, buffer, bitmap);
    bitSet(map, bit);
    dirty(v, buffer, bitmap);
    groupCount(v, g, 0, -1, isDirectory ? 1 : 0);
    number = <i64>(g * v.inodesPerGroup + bit + 1);
  }
  blockPut(buffer);
  return number;
}

/** A new inode number for a file in directory `parent`; -ENOSPC or -EIO. */
export function inodeNumberAllocate(v: Ext2Volume, parent: u32, isDirectory: bool): i64 {
  let result: i64 = -ENOSPC;
  mutexLock(v.mutex);
  let home = inodeGroup(v, parent);
  if (isDirectory) home = parent == ROOT_INODE ? spreadGroup(v, home) : nearGroup(v, home);
  for (let i: u32 = 0; i < v.groupCount; i++) {
    const g = (home + i) % v.groupCount;
    if (groupFreeInodes(v, g) == 0) continue;
    const number = takeInGroup(v, g, isDirectory);
    if (number == 0) continue;
    result = number;
    break;
  }
  mutexUnlock(v.mutex);
  return result;
}

/** Takes back a number. 0, or -EIO when it was not given out. */
export function inodeNumberFree(v: Ext2Volume, number: u32, isDirectory: bool): i32 {
  const g = inodeGroup(v, number);
  const bit = (number - 1) % v.inodesPerGroup;
  const bitmap = groupInodeBitmap(v, g);
  const buffer = blockGet(v, bitmap);
  if (isFailure(buffer)) return failureOf(buffer);
  const map = blockData(v, buffer, bitmap);
  let result = 0;
  mutexLock(v.mutex);
  if (!bitIsSet(map, bit)) result = volumeDamaged(v, 'an inode was freed twice:', number);
  else {
    access(v, buffer, bitmap);
    bitClear(map, bit);
    dirty(v, buffer, bitmap);
    groupCount(v, g, 0, 1, isDirectory ? -1 : 0);
  }
  mutexUnlock(v.mutex);
  blockPut(buffer);
  return result;
}
