/**
 * Taking a file's blocks away, from its end on.
 *
 * A long file takes several changes. It is on the list of orphans then, so that a crash in between is finished at the next
 * mount (or by e2fsck): never are there blocks behind the end of a file.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { EAGAIN } from '../../lib/errno';
import { isRegular } from '../stat';
import { blocksFree } from './allocate-blocks';
import { sectorsPerBlock } from './block-map';
import { DIRECT_BLOCKS, INDIRECT } from './layout';
import { Ext2Node, mapLock, mapUnlock, nodeBlock, nodeSetBlock, nodeWrite } from './node';
import { orphanAdd, orphanRemove } from './orphans';
import { access, changeBegin, changeEnd, changeIsTight, dirty, forget } from './transaction';
import { Ext2Volume, blockData, blockGet, blockPut, isBlock } from './volume';

function freeRun(node: Ext2Node, first: u32, count: u32, isMetadata: bool): void {
  const v = node.volume;
  // What the file system says about damage is in its log; the rest of the file is freed all the same.
  if (!isBlock(v, first)) return;
  if (isMetadata) for (let i: u32 = 0; i < count; i++) forget(v, first + i);
  blocksFree(v, first, count);
  const sectors: u64 = count * sectorsPerBlock(v);
  node.inode.blocks -= min(node.inode.blocks, sectors);
}

/** Frees the pointers [keep, end) of a table of data blocks at `table`, the last first. 0, or -EAGAIN for a new change. */
function trimPointers(node: Ext2Node, table: usize, keep: u32, end: u32, buffer: usize, block: u32): i32 {
  const v = node.volume;
  const isMetadata = !isRegular(node.inode.mode);
  let i = end;
  while (i > keep) {
    const last = load<u32>(table + <usize>(i - 1) * 4);
    if (last == 0) {
      i--;
      continue;
    }
    let n: u32 = 1;
    while (i - n > keep && load<u32>(table + <usize>(i - n - 1) * 4) == last - n) n++;
    if (buffer != 0) access(v, buffer, block);
    memory.fill(table + <usize>(i - n) * 4, 0, <usize>n * 4);
    if (buffer != 0) dirty(v, buffer, block);
    freeRun(node, last - n + 1, n, isMetadata);
    i -= n;
    if (changeIsTight(v)) return -EAGAIN;
  }
  return 0;
}

/** Entries of a table at `level` stand for this many blocks of the file each. */
function span(v: Ext2Volume, level: u32): u64 {
  return (<u64>1) << ((level - 1) * v.addressShift);
}

/** Frees what is behind the first `keep` blocks of those below the table in `block`. 0, -EAGAIN, or what reading says. */
function trimTable(node: Ext2Node, block: u32, level: u32, keep: u64): i32 {
  const v = node.volume;
  const buffer = blockGet(v, block);
  if (isFailure(buffer)) return failureOf(buffer);
  const table = blockData(v, buffer, block);
  let error = 0;
  if (level == 1) error = trimPointers(node, table, <u32>keep, v.addresses, buffer, block);
  else {
    const size = span(v, level);
    const first = <u32>(keep / size);
    for (let i = v.addresses; i > first && error == 0; i--) {
      const slot = table + <usize>(i - 1) * 4;
      if (load<u32>(slot) == 0) continue;
      const inside: u64 = i - 1 == first ? keep % size : 0;
      error = trimSlot(node, slot, level - 1, inside, buffer, block);
    }
  }
  blockPut(buffer);
  return error;
}

/** Trims the table that `slot` (in `buffer`, 0: the inode) points to, and frees it when nothing is kept. */
function trimSlot(node: Ext2Node, slot: usize, level: u32, keep: u64, buffer: usize, holder: u32): i32 {
  const v = node.volume;
  if (keep >= span(v, level + 1)) return 0;
  const block = load<u32>(slot);
  let error = 0;
  if (isBlock(v, block)) {
    error = trimTable(node, block, level, keep);
    if (error == -EAGAIN) return error;
  }
  if (keep != 0) return error;
  if (buffer != 0) access(v, buffer, holder);
  store<u32>(slot, 0);
  if (buffer != 0) dirty(v, buffer, holder);
  freeRun(node, block, 1, true);
  return changeIsTight(v) ? -EAGAIN : error;
}

/** Frees the file's blocks from `keep` on as far as the change goes: 0, -EAGAIN to go on, -EIO when a table was unreadable. */
function trim(node: Ext2Node, keep: u64): i32 {
  const v = node.volume;
  let result = 0;
  // Where the blocks of each depth begin.
  let base: u64 = DIRECT_BLOCKS + <u64>v.addresses + <u64>v.addresses * v.addresses;
  for (let level: u32 = 3; level > 0; level--) {
    const slot = INDIRECT + level - 1;
    if (nodeBlock(node, slot) != 0) {
      const inside: u64 = keep > base ? keep - base : 0;
      const error = trimSlot(node, node.blocks + <usize>slot * 4, level, inside, 0, 0);
      if (error == -EAGAIN) return error;
      if (error != 0) result = error;
    }
    base -= level > 1 ? (<u64>1) << ((level - 1) * v.addressShift) : 0;
  }
  if (keep >= DIRECT_BLOCKS) return result;
  const error = trimPointers(node, node.blocks, <u32>keep, DIRECT_BLOCKS, 0, 0);
  return error != 0 ? error : result;
}

/**
 * Makes the file `size` bytes long on the disk and frees the blocks behind. Opens its own changes. 0 or a negative errno; a
 * table that cannot be read costs its blocks until e2fsck finds them.
 */
export function truncateTo(node: Ext2Node, size: u64): i32 {
  const v = node.volume;
  const keep = (size + v.blockSize - 1) >> v.blockShift;
  let listed = false;
  node.diskSize = size;
  while (true) {
    const error = changeBegin(v);
    if (error != 0) return error;
    mapLock(node);
    node.goalBlock = 0;
    const trimmed = trim(node, keep);
    const again = trimmed == -EAGAIN;
    if (again && !listed && !node.isOrphan) {
      orphanAdd(node);
      listed = true;
    }
    if (!again && listed) orphanRemove(node);
    const written = nodeWrite(node);
    mapUnlock(node);
    changeEnd(v);
    if (!again) return trimmed != 0 ? trimmed : written;
  }
}

/** For a symbolic link whose target is in the inode: there are no blocks. */
export function clearPointers(node: Ext2Node): void {
  for (let i: u32 = 0; i < 15; i++) nodeSetBlock(node, i, 0);
}
