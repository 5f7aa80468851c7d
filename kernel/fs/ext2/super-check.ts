/**
 * Reading the super block and the group descriptors, and refusing what does not fit together: nothing behind this file
 * doubts sizes again.
 */
import { bufferData, bufferGet, bufferPut, failureOf, isFailure } from '../../block/buffer-cache';
import { EINVAL, ENOMEM } from '../../lib/errno';
import { logWarn } from '../../lib/log';
import { kmalloc } from '../../mm/kmalloc';
import { MS_RDONLY } from '../super-block';
import {
  groupBlockBitmap,
  groupFreeBlocks,
  groupFreeInodes,
  groupInodeBitmap,
  groupInodeTable,
} from './groups';
import {
  DESCRIPTOR_BYTES,
  EXT2_MAGIC,
  GOOD_OLD_FIRST_INODE,
  GOOD_OLD_INODE_BYTES,
  INCOMPAT_FILETYPE,
  INCOMPAT_KNOWN,
  RO_COMPAT_KNOWN,
  RO_COMPAT_LARGE_FILE,
  RO_COMPAT_SPARSE_SUPER,
  ROOT_INODE,
  SUPER_BYTES,
  SUPER_OFFSET,
  Super,
} from './layout';
import { Ext2Volume, blockGet, isBlock } from './volume';

const MAX_LOG_BLOCK_SIZE: u32 = 2;
const MIN_BLOCK_SHIFT: u32 = 10;
const MAX_GROUPS: u32 = 1 << 16;

function isPowerOfTwo(n: u32): bool {
  return n != 0 && (n & (n - 1)) == 0;
}

/** Reads block size and position of the super block, and pins it. -EINVAL when there is none. */
export function superRead(v: Ext2Volume): i32 {
  const buffer = bufferGet(v.device, SUPER_OFFSET, SUPER_BYTES);
  if (isFailure(buffer)) return failureOf(buffer);
  // The block that it lies in decides under which number it is journaled.
  const data = bufferData(buffer, SUPER_OFFSET);
  const good =
    load<u16>(data, Super.Magic) == EXT2_MAGIC && load<u32>(data, Super.LogBlockSize) <= MAX_LOG_BLOCK_SIZE;
  if (!good) {
    bufferPut(buffer);
    return -EINVAL;
  }
  v.blockShift = MIN_BLOCK_SHIFT + load<u32>(data, Super.LogBlockSize);
  v.blockSize = 1 << v.blockShift;
  v.superBuffer = buffer;
  v.superData = data;
  v.superBlockNumber = v.blockShift == MIN_BLOCK_SHIFT ? 1 : 0;
  // All of its block is to be valid, not only its own 1024 bytes.
  const whole = bufferGet(v.device, (<u64>v.superBlockNumber) << v.blockShift, v.blockSize);
  if (isFailure(whole)) return failureOf(whole);
  bufferPut(whole);
  return 0;
}

/** Sizes and counts. 0 or -EINVAL. */
export function superParse(v: Ext2Volume): i32 {
  const data = v.superData;
  const revision = load<u32>(data, Super.Revision);
  const dynamic = revision >= 1;
  v.inodeSize = dynamic ? <u32>load<u16>(data, Super.InodeSize) : GOOD_OLD_INODE_BYTES;
  v.firstInode = dynamic ? load<u32>(data, Super.FirstInode) : GOOD_OLD_FIRST_INODE;
  const incompat: u32 = dynamic ? load<u32>(data, Super.Incompat) : 0;
  const roCompat: u32 = dynamic ? load<u32>(data, Super.RoCompat) : 0;
  if ((incompat & ~INCOMPAT_KNOWN) != 0) return -EINVAL;
  v.hasFileType = (incompat & INCOMPAT_FILETYPE) != 0;
  v.largeFiles = (roCompat & RO_COMPAT_LARGE_FILE) != 0;
  if ((roCompat & ~RO_COMPAT_KNOWN) != 0) {
    v.refusesWriting = true;
    v.superBlock.flags |= MS_RDONLY;
    logWarn('ext2', 'a feature that is not known: mounted read-only');
  }
  v.addresses = v.blockSize / 4;
  v.addressShift = v.blockShift - 2;
  v.blocksCount = load<u32>(data, Super.BlocksCount);
  v.inodesCount = load<u32>(data, Super.InodesCount);
  v.firstDataBlock = load<u32>(data, Super.FirstDataBlock);
  v.blocksPerGroup = load<u32>(data, Super.BlocksPerGroup);
  v.inodesPerGroup = load<u32>(data, Super.InodesPerGroup);
  v.reservedBlocks = load<u32>(data, Super.ReservedBlocks);
  v.superBlock.blockSize = v.blockSize;
  const bits = v.blockSize * 8;
  if (!isPowerOfTwo(v.inodeSize) || v.inodeSize < GOOD_OLD_INODE_BYTES || v.inodeSize > v.blockSize)
    return -EINVAL;
  if (v.firstDataBlock != v.superBlockNumber || v.blocksCount <= v.firstDataBlock + 1) return -EINVAL;
  if (v.blocksPerGroup == 0 || v.blocksPerGroup > bits || (v.blocksPerGroup & 7) != 0) return -EINVAL;
  if (v.inodesPerGroup == 0 || v.inodesPerGroup > bits || (v.inodesPerGroup & 7) != 0) return -EINVAL;
  if ((<u64>v.blocksCount) << (v.blockShift - 9) > v.device.sectorCount) return -EINVAL;
  const groups = (<u64>v.blocksCount - v.firstDataBlock + v.blocksPerGroup - 1) / v.blocksPerGroup;
  if (groups > MAX_GROUPS || groups * v.inodesPerGroup != v.inodesCount) return -EINVAL;
  v.groupCount = <u32>groups;
  if (v.firstInode <= ROOT_INODE || v.firstInode > v.inodesPerGroup) return -EINVAL;
  v.reservedBlocks = min(v.reservedBlocks, v.blocksCount);
  v.descriptorsStart = v.firstDataBlock + 1;
  const perBlock = v.blockSize / DESCRIPTOR_BYTES;
  v.descriptorBlocks = (v.groupCount + perBlock - 1) / perBlock;
  return 0;
}

/** Pins the group descriptors and checks them. */
export function descriptorsRead(v: Ext2Volume): i32 {
  v.descriptorBuffers = kmalloc(<usize>v.descriptorBlocks * sizeof<usize>());
  v.resting = kmalloc(<usize>v.groupCount * sizeof<usize>());
  if (v.descriptorBuffers == 0 || v.resting == 0) return -ENOMEM;
  for (let i: u32 = 0; i < v.descriptorBlocks; i++) {
    const buffer = blockGet(v, v.descriptorsStart + i);
    if (isFailure(buffer)) return failureOf(buffer);
    store<usize>(v.descriptorBuffers + <usize>i * sizeof<usize>(), buffer);
  }
  return descriptorsCheck(v);
}

function groupHasBackup(v: Ext2Volume, g: u32): bool {
  if (g <= 1 || (load<u32>(v.superData, Super.RoCompat) & RO_COMPAT_SPARSE_SUPER) == 0) return true;
  for (let base: u32 = 3; base <= 7; base += 2) {
    let power: u64 = base;
    while (power < g) power *= base;
    if (power == g) return true;
  }
  return false;
}

/** The places of bitmaps and tables; the counters in memory are set from the descriptors. 0 or -EINVAL. */
export function descriptorsCheck(v: Ext2Volume): i32 {
  const tableBlocks = (<u64>v.inodesPerGroup * v.inodeSize + v.blockSize - 1) >> v.blockShift;
  v.freeBlocks = 0;
  v.freeInodes = 0;
  v.overhead = v.firstDataBlock;
  for (let g: u32 = 0; g < v.groupCount; g++) {
    const table = groupInodeTable(v, g);
    if (!isBlock(v, groupBlockBitmap(v, g)) || !isBlock(v, groupInodeBitmap(v, g))) return -EINVAL;
    if (!isBlock(v, table) || table + tableBlocks > v.blocksCount) return -EINVAL;
    if (groupFreeBlocks(v, g) > v.blocksPerGroup || groupFreeInodes(v, g) > v.inodesPerGroup) return -EINVAL;
    v.freeBlocks += groupFreeBlocks(v, g);
    v.freeInodes += groupFreeInodes(v, g);
    v.overhead += 2 + <u32>tableBlocks;
    if (groupHasBackup(v, g)) v.overhead += 1 + v.descriptorBlocks;
  }
  v.overhead = min(v.overhead, v.blocksCount);
  return v.freeBlocks < v.blocksCount ? 0 : -EINVAL;
}

/** Blocks that can never hold files: what df does not count. */
export function overheadBlocks(v: Ext2Volume): u32 {
  return v.overhead;
}
