/**
 * What changes names: create, link, unlink, rename and their kin, as InodeOps. Each is one change: after a crash it has
 * happened or it has not.
 *
 * The VFS holds the mutexes of the inodes concerned and has checked permissions, types and names.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { EMLINK, ENAMETOOLONG, ENOENT, ENOMEM, ENOTEMPTY } from '../../lib/errno';
import { realtimeNs } from '../../sched/clock';
import { Inode, inodeInsert } from '../inode';
import { inodeInitOwner } from '../owner';
import { S_IFBLK, S_IFCHR, S_IFLNK, S_IFMT, isDirectory } from '../stat';
import { blocksFree } from './allocate-blocks';
import { inodeNumberAllocate, inodeNumberFree } from './allocate-inodes';
import { blockMap, blockMapCreate } from './block-map';
import {
  directoryAdd,
  directoryFind,
  directoryInitialise,
  directoryIsEmpty,
  directoryRemove,
  directoryReplace,
  directorySetParent,
} from './directory';
import { inodeAbandon, inodeGetNumber, inodeMake, isFastLink, volumeOf } from './inodes';
import { FAST_LINK_BYTES, FLAGS_INHERITED, MAX_LINKS } from './layout';
import {
  Ext2Node,
  mapLock,
  mapUnlock,
  nodeBlock,
  nodeOf,
  nodeSetBlock,
  nodeWrite,
  nodeWriteFresh,
} from './node';
import { orphanAdd, orphanRemove } from './orphans';
import { roomCheck } from './promises';
import { access, changeBegin, changeEnd, dirty } from './transaction';
import { Ext2Volume, blockData, blockGet, blockNew, blockPut } from './volume';

/** Blocks that a new name may need: of the directory and its tables, of a new directory, of a link's target. */
const NAME_BLOCKS: u32 = 2;

export function ext2Lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  const node = nodeOf(directory);
  const error = directoryFind(node, name, length);
  if (error != 0) return error;
  return inodeGetNumber(directory.superBlock, node.hitInode, false, out);
}

function touchChanged(inode: Inode): void {
  inode.changed = <i64>realtimeNs();
}

/** Old numbers (8 bits each) have their own form, as Linux writes them. */
function storeDevice(node: Ext2Node, device: u64): void {
  const major = (<u32>(device >> 8)) & 0xfff;
  const minor = ((<u32>device) & 0xff) | ((<u32>(device >> 12)) & 0xfff00);
  if (major < 256 && minor < 256) nodeSetBlock(node, 0, (major << 8) | minor);
  else nodeSetBlock(node, 1, <u32>device);
}

/** A new inode in `directory`, numbered but not written; stored in `out`. Within a change. */
function bear(directory: Inode, mode: u32, out: usize): i32 {
  const v = volumeOf(directory.superBlock);
  const number = inodeNumberAllocate(v, <u32>directory.number, isDirectory(mode));
  if (number < 0) return <i32>number;
  const inode = inodeMake(directory.superBlock, <u32>number, mode);
  if (inode == null) {
    inodeNumberFree(v, <u32>number, isDirectory(mode));
    return -ENOMEM;
  }
  inodeInitOwner(inode, directory);
  inode.generation = ++v.nextGeneration;
  nodeOf(inode).flags = nodeOf(directory).flags & FLAGS_INHERITED;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

/** Undoes bear() and what was written since, within the same change. */
function unbear(inode: Inode): void {
  const node = nodeOf(inode);
  const v = node.volume;
  if ((inode.mode & S_IFMT) != S_IFCHR && (inode.mode & S_IFMT) != S_IFBLK && !isFastLink(inode)) {
    if (nodeBlock(node, 0) != 0) blocksFree(v, nodeBlock(node, 0), 1);
  }
  inode.links = 0;
  inode.blocks = 0;
  node.diskSize = 0;
  node.deleted = <u32>(realtimeNs() / 1_000_000_000);
  for (let i: u32 = 0; i < 15; i++) nodeSetBlock(node, i, 0);
  nodeWriteFresh(node);
  inodeNumberFree(v, <u32>inode.number, isDirectory(inode.mode));
}

/** Writes the target of a new link into its inode or a block of its own. */
function storeTarget(inode: Inode, target: usize, length: u32): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  inode.size = length;
  node.diskSize = length;
  if (length < FAST_LINK_BYTES) {
    memory.copy(node.blocks, target, length);
    return 0;
  }
  mapLock(node);
  const block = blockMapCreate(node, 0, 1);
  mapUnlock(node);
  if (block < 0) return <i32>block;
  const buffer = blockNew(v, <u32>block);
  if (isFailure(buffer)) return failureOf(buffer);
  access(v, buffer, <u32>block);
  memory.copy(blockData(v, buffer, <u32>block), target, length);
  dirty(v, buffer, <u32>block);
  blockPut(buffer);
  return 0;
}

/** Fills what the type of a new inode asks for. */
function furnish(inode: Inode, directory: Inode, rdev: u64, target: usize, targetLength: u32): i32 {
  const type = inode.mode & S_IFMT;
  if (isDirectory(inode.mode)) return directoryInitialise(nodeOf(inode), directory);
  if (type == S_IFLNK) return storeTarget(inode, target, targetLength);
  if (type == S_IFCHR || type == S_IFBLK) {
    inode.specialDevice = rdev;
    storeDevice(nodeOf(inode), rdev);
  }
  return 0;
}

/** The whole of create, mkdir, mknod and symlink, within a change. */
function make(
  dir: Inode,
  name: usize,
  length: u32,
  mode: u32,
  rdev: u64,
  target: usize,
  n: u32,
  out: usize,
): i32 {
  const parent = nodeOf(dir);
  let error = bear(dir, mode, out);
  if (error != 0) return error;
  const inode = changetype<Inode>(load<usize>(out));
  error = furnish(inode, dir, rdev, target, n);
  if (error == 0) error = nodeWriteFresh(nodeOf(inode));
  if (error == 0) {
    if (isDirectory(mode)) dir.links++;
    error = directoryAdd(parent, inode, name, length);
    if (error != 0 && isDirectory(mode)) dir.links--;
  }
  if (error != 0) unbear(inode);
  return error;
}

function makeChange(
  dir: Inode,
  name: usize,
  length: u32,
  mode: u32,
  rdev: u64,
  target: usize,
  targetLength: u32,
  out: usize,
): i32 {
  const v = volumeOf(dir.superBlock);
  if (isDirectory(mode) && dir.links >= MAX_LINKS) return -EMLINK;
  const full = roomCheck(v, NAME_BLOCKS);
  if (full != 0) return full;
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  store<usize>(out, 0);
  const error = make(dir, name, length, mode, rdev, target, targetLength, out);
  changeEnd(v);
  const inode = load<usize>(out);
  if (error != 0) {
    if (inode != 0) inodeAbandon(changetype<Inode>(inode));
    return error;
  }
  store<usize>(out, changetype<usize>(inodeInsert(changetype<Inode>(inode))));
  return 0;
}

export function ext2Create(dir: Inode, name: usize, length: u32, mode: u32, rdev: u64, out: usize): i32 {
  return makeChange(dir, name, length, mode, rdev, 0, 0, out);
}

export function ext2Symlink(dir: Inode, name: usize, length: u32, target: usize, n: u32, out: usize): i32 {
  if (n >= volumeOf(dir.superBlock).blockSize) return -ENAMETOOLONG;
  return makeChange(dir, name, length, S_IFLNK | 0o777, 0, target, n, out);
}

/** A file without a name: an orphan from its birth, so that a crash does not lose its storage. */
export function ext2Temporary(dir: Inode, mode: u32, out: usize): i32 {
  const v = volumeOf(dir.superBlock);
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  let error = bear(dir, mode, out);
  if (error == 0) {
    const inode = changetype<Inode>(load<usize>(out));
    inode.links = 0;
    orphanAdd(nodeOf(inode));
    error = nodeWriteFresh(nodeOf(inode));
  }
  changeEnd(v);
  if (error != 0) return error;
  store<usize>(out, changetype<usize>(inodeInsert(changetype<Inode>(load<usize>(out)))));
  return 0;
}

export function ext2Link(inode: Inode, dir: Inode, name: usize, length: u32): i32 {
  const v = volumeOf(dir.superBlock);
  if (inode.links >= MAX_LINKS) return -EMLINK;
  const full = roomCheck(v, NAME_BLOCKS);
  if (full != 0) return full;
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  const error = directoryAdd(nodeOf(dir), inode, name, length);
  if (error == 0) {
    if (inode.links == 0) orphanRemove(nodeOf(inode));
    inode.links++;
    touchChanged(inode);
    nodeOf(inode).isUncommitted = true;
    nodeWrite(nodeOf(inode));
  }
  changeEnd(v);
  return error;
}

/** `inode` loses a name (a directory, its only one); without names it is an orphan until nobody uses it. */
function loseName(inode: Inode): void {
  const node = nodeOf(inode);
  if (isDirectory(inode.mode)) inode.links = 0;
  else if (inode.links != 0) inode.links--;
  touchChanged(inode);
  if (inode.links == 0) orphanAdd(node);
  nodeWrite(node);
}

export function ext2Unlink(dir: Inode, name: usize, length: u32, inode: Inode): i32 {
  const v = volumeOf(dir.superBlock);
  const parent = nodeOf(dir);
  if (isDirectory(inode.mode)) {
    const empty = directoryIsEmpty(nodeOf(inode));
    if (empty <= 0) return empty == 0 ? -ENOTEMPTY : empty;
  }
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  let error = directoryFind(parent, name, length);
  if (error == 0) {
    if (isDirectory(inode.mode)) dir.links--;
    error = directoryRemove(parent);
    if (error == 0) loseName(inode);
  }
  changeEnd(v);
  return error;
}

/** Puts the new name of a rename in its place. */
function enterName(node: Ext2Node, name: usize, length: u32, inode: Inode, replaced: Inode | null): i32 {
  if (replaced == null) return directoryAdd(node, inode, name, length);
  const error = directoryFind(node, name, length);
  return error != 0 ? error : directoryReplace(node, inode);
}

function renameChange(
  oldDir: Inode,
  oldName: usize,
  oldLength: u32,
  inode: Inode,
  newDir: Inode,
  newName: usize,
  newLength: u32,
  replaced: Inode | null,
): i32 {
  const directory = isDirectory(inode.mode);
  const moved = directory && oldDir != newDir;
  if (moved) newDir.links++;
  if (replaced != null && isDirectory(replaced.mode)) newDir.links--;
  let error = directoryFind(nodeOf(oldDir), oldName, oldLength);
  if (error == 0) error = enterName(nodeOf(newDir), newName, newLength, inode, replaced);
  if (error != 0) {
    if (moved) newDir.links--;
    if (replaced != null && isDirectory(replaced.mode)) newDir.links++;
    return error;
  }
  if (moved) oldDir.links--;
  // Again: the new name may have gone into the record of the old one.
  error = directoryFind(nodeOf(oldDir), oldName, oldLength);
  if (error == 0) error = directoryRemove(nodeOf(oldDir));
  if (moved && error == 0) error = directorySetParent(nodeOf(inode), newDir);
  touchChanged(inode);
  nodeOf(inode).isUncommitted = true;
  nodeWrite(nodeOf(inode));
  if (replaced != null) loseName(replaced);
  return error;
}

export function ext2Rename(
  oldDir: Inode,
  oldName: usize,
  oldLength: u32,
  inode: Inode,
  newDir: Inode,
  newName: usize,
  newLength: u32,
  replaced: Inode | null,
): i32 {
  const v = volumeOf(oldDir.superBlock);
  if (replaced == inode) return 0;
  if (replaced != null && isDirectory(replaced.mode)) {
    const empty = directoryIsEmpty(nodeOf(replaced));
    if (empty <= 0) return empty == 0 ? -ENOTEMPTY : empty;
  }
  const grows = isDirectory(inode.mode) && oldDir != newDir && replaced == null;
  if (grows && newDir.links >= MAX_LINKS) return -EMLINK;
  if (replaced == null) {
    const full = roomCheck(v, NAME_BLOCKS);
    if (full != 0) return full;
  }
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  const error = renameChange(oldDir, oldName, oldLength, inode, newDir, newName, newLength, replaced);
  changeEnd(v);
  return error;
}

/** One side of an exchange: the name leads to `to`, whose parent is then `dir`. */
function redirect(dir: Inode, name: usize, length: u32, to: Inode, moved: bool): i32 {
  let error = directoryFind(nodeOf(dir), name, length);
  if (error == 0) error = directoryReplace(nodeOf(dir), to);
  if (error == 0 && moved && isDirectory(to.mode)) error = directorySetParent(nodeOf(to), dir);
  touchChanged(to);
  nodeWrite(nodeOf(to));
  return error;
}

export function ext2Exchange(
  dirA: Inode,
  nameA: usize,
  lengthA: u32,
  inodeA: Inode,
  dirB: Inode,
  nameB: usize,
  lengthB: u32,
  inodeB: Inode,
): i32 {
  const v = volumeOf(dirA.superBlock);
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  const moved = dirA != dirB;
  const difference = (isDirectory(inodeB.mode) ? 1 : 0) - (isDirectory(inodeA.mode) ? 1 : 0);
  if (moved) {
    dirA.links += difference;
    dirB.links -= difference;
  }
  let error = redirect(dirA, nameA, lengthA, inodeB, moved);
  if (error == 0) error = redirect(dirB, nameB, lengthB, inodeA, moved);
  changeEnd(v);
  return error;
}

export function ext2ReadLink(inode: Inode, buffer: usize, max: u32): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  const length = min(<u32>inode.size, max);
  if (isFastLink(inode)) {
    memory.copy(buffer, node.blocks, length);
    return <i32>length;
  }
  mapLock(node);
  const block = blockMap(node, 0, 1);
  mapUnlock(node);
  if (block <= 0) return block == 0 ? -ENOENT : <i32>block;
  const held = blockGet(v, <u32>block);
  if (isFailure(held)) return failureOf(held);
  memory.copy(buffer, blockData(v, held, <u32>block), length);
  blockPut(held);
  return <i32>length;
}
