/**
 * A file's pages: reading them from the device and writing them there, straight from and to the page cache's frames, many
 * blocks with one command.
 *
 * - Blocks are found first (the map mutex), then moved, so that one file's I/O holds no lock.
 * - New blocks' data are written within the change that names them: a crash never shows what was on the disk before.
 */
import { blockFlush } from '../../block/block';
import { IO_READ, IO_WRITE, ioAdd, ioBegin, ioEnd } from '../../block/request';
import { EFBIG, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Inode } from '../inode';
import { blockMap, blockMapCreate, maxFileBlocks } from './block-map';
import { Ext2Node, mapLock, mapUnlock, nodeOf, nodeWrite } from './node';
import { promiseAdd, promiseKept, roomCheck } from './promises';
import { changeBegin, changeCommit, changeEnd, changeIsTight } from './transaction';
import { Ext2Volume } from './volume';

const PAGE_SHIFT: u32 = 12;
/** Runs of blocks of one round. */
const MAX_RUNS: u32 = 64;
/** One block of zeroes of any size, for holes that get blocks without data. */
const ZEROES = memory.data(4096, 8);

@unmanaged
class Run {
  /** Block of the file, of the device (0: a hole), and how many. */
  logical: u32;
  block: u32;
  count: u32;
}

/** A range of a file's pages that is being moved. */
@unmanaged
class Transfer {
  node: Ext2Node;
  /** Addresses of the pages, the first of which holds block `first` of the file. */
  pages: usize;
  first: u32;
  runs: usize;
  runCount: u32;
}

function runAt(t: Transfer, n: u32): Run {
  return changetype<Run>(t.runs + <usize>n * offsetof<Run>());
}

function transferCreate(node: Ext2Node, first: u32, pages: usize): Transfer | null {
  const at = kmalloc(offsetof<Transfer>() + 8 + <usize>MAX_RUNS * offsetof<Run>());
  if (at == 0) return null;
  const t = changetype<Transfer>(at);
  t.node = node;
  t.first = first;
  t.pages = pages;
  t.runs = (at + offsetof<Transfer>() + 7) & ~7;
  return t;
}

function blocksPerPage(v: Ext2Volume): u32 {
  return 1 << (PAGE_SHIFT - v.blockShift);
}

/** Where block `logical` of the file lies in the pages. */
function address(t: Transfer, logical: u32): usize {
  const v = t.node.volume;
  const n = logical - t.first;
  const page = <usize>load<u64>(t.pages + <usize>(n >> (PAGE_SHIFT - v.blockShift)) * 8);
  return page + ((n & (blocksPerPage(v) - 1)) << v.blockShift);
}

function addRun(t: Transfer, logical: u32, block: u32, count: u32): void {
  const run = runAt(t, t.runCount);
  run.logical = logical;
  run.block = block;
  run.count = count;
  t.runCount++;
}

/** Finds the runs of [from, end), as many as there is room for: the block behind the last, or a negative errno. */
function findRuns(t: Transfer, from: u32, end: u32): i64 {
  let at = from;
  t.runCount = 0;
  while (at < end && t.runCount < MAX_RUNS) {
    const block = blockMap(t.node, at, end - at);
    if (block < 0) return block;
    addRun(t, at, <u32>block, t.node.runLength);
    at += t.node.runLength;
  }
  return at;
}

/** Moves the runs; holes are filled with zeroes when reading. */
function moveRuns(t: Transfer, operation: u32): i32 {
  const v = t.node.volume;
  const batch = ioBegin(v.device);
  for (let i: u32 = 0; i < t.runCount; i++) {
    const run = runAt(t, i);
    for (let n: u32 = 0; n < run.count; n++) {
      const memoryAt = address(t, run.logical + n);
      if (run.block != 0) {
        const sector = (<u64>(run.block + n)) << (v.blockShift - 9);
        ioAdd(batch, operation, sector, memoryAt, v.blockSize);
      } else if (operation == IO_READ) memory.fill(memoryAt, 0, v.blockSize);
    }
  }
  return ioEnd(batch);
}

/** Blocks of the file that hold bytes below `size`. */
function blocksOf(v: Ext2Volume, size: u64): u64 {
  return (size + v.blockSize - 1) >> v.blockShift;
}

function zeroBehind(inode: Inode, t: Transfer, end: u32): void {
  const v = t.node.volume;
  const last = blocksOf(v, inode.size);
  for (let n = max(<u32>min(last, <u64>end), t.first); n < end; n++)
    memory.fill(address(t, n), 0, v.blockSize);
  const tail = (<u32>inode.size) & (v.blockSize - 1);
  if (tail != 0 && last > t.first && last <= end)
    memory.fill(address(t, <u32>last - 1) + tail, 0, v.blockSize - tail);
}

function readRange(inode: Inode, t: Transfer, end: u32): i32 {
  const stop = <u32>min(blocksOf(t.node.volume, inode.size), <u64>end);
  let at = t.first;
  while (at < stop) {
    mapLock(t.node);
    const next = findRuns(t, at, stop);
    mapUnlock(t.node);
    if (next < 0) return <i32>next;
    const error = moveRuns(t, IO_READ);
    if (error != 0) return error;
    at = <u32>next;
  }
  zeroBehind(inode, t, end);
  return 0;
}

/** As InodeOps.readPages. */
export function ext2ReadPages(inode: Inode, index: u64, count: u32, pages: usize): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  const first = index << (PAGE_SHIFT - v.blockShift);
  if (first + count * blocksPerPage(v) > u32.MAX_VALUE) return -EFBIG;
  const t = transferCreate(node, <u32>first, pages);
  if (t == null) return -ENOMEM;
  const error = readRange(inode, t, <u32>first + count * blocksPerPage(v));
  kfree(changetype<usize>(t));
  return error;
}

/** Gives the holes of [from, end) blocks, as far as the change goes, and lists the runs: the block behind, or an errno. */
function createRuns(t: Transfer, from: u32, end: u32): i64 {
  const node = t.node;
  let at = from;
  t.runCount = 0;
  while (at < end && t.runCount < MAX_RUNS) {
    if (t.runCount != 0 && changeIsTight(node.volume)) break;
    const block = blockMapCreate(node, at, end - at);
    if (block < 0) return t.runCount != 0 ? <i64>at : block;
    addRun(t, at, <u32>block, node.runLength);
    promiseKept(node, at, node.runLength);
    at += node.runLength;
  }
  return at;
}

function hasHole(t: Transfer): bool {
  for (let i: u32 = 0; i < t.runCount; i++) if (runAt(t, i).block == 0) return true;
  return false;
}

/** What the file's size on the disk is once its blocks up to `end` are written. */
function sizeUpTo(inode: Inode, node: Ext2Node, end: u32): u64 {
  return max(node.diskSize, min(inode.size, (<u64>end) << node.volume.blockShift));
}

/** One round of writing from `at` on, with new blocks: the block behind what was written, or a negative errno. */
function writeNew(inode: Inode, t: Transfer, at: u32, end: u32): i64 {
  const node = t.node;
  const v = node.volume;
  const refused = changeBegin(v);
  if (refused != 0) return refused;
  mapLock(node);
  const next = createRuns(t, at, end);
  let error = next < 0 ? <i32>next : 0;
  if (error == 0) {
    node.diskSize = sizeUpTo(inode, node, <u32>next);
    error = nodeWrite(node);
  }
  mapUnlock(node);
  if (error == 0) error = moveRuns(t, IO_WRITE);
  changeEnd(v);
  return error != 0 ? <i64>error : next;
}

function writeRange(inode: Inode, t: Transfer, end: u32): i32 {
  const node = t.node;
  let at = t.first;
  while (true) {
    // The file may have been cut meanwhile.
    const stop = <u32>min(blocksOf(node.volume, inode.size), <u64>end);
    if (at >= stop) return 0;
    mapLock(node);
    let next = findRuns(t, at, stop);
    mapUnlock(node);
    if (next >= 0 && (hasHole(t) || sizeUpTo(inode, node, <u32>next) != node.diskSize))
      next = writeNew(inode, t, at, stop);
    else if (next >= 0) {
      const error = moveRuns(t, IO_WRITE);
      if (error != 0) return error;
    }
    if (next < 0) return <i32>next;
    at = <u32>next;
  }
}

/** As InodeOps.writePages. */
export function ext2WritePages(inode: Inode, index: u64, count: u32, pages: usize): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  const first = index << (PAGE_SHIFT - v.blockShift);
  if (first + count * blocksPerPage(v) > u32.MAX_VALUE) return -EFBIG;
  const t = transferCreate(node, <u32>first, pages);
  if (t == null) return -ENOMEM;
  const error = writeRange(inode, t, <u32>first + count * blocksPerPage(v));
  kfree(changetype<usize>(t));
  return error;
}

/** Holes of [from, end), or a negative errno. The map mutex is held. */
function countHoles(node: Ext2Node, from: u32, end: u32): i64 {
  let holes: i64 = 0;
  let at = from;
  while (at < end) {
    const block = blockMap(node, at, end - at);
    if (block < 0) return block;
    if (block == 0) holes += node.runLength;
    at += node.runLength;
  }
  return holes;
}

/** Writes zeroes to `count` blocks of the device. */
function zeroBlocks(v: Ext2Volume, block: u32, count: u32): i32 {
  const batch = ioBegin(v.device);
  for (let i: u32 = 0; i < count; i++)
    ioAdd(batch, IO_WRITE, (<u64>(block + i)) << (v.blockShift - 9), ZEROES, v.blockSize);
  return ioEnd(batch);
}

/** One hole of [from, end) gets blocks of zeroes: the block behind it, or a negative errno. In a change, map mutex held. */
function fillHole(node: Ext2Node, from: u32, end: u32): i64 {
  const found = blockMap(node, from, end - from);
  if (found < 0) return found;
  if (found != 0) return from + node.runLength;
  const block = blockMapCreate(node, from, end - from);
  if (block < 0) return block;
  const count = node.runLength;
  promiseKept(node, from, count);
  const error = zeroBlocks(node.volume, <u32>block, count);
  return error != 0 ? <i64>error : from + count;
}

/**
 * The holes of blocks [first, end) get blocks of zeroes now, and the file is at least `size` bytes long on the disk: there are
 * never blocks behind its end. Opens its own changes.
 */
export function fillHoles(node: Ext2Node, first: u32, end: u32, size: u64): i32 {
  let at: i64 = first;
  while (at >= 0 && at < <i64>end) {
    const refused = changeBegin(node.volume);
    if (refused != 0) return refused;
    mapLock(node);
    node.diskSize = max(node.diskSize, size);
    do at = fillHole(node, <u32>at, end);
    while (at >= 0 && at < <i64>end && !changeIsTight(node.volume));
    const error = nodeWrite(node);
    mapUnlock(node);
    changeEnd(node.volume);
    if (error != 0) return error;
  }
  return at < 0 ? <i32>at : 0;
}

/** Promises room for the holes of [first, end): 0, -ENOSPC, or 1 when they are to be filled now. The map mutex is held. */
function promise(node: Ext2Node, first: u32, end: u32): i32 {
  const inRange = first >= node.promisedFirst && first <= node.promisedEnd && node.promised != 0;
  if (inRange && end <= node.promisedEnd) return 0;
  const from = inRange ? node.promisedEnd : first;
  const holes = countHoles(node, from, end);
  if (holes <= 0) return <i32>holes;
  if (node.promised != 0 && !inRange) return 1;
  return promiseAdd(node, inRange ? node.promisedFirst : first, end, <u32>holes);
}

/** As InodeOps.prepareWrite. */
export function ext2PrepareWrite(inode: Inode, offset: u64, length: u64): i32 {
  if (length == 0) return 0;
  const node = nodeOf(inode);
  const v = node.volume;
  const first = offset >> v.blockShift;
  const end = (offset + length + v.blockSize - 1) >> v.blockShift;
  if (offset + length > v.superBlock.maxFileSize || end > maxFileBlocks(v)) return -EFBIG;
  mapLock(node);
  const result = promise(node, <u32>first, <u32>end);
  mapUnlock(node);
  if (result <= 0) return result;
  const full = roomCheck(v, <u32>(end - first));
  return full != 0 ? full : fillHoles(node, <u32>first, <u32>end, offset + length);
}

/** As InodeOps.sync: the pages have been written. */
export function ext2Sync(inode: Inode, dataOnly: u32): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  // Without a change since the last commit that fdatasync must keep (only times), the data alone count.
  if (dataOnly != 0 && !node.isUncommitted) return blockFlush(v.device);
  node.isUncommitted = false;
  const error = changeCommit(v);
  if (error != 0) node.isUncommitted = true;
  return error;
}
