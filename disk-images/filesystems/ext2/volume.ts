/**
 * An open ext2 volume below the level of files: its blocks, its group descriptors, its bitmaps and its inode table.
 *
 * Rules for callers: bitmaps and counters are kept in memory until `flush`. Blocks and inodes are taken near a goal
 * group, in runs, so that files lie in one piece.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { Ext2Error } from './error.ts';
import {
  descriptorBlock,
  emitGroupDescriptor,
  emitInode,
  GROUP_DESCRIPTOR_BYTES,
  groupCount,
  type GroupDescriptor,
  hasBackup,
  type Inode,
  parseGroupDescriptor,
  parseInode,
  parseSuperblock,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
  type Superblock,
} from './layout.ts';

interface Bitmap {
  readonly bits: Uint8Array;
  dirty: boolean;
  /** No bit below is free. */
  firstFree: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function isSet(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0xff) >> (index & 7)) & 1) === 1;
}

export class Volume {
  readonly superblock: Superblock;
  readonly #device: SectorDevice;
  readonly #superblockBytes = new Uint8Array(SUPERBLOCK_BYTES);
  readonly #groups: GroupDescriptor[] = [];
  readonly #blockBitmaps: (Bitmap | undefined)[] = [];
  readonly #inodeBitmaps: (Bitmap | undefined)[] = [];
  #changed = false;

  /** `recovering`: the journal is about to be replayed; without it such a volume is refused. */
  constructor(device: SectorDevice, { recovering = false } = {}) {
    this.#device = device;
    device.read(SUPERBLOCK_OFFSET / SECTOR_BYTES, this.#superblockBytes);
    this.superblock = parseSuperblock(this.#superblockBytes, device.sectorCount * SECTOR_BYTES, recovering);
    this.#readGroups();
  }

  get groupCount(): number {
    return this.#groups.length;
  }

  get freeBlocks(): number {
    return this.#groups.reduce((sum, group) => sum + group.freeBlocks, 0);
  }

  readBlock(block: number): Uint8Array {
    const bytes = new Uint8Array(this.superblock.blockBytes);
    this.readBlocks(block, bytes);
    return bytes;
  }

  /** Whole blocks from `block` on. */
  readBlocks(block: number, into: Uint8Array): void {
    this.#device.read(this.#lba(block, into.length), into);
  }

  writeBlocks(block: number, bytes: Uint8Array): void {
    this.#device.write(this.#lba(block, bytes.length), bytes);
  }

  readInode(number: number): Inode {
    const { block, offset } = this.#inodePlace(number);
    const { inodeBytes } = this.superblock;
    return parseInode(this.readBlock(block).subarray(offset, offset + inodeBytes));
  }

  writeInode(number: number, inode: Inode): void {
    const { block, offset } = this.#inodePlace(number);
    const bytes = this.readBlock(block);
    emitInode(bytes.subarray(offset, offset + this.superblock.inodeBytes), inode);
    this.writeBlocks(block, bytes);
  }

  groupOfInode(number: number): number {
    return Math.floor((number - 1) / this.superblock.inodesPerGroup);
  }

  /** The group for a new directory: the one with the most free inodes among those with room. */
  emptiestGroup(): number {
    let best = 0;
    for (const [index, group] of this.#groups.entries()) {
      if (group.freeBlocks > 0 && group.freeInodes > (this.#groups[best]?.freeInodes ?? 0)) best = index;
    }
    return best;
  }

  /** A free inode of the group or the next one that has any; the table's place is cleared. */
  allocateInode(goalGroup: number, isDirectory: boolean): number {
    this.#mayWrite();
    for (let i = 0; i < this.#groups.length; i++) {
      const index = (goalGroup + i) % this.#groups.length;
      const group = this.#group(index);
      if (group.freeInodes === 0) continue;
      const bitmap = this.#bitmap(this.#inodeBitmaps, index, group.inodeBitmap);
      const bit = this.#takeBit(bitmap, this.superblock.inodesPerGroup);
      if (bit < 0)
        throw new Ext2Error('corrupt', `group ${index} counts free inodes that its bitmap has not`);
      group.freeInodes--;
      if (isDirectory) group.directories++;
      const number = index * this.superblock.inodesPerGroup + bit + 1;
      this.#clearInode(number);
      return number;
    }
    throw new Ext2Error('no-space', 'all inodes of the file system are in use');
  }

  freeInode(number: number, isDirectory: boolean): void {
    this.#mayWrite();
    const index = this.groupOfInode(number);
    const group = this.#group(index);
    const bit = (number - 1) % this.superblock.inodesPerGroup;
    this.#giveBit(this.#bitmap(this.#inodeBitmaps, index, group.inodeBitmap), bit);
    group.freeInodes++;
    if (isDirectory) group.directories--;
  }

  /** `count` free blocks, in as long runs as there are, from the goal group on. Nothing is taken if there are too few. */
  allocateBlocks(count: number, goalGroup: number): number[] {
    this.#mayWrite();
    if (count > this.freeBlocks) {
      throw new Ext2Error('no-space', `${count} blocks wanted, ${this.freeBlocks} free`);
    }
    const { blocksPerGroup, firstDataBlock } = this.superblock;
    const blocks: number[] = [];
    for (let i = 0; i < this.#groups.length && blocks.length < count; i++) {
      const index = (goalGroup + i) % this.#groups.length;
      const group = this.#group(index);
      if (group.freeBlocks === 0) continue;
      const bitmap = this.#bitmap(this.#blockBitmaps, index, group.blockBitmap);
      while (blocks.length < count && group.freeBlocks > 0) {
        const bit = this.#takeBit(bitmap, this.#blocksIn(index));
        if (bit < 0)
          throw new Ext2Error('corrupt', `group ${index} counts free blocks that its bitmap has not`);
        group.freeBlocks--;
        blocks.push(firstDataBlock + index * blocksPerGroup + bit);
      }
    }
    return blocks;
  }

  freeBlock(block: number): void {
    this.#mayWrite();
    const { firstDataBlock, blocksPerGroup } = this.superblock;
    const index = Math.floor((block - firstDataBlock) / blocksPerGroup);
    const group = this.#group(index);
    this.#giveBit(
      this.#bitmap(this.#blockBitmaps, index, group.blockBitmap),
      (block - firstDataBlock) % blocksPerGroup,
    );
    group.freeBlocks++;
  }

  /** Bitmaps, descriptors and superblock, with their copies, to the device. */
  flush(): void {
    if (this.#changed) {
      for (const [index, group] of this.#groups.entries()) {
        this.#writeBitmap(this.#blockBitmaps[index], group.blockBitmap);
        this.#writeBitmap(this.#inodeBitmaps[index], group.inodeBitmap);
      }
      this.#writeDescriptors();
      this.#changed = false;
    }
    this.#device.flush();
  }

  #mayWrite(): void {
    const reason = this.superblock.readOnlyReason;
    if (reason !== null) throw new Ext2Error('read-only', `the file system cannot be written: ${reason}`);
    this.#changed = true;
  }

  #lba(block: number, bytes: number): number {
    const { blockBytes, blockCount } = this.superblock;
    if (block < 0 || block + bytes / blockBytes > blockCount) {
      throw new Ext2Error(
        'corrupt',
        `block ${block} is outside the file system's ${blockCount}: run a check`,
      );
    }
    return block * (blockBytes / SECTOR_BYTES);
  }

  #group(index: number): GroupDescriptor {
    const group = this.#groups[index];
    if (!group) throw new Ext2Error('corrupt', `group ${index} does not exist: run a check`);
    return group;
  }

  #readGroups(): void {
    const { blockBytes } = this.superblock;
    const count = groupCount(this.superblock);
    const bytes = new Uint8Array(Math.ceil((count * GROUP_DESCRIPTOR_BYTES) / blockBytes) * blockBytes);
    this.readBlocks(descriptorBlock(this.superblock), bytes);
    for (let i = 0; i < count; i++) {
      this.#groups.push(parseGroupDescriptor(viewOf(bytes), i * GROUP_DESCRIPTOR_BYTES));
    }
  }

  #inodePlace(number: number): { block: number; offset: number } {
    const { inodeCount, inodesPerGroup, inodeBytes, blockBytes } = this.superblock;
    if (number < 1 || number > inodeCount) {
      throw new Ext2Error(
        'corrupt',
        `inode ${number} is outside the file system's ${inodeCount}: run a check`,
      );
    }
    const at = ((number - 1) % inodesPerGroup) * inodeBytes;
    const { inodeTable } = this.#group(this.groupOfInode(number));
    return { block: inodeTable + Math.floor(at / blockBytes), offset: at % blockBytes };
  }

  #clearInode(number: number): void {
    const { block, offset } = this.#inodePlace(number);
    const bytes = this.readBlock(block);
    bytes.fill(0, offset, offset + this.superblock.inodeBytes);
    this.writeBlocks(block, bytes);
  }

  #blocksIn(group: number): number {
    const { blockCount, firstDataBlock, blocksPerGroup } = this.superblock;
    return Math.min(blocksPerGroup, blockCount - firstDataBlock - group * blocksPerGroup);
  }

  #bitmap(cache: (Bitmap | undefined)[], index: number, block: number): Bitmap {
    const known = cache[index];
    if (known) return known;
    const bitmap = { bits: this.readBlock(block), dirty: false, firstFree: 0 };
    cache[index] = bitmap;
    return bitmap;
  }

  /** The lowest free bit below `size`, now set; -1 when there is none. */
  #takeBit(bitmap: Bitmap, size: number): number {
    for (let bit = bitmap.firstFree; bit < size; bit++) {
      if (isSet(bitmap.bits, bit)) continue;
      bitmap.bits[bit >> 3] = (bitmap.bits[bit >> 3] ?? 0) | (1 << (bit & 7));
      bitmap.dirty = true;
      bitmap.firstFree = bit + 1;
      return bit;
    }
    return -1;
  }

  #giveBit(bitmap: Bitmap, bit: number): void {
    if (!isSet(bitmap.bits, bit)) throw new Ext2Error('corrupt', 'something free was freed: run a check');
    bitmap.bits[bit >> 3] = (bitmap.bits[bit >> 3] ?? 0) & ~(1 << (bit & 7));
    bitmap.dirty = true;
    bitmap.firstFree = Math.min(bitmap.firstFree, bit);
  }

  #writeBitmap(bitmap: Bitmap | undefined, block: number): void {
    if (!bitmap?.dirty) return;
    this.writeBlocks(block, bitmap.bits);
    bitmap.dirty = false;
  }

  #writeDescriptors(): void {
    const { blockBytes, firstDataBlock, blocksPerGroup } = this.superblock;
    const bytes = new Uint8Array(
      Math.ceil((this.#groups.length * GROUP_DESCRIPTOR_BYTES) / blockBytes) * blockBytes,
    );
    this.readBlocks(descriptorBlock(this.superblock), bytes);
    for (const [i, group] of this.#groups.entries()) {
      emitGroupDescriptor(viewOf(bytes), i * GROUP_DESCRIPTOR_BYTES, group);
    }
    const view = viewOf(this.#superblockBytes);
    view.setUint32(12, this.freeBlocks, true);
    view.setUint32(
      16,
      this.#groups.reduce((sum, group) => sum + group.freeInodes, 0),
      true,
    );
    for (let group = 0; group < this.#groups.length; group++) {
      if (!hasBackup(group)) continue;
      const first = firstDataBlock + group * blocksPerGroup;
      view.setUint16(90, group, true);
      this.#writeSuperblock(group === 0 ? SUPERBLOCK_OFFSET : first * blockBytes);
      this.writeBlocks(first + 1, bytes);
    }
    view.setUint16(90, 0, true);
  }

  #writeSuperblock(at: number): void {
    this.#device.write(at / SECTOR_BYTES, this.#superblockBytes);
  }
}
