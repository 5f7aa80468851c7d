/**
 * ext2's part of an inode: where its blocks are, and what else the disk knows of it; reading it from the inode table and
 * writing it there.
 *
 * - The map mutex guards `blocks`, `runLength` and the promises, and the indirect blocks of the file. It is taken within a
 *   change (transaction.ts), or without one by readers, who open none while they hold it.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { EIO } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../../sched/mutex';
import { Inode } from '../inode';
import { isDirectory, isRegular, isSymlink, S_IFBLK, S_IFCHR, S_IFMT } from '../stat';
import { inodeGroup } from './allocate-inodes';
import { groupInodeTable } from './groups';
import { DiskInode, FLAG_INDEX, GOOD_OLD_INODE_BYTES, POINTERS, RO_COMPAT_LARGE_FILE, Super } from './layout';
import { superBegin, superEnd } from './groups';
import { access, dirty } from './transaction';
import { Ext2Volume, blockData, blockGet, blockPut } from './volume';

const NS_PER_SECOND: i64 = 1_000_000_000;
const LARGE: u64 = 0x7fffffff;
/** Bytes of extra fields that new inodes of 256 bytes have: up to the creation time. */
const EXTRA_BYTES: u32 = 32;

@unmanaged
export class Ext2Node {
  volume: Ext2Volume;
  inode: Inode;
  map: Mutex;
  /** POINTERS u32s: i_block. */
  blocks: usize;
  /** After blockMap(): how many blocks the answer holds for. */
  runLength: u32;
  /** Where blockMap() found the pointer: its table's pinned buffer and block (0: the inode), and the pointers left in it. */
  leafBuffer: usize;
  leafBlock: u32;
  leafAt: usize;
  leafLeft: u32;
  flags: u32;
  fileAcl: u32;
  /** Next inode of the orphan list while this one is in it, else the time of deletion. */
  deleted: u32;
  isOrphan: bool;
  /** Not to be taken off the disk with its last use. */
  isAbandoned: bool;
  nextOrphan: Ext2Node | null;
  previousOrphan: Ext2Node | null;
  created: i64;
  /** Size on the disk: what has been written, not what is still in memory. */
  diskSize: u64;
  /** Where the next block should be: behind the last one given out, for logical block `goalLogical`. */
  goalLogical: u32;
  goalBlock: u32;
  /** Logical blocks [promisedFirst, promisedEnd) have room promised; `promised` of them. */
  promisedFirst: u32;
  promisedEnd: u32;
  promised: u32;
  /** Directories: the block where the last entry went in, and what directoryFind() found. */
  insertHint: u32;
  hitBlock: u32;
  hitLogical: u32;
  hitOffset: u32;
  hitPrevious: u32;
  hitInode: u32;
  /** Something other than times has changed since the last sync of this file. */
  isUncommitted: bool;
  /** What was written last: fdatasync looks only at these. */
  writtenSize: u64;
  writtenBlocks: u64;
}

export function nodeOf(inode: Inode): Ext2Node {
  return changetype<Ext2Node>(inode.data);
}

/** null when out of memory. */
export function nodeCreate(v: Ext2Volume): Ext2Node | null {
  const at = kmalloc(offsetof<Ext2Node>() + 8 + offsetof<Mutex>() + POINTERS * 4);
  if (at == 0) return null;
  const node = changetype<Ext2Node>(at);
  node.volume = v;
  node.map = changetype<Mutex>((at + offsetof<Ext2Node>() + 7) & ~7);
  node.blocks = changetype<usize>(node.map) + offsetof<Mutex>();
  return node;
}

export function nodeFree(node: Ext2Node): void {
  kfree(changetype<usize>(node));
}

export function nodeBlock(node: Ext2Node, n: u32): u32 {
  return load<u32>(node.blocks + <usize>n * 4);
}

export function nodeSetBlock(node: Ext2Node, n: u32, block: u32): void {
  store<u32>(node.blocks + <usize>n * 4, block);
}

/** The block of the inode table that inode `number` is in. */
function tableBlock(v: Ext2Volume, number: u32): u32 {
  const offset = ((number - 1) % v.inodesPerGroup) * v.inodeSize;
  return groupInodeTable(v, inodeGroup(v, number)) + (offset >> v.blockShift);
}

function tableOffset(v: Ext2Volume, number: u32): u32 {
  return (((number - 1) % v.inodesPerGroup) * v.inodeSize) & (v.blockSize - 1);
}

/** Whether the inode's extra part reaches up to `end` (an offset behind a field). */
function hasExtra(v: Ext2Volume, disk: usize, end: u32): bool {
  if (v.inodeSize <= GOOD_OLD_INODE_BYTES) return false;
  const extra: u32 = load<u16>(disk, DiskInode.ExtraSize);
  return GOOD_OLD_INODE_BYTES + extra >= end && end <= v.inodeSize;
}

/** Seconds are signed; the extra word has two more bits of them and the nanoseconds. */
function readTime(v: Ext2Volume, disk: usize, field: u32, extraField: u32): i64 {
  let seconds = <i64>load<i32>(disk + field);
  if (!hasExtra(v, disk, extraField + 4)) return seconds * NS_PER_SECOND;
  const extra = load<u32>(disk + extraField);
  seconds += (<i64>(extra & 3)) << 32;
  return seconds * NS_PER_SECOND + <i64>min(extra >> 2, <u32>999_999_999);
}

function writeTime(v: Ext2Volume, disk: usize, field: u32, extraField: u32, ns: i64): void {
  let seconds = ns / NS_PER_SECOND;
  let rest = ns % NS_PER_SECOND;
  if (rest < 0) {
    rest += NS_PER_SECOND;
    seconds--;
  }
  if (!hasExtra(v, disk, extraField + 4)) {
    const clamped = max(min(seconds, <i64>i32.MAX_VALUE), <i64>i32.MIN_VALUE);
    store<i32>(disk + field, <i32>clamped);
    return;
  }
  store<i32>(disk + field, <i32>seconds);
  const epoch = (<u32>((seconds - <i64>(<i32>seconds)) >> 32)) & 3;
  store<u32>(disk + extraField, ((<u32>rest) << 2) | epoch);
}

function readDevice(node: Ext2Node): u64 {
  const old = nodeBlock(node, 0);
  return old != 0 ? old & 0xffff : nodeBlock(node, 1);
}

/** Fills inode and node from the inode table. 0, -EIO, or what the buffer cache says. */
export function nodeRead(node: Ext2Node, inode: Inode): i32 {
  const v = node.volume;
  const number = <u32>inode.number;
  const block = tableBlock(v, number);
  const buffer = blockGet(v, block);
  if (isFailure(buffer)) return failureOf(buffer);
  const disk = blockData(v, buffer, block) + tableOffset(v, number);
  inode.mode = load<u16>(disk, DiskInode.Mode);
  inode.uid = (<u32>load<u16>(disk, DiskInode.UidLow)) | ((<u32>load<u16>(disk, DiskInode.UidHigh)) << 16);
  inode.gid = (<u32>load<u16>(disk, DiskInode.GidLow)) | ((<u32>load<u16>(disk, DiskInode.GidHigh)) << 16);
  inode.links = load<u16>(disk, DiskInode.Links);
  inode.generation = load<u32>(disk, DiskInode.Generation);
  inode.size = load<u32>(disk, DiskInode.SizeLow);
  if (isRegular(inode.mode)) inode.size |= (<u64>load<u32>(disk, DiskInode.SizeHigh)) << 32;
  inode.blocks = load<u32>(disk, DiskInode.Blocks);
  inode.accessed = readTime(v, disk, DiskInode.Accessed, DiskInode.AccessedExtra);
  inode.modified = readTime(v, disk, DiskInode.Modified, DiskInode.ModifiedExtra);
  inode.changed = readTime(v, disk, DiskInode.Changed, DiskInode.ChangedExtra);
  node.inode = inode;
  node.diskSize = inode.size;
  node.writtenSize = inode.size;
  node.writtenBlocks = inode.blocks;
  node.flags = load<u32>(disk, DiskInode.Flags);
  node.fileAcl = load<u32>(disk, DiskInode.FileAcl);
  node.deleted = load<u32>(disk, DiskInode.Deleted);
  memory.copy(node.blocks, disk + DiskInode.Block, POINTERS * 4);
  blockPut(buffer);
  const type = inode.mode & S_IFMT;
  if (type == S_IFCHR || type == S_IFBLK) inode.specialDevice = readDevice(node);
  const bounded = inode.size <= v.superBlock.maxFileSize;
  const wholeBlocks = !isDirectory(inode.mode) || (inode.size & (v.blockSize - 1)) == 0;
  const fits = !isSymlink(inode.mode) || inode.size < <u64>v.blockSize;
  return bounded && wholeBlocks && fits ? 0 : -EIO;
}

/** Sets the super block's flag that says that there are files of 2 GiB and more. */
function noteLargeFile(v: Ext2Volume): void {
  superBegin(v);
  store<u32>(v.superData, load<u32>(v.superData, Super.RoCompat) | RO_COMPAT_LARGE_FILE, Super.RoCompat);
  superEnd(v);
  v.largeFiles = true;
}

function fill(node: Ext2Node, disk: usize): void {
  const v = node.volume;
  const inode = node.inode;
  store<u16>(disk, <u16>inode.mode, DiskInode.Mode);
  store<u16>(disk, <u16>inode.uid, DiskInode.UidLow);
  store<u16>(disk, <u16>(inode.uid >> 16), DiskInode.UidHigh);
  store<u16>(disk, <u16>inode.gid, DiskInode.GidLow);
  store<u16>(disk, <u16>(inode.gid >> 16), DiskInode.GidHigh);
  store<u16>(disk, <u16>inode.links, DiskInode.Links);
  store<u32>(disk, inode.generation, DiskInode.Generation);
  store<u32>(disk, <u32>node.diskSize, DiskInode.SizeLow);
  store<u32>(disk, isRegular(inode.mode) ? <u32>(node.diskSize >> 32) : 0, DiskInode.SizeHigh);
  store<u32>(disk, <u32>inode.blocks, DiskInode.Blocks);
  store<u32>(disk, node.flags, DiskInode.Flags);
  store<u32>(disk, node.fileAcl, DiskInode.FileAcl);
  store<u32>(disk, node.deleted, DiskInode.Deleted);
  writeTime(v, disk, DiskInode.Accessed, DiskInode.AccessedExtra, inode.accessed);
  writeTime(v, disk, DiskInode.Modified, DiskInode.ModifiedExtra, inode.modified);
  writeTime(v, disk, DiskInode.Changed, DiskInode.ChangedExtra, inode.changed);
  memory.copy(disk + DiskInode.Block, node.blocks, POINTERS * 4);
}

/** Notes whether there is something that fdatasync has to bring to the medium. */
function noteChange(node: Ext2Node): void {
  const inode = node.inode;
  const data = node.diskSize != node.writtenSize || inode.blocks != node.writtenBlocks;
  node.writtenSize = node.diskSize;
  node.writtenBlocks = inode.blocks;
  if (data) node.isUncommitted = true;
}

/** Writes inode and node into the inode table, within a change; `fresh`: nothing of what is there counts. */
function write(node: Ext2Node, fresh: bool): i32 {
  const v = node.volume;
  const number = <u32>node.inode.number;
  noteChange(node);
  if (node.diskSize > LARGE && !v.largeFiles) noteLargeFile(v);
  const block = tableBlock(v, number);
  const buffer = blockGet(v, block);
  if (isFailure(buffer)) return failureOf(buffer);
  access(v, buffer, block);
  const disk = blockData(v, buffer, block) + tableOffset(v, number);
  if (fresh) {
    node.isUncommitted = true;
    memory.fill(disk, 0, v.inodeSize);
    if (v.inodeSize > GOOD_OLD_INODE_BYTES) {
      store<u16>(disk, <u16>min(EXTRA_BYTES, v.inodeSize - GOOD_OLD_INODE_BYTES), DiskInode.ExtraSize);
      writeTime(v, disk, DiskInode.Created, DiskInode.CreatedExtra, node.inode.changed);
    }
  }
  fill(node, disk);
  dirty(v, buffer, block);
  blockPut(buffer);
  return 0;
}

/** Writes the inode, within a change. 0 or a negative errno. */
export function nodeWrite(node: Ext2Node): i32 {
  return write(node, false);
}

/** As nodeWrite, for an inode that begins its life. */
export function nodeWriteFresh(node: Ext2Node): i32 {
  return write(node, true);
}

/** The directory is about to change: a hash index of it would go stale. */
export function nodeDropIndex(node: Ext2Node): void {
  node.flags &= ~FLAG_INDEX;
}

export function mapLock(node: Ext2Node): void {
  mutexLock(node.map);
}

export function mapUnlock(node: Ext2Node): void {
  mutexUnlock(node.map);
}
