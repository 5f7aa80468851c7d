/**
 * Which block of the device holds block `logical` of a file: direct, indirect, double and triple indirect pointers.
 *
 * - The node's map mutex is held; for what allocates, a change is open.
 * - Answers are a block, 0 for a hole, or a negative errno; node.runLength says for how many neighbours the answer goes on.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { EFBIG } from '../../lib/errno';
import { blocksAllocate, blocksFree, runCount, runStart } from './allocate-blocks';
import { inodeGroup } from './allocate-inodes';
import { groupFirstBlock } from './groups';
import { DIRECT_BLOCKS, INDIRECT } from './layout';
import { Ext2Node } from './node';
import { access, dirty } from './transaction';
import { Ext2Volume, blockData, blockGet, blockNew, blockPut, isBlock, volumeDamaged } from './volume';

const MAX_DEPTH: u32 = 3;
/** Files of one group begin in so many different places, so that growing ones do not interleave. */
const COLOURS: u32 = 16;

/** Sectors that one block counts for in i_blocks. */
export function sectorsPerBlock(v: Ext2Volume): u32 {
  return v.blockSize >> 9;
}

/** Blocks of the largest file. */
export function maxFileBlocks(v: Ext2Volume): u64 {
  const a: u64 = v.addresses;
  return DIRECT_BLOCKS + a + a * a + a * a * a;
}

function leafDone(node: Ext2Node): void {
  blockPut(node.leafBuffer);
  node.leafBuffer = 0;
}

function setLeaf(node: Ext2Node, buffer: usize, block: u32, at: usize, left: u32): void {
  node.leafBuffer = buffer;
  node.leafBlock = block;
  node.leafAt = at;
  node.leafLeft = left;
}

/** Where a new block should be. */
function goalFor(node: Ext2Node, logical: u32): u32 {
  const v = node.volume;
  if (node.goalBlock != 0 && logical == node.goalLogical) return node.goalBlock;
  // A pointer before this one in the same table: go on behind its block.
  const table = node.leafBuffer == 0 ? node.blocks : blockData(v, node.leafBuffer, node.leafBlock);
  if (node.leafAt > table) {
    const before = load<u32>(node.leafAt - 4);
    if (before != 0) return before + 1;
  }
  if (node.leafBuffer != 0) return node.leafBlock + 1;
  const number = <u32>node.inode.number;
  const start = groupFirstBlock(v, inodeGroup(v, number));
  return start + (number % COLOURS) * (v.blocksPerGroup / COLOURS);
}

/** A new, empty table of pointers; its block or a negative errno. `slotBuffer` (0: the inode) holds the pointer to it. */
function addTable(node: Ext2Node, goal: u32, slotBuffer: usize, slotBlock: u32, slot: usize): i64 {
  const v = node.volume;
  const run = blocksAllocate(v, goal, 1);
  if (run < 0) return run;
  const block = runStart(run);
  const buffer = blockNew(v, block);
  if (isFailure(buffer)) {
    blocksFree(v, block, 1);
    return failureOf(buffer);
  }
  access(v, buffer, block);
  dirty(v, buffer, block);
  blockPut(buffer);
  if (slotBuffer != 0) access(v, slotBuffer, slotBlock);
  store<u32>(slot, block);
  if (slotBuffer != 0) dirty(v, slotBuffer, slotBlock);
  node.inode.blocks += sectorsPerBlock(v);
  return block;
}

/** Finds the pointer of `logical`: leafAt is 0 when a table on the way is missing and `create` is not set. */
function descend(node: Ext2Node, logical: u32, create: bool): i32 {
  const v = node.volume;
  if (logical < DIRECT_BLOCKS) {
    setLeaf(node, 0, 0, node.blocks + <usize>logical * 4, DIRECT_BLOCKS - logical);
    return 0;
  }
  let index: u64 = logical - DIRECT_BLOCKS;
  let span: u64 = v.addresses;
  let depth: u32 = 1;
  while (index >= span) {
    index -= span;
    span *= v.addresses;
    depth++;
    if (depth > MAX_DEPTH) return -EFBIG;
  }
  const mask: u64 = v.addresses - 1;
  const left = v.addresses - <u32>(index & mask);
  let slot = node.blocks + <usize>(INDIRECT + depth - 1) * 4;
  let buffer: usize = 0;
  let holder: u32 = 0;
  for (let level = depth; level > 0; level--) {
    let block = load<u32>(slot);
    if (block == 0) {
      if (!create) {
        blockPut(buffer);
        setLeaf(node, 0, 0, 0, left);
        return 0;
      }
      setLeaf(node, buffer, holder, slot, 1);
      const made = addTable(node, goalFor(node, logical), buffer, holder, slot);
      if (made < 0) {
        blockPut(buffer);
        return <i32>made;
      }
      block = <u32>made;
      if (node.goalBlock == block) node.goalBlock = block + 1;
    }
    if (!isBlock(v, block)) {
      blockPut(buffer);
      return volumeDamaged(
        v,
        'a table of pointers lies outside of the file system; inode',
        node.inode.number,
      );
    }
    const below = blockGet(v, block);
    blockPut(buffer);
    if (isFailure(below)) return failureOf(below);
    buffer = below;
    holder = block;
    const shift = (level - 1) * v.addressShift;
    slot = blockData(v, buffer, block) + <usize>((index >> shift) & mask) * 4;
  }
  setLeaf(node, buffer, holder, slot, left);
  return 0;
}

/** The first block of a run at `logical` of at most `most` blocks; 0: a hole. */
export function blockMap(node: Ext2Node, logical: u32, most: u32): i64 {
  const error = descend(node, logical, false);
  if (error != 0) return error;
  let left = min(node.leafLeft, most);
  if (node.leafAt == 0) {
    node.runLength = left;
    return 0;
  }
  const first = load<u32>(node.leafAt);
  const step: u32 = first == 0 ? 0 : 1;
  let n: u32 = 1;
  while (n < left && load<u32>(node.leafAt + <usize>n * 4) == first + n * step) n++;
  left = n;
  leafDone(node);
  node.runLength = left;
  if (first != 0 && (!isBlock(node.volume, first) || left > node.volume.blocksCount - first))
    return volumeDamaged(node.volume, 'a pointer leads out of the file system; inode', node.inode.number);
  return first;
}

/** As blockMap, where a hole gets blocks: as many as there are in one piece, at most `most`. */
export function blockMapCreate(node: Ext2Node, logical: u32, most: u32): i64 {
  const found = blockMap(node, logical, most);
  if (found != 0) return found;
  const v = node.volume;
  const error = descend(node, logical, true);
  if (error != 0) return error;
  const left = min(node.leafLeft, most);
  let wanted: u32 = 1;
  while (wanted < left && load<u32>(node.leafAt + <usize>wanted * 4) == 0) wanted++;
  const run = blocksAllocate(v, goalFor(node, logical), wanted);
  if (run < 0) {
    leafDone(node);
    return run;
  }
  const first = runStart(run);
  const n = runCount(run);
  if (node.leafBuffer != 0) access(v, node.leafBuffer, node.leafBlock);
  for (let i: u32 = 0; i < n; i++) store<u32>(node.leafAt + <usize>i * 4, first + i);
  if (node.leafBuffer != 0) dirty(v, node.leafBuffer, node.leafBlock);
  leafDone(node);
  node.inode.blocks += n * sectorsPerBlock(v);
  node.goalLogical = logical + n;
  node.goalBlock = first + n;
  node.runLength = n;
  return first;
}
