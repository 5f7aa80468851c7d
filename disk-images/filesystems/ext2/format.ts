/**
 * Makes an empty ext2 file system (revision 1: variable inodes, sparse superblocks, file types in directories), with a
 * root directory and lost+found.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { emitRecords, FILE_TYPE_CODE } from './directory.ts';
import { Ext2Error } from './error.ts';
import {
  COMPATIBLE,
  descriptorBlock,
  DIRECT_BLOCKS,
  emitGroupDescriptor,
  emitInode,
  FILE_TYPE,
  FIRST_FREE_INODE,
  GROUP_DESCRIPTOR_BYTES,
  type GroupDescriptor,
  groupCount,
  hasBackup,
  INCOMPATIBLE,
  type Inode,
  MAGIC,
  POINTERS,
  READ_ONLY_COMPATIBLE,
  ROOT_INODE,
  STATE_CLEAN,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
} from './layout.ts';
import { addJournal } from './journal.ts';

export interface FormatOptions {
  /** At most 16 bytes of UTF-8. */
  readonly label?: string;
  /** 16 bytes that tell this file system from all others. */
  readonly uuid: Uint8Array;
  readonly now: Date;
  /** 1024, 2048 or 4096; default 4096. */
  readonly blockBytes?: number;
  /** One inode for so many bytes; default 16384. */
  readonly bytesPerInode?: number;
  /** Blocks of a journal; default none. */
  readonly journalBlocks?: number;
}

const INODE_BYTES = 256;
const DEFAULT_BLOCK_BYTES = 4096;
const DEFAULT_BYTES_PER_INODE = 16_384;
/** Only root may fill the last part, so that the system can still log and repair. */
const RESERVED_PERCENT = 5;
const LOST_AND_FOUND = FIRST_FREE_INODE;
/** fsck wants room in lost+found before it needs it. */
const LOST_AND_FOUND_BYTES = 16_384;
const EXTRA_INODE_BYTES = 32;
/** Directory hashes would be of signed characters; there are none, but e2fsck wants to know. */
const FLAG_SIGNED_HASH = 1;

interface Plan {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly descriptorBlocks: number;
  readonly tableBlocks: number;
  readonly groups: number;
}

function plan(sectorCount: number, blockBytes: number, bytesPerInode: number): Plan {
  const firstDataBlock = blockBytes === 1024 ? 1 : 0;
  const blocksPerGroup = blockBytes * 8;
  const inodesPerBlock = blockBytes / INODE_BYTES;
  for (let blockCount = Math.floor((sectorCount * SECTOR_BYTES) / blockBytes); ;) {
    const groups = groupCount({ blockCount, firstDataBlock, blocksPerGroup });
    const wanted = Math.max(32, Math.ceil((blockCount * blockBytes) / bytesPerInode / Math.max(groups, 1)));
    // Whole blocks of the table, and whole bytes of the bitmap.
    const multiple = Math.max(8, inodesPerBlock);
    const inodesPerGroup = Math.min(Math.ceil(wanted / multiple) * multiple, blockBytes * 8);
    const tableBlocks = inodesPerGroup / inodesPerBlock;
    const descriptorBlocks = Math.ceil((groups * GROUP_DESCRIPTOR_BYTES) / blockBytes);
    const inLast = blockCount - firstDataBlock - (groups - 1) * blocksPerGroup;
    const overhead = 1 + descriptorBlocks + 2 + tableBlocks;
    if (groups < 1 || (groups === 1 && inLast < overhead + 16)) {
      throw new Ext2Error('no-space', `${sectorCount} sectors are too few for an ext2 file system`);
    }
    if (inLast < overhead + 16) {
      // A last group that could hold nothing is left out.
      blockCount -= inLast;
      continue;
    }
    return {
      blockBytes,
      blockCount,
      firstDataBlock,
      blocksPerGroup,
      inodesPerGroup,
      descriptorBlocks,
      tableBlocks,
      groups,
    };
  }
}

/** Sets bits [from, to). */
function setBits(bits: Uint8Array, from: number, to: number): void {
  for (let bit = from; bit < to; bit++) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
}

export function formatExt2(device: SectorDevice, options: FormatOptions): void {
  const blockBytes = options.blockBytes ?? DEFAULT_BLOCK_BYTES;
  if (![1024, 2048, 4096].includes(blockBytes)) throw new RangeError(`blocks of ${blockBytes} bytes`);
  const p = plan(device.sectorCount, blockBytes, options.bytesPerInode ?? DEFAULT_BYTES_PER_INODE);
  const writeBlock = (block: number, bytes: Uint8Array): void => {
    device.write(block * (blockBytes / SECTOR_BYTES), bytes);
  };
  // More than the direct blocks would need a pointer block.
  const lostBlocks = Math.min(DIRECT_BLOCKS, LOST_AND_FOUND_BYTES / blockBytes);
  const groups: GroupDescriptor[] = [];
  let rootBlock = 0;
  for (let index = 0; index < p.groups; index++) {
    const first = p.firstDataBlock + index * p.blocksPerGroup;
    const size = Math.min(p.blocksPerGroup, p.blockCount - first);
    const start = first + (hasBackup(index) ? 1 + p.descriptorBlocks : 0);
    const used = start - first + 2 + p.tableBlocks + (index === 0 ? 1 + lostBlocks : 0);
    const inodesUsed = index === 0 ? FIRST_FREE_INODE : 0;
    if (index === 0) rootBlock = start + 2 + p.tableBlocks;
    groups.push({
      blockBitmap: start,
      inodeBitmap: start + 1,
      inodeTable: start + 2,
      freeBlocks: size - used,
      freeInodes: p.inodesPerGroup - inodesUsed,
      directories: index === 0 ? 2 : 0,
    });
    const blockBits = new Uint8Array(blockBytes);
    setBits(blockBits, 0, used);
    setBits(blockBits, size, blockBytes * 8);
    writeBlock(start, blockBits);
    const inodeBits = new Uint8Array(blockBytes);
    setBits(inodeBits, 0, inodesUsed);
    setBits(inodeBits, p.inodesPerGroup, blockBytes * 8);
    writeBlock(start + 1, inodeBits);
    const empty = new Uint8Array(blockBytes);
    for (let i = 0; i < p.tableBlocks; i++) writeBlock(start + 2 + i, empty);
  }
  writeDirectories(p, groups[0]?.inodeTable ?? 0, rootBlock, lostBlocks, options.now, writeBlock, device);
  writeSuperblocks(p, groups, options, writeBlock, device);
  if (options.journalBlocks !== undefined) {
    addJournal(device, options.journalBlocks, options.uuid, options.now);
  }
}

/** The root directory and lost+found: their inodes and their blocks. */
function writeDirectories(
  p: Plan,
  table: number,
  rootBlock: number,
  lostBlocks: number,
  now: Date,
  writeBlock: (block: number, bytes: Uint8Array) => void,
  device: SectorDevice,
): void {
  const { blockBytes } = p;
  const inodeOf = (firstBlock: number, blocks: number, mode: number, links: number): Inode => ({
    mode: FILE_TYPE.directory | mode,
    uid: 0,
    gid: 0,
    size: blocks * blockBytes,
    accessed: now.getTime(),
    changed: now.getTime(),
    modified: now.getTime(),
    deleted: 0,
    links,
    sectors: blocks * (blockBytes / SECTOR_BYTES),
    flags: 0,
    pointers: Array.from({ length: POINTERS }, (_, i) => (i < blocks ? firstBlock + i : 0)),
  });
  const writeInode = (number: number, inode: Inode): void => {
    const at = (number - 1) * INODE_BYTES;
    const block = table + Math.floor(at / blockBytes);
    const bytes = new Uint8Array(blockBytes);
    device.read(block * (blockBytes / SECTOR_BYTES), bytes);
    emitInode(bytes.subarray(at % blockBytes, (at % blockBytes) + INODE_BYTES), inode);
    writeBlock(block, bytes);
  };
  writeInode(ROOT_INODE, inodeOf(rootBlock, 1, 0o755, 3));
  writeInode(LOST_AND_FOUND, inodeOf(rootBlock + 1, lostBlocks, 0o700, 2));
  const type = FILE_TYPE_CODE.directory;
  writeBlock(
    rootBlock,
    emitRecords(blockBytes, [
      { inode: ROOT_INODE, type, name: '.' },
      { inode: ROOT_INODE, type, name: '..' },
      { inode: LOST_AND_FOUND, type, name: 'lost+found' },
    ]),
  );
  writeBlock(
    rootBlock + 1,
    emitRecords(blockBytes, [
      { inode: LOST_AND_FOUND, type, name: '.' },
      { inode: ROOT_INODE, type, name: '..' },
    ]),
  );
  for (let i = 1; i < lostBlocks; i++) writeBlock(rootBlock + 1 + i, emitRecords(blockBytes, []));
}

function writeSuperblocks(
  p: Plan,
  groups: readonly GroupDescriptor[],
  options: FormatOptions,
  writeBlock: (block: number, bytes: Uint8Array) => void,
  device: SectorDevice,
): void {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  const seconds = Math.floor(options.now.getTime() / 1000);
  const logBlock = Math.log2(p.blockBytes) - 10;
  const words: readonly (readonly [offset: number, value: number])[] = [
    [0, p.inodesPerGroup * p.groups],
    [4, p.blockCount],
    [8, Math.floor((p.blockCount * RESERVED_PERCENT) / 100)],
    [12, groups.reduce((sum, group) => sum + group.freeBlocks, 0)],
    [16, groups.reduce((sum, group) => sum + group.freeInodes, 0)],
    [20, p.firstDataBlock],
    [24, logBlock],
    [28, logBlock],
    [32, p.blocksPerGroup],
    [36, p.blocksPerGroup],
    [40, p.inodesPerGroup],
    [48, seconds],
    [64, seconds],
    [76, 1],
    [84, FIRST_FREE_INODE],
    [92, options.journalBlocks === undefined ? 0 : COMPATIBLE.hasJournal],
    [96, INCOMPATIBLE.fileType],
    [100, READ_ONLY_COMPATIBLE.sparseSuper | READ_ONLY_COMPATIBLE.largeFile],
    [264, seconds],
    [352, FLAG_SIGNED_HASH],
  ];
  for (const [offset, value] of words) view.setUint32(offset, value, true);
  const halves: readonly (readonly [offset: number, value: number])[] = [
    [54, 0xffff],
    [56, MAGIC],
    [58, STATE_CLEAN],
    [60, 1],
    [88, INODE_BYTES],
    [348, EXTRA_INODE_BYTES],
    [350, EXTRA_INODE_BYTES],
  ];
  for (const [offset, value] of halves) view.setUint16(offset, value, true);
  bytes.set(options.uuid.subarray(0, 16), 104);
  const label = Buffer.from(options.label ?? '');
  if (label.length > 16)
    throw new Ext2Error('bad-name', `the label '${options.label ?? ''}' is longer than 16 bytes`);
  bytes.set(label, 120);
  const descriptors = new Uint8Array(p.descriptorBlocks * p.blockBytes);
  for (const [i, group] of groups.entries()) {
    emitGroupDescriptor(new DataView(descriptors.buffer), i * GROUP_DESCRIPTOR_BYTES, group);
  }
  for (let index = 0; index < p.groups; index++) {
    if (!hasBackup(index)) continue;
    const first = p.firstDataBlock + index * p.blocksPerGroup;
    view.setUint16(90, index, true);
    device.write((index === 0 ? SUPERBLOCK_OFFSET : first * p.blockBytes) / SECTOR_BYTES, bytes);
    const start = index === 0 ? descriptorBlock(p) : first + 1;
    for (let i = 0; i < p.descriptorBlocks; i++) {
      writeBlock(start + i, descriptors.subarray(i * p.blockBytes, (i + 1) * p.blockBytes));
    }
  }
}
