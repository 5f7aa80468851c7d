/**
 * Giving out blocks near a goal, and taking them back.
 *
 * - Within a change. A run is looked for at the goal, behind it, then in other groups; files grow in one piece when they can.
 * - A bitmap is not believed blindly: blocks of the file system's own tables are never given out.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { ENOSPC } from '../../lib/errno';
import { kmalloc } from '../../mm/kmalloc';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { bitClear, bitFindClear, bitFindClearByte, bitIsSet, bitRunClear, bitSet } from './bitmap';
import {
  groupBlockBitmap,
  groupBlocks,
  groupCount,
  groupFirstBlock,
  groupFreeBlocks,
  groupInodeBitmap,
  groupInodeTable,
} from './groups';
import { access, dirty } from './transaction';
import { Ext2Volume, blockData, blockGet, blockPut, isBlock, volumeDamaged } from './volume';

/** Runs of at least this many blocks look for a whole free byte of the bitmap first. */
const WORTH_A_BYTE: u32 = 4;

/** An answer of blocksAllocate: how many blocks, and the first of them. */
export function runCount(answer: i64): u32 {
  return <u32>(answer >> 32);
}

export function runStart(answer: i64): u32 {
  return <u32>answer;
}

function restingOf(v: Ext2Volume, g: u32): usize {
  return load<usize>(v.resting + <usize>g * sizeof<usize>());
}

function isSystemBlock(v: Ext2Volume, g: u32, block: u32): bool {
  if (block == groupBlockBitmap(v, g) || block == groupInodeBitmap(v, g)) return true;
  const table = groupInodeTable(v, g);
  const tableBlocks = (v.inodesPerGroup * v.inodeSize + v.blockSize - 1) >> v.blockShift;
  return block - table < tableBlocks || block < v.descriptorsStart + v.descriptorBlocks;
}

/** The bit where a run should begin, or `end`. */
function pick(map: usize, resting: usize, from: u32, end: u32, wanted: u32): u32 {
  if (from < end && bitFindClear(map, resting, from, from + 1) == from) return from;
  if (wanted >= WORTH_A_BYTE) {
    const byte = bitFindClearByte(map, resting, from, end);
    if (byte < end) return byte;
    const early = bitFindClearByte(map, resting, 0, from);
    if (early < from) return early;
  }
  const bit = bitFindClear(map, resting, from, end);
  if (bit < end) return bit;
  const wrapped = bitFindClear(map, resting, 0, from);
  return wrapped < from ? wrapped : end;
}

/** Takes a run in group `g` from bit `from` on: as blocksAllocate, 0 when the group has none. */
function takeInGroup(v: Ext2Volume, g: u32, from: u32, wanted: u32): i64 {
  const bitmap = groupBlockBitmap(v, g);
  const buffer = blockGet(v, bitmap);
  if (isFailure(buffer)) return failureOf(buffer);
  const map = blockData(v, buffer, bitmap);
  const resting = restingOf(v, g);
  const end = groupBlocks(v, g);
  const bit = pick(map, resting, min(from, end - 1), end, wanted);
  let result: i64 = 0;
  if (bit < end) {
    let n = bitRunClear(map, resting, bit, min(wanted, end - bit));
    const first = groupFirstBlock(v, g) + bit;
    for (let i: u32 = 0; i < n; i++) if (isSystemBlock(v, g, first + i)) n = i;
    if (n == 0) result = volumeDamaged(v, 'the bitmap has a block of the file system itself as free:', first);
    else {
      access(v, buffer, bitmap);
      for (let i: u32 = 0; i < n; i++) bitSet(map, bit + i);
      dirty(v, buffer, bitmap);
      groupCount(v, g, -(<i32>n), 0, 0);
      result = ((<i64>n) << 32) | (<i64>first);
    }
  }
  blockPut(buffer);
  return result;
}

function allocate(v: Ext2Volume, goal: u32, wanted: u32): i64 {
  const near = isBlock(v, goal) ? goal : v.firstDataBlock;
  const home = (near - v.firstDataBlock) / v.blocksPerGroup;
  for (let i: u32 = 0; i < v.groupCount; i++) {
    const g = (home + i) % v.groupCount;
    if (groupFreeBlocks(v, g) == 0) continue;
    const from = i == 0 ? (near - v.firstDataBlock) % v.blocksPerGroup : 0;
    const run = takeInGroup(v, g, from, wanted);
    if (run != 0) return run;
  }
  return -ENOSPC;
}

/**
 * Up to `wanted` neighbouring blocks near `goal` (0: anywhere): their number in the upper half of the answer (runCount), the
 * first in the lower one (runStart), or -ENOSPC, -EIO.
 */
export function blocksAllocate(v: Ext2Volume, goal: u32, wanted: u32): i64 {
  mutexLock(v.mutex);
  const run = allocate(v, goal, wanted);
  mutexUnlock(v.mutex);
  return run;
}

/** The bitmap of what rests in group `g`, made if need be; 0 when out of memory. */
function restingFor(v: Ext2Volume, g: u32): usize {
  const slot = v.resting + <usize>g * sizeof<usize>();
  if (load<usize>(slot) == 0) {
    const bitmap = kmalloc(v.blockSize);
    if (bitmap == 0) return 0;
    store<usize>(slot, bitmap);
    v.restingGroups++;
  }
  return load<usize>(slot);
}

function freeInGroup(v: Ext2Volume, g: u32, bit: u32, n: u32): i32 {
  const bitmap = groupBlockBitmap(v, g);
  const buffer = blockGet(v, bitmap);
  if (isFailure(buffer)) return failureOf(buffer);
  // Without memory for the mark the blocks stay lost until e2fsck finds them: better than to give them out too early.
  const resting = restingFor(v, g);
  let freed: i32 = 0;
  let damaged: u32 = 0;
  if (resting != 0) {
    access(v, buffer, bitmap);
    const map = blockData(v, buffer, bitmap);
    for (let i: u32 = 0; i < n; i++) {
      const block = groupFirstBlock(v, g) + bit + i;
      if (!bitIsSet(map, bit + i) || isSystemBlock(v, g, block)) {
        damaged = block;
        continue;
      }
      bitClear(map, bit + i);
      bitSet(resting, bit + i);
      freed++;
    }
    dirty(v, buffer, bitmap);
    groupCount(v, g, freed, 0, 0);
  }
  blockPut(buffer);
  return damaged == 0
    ? 0
    : volumeDamaged(v, 'a free block or one of the file system itself was freed:', damaged);
}

/** Takes back `count` blocks from `first` on. 0, or -EIO for what cannot have been given out. */
export function blocksFree(v: Ext2Volume, first: u32, count: u32): i32 {
  if (!isBlock(v, first) || count > v.blocksCount - first)
    return volumeDamaged(v, 'a block outside of the file system was freed:', first);
  let result = 0;
  let done: u32 = 0;
  mutexLock(v.mutex);
  while (done < count) {
    const at = first + done - v.firstDataBlock;
    const bit = at % v.blocksPerGroup;
    const n = min(count - done, v.blocksPerGroup - bit);
    const error = freeInGroup(v, at / v.blocksPerGroup, bit, n);
    if (result == 0) result = error;
    done += n;
  }
  mutexUnlock(v.mutex);
  return result;
}
