/**
 * Directories: finding, adding and removing entries in blocks of variable-length records.
 *
 * - The directory's inode mutex is held. `hit…` of the node say where a name was found.
 * - An entry never crosses a block; removing one gives its room to the one before it. A hash index is not kept.
 * - Records are checked before they are used: damage is -EIO.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { ENOENT, ENOSPC } from '../../lib/errno';
import { DirentSink, direntEmit } from '../dirent';
import { File } from '../file';
import { Inode, inodeTouchModified } from '../inode';
import { FIRST_POSITION } from '../read-directory';
import { blockMap, blockMapCreate } from './block-map';
import { ENTRY_TYPES, Entry } from './layout';
import { Ext2Node, mapLock, mapUnlock, nodeDropIndex, nodeOf, nodeWrite } from './node';
import { access, dirtyNames } from './transaction';
import { Ext2Volume, blockData, blockGet, blockNew, blockPut, volumeDamaged } from './volume';

const HEADER: u32 = 8;
/** Linux's d_type by an entry's type. */
const D_TYPES = memory.data<u8>([0, 8, 4, 2, 6, 1, 12, 10]);
const MAX_DIRECTORY_BLOCKS: u64 = 1 << 22;

/** Bytes that an entry with a name of `length` bytes needs. */
function needed(length: u32): u32 {
  return (HEADER + length + 3) & ~3;
}

function recordLength(at: usize): u32 {
  return load<u16>(at, Entry.Length);
}

function nameLength(at: usize): u32 {
  return load<u8>(at, Entry.NameLength);
}

/** Whether the record at `offset` of a block of `size` bytes can be one. */
function isSound(at: usize, offset: u32, size: u32): bool {
  const length = recordLength(at);
  if (length < HEADER || (length & 3) != 0 || offset + length > size) return false;
  return HEADER + nameLength(at) <= length;
}

function entryType(mode: u32): u8 {
  return load<u8>(ENTRY_TYPES + <usize>((mode >> 12) & 15));
}

/** The block of the file system that holds block `logical` of the directory; -EIO for a hole. */
function directoryBlock(node: Ext2Node, logical: u32): i64 {
  mapLock(node);
  const block = blockMap(node, logical, 1);
  mapUnlock(node);
  return block == 0 ? volumeDamaged(node.volume, 'a directory with a hole: inode', node.inode.number) : block;
}

function damaged(node: Ext2Node): i32 {
  return volumeDamaged(node.volume, 'a damaged directory: inode', node.inode.number);
}

export function directoryBlocks(node: Ext2Node): u32 {
  return <u32>min(node.inode.size >> node.volume.blockShift, MAX_DIRECTORY_BLOCKS);
}

/** Looks in one block: 1 with the hit set, 0, or -EIO. */
function findInBlock(node: Ext2Node, data: usize, name: usize, length: u32): i32 {
  const size = node.volume.blockSize;
  let previous: u32 = 0;
  let offset: u32 = 0;
  while (offset < size) {
    const at = data + offset;
    if (!isSound(at, offset, size)) return damaged(node);
    if (
      nameLength(at) == length &&
      load<u32>(at, Entry.Inode) != 0 &&
      memory.compare(at + Entry.Name, name, length) == 0
    ) {
      node.hitOffset = offset;
      node.hitPrevious = previous;
      node.hitInode = load<u32>(at, Entry.Inode);
      return 1;
    }
    previous = offset;
    offset += recordLength(at);
  }
  return 0;
}

/** Finds the name: 0 with node.hitBlock, hitOffset, hitPrevious and hitInode set, -ENOENT or -EIO. */
export function directoryFind(node: Ext2Node, name: usize, length: u32): i32 {
  const v = node.volume;
  const blocks = directoryBlocks(node);
  for (let logical: u32 = 0; logical < blocks; logical++) {
    const block = directoryBlock(node, logical);
    if (block < 0) return <i32>block;
    const buffer = blockGet(v, <u32>block);
    if (isFailure(buffer)) return failureOf(buffer);
    const found = findInBlock(node, blockData(v, buffer, <u32>block), name, length);
    blockPut(buffer);
    if (found < 0) return found;
    if (found == 1) {
      node.hitBlock = <u32>block;
      node.hitLogical = logical;
      return 0;
    }
  }
  return -ENOENT;
}

function writeEntry(v: Ext2Volume, at: usize, inode: Inode, length: u32, name: usize, nameBytes: u32): void {
  store<u32>(at, <u32>inode.number, Entry.Inode);
  store<u16>(at, <u16>length, Entry.Length);
  store<u8>(at, <u8>nameBytes, Entry.NameLength);
  store<u8>(at, v.hasFileType ? entryType(inode.mode) : 0, Entry.Type);
  memory.copy(at + Entry.Name, name, nameBytes);
}

/** Offset of a record in the block that has `wanted` bytes to spare, `blockSize` when there is none, or -EIO. */
function findRoom(node: Ext2Node, data: usize, wanted: u32): i32 {
  const size = node.volume.blockSize;
  let offset: u32 = 0;
  while (offset < size) {
    const at = data + offset;
    if (!isSound(at, offset, size)) return damaged(node);
    const used: u32 = load<u32>(at, Entry.Inode) == 0 ? 0 : needed(nameLength(at));
    if (recordLength(at) >= used + wanted) return <i32>offset;
    offset += recordLength(at);
  }
  return <i32>size;
}

/** Puts the entry behind the one at `offset`, or in its place when that is empty. */
function insertAt(v: Ext2Volume, data: usize, offset: u32, inode: Inode, name: usize, length: u32): void {
  const at = data + offset;
  const whole = recordLength(at);
  if (load<u32>(at, Entry.Inode) == 0) {
    writeEntry(v, at, inode, whole, name, length);
    return;
  }
  const used = needed(nameLength(at));
  store<u16>(at, <u16>used, Entry.Length);
  writeEntry(v, at + used, inode, whole - used, name, length);
}

/** Tries block `logical`: 1 when the entry is in, 0 when there is no room, or a negative errno. */
function addInBlock(node: Ext2Node, logical: u32, inode: Inode, name: usize, length: u32): i32 {
  const v = node.volume;
  const block = directoryBlock(node, logical);
  if (block < 0) return <i32>block;
  const buffer = blockGet(v, <u32>block);
  if (isFailure(buffer)) return failureOf(buffer);
  const data = blockData(v, buffer, <u32>block);
  const offset = findRoom(node, data, needed(length));
  let result = offset < 0 ? offset : 0;
  if (offset >= 0 && offset < <i32>v.blockSize) {
    access(v, buffer, <u32>block);
    insertAt(v, data, offset, inode, name, length);
    dirtyNames(v, buffer, <u32>block);
    node.insertHint = logical;
    result = 1;
  }
  blockPut(buffer);
  return result;
}

/** A new block at the directory's end with this entry alone. */
function addBlock(node: Ext2Node, inode: Inode, name: usize, length: u32): i32 {
  const v = node.volume;
  const logical = directoryBlocks(node);
  if (<u64>logical >= MAX_DIRECTORY_BLOCKS) return -ENOSPC;
  mapLock(node);
  const block = blockMapCreate(node, logical, 1);
  mapUnlock(node);
  if (block < 0) return <i32>block;
  const buffer = blockNew(v, <u32>block);
  if (isFailure(buffer)) return failureOf(buffer);
  access(v, buffer, <u32>block);
  writeEntry(v, blockData(v, buffer, <u32>block), inode, v.blockSize, name, length);
  dirtyNames(v, buffer, <u32>block);
  blockPut(buffer);
  node.inode.size += v.blockSize;
  node.diskSize = node.inode.size;
  node.insertHint = logical;
  return 0;
}

/** Adds the entry, which does not exist, and writes the directory's inode. Within a change. */
export function directoryAdd(node: Ext2Node, inode: Inode, name: usize, length: u32): i32 {
  const blocks = directoryBlocks(node);
  let added = 0;
  const start = node.insertHint < blocks ? node.insertHint : 0;
  // From where there was room the last time, then from the beginning.
  for (let i = start; i < blocks && added == 0; i++) added = addInBlock(node, i, inode, name, length);
  for (let i: u32 = 0; i < start && added == 0; i++) added = addInBlock(node, i, inode, name, length);
  if (added == 0) added = addBlock(node, inode, name, length);
  if (added < 0) return added;
  return directoryChanged(node);
}

/** Times and flags after a change, and the inode is written. Within a change. */
export function directoryChanged(node: Ext2Node): i32 {
  inodeTouchModified(node.inode);
  nodeDropIndex(node);
  node.isUncommitted = true;
  return nodeWrite(node);
}

/** Removes the entry that directoryFind() found. Within a change. */
export function directoryRemove(node: Ext2Node): i32 {
  const v = node.volume;
  const buffer = blockGet(v, node.hitBlock);
  if (isFailure(buffer)) return failureOf(buffer);
  access(v, buffer, node.hitBlock);
  const data = blockData(v, buffer, node.hitBlock);
  const at = data + node.hitOffset;
  if (node.hitOffset != 0) {
    const before = data + node.hitPrevious;
    store<u16>(before, <u16>(recordLength(before) + recordLength(at)), Entry.Length);
  }
  store<u32>(at, 0, Entry.Inode);
  dirtyNames(v, buffer, node.hitBlock);
  blockPut(buffer);
  node.insertHint = min(node.insertHint, node.hitLogical);
  return directoryChanged(node);
}

/** Lets the entry that directoryFind() found lead to another inode. Within a change. */
export function directoryReplace(node: Ext2Node, inode: Inode): i32 {
  const v = node.volume;
  const buffer = blockGet(v, node.hitBlock);
  if (isFailure(buffer)) return failureOf(buffer);
  access(v, buffer, node.hitBlock);
  const at = blockData(v, buffer, node.hitBlock) + node.hitOffset;
  store<u32>(at, <u32>inode.number, Entry.Inode);
  if (v.hasFileType) store<u8>(at, entryType(inode.mode), Entry.Type);
  dirtyNames(v, buffer, node.hitBlock);
  blockPut(buffer);
  return directoryChanged(node);
}

/** The first block of a new directory: "." and "..". Within a change. */
export function directoryInitialise(node: Ext2Node, parent: Inode): i32 {
  const v = node.volume;
  mapLock(node);
  const block = blockMapCreate(node, 0, 1);
  mapUnlock(node);
  if (block < 0) return <i32>block;
  const buffer = blockNew(v, <u32>block);
  if (isFailure(buffer)) return failureOf(buffer);
  access(v, buffer, <u32>block);
  const data = blockData(v, buffer, <u32>block);
  writeEntry(v, data, node.inode, needed(1), DOTS, 1);
  writeEntry(v, data + needed(1), parent, v.blockSize - needed(1), DOTS, 2);
  dirtyNames(v, buffer, <u32>block);
  blockPut(buffer);
  node.inode.size = v.blockSize;
  node.diskSize = v.blockSize;
  return 0;
}

const DOTS = memory.data<u8>([0x2e, 0x2e]);

/** ".." leads to `parent` from now on. Within a change. */
export function directorySetParent(node: Ext2Node, parent: Inode): i32 {
  const error = directoryFind(node, DOTS, 2);
  return error != 0 ? error : directoryReplace(node, parent);
}

function isDots(at: usize): bool {
  const length = nameLength(at);
  if (length > 2 || length == 0 || load<u8>(at, Entry.Name) != 0x2e) return false;
  return length == 1 || load<u8>(at, Entry.Name + 1) == 0x2e;
}

/** 1 when there is nothing but "." and "..", 0 when there is, or -EIO. */
export function directoryIsEmpty(node: Ext2Node): i32 {
  const v = node.volume;
  const blocks = directoryBlocks(node);
  for (let logical: u32 = 0; logical < blocks; logical++) {
    const block = directoryBlock(node, logical);
    if (block < 0) return <i32>block;
    const buffer = blockGet(v, <u32>block);
    if (isFailure(buffer)) return failureOf(buffer);
    const data = blockData(v, buffer, <u32>block);
    let result = 1;
    for (let offset: u32 = 0; offset < v.blockSize && result == 1; offset += recordLength(data + offset)) {
      if (!isSound(data + offset, offset, v.blockSize)) result = damaged(node);
      else if (load<u32>(data + offset, Entry.Inode) != 0 && !isDots(data + offset)) result = 0;
    }
    blockPut(buffer);
    if (result != 1) return result;
  }
  return 1;
}

/** Emits the entries of one block from `from` on: 1 when all fit, 0 when the sink is full, or -EIO. */
function emitBlock(file: File, sink: DirentSink, data: usize, start: u64, from: u32): i32 {
  const node = nodeOf(file.inode);
  const size = node.volume.blockSize;
  let offset: u32 = 0;
  while (offset < size) {
    const at = data + offset;
    if (!isSound(at, offset, size)) return damaged(node);
    const next = offset + recordLength(at);
    // An entry may have gone from under the position: what begins at it or later counts.
    if (offset >= from && load<u32>(at, Entry.Inode) != 0 && !isDots(at)) {
      const type: u32 = node.volume.hasFileType ? load<u8>(at, Entry.Type) : 0;
      const dType: u8 = type < 8 ? load<u8>(D_TYPES + <usize>type) : 0;
      const position = start + next + FIRST_POSITION;
      const number = load<u32>(at, Entry.Inode);
      if (!direntEmit(sink, number, position, dType, at + Entry.Name, nameLength(at))) return 0;
    }
    offset = next;
    file.offset = start + offset + FIRST_POSITION;
  }
  return 1;
}

/** As FileOps.readDirectory: positions are bytes of the directory, behind those of the dots. */
export function ext2ReadDirectory(file: File, sink: DirentSink): i32 {
  if (file.offset < FIRST_POSITION) return 0;
  const node = nodeOf(file.inode);
  const v = node.volume;
  const blocks = directoryBlocks(node);
  while (true) {
    const position = file.offset - FIRST_POSITION;
    const logical = position >> v.blockShift;
    if (logical >= blocks) return 0;
    const block = directoryBlock(node, <u32>logical);
    if (block < 0) return <i32>block;
    const buffer = blockGet(v, <u32>block);
    if (isFailure(buffer)) return failureOf(buffer);
    const data = blockData(v, buffer, <u32>block);
    const from = (<u32>position) & (v.blockSize - 1);
    const done = emitBlock(file, sink, data, logical << v.blockShift, from);
    blockPut(buffer);
    if (done <= 0) return done;
  }
}
