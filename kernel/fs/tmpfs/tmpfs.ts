/**
 * tmpfs: files that live in memory (Linux tmpfs(5)). Contents are pages of the page cache, which is their only home.
 *
 * - A name keeps a reference of its inode, so that inodes stay in memory as long as they have a name.
 * - `readPages` makes the pages: zeroed, and counted against the size of the volume; so every page is counted, whether
 *   write, fallocate or a page fault asked for it. recount() gives back what was cut off.
 */
import { EINVAL, ENOENT, ENOMEM, ENOSPC, ENOTEMPTY, ENXIO, EOPNOTSUPP, EPERM } from '../../lib/errno';
import { uncommit } from '../../mm/commit';

import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { PAGE_SHIFT, PAGE_SIZE } from '../../mm/layout';
import {
  pageCacheCount,
  pageCacheNext,
  pageCachePunch,
  pageCacheTruncate,
  pageGet,
  pagePut,
} from '../../mm/page-cache';
import { RADIX_NONE } from '../../mm/radix-tree';
import { DirentSink, direntEmit } from '../dirent';
import { File, FileOps, FileReadDirectory } from '../file';
import {
  Inode,
  InodeAllocate,
  InodeChanged,
  InodeCreate,
  InodeExchange,
  InodeLink,
  InodeLookup,
  InodePages,
  InodePrepareWrite,
  InodeReadLink,
  InodeRelease,
  InodeRename,
  InodeSeekData,
  InodeSetSize,
  InodeSymlink,
  InodeTemporary,
  InodeUnlink,
  inodeCreate,
  inodeGet,
  inodePut,
  inodeTouchChanged,
  inodeTouchModified,
} from '../inode';
import { inodeInitOwner } from '../owner';
import { pagedReadIndex, pagedWriteIndex } from '../paged-file';
import { S_IFDIR, S_IFLNK, direntType, isDirectory } from '../stat';
import { StatFs, SuperBlock, SuperOps } from '../super-block';
import {
  TmpDirectory,
  TmpEntry,
  tmpAdd,
  tmpDirectoryFree,
  tmpEntryFrom,
  tmpEntryName,
  tmpFind,
  tmpPosition,
  tmpTake,
} from './directory';
import {
  TmpVolume,
  tmpChargeInode,
  tmpChargePage,
  tmpParseOptions,
  tmpUnchargeInode,
  tmpUnchargePages,
  tmpVolumeDefaults,
} from './volume';
import { TmpNode, tmpInodeOps, tmpNode } from './node';
import { SEAL_SHRINK, SEAL_GROW, SEAL_WRITE, SEAL_FUTURE_WRITE } from './seals';

/** include/uapi/linux/magic.h */
const TMPFS_MAGIC: u32 = 0x01021994;
const MAX_LINKS: u32 = 0xffff_0000;
const SECTORS_PER_PAGE: u64 = 8;

/** fallocate(2). */
const FALLOC_KEEP_SIZE: u32 = 1;
const FALLOC_PUNCH_HOLE: u32 = 2;
const FALLOC_ZERO_RANGE: u32 = 16;

const fileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const directoryOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const superOps = changetype<SuperOps>(memory.data(offsetof<SuperOps>(), 8));

function volumeOf(inode: Inode): TmpVolume {
  return changetype<TmpVolume>(inode.superBlock.data);
}

function directoryOf(inode: Inode): TmpDirectory {
  return changetype<TmpDirectory>(tmpNode(inode).content);
}

function isNull(e: TmpEntry): bool {
  return changetype<usize>(e) == 0;
}

/** A new inode with its node, without a name: stores it in `out`. 0, -ENOSPC or -ENOMEM. */
export function tmpCreateInode(superBlock: SuperBlock, mode: u32, out: usize): i32 {
  const volume = changetype<TmpVolume>(superBlock.data);
  const number = tmpChargeInode(volume);
  if (number == 0) return -ENOSPC;
  const node = alloc<TmpNode>();
  const content = isDirectory(mode) ? kmalloc(offsetof<TmpDirectory>()) : 0;
  let inode: Inode | null = null;
  if (changetype<usize>(node) != 0 && (content != 0 || !isDirectory(mode))) {
    inode = inodeCreate(superBlock, number, mode, tmpInodeOps, isDirectory(mode) ? directoryOps : fileOps);
  }
  if (inode == null) {
    kfree(content);
    kfree(changetype<usize>(node));
    tmpUnchargeInode(volume);
    return -ENOMEM;
  }
  node.content = content;
  inode.data = changetype<usize>(node);
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

/** Adjusts what the volume and the inode count of its pages to those it still has. */
function recount(inode: Inode): void {
  const node = tmpNode(inode);
  const now = pageCacheCount(inode);
  if (now < node.charged) {
    tmpUnchargePages(volumeOf(inode), node.charged - now);
    node.charged = now;
  }
  inode.blocks = node.charged * SECTORS_PER_PAGE;
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  const e = tmpFind(directoryOf(directory), name, length);
  if (isNull(e)) return -ENOENT;
  inodeGet(e.inode);
  store<usize>(out, changetype<usize>(e.inode));
  return 0;
}

/** Gives a new inode its name; on failure it is put, and the errno returned. */
function enter(directory: Inode, name: usize, length: u32, inode: Inode): i32 {
  if (!tmpAdd(directoryOf(directory), name, length, inode)) {
    inode.links = 0;
    inodePut(inode);
    return -ENOMEM;
  }
  inodeGet(inode); // one for the name, one for the caller
  sizeChanged(directory);
  return 0;
}

/** A directory's size is that of its names, as Linux's tmpfs counts them. */
function sizeChanged(directory: Inode): void {
  directory.size = (directoryOf(directory).count + 2) * 20;
  inodeTouchModified(directory);
}

function create(directory: Inode, name: usize, length: u32, mode: u32, rdev: u64, out: usize): i32 {
  const failed = tmpCreateInode(directory.superBlock, mode, out);
  if (failed != 0) return failed;
  const inode = changetype<Inode>(load<usize>(out));
  inode.specialDevice = rdev;
  inodeInitOwner(inode, directory);
  const error = enter(directory, name, length, inode);
  if (error != 0) return error;
  if (isDirectory(mode)) {
    inode.size = 40;
    directory.links++;
  }
  return 0;
}

function symlink(
  directory: Inode,
  name: usize,
  length: u32,
  target: usize,
  targetLength: u32,
  out: usize,
): i32 {
  const copy = kmalloc(max(targetLength, 1));
  if (copy == 0) return -ENOMEM;
  const failed = tmpCreateInode(directory.superBlock, S_IFLNK | 0o777, out);
  if (failed != 0) {
    kfree(copy);
    return failed;
  }
  const inode = changetype<Inode>(load<usize>(out));
  memory.copy(copy, target, targetLength);
  tmpNode(inode).content = copy;
  inode.size = targetLength;
  inodeInitOwner(inode, directory);
  return enter(directory, name, length, inode);
}

function readLink(inode: Inode, buffer: usize, limit: u32): i32 {
  const n = <u32>min(<u64>limit, inode.size);
  memory.copy(buffer, tmpNode(inode).content, n);
  return <i32>n;
}

function temporary(directory: Inode, mode: u32, out: usize): i32 {
  const failed = tmpCreateInode(directory.superBlock, mode, out);
  if (failed != 0) return failed;
  const inode = changetype<Inode>(load<usize>(out));
  inode.links = 0;
  inodeInitOwner(inode, directory);
  return 0;
}

function link(inode: Inode, directory: Inode, name: usize, length: u32): i32 {
  if (inode.links >= MAX_LINKS) return -ENOSPC;
  if (!tmpAdd(directoryOf(directory), name, length, inode)) return -ENOMEM;
  inodeGet(inode);
  inode.links++;
  inodeTouchChanged(inode);
  sizeChanged(directory);
  return 0;
}

/** An inode lost a name of `directory`; the caller keeps a reference. */
function lostName(directory: Inode, inode: Inode): void {
  if (isDirectory(inode.mode)) {
    inode.links = 0;
    directory.links--;
  } else inode.links--;
  inodeTouchChanged(inode);
  sizeChanged(directory);
  inodePut(inode);
}

function unlink(directory: Inode, name: usize, length: u32, inode: Inode): i32 {
  const e = tmpFind(directoryOf(directory), name, length);
  if (isNull(e)) return -ENOENT;
  if (isDirectory(inode.mode) && directoryOf(inode).count != 0) return -ENOTEMPTY;
  lostName(directory, tmpTake(directoryOf(directory), e));
  return 0;
}

function rename(
  oldDirectory: Inode,
  oldName: usize,
  oldLength: u32,
  inode: Inode,
  newDirectory: Inode,
  newName: usize,
  newLength: u32,
  replaced: Inode | null,
): i32 {
  if (replaced != null && isDirectory(replaced.mode) && directoryOf(replaced).count != 0) return -ENOTEMPTY;
  const from = tmpFind(directoryOf(oldDirectory), oldName, oldLength);
  if (isNull(from)) return -ENOENT;
  const victim = tmpFind(directoryOf(newDirectory), newName, newLength);
  if (!isNull(victim)) {
    // The name stays where it is and leads elsewhere: nothing here can fail.
    const old = victim.inode;
    victim.inode = inode;
    inodeGet(inode);
    lostName(newDirectory, old);
  } else {
    if (!tmpAdd(directoryOf(newDirectory), newName, newLength, inode)) return -ENOMEM;
    inodeGet(inode);
    sizeChanged(newDirectory);
  }
  // Adding may have moved the table, but not the entries.
  inodePut(tmpTake(directoryOf(oldDirectory), from));
  sizeChanged(oldDirectory);
  if (isDirectory(inode.mode)) {
    oldDirectory.links--;
    newDirectory.links++;
  }
  inodeTouchChanged(inode);
  return 0;
}

function exchange(
  directoryA: Inode,
  nameA: usize,
  lengthA: u32,
  inodeA: Inode,
  directoryB: Inode,
  nameB: usize,
  lengthB: u32,
  inodeB: Inode,
): i32 {
  const a = tmpFind(directoryOf(directoryA), nameA, lengthA);
  const b = tmpFind(directoryOf(directoryB), nameB, lengthB);
  if (isNull(a) || isNull(b)) return -ENOENT;
  a.inode = inodeB;
  b.inode = inodeA;
  if (isDirectory(inodeA.mode)) {
    directoryA.links--;
    directoryB.links++;
  }
  if (isDirectory(inodeB.mode)) {
    directoryB.links--;
    directoryA.links++;
  }
  inodeTouchModified(directoryA);
  inodeTouchModified(directoryB);
  inodeTouchChanged(inodeA);
  inodeTouchChanged(inodeB);
  return 0;
}

/** Do the seals of the file refuse this size? */
function mayResize(inode: Inode, size: u64): i32 {
  const seals = tmpNode(inode).seals;
  if ((seals & SEAL_SHRINK) != 0 && size < inode.size) return -EPERM;
  return (seals & SEAL_GROW) != 0 && size > inode.size ? -EPERM : 0;
}

/** Pages are counted when they are made (readPages); here only the seals have a say. */
function prepareWrite(inode: Inode, offset: u64, length: u64): i32 {
  const seals = tmpNode(inode).seals;
  if ((seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) != 0) return -EPERM;
  return (seals & SEAL_GROW) != 0 && offset + length > inode.size ? -EPERM : 0;
}

function setSize(inode: Inode, size: u64): i32 {
  inode.size = size;
  recount(inode);
  inodeTouchModified(inode);
  return 0;
}

function readPages(inode: Inode, _index: u64, count: u32, pages: usize): i32 {
  const node = tmpNode(inode);
  for (let i: u32 = 0; i < count; i++) {
    if (!tmpChargePage(volumeOf(inode))) return -ENOSPC;
    node.charged++;
    memory.fill(load<usize>(pages + <usize>i * 8), 0, <usize>PAGE_SIZE);
  }
  inode.blocks = node.charged * SECTORS_PER_PAGE;
  return 0;
}

/** Makes the pages of [offset, offset + length); what was made stays when it fails, as on Linux. */
function fillRange(inode: Inode, offset: u64, end: u64): i32 {
  for (let index = offset >> PAGE_SHIFT; index << PAGE_SHIFT < end; index++) {
    const page = pageGet(inode, index, 1);
    if (page < 0) return <i32>page;
    pagePut(<u64>page);
  }
  return 0;
}

function allocate(inode: Inode, mode: u32, offset: u64, length: u64): i32 {
  const end = offset + length;
  if ((mode & ~(FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE | FALLOC_ZERO_RANGE)) != 0) return -EOPNOTSUPP;
  if ((mode & FALLOC_PUNCH_HOLE) != 0 && (mode & FALLOC_KEEP_SIZE) == 0) return -EOPNOTSUPP;
  const seals = tmpNode(inode).seals;
  if ((mode & FALLOC_PUNCH_HOLE) != 0 && (seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) != 0) return -EPERM;
  if ((mode & FALLOC_KEEP_SIZE) == 0 && (seals & SEAL_GROW) != 0 && end > inode.size) return -EPERM;
  if ((mode & (FALLOC_PUNCH_HOLE | FALLOC_ZERO_RANGE)) != 0) {
    pageCachePunch(inode, offset, end);
    recount(inode);
  }
  if ((mode & FALLOC_PUNCH_HOLE) == 0) {
    const error = fillRange(inode, offset, end);
    if (error != 0) return error;
    if ((mode & FALLOC_KEEP_SIZE) == 0 && end > inode.size) {
      pageCacheTruncate(inode, end);
      inode.size = end;
    }
  }
  inodeTouchModified(inode);
  return 0;
}

/** lseek(2) SEEK_DATA and SEEK_HOLE. */
function seekData(inode: Inode, offset: u64, hole: u32): i64 {
  if (offset >= inode.size) return -ENXIO;
  const first = offset >> PAGE_SHIFT;
  let index = pageCacheNext(inode, first);
  if (hole == 0) {
    if (index == RADIX_NONE || index << PAGE_SHIFT >= inode.size) return -ENXIO;
    return <i64>max(offset, index << PAGE_SHIFT);
  }
  let expected = first;
  while (index == expected) {
    expected++;
    index = pageCacheNext(inode, expected);
  }
  return <i64>min(max(offset, expected << PAGE_SHIFT), inode.size);
}

/** Puts what a directory still names: when the file system is unmounted. Its own names first, so that nothing nests. */
function dropNames(directory: Inode): void {
  let list: usize = 0;
  let from: Inode | null = directory;
  while (from != null) {
    const names = directoryOf(from);
    let e = tmpEntryFrom(names, 0);
    while (!isNull(e)) {
      const inode = tmpTake(names, e);
      if (isDirectory(inode.mode)) {
        tmpNode(inode).next = list;
        list = changetype<usize>(inode);
      } else inodePut(inode);
      e = tmpEntryFrom(names, 0);
    }
    if (from != directory) inodePut(from);
    from = changetype<Inode | null>(list);
    if (from != null) {
      list = tmpNode(from).next;
      tmpNode(from).next = 0;
    }
  }
}

function release(inode: Inode): void {
  const node = tmpNode(inode);
  recount(inode);
  tmpUnchargeInode(volumeOf(inode));
  if (node.committed != 0) uncommit(node.committed);
  if (isDirectory(inode.mode)) {
    dropNames(inode);
    tmpDirectoryFree(directoryOf(inode));
  }
  kfree(node.content);
  kfree(changetype<usize>(node));
}

function readEntries(file: File, sink: DirentSink): i32 {
  const directory = directoryOf(file.inode);
  while (true) {
    const e = tmpEntryFrom(directory, file.offset);
    if (isNull(e)) return 0;
    const next = tmpPosition(e) + 1;
    const type = direntType(e.inode.mode);
    if (!direntEmit(sink, e.inode.number, next, type, tmpEntryName(e), e.nameLength)) return 0;
    file.offset = next;
  }
}

function statfs(superBlock: SuperBlock, out: StatFs): i32 {
  const v = changetype<TmpVolume>(superBlock.data);
  out.type = TMPFS_MAGIC;
  out.blockSize = PAGE_SIZE;
  out.blocks = v.maxPages;
  out.free = v.maxPages > v.usedPages ? v.maxPages - v.usedPages : 0;
  out.available = out.free;
  out.files = v.maxInodes;
  out.filesFree = v.maxInodes > v.usedInodes ? v.maxInodes - v.usedInodes : 0;
  return 0;
}

/** New limits must leave room for what is there. */
function remount(superBlock: SuperBlock, _flags: u32, options: usize): i32 {
  const v = changetype<TmpVolume>(superBlock.data);
  const next = alloc<TmpVolume>();
  if (changetype<usize>(next) == 0) return -ENOMEM;
  memory.copy(changetype<usize>(next), changetype<usize>(v), offsetof<TmpVolume>());
  let error = tmpParseOptions(next, options);
  if (error == 0 && next.maxPages != 0 && next.maxPages < v.usedPages) error = -EINVAL;
  if (error == 0 && next.maxInodes != 0 && next.maxInodes < v.usedInodes) error = -EINVAL;
  if (error == 0) {
    v.maxPages = next.maxPages;
    v.maxInodes = next.maxInodes;
  }
  kfree(changetype<usize>(next));
  return error;
}

function unmount(superBlock: SuperBlock): void {
  kfree(superBlock.data);
}

function setUpOps(): void {
  const lookupFunction: InodeLookup = lookup;
  tmpInodeOps.lookup = lookupFunction.index;
  const createFunction: InodeCreate = create;
  tmpInodeOps.create = createFunction.index;
  const symlinkFunction: InodeSymlink = symlink;
  tmpInodeOps.symlink = symlinkFunction.index;
  const readLinkFunction: InodeReadLink = readLink;
  tmpInodeOps.readLink = readLinkFunction.index;
  const temporaryFunction: InodeTemporary = temporary;
  tmpInodeOps.temporary = temporaryFunction.index;
  const linkFunction: InodeLink = link;
  tmpInodeOps.link = linkFunction.index;
  const unlinkFunction: InodeUnlink = unlink;
  tmpInodeOps.unlink = unlinkFunction.index;
  const renameFunction: InodeRename = rename;
  tmpInodeOps.rename = renameFunction.index;
  const exchangeFunction: InodeExchange = exchange;
  tmpInodeOps.exchange = exchangeFunction.index;
  const changedFunction: InodeChanged = keepChange;
  tmpInodeOps.changed = changedFunction.index;
  const setSizeFunction: InodeSetSize = setSize;
  tmpInodeOps.setSize = setSizeFunction.index;
  const mayResizeFunction: InodeSetSize = mayResize;
  tmpInodeOps.mayResize = mayResizeFunction.index;
  const prepareFunction: InodePrepareWrite = prepareWrite;
  tmpInodeOps.prepareWrite = prepareFunction.index;
  const readPagesFunction: InodePages = readPages;
  tmpInodeOps.readPages = readPagesFunction.index;
  const allocateFunction: InodeAllocate = allocate;
  tmpInodeOps.allocate = allocateFunction.index;
  const seekFunction: InodeSeekData = seekData;
  tmpInodeOps.seekData = seekFunction.index;
  const releaseFunction: InodeRelease = release;
  tmpInodeOps.release = releaseFunction.index;
  fileOps.read = pagedReadIndex();
  fileOps.write = pagedWriteIndex();
  fileOps.seekable = true;
  fileOps.anyMemory = true;
  const readDirectoryFunction: FileReadDirectory = readEntries;
  directoryOps.readDirectory = readDirectoryFunction.index;
  const statfsFunction: (superBlock: SuperBlock, out: StatFs) => i32 = statfs;
  superOps.statfs = statfsFunction.index;
  const remountFunction: (superBlock: SuperBlock, flags: u32, options: usize) => i32 = remount;
  superOps.remount = remountFunction.index;
  const unmountFunction: (superBlock: SuperBlock) => void = unmount;
  superOps.unmount = unmountFunction.index;
}

/** Makes a volume: 0 and the root inode in `out`, -EINVAL for options that it does not know, -ENOMEM. */
export function tmpfsMount(superBlock: SuperBlock, options: usize, out: usize): i32 {
  setUpOps();
  const v = alloc<TmpVolume>();
  if (changetype<usize>(v) == 0) return -ENOMEM;
  tmpVolumeDefaults(v);
  let error = tmpParseOptions(v, options);
  if (error == 0) {
    superBlock.data = changetype<usize>(v);
    superBlock.ops = superOps;
    superBlock.magic = TMPFS_MAGIC;
    error = tmpCreateInode(superBlock, S_IFDIR | v.rootMode, out);
  }
  if (error != 0) {
    kfree(changetype<usize>(v));
    return error;
  }
  const root = changetype<Inode>(load<usize>(out));
  root.uid = v.rootUid;
  root.gid = v.rootGid;
  root.size = 40;
  return 0;
}

/** Makes a super block that is mounted nowhere one of tmpfs, without limits; false when out of memory. */
export function tmpfsAttach(superBlock: SuperBlock): bool {
  setUpOps();
  const v = alloc<TmpVolume>();
  if (changetype<usize>(v) == 0) return false;
  superBlock.data = changetype<usize>(v);
  superBlock.ops = superOps;
  superBlock.magic = TMPFS_MAGIC;
  return true;
}

/** Pages that were promised to the file and are given back when it ends. */
export function tmpSetCommitted(inode: Inode, pages: u64): void {
  tmpNode(inode).committed = pages;
}

/** Mode, owner and times live in the inode, which stays in memory: nothing is to be written. */
function keepChange(_inode: Inode): i32 {
  return 0;
}
