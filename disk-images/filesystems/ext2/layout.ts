/**
 * The structures of an ext2 file system on the disk: superblock, group descriptors, inodes. All numbers are little
 * endian. Source: "The Second Extended File System: Internal Layout" (D. Poirier), and ext4(5) for the meaning of the
 * feature names.
 *
 * Rules for callers: parse functions refuse with an Ext2Error what they cannot use; emit functions write into a buffer
 * of the caller and leave the bytes that they do not know alone.
 */
import { Ext2Error } from './error.ts';

export const SUPERBLOCK_OFFSET = 1024;
export const SUPERBLOCK_BYTES = 1024;
export const MAGIC = 0xef53;
export const ROOT_INODE = 2;
export const JOURNAL_INODE = 8;
export const GROUP_DESCRIPTOR_BYTES = 32;
/** Inodes below are the file system's own; lost+found is by custom the first above. */
export const FIRST_FREE_INODE = 11;
/** The part of an inode that every revision has. */
export const SMALL_INODE_BYTES = 128;

export const INCOMPATIBLE = { fileType: 0x2, recover: 0x4 } as const;
export const READ_ONLY_COMPATIBLE = { sparseSuper: 0x1, largeFile: 0x2 } as const;
/** Index blocks of directories: a reader may ignore them, a writer must clear the flag of what it changes. */
export const COMPATIBLE = { hasJournal: 0x4, directoryIndex: 0x20 } as const;

const KNOWN_INCOMPATIBLE = INCOMPATIBLE.fileType;
const KNOWN_READ_ONLY = READ_ONLY_COMPATIBLE.sparseSuper | READ_ONLY_COMPATIBLE.largeFile;

export const STATE_CLEAN = 1;
export const STATE_ERROR = 2;

/** Offsets in the superblock of what is read or changed by itself. */
export const SUPERBLOCK_MAGIC = 56;
export const SUPERBLOCK_STATE = 58;
export const SUPERBLOCK_INCOMPATIBLE = 96;

/** What this code needs of the superblock. */
export interface Superblock {
  readonly inodeCount: number;
  readonly blockCount: number;
  readonly reservedBlocks: number;
  readonly firstDataBlock: number;
  readonly blockBytes: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly firstInode: number;
  readonly label: string;
  /** Why it may not be written; null when it may. */
  readonly readOnlyReason: string | null;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('utf8');
}

function refuse(reason: string): never {
  throw new Ext2Error('corrupt', reason);
}

/**
 * Checks everything that later code relies on. `deviceBytes` is the size of the partition; `recovering` takes one whose
 * journal must be replayed.
 */
export function parseSuperblock(bytes: Uint8Array, deviceBytes: number, recovering = false): Superblock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SUPERBLOCK_BYTES);
  if (view.getUint16(SUPERBLOCK_MAGIC, true) !== MAGIC) {
    throw new Ext2Error('not-ext2', 'there is no ext2 file system here (no magic number 0xEF53)');
  }
  const dynamic = view.getUint32(76, true) >= 1;
  const known = KNOWN_INCOMPATIBLE | (recovering ? INCOMPATIBLE.recover : 0);
  const incompatible = dynamic ? view.getUint32(SUPERBLOCK_INCOMPATIBLE, true) & ~known : 0;
  if ((incompatible & INCOMPATIBLE.recover) !== 0) {
    throw new Ext2Error(
      'unsupported',
      'the file system was not shut down in order and its journal must be replayed first: boot the system, or run e2fsck -p',
    );
  }
  if (incompatible !== 0) {
    throw new Ext2Error(
      'unsupported',
      `the file system needs features that are not supported (0x${incompatible.toString(16)}): is it ext3 or ext4?`,
    );
  }
  const readOnly = dynamic ? view.getUint32(100, true) & ~KNOWN_READ_ONLY : 0;
  const logBlock = view.getUint32(24, true);
  if (logBlock > 2) refuse(`a block size of 2^${10 + logBlock} bytes is not supported: 1, 2 and 4 KiB are`);
  const blockBytes = 1024 << logBlock;
  const superblock: Superblock = {
    inodeCount: view.getUint32(0, true),
    blockCount: view.getUint32(4, true),
    reservedBlocks: view.getUint32(8, true),
    firstDataBlock: view.getUint32(20, true),
    blockBytes,
    blocksPerGroup: view.getUint32(32, true),
    inodesPerGroup: view.getUint32(40, true),
    inodeBytes: dynamic ? view.getUint16(88, true) : SMALL_INODE_BYTES,
    firstInode: dynamic ? view.getUint32(84, true) : FIRST_FREE_INODE,
    label: text(bytes.subarray(120, 136)),
    readOnlyReason:
      readOnly === 0 ? null : `it uses features that only reading allows (0x${readOnly.toString(16)})`,
  };
  checkSuperblock(superblock, deviceBytes);
  return superblock;
}

function checkSuperblock(s: Superblock, deviceBytes: number): void {
  const bitsPerBlock = s.blockBytes * 8;
  if (s.firstDataBlock !== (s.blockBytes === 1024 ? 1 : 0)) refuse(`the first block is ${s.firstDataBlock}`);
  if (s.blockCount <= s.firstDataBlock || s.blockCount * s.blockBytes > deviceBytes) {
    refuse(
      `the file system has ${s.blockCount} blocks of ${s.blockBytes} bytes, the partition ${deviceBytes} bytes: was it cut short?`,
    );
  }
  if (s.blocksPerGroup === 0 || s.blocksPerGroup > bitsPerBlock) refuse(`${s.blocksPerGroup} blocks a group`);
  if (s.inodesPerGroup === 0 || s.inodesPerGroup > bitsPerBlock) refuse(`${s.inodesPerGroup} inodes a group`);
  const { inodeBytes } = s;
  if (inodeBytes < SMALL_INODE_BYTES || inodeBytes > s.blockBytes || (inodeBytes & (inodeBytes - 1)) !== 0) {
    refuse(`inodes of ${inodeBytes} bytes`);
  }
  if (s.inodeCount !== s.inodesPerGroup * groupCount(s))
    refuse(`${s.inodeCount} inodes in ${groupCount(s)} groups`);
}

export function groupCount(s: Pick<Superblock, 'blockCount' | 'firstDataBlock' | 'blocksPerGroup'>): number {
  return Math.ceil((s.blockCount - s.firstDataBlock) / s.blocksPerGroup);
}

/** Block of the group descriptors: the one after the superblock's. */
export function descriptorBlock(s: Pick<Superblock, 'firstDataBlock'>): number {
  return s.firstDataBlock + 1;
}

/** Does the group hold a copy of superblock and descriptors (sparse_super: 0, 1 and powers of 3, 5 and 7)? */
export function hasBackup(group: number): boolean {
  if (group < 2) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}

export interface GroupDescriptor {
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
  freeBlocks: number;
  freeInodes: number;
  directories: number;
}

export function parseGroupDescriptor(view: DataView, at: number): GroupDescriptor {
  return {
    blockBitmap: view.getUint32(at, true),
    inodeBitmap: view.getUint32(at + 4, true),
    inodeTable: view.getUint32(at + 8, true),
    freeBlocks: view.getUint16(at + 12, true),
    freeInodes: view.getUint16(at + 14, true),
    directories: view.getUint16(at + 16, true),
  };
}

export function emitGroupDescriptor(view: DataView, at: number, group: GroupDescriptor): void {
  view.setUint32(at, group.blockBitmap, true);
  view.setUint32(at + 4, group.inodeBitmap, true);
  view.setUint32(at + 8, group.inodeTable, true);
  view.setUint16(at + 12, group.freeBlocks, true);
  view.setUint16(at + 14, group.freeInodes, true);
  view.setUint16(at + 16, group.directories, true);
}

/** Types of files, as in st_mode. */
export const FILE_TYPE = {
  fifo: 0o010000,
  characterDevice: 0o020000,
  directory: 0o040000,
  blockDevice: 0o060000,
  regular: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const;
export const TYPE_MASK = 0o170000;

/** Pointers of an inode: 12 direct ones, then one each of the first, second and third degree. */
export const DIRECT_BLOCKS = 12;
export const POINTERS = 15;

/** An inode of the table. Times are milliseconds since 1970. */
export interface Inode {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  accessed: number;
  changed: number;
  modified: number;
  deleted: number;
  links: number;
  /** 512-byte sectors in use, pointer blocks among them. */
  sectors: number;
  flags: number;
  pointers: number[];
}

const NANOSECOND_SHIFT = 2;
const EXTRA_BYTES = 32;
const TWO_32 = 0x1_0000_0000;

function readTime(view: DataView, seconds: number, extra: number | null): number {
  if (extra === null) return view.getInt32(seconds, true) * 1000;
  const bits = view.getUint32(extra, true);
  const epoch = (bits & 3) * TWO_32;
  return (view.getInt32(seconds, true) + epoch) * 1000 + Math.floor((bits >>> NANOSECOND_SHIFT) / 1e6);
}

function writeTime(view: DataView, milliseconds: number, seconds: number, extra: number | null): void {
  const whole = Math.floor(milliseconds / 1000);
  view.setUint32(seconds, whole >>> 0, true);
  if (extra === null) return;
  const epoch = Math.floor((whole + 0x8000_0000) / TWO_32) & 3;
  const nanoseconds = (milliseconds - whole * 1000) * 1e6;
  view.setUint32(extra, ((nanoseconds << NANOSECOND_SHIFT) | epoch) >>> 0, true);
}

/** `bytes` is the whole inode, of the size that the superblock says. */
export function parseInode(bytes: Uint8Array): Inode {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const mode = view.getUint16(0, true);
  const wide = bytes.length > SMALL_INODE_BYTES && view.getUint16(128, true) >= EXTRA_BYTES - 4;
  const isRegular = (mode & TYPE_MASK) === FILE_TYPE.regular;
  return {
    mode,
    uid: view.getUint16(2, true) | (view.getUint16(120, true) << 16),
    gid: view.getUint16(24, true) | (view.getUint16(122, true) << 16),
    size: view.getUint32(4, true) + (isRegular ? view.getUint32(108, true) * TWO_32 : 0),
    accessed: readTime(view, 8, wide ? 140 : null),
    changed: readTime(view, 12, wide ? 132 : null),
    modified: readTime(view, 16, wide ? 136 : null),
    deleted: view.getUint32(20, true),
    links: view.getUint16(26, true),
    sectors: view.getUint32(28, true),
    flags: view.getUint32(32, true),
    pointers: Array.from({ length: POINTERS }, (_, i) => view.getUint32(40 + i * 4, true)),
  };
}

export function emitInode(bytes: Uint8Array, inode: Inode): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = bytes.length > SMALL_INODE_BYTES;
  view.setUint16(0, inode.mode, true);
  view.setUint16(2, inode.uid & 0xffff, true);
  view.setUint32(4, inode.size % TWO_32, true);
  if (wide) view.setUint16(128, EXTRA_BYTES, true);
  writeTime(view, inode.accessed, 8, wide ? 140 : null);
  writeTime(view, inode.changed, 12, wide ? 132 : null);
  writeTime(view, inode.modified, 16, wide ? 136 : null);
  view.setUint32(20, inode.deleted, true);
  view.setUint16(24, inode.gid & 0xffff, true);
  view.setUint16(26, inode.links, true);
  view.setUint32(28, inode.sectors, true);
  view.setUint32(32, inode.flags, true);
  for (const [i, pointer] of inode.pointers.entries()) view.setUint32(40 + i * 4, pointer, true);
  if ((inode.mode & TYPE_MASK) === FILE_TYPE.regular) {
    view.setUint32(108, Math.floor(inode.size / TWO_32), true);
  }
  view.setUint16(120, inode.uid >>> 16, true);
  view.setUint16(122, inode.gid >>> 16, true);
}
