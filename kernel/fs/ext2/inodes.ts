/**
 * ext2's inodes in memory: reading one by its number, making one, and what happens when the last user is gone.
 */
import { failureOf, isFailure } from '../../block/buffer-cache';
import { EIO, ENOMEM } from '../../lib/errno';
import { realtimeNs } from '../../sched/clock';
import { FileOps } from '../file';
import { Inode, InodeOps, inodeCreate, inodeFind, inodeInsert, inodePut } from '../inode';
import { SuperBlock } from '../super-block';
import { isDirectory, isRegular } from '../stat';
import { blocksFree } from './allocate-blocks';
import { inodeNumberFree } from './allocate-inodes';
import { FAST_LINK_BYTES } from './layout';
import {
  Ext2Node,
  mapLock,
  mapUnlock,
  nodeBlock,
  nodeCreate,
  nodeFree,
  nodeOf,
  nodeRead,
  nodeWrite,
} from './node';
import { orphanRemove } from './orphans';
import { promiseEnd } from './promises';
import { access, changeBegin, changeEnd, dirty, forget } from './transaction';
import { truncateTo } from './truncate';
import { Ext2Volume, blockData, blockGet, blockPut, isBlock, volumeDamaged } from './volume';

const NS_PER_SECOND: u64 = 1_000_000_000;
/** A block of extended attributes: magic number, and how many inodes share it. */
const ACL_MAGIC: u32 = 0xea020000;
const ACL_REFERENCES: u32 = 4;

/** Filled by super.ts. */
export const inodeOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
export const fileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
export const directoryOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const otherOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

export function volumeOf(superBlock: SuperBlock): Ext2Volume {
  return changetype<Ext2Volume>(superBlock.data);
}

function fileOpsOf(mode: u32): FileOps {
  if (isDirectory(mode)) return directoryOps;
  return isRegular(mode) ? fileOps : otherOps;
}

/** An inode with its node, not filled and not findable; null when out of memory. */
export function inodeMake(superBlock: SuperBlock, number: u32, mode: u32): Inode | null {
  const node = nodeCreate(volumeOf(superBlock));
  if (node == null) return null;
  const inode = inodeCreate(superBlock, number, mode, inodeOps, fileOpsOf(mode));
  if (inode == null) {
    nodeFree(node);
    return null;
  }
  inode.data = changetype<usize>(node);
  node.inode = inode;
  return inode;
}

/** The last use of an inode that is not to be touched on the disk: an error, or not born. */
export function inodeAbandon(inode: Inode): void {
  nodeOf(inode).isAbandoned = true;
  inodePut(inode);
}

/** Reads inode `number`; stores it with a reference in `out`. `orphan`: one without links is what is looked for. */
export function inodeGetNumber(superBlock: SuperBlock, number: u32, orphan: bool, out: usize): i32 {
  const v = volumeOf(superBlock);
  if (number == 0 || number > v.inodesCount)
    return volumeDamaged(v, 'a name leads to an inode that there cannot be:', number);
  let inode = inodeFind(superBlock, number);
  if (inode == null) {
    inode = inodeMake(superBlock, number, 0);
    if (inode == null) return -ENOMEM;
    const error = nodeRead(nodeOf(inode), inode);
    if (error != 0) {
      inodeAbandon(inode);
      return error;
    }
    inode.fileOps = fileOpsOf(inode.mode);
    if (inode.mode == 0 || (inode.links == 0 && !orphan)) {
      inodeAbandon(inode);
      return volumeDamaged(v, 'a name leads to a deleted inode:', number);
    }
    inode = inodeInsert(inode);
  }
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

/** Whether the target of a symbolic link is in the inode itself. */
export function isFastLink(inode: Inode): bool {
  const node = nodeOf(inode);
  const acl: u64 = node.fileAcl != 0 ? node.volume.blockSize >> 9 : 0;
  return inode.blocks <= acl && inode.size < FAST_LINK_BYTES;
}

/** One user less of the block with the inode's extended attributes. Within a change. */
function releaseAcl(node: Ext2Node): i32 {
  const v = node.volume;
  const block = node.fileAcl;
  node.fileAcl = 0;
  if (!isBlock(v, block)) return -EIO;
  const buffer = blockGet(v, block);
  if (isFailure(buffer)) return failureOf(buffer);
  const data = blockData(v, buffer, block);
  const sound = load<u32>(data) == ACL_MAGIC;
  const users = load<u32>(data, ACL_REFERENCES);
  if (sound && users > 1) {
    access(v, buffer, block);
    store<u32>(data, users - 1, ACL_REFERENCES);
    dirty(v, buffer, block);
  }
  blockPut(buffer);
  if (sound && users <= 1) {
    forget(v, block);
    return blocksFree(v, block, 1);
  }
  return 0;
}

function hasBlocks(node: Ext2Node): bool {
  for (let i: u32 = 0; i < 15; i++) if (nodeBlock(node, i) != 0) return true;
  return false;
}

/** Takes the inode and its number off the disk. */
function remove(inode: Inode): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  const type = inode.mode;
  const pointers = isRegular(type) || isDirectory(type) || (!isFastLink(inode) && inode.specialDevice == 0);
  if (pointers && hasBlocks(node)) truncateTo(node, 0);
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  if (node.fileAcl != 0) releaseAcl(node);
  orphanRemove(node);
  inode.size = 0;
  inode.blocks = 0;
  node.diskSize = 0;
  node.deleted = <u32>(realtimeNs() / NS_PER_SECOND);
  mapLock(node);
  const error = nodeWrite(node);
  mapUnlock(node);
  inodeNumberFree(v, <u32>inode.number, isDirectory(type));
  changeEnd(v);
  return error;
}

/** As InodeOps.release. */
export function ext2Release(inode: Inode): void {
  const node = nodeOf(inode);
  if (node.promised != 0) {
    mapLock(node);
    promiseEnd(node);
    mapUnlock(node);
  }
  const writable = (inode.superBlock.flags & 1) == 0;
  const owned = !node.isAbandoned && writable;
  if (inode.links == 0 && owned) remove(inode);
  // A write that took storage and then failed.
  else if (owned && isRegular(inode.mode) && node.diskSize > inode.size) truncateTo(node, inode.size);
  nodeFree(node);
}
