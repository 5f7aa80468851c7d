/**
 * A write-ahead journal for metadata blocks, in the format of ext3: all changes of a transaction are on the disk, or none.
 *
 * - A change is made between journalBegin and journalEnd. journalAccess comes before the first change of a block: it joins
 *   the running transaction, and stays in memory until that is committed. journalForget: the block is metadata no more.
 * - journalCommit writes the running transaction: its blocks into the log, a flush, the commit block, a flush. Then the
 *   blocks may go home whenever the buffer cache likes. It waits for open changes to end and holds back new ones meanwhile;
 *   readers are not concerned.
 * - There is always room for one more transaction in the log: when it runs short after a commit, everything is written home
 *   and the log begins anew (checkpoint).
 * - What a revoked block held in older transactions is not replayed: it may be a file's data by now.
 * - A failure to write the log ends all writing (journalBegin answers -EIO): the disk keeps the last good state.
 */
import { BlockDevice, blockFlush } from '../../block/block';
import {
  bufferData,
  bufferForget,
  bufferHold,
  bufferPin,
  bufferPut,
  bufferRelease,
} from '../../block/buffer-cache';
import { Buffer, sectorBits } from '../../block/buffer';
import { IO_WRITE, IoBatch, ioAdd, ioBegin, ioEnd } from '../../block/request';
import { bufferWriteBack } from '../../block/write-back';
import { EIO } from '../../lib/errno';
import { logError } from '../../lib/log';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../../sched/mutex';
import { WaitQueue, sleepOnUninterruptible, wakeAll } from '../../sched/wait-queue';
import {
  HEADER_BYTES,
  JOURNAL_MAGIC,
  JournalSuper,
  REVOKE_COUNT,
  REVOKE_FIRST,
  TAG_BYTES,
  TAG_ESCAPE,
  TAG_LAST,
  TAG_SAME_UUID,
  TYPE_COMMIT,
  TYPE_DESCRIPTOR,
  TYPE_REVOKE,
  UUID_BYTES,
  putBig32,
  putHeader,
} from './format';

/** Blocks that one change may add at most; journalBegin leaves room for it. */
export const MAX_CHANGE_BLOCKS: u32 = 48;
const ENTRY_BYTES: usize = 16;

@unmanaged
export class Journal {
  device: BlockDevice;
  blockShift: u32;
  blockSize: u32;
  /** Device block of each block of the journal: `length` u32s. */
  map: usize;
  length: u32;
  first: u32;
  /** The journal's own super block: a copy of it in memory. */
  superData: usize;
  /** For commits: a descriptor (and a number behind it), and a copy of a block. */
  logBlock: usize;
  scratch: usize;
  /** Where the next transaction goes, and where the oldest one that may still be needed begins. */
  head: u32;
  tail: u32;
  /** Of the running transaction. */
  sequence: u32;
  /** Guards the fields below, with `wait`. */
  lock: u32;
  openChanges: u32;
  /** New changes wait. */
  barrier: bool;
  aborted: bool;
  /** The last transaction on the disk. */
  committed: u32;
  /** The running transaction: (buffer, block) pairs, and blocks revoked. */
  entries: usize;
  entryCount: u32;
  entryLimit: u32;
  revoked: usize;
  revokedCount: u32;
  revokedLimit: u32;
  commitMutex: Mutex;
  wait: WaitQueue;
  /** (argument) => void: the transaction is on the disk; called before new changes may begin. */
  onCommit: u32;
  onCommitArgument: usize;
}

/** Address of a journal whose device and sizes are set, with its lists; 0 when out of memory. `length` as in its super block. */
export function journalCreate(device: BlockDevice, blockShift: u32, length: u32): Journal | null {
  const size = offsetof<Journal>() + offsetof<Mutex>() + offsetof<WaitQueue>() + 16;
  const at = kmalloc(size);
  if (at == 0) return null;
  const j = changetype<Journal>(at);
  j.device = device;
  j.blockShift = blockShift;
  j.blockSize = 1 << blockShift;
  j.length = length;
  j.commitMutex = changetype<Mutex>((at + offsetof<Journal>() + 7) & ~7);
  j.wait = changetype<WaitQueue>((changetype<usize>(j.commitMutex) + offsetof<Mutex>() + 7) & ~7);
  j.entryLimit = length / 4;
  j.revokedLimit = (j.blockSize - REVOKE_FIRST) / 4;
  j.map = kmalloc(<usize>length * 4);
  j.entries = kmalloc(<usize>j.entryLimit * ENTRY_BYTES);
  j.revoked = kmalloc(<usize>j.revokedLimit * 4);
  j.superData = kmalloc(j.blockSize);
  j.logBlock = kmalloc(j.blockSize + 8);
  j.scratch = kmalloc(j.blockSize);
  const lists = j.map != 0 && j.entries != 0 && j.revoked != 0;
  if (lists && j.superData != 0 && j.logBlock != 0 && j.scratch != 0) return j;
  journalFree(j);
  return null;
}

export function journalFree(j: Journal): void {
  kfree(j.map);
  kfree(j.entries);
  kfree(j.revoked);
  kfree(j.superData);
  kfree(j.logBlock);
  kfree(j.scratch);
  kfree(changetype<usize>(j));
}

function lockOf(j: Journal): usize {
  return changetype<usize>(j) + offsetof<Journal>('lock');
}

function mapped(j: Journal, logBlock: u32): u32 {
  return load<u32>(j.map + <usize>logBlock * 4);
}

/** First sector of a device block. */
function sectorOf(j: Journal, block: u32): u64 {
  return (<u64>block) << (j.blockShift - 9);
}

/** Whether `changes` open changes might need more than there is. */
function isFull(j: Journal, changes: u32): bool {
  const needed = changes * MAX_CHANGE_BLOCKS;
  return j.entryCount + needed > j.entryLimit || j.revokedCount + needed > j.revokedLimit;
}

/** Opens a change; commits first when the running transaction is full. 0, or -EIO when the journal has failed. */
export function journalBegin(j: Journal): i32 {
  const lock = lockOf(j);
  let flags = lockIrqSave(lock);
  while (true) {
    if (j.aborted) {
      unlockIrqRestore(lock, flags);
      return -EIO;
    }
    if (j.barrier) {
      sleepOnUninterruptible(j.wait, lock, 0);
      continue;
    }
    if (!isFull(j, j.openChanges + 1)) break;
    unlockIrqRestore(lock, flags);
    journalCommit(j);
    flags = lockIrqSave(lock);
  }
  j.openChanges++;
  unlockIrqRestore(lock, flags);
  return 0;
}

export function journalEnd(j: Journal): void {
  const lock = lockOf(j);
  const flags = lockIrqSave(lock);
  j.openChanges--;
  const wake = j.openChanges == 0 && j.barrier;
  unlockIrqRestore(lock, flags);
  if (wake) wakeAll(j.wait);
}

/** A long change should end and begin again: the transaction has no room for many more blocks. */
export function journalIsTight(j: Journal): bool {
  return isFull(j, j.openChanges);
}

function entryAt(j: Journal, n: u32): usize {
  return j.entries + <usize>n * ENTRY_BYTES;
}

/** Before the first change of `block`, whose pinned buffer this is. */
export function journalAccess(j: Journal, buffer: usize, block: u32): void {
  const offset = (<u64>block) << j.blockShift;
  const bits = sectorBits(offset, j.blockSize);
  if ((changetype<Buffer>(buffer).held & bits) == bits) return;
  bufferHold(buffer, offset, j.blockSize);
  bufferPin(buffer);
  const lock = lockOf(j);
  const flags = lockIrqSave(lock);
  assert(j.entryCount < j.entryLimit, 'a change of too many blocks');
  const entry = entryAt(j, j.entryCount);
  store<usize>(entry, buffer);
  store<u32>(entry, block, 8);
  j.entryCount++;
  unlockIrqRestore(lock, flags);
}

/** The block is free: what the running transaction would do to it is undone, and older ones must not be replayed. */
export function journalForget(j: Journal, block: u32): void {
  const offset = (<u64>block) << j.blockShift;
  const lock = lockOf(j);
  let buffer: usize = 0;
  const flags = lockIrqSave(lock);
  for (let n: u32 = 0; n < j.entryCount; n++) {
    if (load<u32>(entryAt(j, n), 8) != block) continue;
    buffer = load<usize>(entryAt(j, n));
    j.entryCount--;
    memory.copy(entryAt(j, n), entryAt(j, j.entryCount), ENTRY_BYTES);
    break;
  }
  assert(j.revokedCount < j.revokedLimit, 'too many blocks revoked');
  store<u32>(j.revoked + <usize>j.revokedCount * 4, block);
  j.revokedCount++;
  unlockIrqRestore(lock, flags);
  if (buffer != 0) bufferPut(buffer);
  bufferForget(j.device, offset, j.blockSize);
}

function next(j: Journal, logBlock: u32): u32 {
  return logBlock + 1 == j.length ? j.first : logBlock + 1;
}

/** Blocks of the log that are free. */
function room(j: Journal): u32 {
  const total = j.length - j.first;
  const used = j.head >= j.tail ? j.head - j.tail : total - (j.tail - j.head);
  return total - used - 1;
}

function tagsPerBlock(j: Journal): u32 {
  return (j.blockSize - HEADER_BYTES - UUID_BYTES) / TAG_BYTES;
}

/** Log blocks that the fullest transaction takes. */
function worstCase(j: Journal): u32 {
  return j.entryLimit + j.entryLimit / tagsPerBlock(j) + 4;
}

/** Adds one log block at the head to the batch. */
function logBlockAdd(j: Journal, batch: IoBatch, data: usize): void {
  ioAdd(batch, IO_WRITE, sectorOf(j, mapped(j, j.head)), data, j.blockSize);
  j.head = next(j, j.head);
}

function isEscaped(data: usize): bool {
  return load<u32>(data) == bswap<u32>(JOURNAL_MAGIC);
}

/** Fills a descriptor for the entries from `from` on; how many it names. */
function describe(j: Journal, descriptor: usize, from: u32): u32 {
  const n = min(tagsPerBlock(j), j.entryCount - from);
  putHeader(descriptor, TYPE_DESCRIPTOR, j.sequence);
  let at = descriptor + HEADER_BYTES;
  for (let i: u32 = 0; i < n; i++) {
    const entry = entryAt(j, from + i);
    const block = load<u32>(entry, 8);
    const data = bufferData(load<usize>(entry), (<u64>block) << j.blockShift);
    let flags: u32 = i == 0 ? 0 : TAG_SAME_UUID;
    if (isEscaped(data)) flags |= TAG_ESCAPE;
    if (i == n - 1) flags |= TAG_LAST;
    putBig32(at, block);
    putBig32(at + 4, flags);
    at += TAG_BYTES;
    if (i == 0) {
      memory.copy(at, j.superData + JournalSuper.Uuid, UUID_BYTES);
      at += UUID_BYTES;
    }
  }
  return n;
}

/** Writes a block that begins with the magic number: a copy without it, at once. */
function writeEscaped(j: Journal, data: usize): i32 {
  memory.copy(j.scratch, data, j.blockSize);
  store<u32>(j.scratch, 0);
  const batch = ioBegin(j.device);
  logBlockAdd(j, batch, j.scratch);
  return ioEnd(batch);
}

/** One descriptor with the blocks that it names. `descriptor` is a zeroed block. */
function writeGroup(j: Journal, descriptor: usize, from: u32, done: usize): i32 {
  memory.fill(descriptor, 0, j.blockSize);
  const n = describe(j, descriptor, from);
  store<u32>(done, n);
  let batch = ioBegin(j.device);
  logBlockAdd(j, batch, descriptor);
  for (let i: u32 = 0; i < n; i++) {
    const entry = entryAt(j, from + i);
    const data = bufferData(load<usize>(entry), (<u64>load<u32>(entry, 8)) << j.blockShift);
    if (isEscaped(data)) {
      // Rare. A thread has one batch at a time.
      const before = ioEnd(batch);
      const error = writeEscaped(j, data);
      batch = ioBegin(j.device);
      if (before != 0 || error != 0) {
        ioEnd(batch);
        return -EIO;
      }
    } else logBlockAdd(j, batch, data);
  }
  return ioEnd(batch);
}

function writeRevoked(j: Journal, block: usize): i32 {
  if (j.revokedCount == 0) return 0;
  memory.fill(block, 0, j.blockSize);
  putHeader(block, TYPE_REVOKE, j.sequence);
  putBig32(block + REVOKE_COUNT, REVOKE_FIRST + j.revokedCount * 4);
  for (let i: u32 = 0; i < j.revokedCount; i++)
    putBig32(block + REVOKE_FIRST + i * 4, load<u32>(j.revoked + <usize>i * 4));
  const batch = ioBegin(j.device);
  logBlockAdd(j, batch, block);
  return ioEnd(batch);
}

/** Writes the transaction into the log: 0 when it is on the medium. */
function writeLog(j: Journal): i32 {
  const block = j.logBlock;
  const done = block + j.blockSize;
  let error = writeRevoked(j, block);
  for (let n: u32 = 0; n < j.entryCount && error == 0; n += load<u32>(done))
    error = writeGroup(j, block, n, done);
  if (error == 0) error = blockFlush(j.device);
  if (error != 0) return error;
  memory.fill(block, 0, j.blockSize);
  putHeader(block, TYPE_COMMIT, j.sequence);
  const batch = ioBegin(j.device);
  logBlockAdd(j, batch, block);
  error = ioEnd(batch);
  return error != 0 ? error : blockFlush(j.device);
}

/** The transaction is safe: its blocks may go home. */
function letGo(j: Journal): void {
  for (let n: u32 = 0; n < j.entryCount; n++) {
    const entry = entryAt(j, n);
    const buffer = load<usize>(entry);
    bufferRelease(buffer, (<u64>load<u32>(entry, 8)) << j.blockShift, j.blockSize);
    bufferPut(buffer);
  }
  j.entryCount = 0;
  j.revokedCount = 0;
  j.committed = j.sequence;
  j.sequence++;
}

/** Writes the journal's super block; `start` 0: nothing is to be replayed. */
export function journalWriteSuper(j: Journal, start: u32): i32 {
  putBig32(j.superData + JournalSuper.Start, start);
  putBig32(j.superData + JournalSuper.Sequence, j.sequence);
  const batch = ioBegin(j.device);
  ioAdd(batch, IO_WRITE, sectorOf(j, mapped(j, 0)), j.superData, j.blockSize);
  const error = ioEnd(batch);
  return error != 0 ? error : blockFlush(j.device);
}

/** Everything committed goes home and the log begins anew; nothing is held back now. */
function checkpoint(j: Journal): i32 {
  let error = bufferWriteBack(j.device);
  if (error == 0) error = blockFlush(j.device);
  if (error != 0) return error;
  error = journalWriteSuper(j, j.head);
  if (error == 0) j.tail = j.head;
  return error;
}

function abort(j: Journal): void {
  j.aborted = true;
  logError('journal', 'the journal cannot be written; the file system is not written any more');
}

/** The barrier is up and no change is open. */
function commitQuiet(j: Journal): i32 {
  if (j.aborted) return -EIO;
  if (j.entryCount == 0 && j.revokedCount == 0) return blockFlush(j.device);
  let error = writeLog(j);
  if (error == 0) {
    letGo(j);
    if (j.onCommit != 0) call_indirect<void>(j.onCommit, j.onCommitArgument);
    if (room(j) < worstCase(j)) error = checkpoint(j);
  }
  if (error != 0) abort(j);
  return error;
}

/** Raises the barrier and waits for open changes. The commit mutex is held. */
function quiesce(j: Journal): void {
  const lock = lockOf(j);
  const flags = lockIrqSave(lock);
  j.barrier = true;
  while (j.openChanges != 0) sleepOnUninterruptible(j.wait, lock, 0);
  unlockIrqRestore(lock, flags);
}

function resume(j: Journal): void {
  const lock = lockOf(j);
  const flags = lockIrqSave(lock);
  j.barrier = false;
  unlockIrqRestore(lock, flags);
  wakeAll(j.wait);
}

/**
 * All changes that have ended are on the medium when it returns 0, and so are data that were written before. The caller has
 * no change open.
 */
export function journalCommit(j: Journal): i32 {
  mutexLock(j.commitMutex);
  quiesce(j);
  const error = commitQuiet(j);
  resume(j);
  mutexUnlock(j.commitMutex);
  return error;
}

/** Commits, writes everything home and marks the log empty: for unmounting. New changes may follow only after journalReopen. */
export function journalClose(j: Journal): i32 {
  mutexLock(j.commitMutex);
  quiesce(j);
  let error = commitQuiet(j);
  if (error == 0) error = checkpoint(j);
  if (error == 0) error = journalWriteSuper(j, 0);
  resume(j);
  mutexUnlock(j.commitMutex);
  return error;
}

/** The log is empty and about to be used: changes may be made when it returns 0. */
export function journalReopen(j: Journal): i32 {
  j.head = j.first;
  j.tail = j.first;
  j.committed = j.sequence - 1;
  return journalWriteSuper(j, j.head);
}

/** Whether changes wait for a commit. */
export function journalIsDirty(j: Journal): bool {
  return j.entryCount != 0 || j.revokedCount != 0;
}
