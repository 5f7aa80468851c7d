/** Block groups: their descriptors, and the counters of the super block. The volume's mutex is held for changes. */
import { DESCRIPTOR_BYTES, Group, Super } from './layout';
import { access, dirty } from './transaction';
import { Ext2Volume, blockData } from './volume';

function descriptorBuffer(v: Ext2Volume, index: u32): usize {
  return load<usize>(v.descriptorBuffers + <usize>index * sizeof<usize>());
}

/** Address of group `g`'s descriptor. */
export function groupDescriptor(v: Ext2Volume, g: u32): usize {
  const perBlock = v.blockSize / DESCRIPTOR_BYTES;
  const index = g / perBlock;
  return (
    blockData(v, descriptorBuffer(v, index), v.descriptorsStart + index) + (g % perBlock) * DESCRIPTOR_BYTES
  );
}

export function groupBlockBitmap(v: Ext2Volume, g: u32): u32 {
  return load<u32>(groupDescriptor(v, g), Group.BlockBitmap);
}

export function groupInodeBitmap(v: Ext2Volume, g: u32): u32 {
  return load<u32>(groupDescriptor(v, g), Group.InodeBitmap);
}

export function groupInodeTable(v: Ext2Volume, g: u32): u32 {
  return load<u32>(groupDescriptor(v, g), Group.InodeTable);
}

export function groupFreeBlocks(v: Ext2Volume, g: u32): u32 {
  return load<u16>(groupDescriptor(v, g), Group.FreeBlocks);
}

export function groupFreeInodes(v: Ext2Volume, g: u32): u32 {
  return load<u16>(groupDescriptor(v, g), Group.FreeInodes);
}

export function groupDirectories(v: Ext2Volume, g: u32): u32 {
  return load<u16>(groupDescriptor(v, g), Group.Directories);
}

/** Blocks of the group: the last one may be shorter. */
export function groupBlocks(v: Ext2Volume, g: u32): u32 {
  const first = groupFirstBlock(v, g);
  return min(v.blocksPerGroup, v.blocksCount - first);
}

export function groupFirstBlock(v: Ext2Volume, g: u32): u32 {
  return v.firstDataBlock + g * v.blocksPerGroup;
}

/** Adds to the counters of group and file system, in memory and on the disk. In a change, with the volume's mutex. */
export function groupCount(v: Ext2Volume, g: u32, blocks: i32, inodes: i32, directories: i32): void {
  const index = g / (v.blockSize / DESCRIPTOR_BYTES);
  const buffer = descriptorBuffer(v, index);
  access(v, buffer, v.descriptorsStart + index);
  const d = groupDescriptor(v, g);
  store<u16>(d, <u16>(<i32>load<u16>(d, Group.FreeBlocks) + blocks), Group.FreeBlocks);
  store<u16>(d, <u16>(<i32>load<u16>(d, Group.FreeInodes) + inodes), Group.FreeInodes);
  store<u16>(d, <u16>(<i32>load<u16>(d, Group.Directories) + directories), Group.Directories);
  dirty(v, buffer, v.descriptorsStart + index);
  v.freeBlocks += blocks;
  v.freeInodes += inodes;
  v.directories += directories;
  superBegin(v);
  store<u32>(v.superData, v.freeBlocks, Super.FreeBlocks);
  store<u32>(v.superData, v.freeInodes, Super.FreeInodes);
  superEnd(v);
}

/** Before a change of the super block's data, and after. */
export function superBegin(v: Ext2Volume): void {
  access(v, v.superBuffer, v.superBlockNumber);
}

export function superEnd(v: Ext2Volume): void {
  dirty(v, v.superBuffer, v.superBlockNumber);
}
