/** Changes of an inode that concern no name: attributes, size, storage ahead of time. The VFS holds the inode's mutex. */
import { EFBIG, EOPNOTSUPP } from '../../lib/errno';
import { physToVirt } from '../../mm/layout';
import { pageGet, pageMarkDirty, pagePut } from '../../mm/page-cache';
import { Inode, inodeTouchModified } from '../inode';
import { isRegular } from '../stat';
import { mapLock, mapUnlock, nodeOf, nodeWrite } from './node';
import { fillHoles } from './pages';
import { promiseEnd, roomCheck } from './promises';
import { changeBegin, changeEnd } from './transaction';
import { truncateTo } from './truncate';

const PAGE_SHIFT: u32 = 12;
const PAGE_MASK: u64 = 4095;
/** fallocate(2): the size stays as it is. */
const KEEP_SIZE: u32 = 1;

/** As InodeOps.changed. */
export function ext2Changed(inode: Inode): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  // A write that took storage and then failed.
  if (node.diskSize > inode.size && isRegular(inode.mode)) return truncateTo(node, inode.size);
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  mapLock(node);
  const error = nodeWrite(node);
  mapUnlock(node);
  changeEnd(v);
  return error;
}

/** What lies behind the new end in its last block is zeroes, so that it does not show when the file grows again. */
function zeroTail(inode: Inode, size: u64): i32 {
  const within = <usize>(size & PAGE_MASK);
  if (within == 0 || (size & (nodeOf(inode).volume.blockSize - 1)) == 0) return 0;
  const page = pageGet(inode, size >> PAGE_SHIFT, 1);
  if (page < 0) return <i32>page;
  memory.fill(physToVirt(<u64>page) + within, 0, <usize>PAGE_MASK + 1 - within);
  pageMarkDirty(<u64>page);
  pagePut(<u64>page);
  return 0;
}

/** As InodeOps.setSize. */
export function ext2SetSize(inode: Inode, size: u64): i32 {
  const node = nodeOf(inode);
  if (size > node.volume.superBlock.maxFileSize) return -EFBIG;
  const shrinks = size < node.diskSize;
  inode.size = size;
  inodeTouchModified(inode);
  if (node.promised != 0) {
    mapLock(node);
    // What is still promised behind the new end is not needed; in front of it the pages keep theirs.
    if (size >> node.volume.blockShift <= node.promisedFirst) promiseEnd(node);
    mapUnlock(node);
  }
  if (!shrinks) {
    node.diskSize = size;
    return ext2Changed(inode);
  }
  const error = zeroTail(inode, size);
  return error != 0 ? error : truncateTo(node, size);
}

/** As InodeOps.allocate: blocks of zeroes for the holes. Only the plain kind and FALLOC_FL_KEEP_SIZE. */
export function ext2Allocate(inode: Inode, mode: u32, offset: u64, length: u64): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  if ((mode & ~KEEP_SIZE) != 0) return -EOPNOTSUPP;
  const end = offset + length;
  if (end < offset || end > v.superBlock.maxFileSize) return -EFBIG;
  // Blocks behind the end of a file are e2fsck's to take away: with KEEP_SIZE only holes are filled.
  const last = mode & KEEP_SIZE ? min(end, inode.size) : end;
  const first = <u32>(offset >> v.blockShift);
  const stop = <u32>((last + v.blockSize - 1) >> v.blockShift);
  if (stop > first) {
    const full = roomCheck(v, stop - first);
    if (full != 0) return full;
    if (last > inode.size) inode.size = last;
    const error = fillHoles(node, first, stop, last);
    if (error != 0) return error;
  }
  inodeTouchModified(inode);
  return ext2Changed(inode);
}
