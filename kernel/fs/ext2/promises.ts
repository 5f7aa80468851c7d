/**
 * Promised room: a write(2) is told at once when the disk is full, although its blocks are chosen only when its pages are
 * written (files grow in one piece then, and files that are soon deleted never get any).
 *
 * - A node has one range of promised blocks, which grows at its end; what is written elsewhere gets its blocks at once.
 * - The node's map mutex guards its range, the volume's mutex the sum.
 */
import { ENOSPC } from '../../lib/errno';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { Ext2Node } from './node';
import { Ext2Volume } from './volume';

/** Tables of pointers for so many new blocks, at worst. */
function tablesFor(v: Ext2Volume, blocks: u32): u32 {
  return blocks / v.addresses + 4;
}

/** Whether `blocks` may be taken: only root may take the last ones. The volume's mutex is held. */
function isRoom(v: Ext2Volume, blocks: u32): bool {
  const kept: u32 = isSuperuser(currentCredentials()) ? 0 : v.reservedBlocks;
  const needed = <u64>v.promised + kept + blocks + tablesFor(v, blocks);
  return needed <= v.freeBlocks;
}

/** 0 or -ENOSPC, for blocks that are taken at once. */
export function roomCheck(v: Ext2Volume, blocks: u32): i32 {
  mutexLock(v.mutex);
  const fits = isRoom(v, blocks);
  mutexUnlock(v.mutex);
  return fits ? 0 : -ENOSPC;
}

/** What stat(2) says of the file: in sectors. */
function tellInode(node: Ext2Node): void {
  node.inode.promised = (<u64>node.promised) << (node.volume.blockShift - 9);
}

/** Promises `blocks` to the node, whose range becomes [first, end). */
export function promiseAdd(node: Ext2Node, first: u32, end: u32, blocks: u32): i32 {
  const v = node.volume;
  mutexLock(v.mutex);
  const fits = isRoom(v, blocks);
  if (fits) v.promised += blocks;
  mutexUnlock(v.mutex);
  if (!fits) return -ENOSPC;
  node.promised += blocks;
  tellInode(node);
  node.promisedFirst = first;
  node.promisedEnd = end;
  return 0;
}

/** Gives back `blocks` of the node's promise, at most what it has. */
function giveBack(node: Ext2Node, blocks: u32): void {
  const n = min(blocks, node.promised);
  if (n == 0) return;
  node.promised -= n;
  tellInode(node);
  mutexLock(node.volume.mutex);
  node.volume.promised -= n;
  mutexUnlock(node.volume.mutex);
}

/** Nothing is promised any more. */
export function promiseEnd(node: Ext2Node): void {
  giveBack(node, node.promised);
  node.promisedFirst = 0;
  node.promisedEnd = 0;
}

/** Blocks [first, first + count) have been given to the file. */
export function promiseKept(node: Ext2Node, first: u32, count: u32): void {
  if (node.promised == 0 || first >= node.promisedEnd || first + count <= node.promisedFirst) return;
  giveBack(node, count);
  if (first <= node.promisedFirst) node.promisedFirst = min(first + count, node.promisedEnd);
  if (node.promisedFirst == node.promisedEnd) promiseEnd(node);
}
