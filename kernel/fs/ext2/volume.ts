/**
 * A mounted ext2 file system, and access to its blocks.
 *
 * - `mutex` guards bitmaps, group descriptors, counters and the orphan list. Order of locks: inodes' mutexes, an open
 *   transaction (transaction.ts), a node's map mutex, this one. None is held while another of its kind is taken.
 * - A block number from the disk goes through blockGet, which refuses what lies outside: damage is -EIO, never a wild access.
 */
import { BlockDevice } from '../../block/block';
import { bufferData, bufferGet, bufferNew, bufferPut } from '../../block/buffer-cache';
import { OrderedWrites } from '../../block/ordered-writes';
import { EIO } from '../../lib/errno';
import { LOG_ERROR, logBegin, logCStr, logDec, logEnd, logStr } from '../../lib/log';
import { blockName } from '../../block/block';
import { Mutex } from '../../sched/mutex';
import { Journal } from '../journal/journal';
import { MS_RDONLY, SuperBlock } from '../super-block';
import { ERRORS_CONTINUE, STATE_ERROR, Super } from './layout';

@unmanaged
export class Ext2Volume {
  device: BlockDevice;
  superBlock: SuperBlock;
  mutex: Mutex;
  /** null: changes are not atomic, only ordered. */
  journal: Journal | null;
  blockShift: u32;
  blockSize: u32;
  /** Pointers of an indirect block, and log2 of that. */
  addresses: u32;
  addressShift: u32;
  blocksCount: u32;
  firstDataBlock: u32;
  blocksPerGroup: u32;
  inodesCount: u32;
  inodesPerGroup: u32;
  inodeSize: u32;
  firstInode: u32;
  groupCount: u32;
  reservedBlocks: u32;
  hasFileType: bool;
  /** Damage was found, or the journal cannot be written: nothing is written any more. */
  failed: bool;
  /** The super block (its buffer, and the block that it lies in) stays pinned, and so do the group descriptors. */
  superBuffer: usize;
  superData: usize;
  superBlockNumber: u32;
  descriptorsStart: u32;
  descriptorBlocks: u32;
  /** An array of the descriptors' buffers. */
  descriptorBuffers: usize;
  freeBlocks: u32;
  freeInodes: u32;
  directories: u32;
  /** Blocks promised to dirty pages that have none yet. */
  promised: u32;
  /** For each group 0, or a bitmap of blocks that were freed in the running transaction: not to be used before it is committed. */
  resting: usize;
  restingGroups: u32;
  /** Names wait here for what they lead to, without a journal. */
  names: OrderedWrites;
  /** First Ext2Node of the list of orphans. */
  orphans: usize;
  nextGeneration: u32;
  largeFiles: bool;
  /** It was clean when it was mounted. */
  wasValid: bool;
  /** It has features that must not be written to. */
  refusesWriting: bool;
  overhead: u32;
}

export function blockOffset(v: Ext2Volume, block: u32): u64 {
  return (<u64>block) << v.blockShift;
}

export function isBlock(v: Ext2Volume, block: u32): bool {
  return block > v.firstDataBlock && block < v.blocksCount;
}

/** Pins block `block`; a buffer, or a failure (isFailure). */
export function blockGet(v: Ext2Volume, block: u32): usize {
  if (block < v.firstDataBlock || block >= v.blocksCount) return <usize>(<isize>-EIO);
  return bufferGet(v.device, blockOffset(v, block), v.blockSize);
}

/** As blockGet, for a block that begins its life: zeroes, nothing is read. */
export function blockNew(v: Ext2Volume, block: u32): usize {
  if (!isBlock(v, block)) return <usize>(<isize>-EIO);
  return bufferNew(v.device, blockOffset(v, block), v.blockSize);
}

export function blockPut(buffer: usize): void {
  if (buffer != 0) bufferPut(buffer);
}

/** Where the contents of `block` are in its buffer. */
export function blockData(v: Ext2Volume, buffer: usize, block: u32): usize {
  return bufferData(buffer, blockOffset(v, block));
}

/**
 * Damage was found: it is logged, marked in the super block so that e2fsck looks, and, unless the file system says to go on,
 * nothing is written any more. Answers -EIO.
 */
export function volumeDamaged(v: Ext2Volume, what: string, number: u64): i32 {
  logBegin(LOG_ERROR, 'ext2');
  logCStr(blockName(v.device));
  logStr(': ');
  logStr(what);
  logStr(' ');
  logDec(number);
  logEnd();
  if ((v.superBlock.flags & MS_RDONLY) != 0 || v.superData == 0) return -EIO;
  const data = v.superData;
  store<u16>(data, load<u16>(data, Super.State) | STATE_ERROR, Super.State);
  if (load<u16>(data, Super.Errors) != ERRORS_CONTINUE) v.superBlock.flags |= MS_RDONLY;
  return -EIO;
}
