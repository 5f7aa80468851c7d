/**
 * ext2 as a file system of the VFS: mounting with all checks, statfs, sync, remount, unmount.
 *
 * - Incompatible features that are not known refuse the mount, unknown read-only-compatible ones make it read-only.
 * - A journal is replayed at mount (also for a read-only mount, as Linux does), then orphans are finished.
 * - With a journal the super block says "needs recovery" while it is mounted for writing; without one, "not clean".
 */
import { BlockDevice, blockFlush } from '../../block/block';
import { bufferDirty, bufferWillChange } from '../../block/buffer-cache';
import { flusherAdd, flusherRemove } from '../../block/flusher';
import { orderedCreate, orderedFree, orderedIsEmpty } from '../../block/ordered-writes';
import { bufferFlush } from '../../block/write-back';
import { EINVAL, ENOMEM, EROFS } from '../../lib/errno';
import { logWarn } from '../../lib/log';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../../sched/mutex';
import { realtimeNs } from '../../sched/clock';
import { Inode, inodePut } from '../inode';
import {
  Journal,
  journalClose,
  journalCreate,
  journalFree,
  journalIsDirty,
  journalReopen,
} from '../journal/journal';
import { journalLoad, journalNeedsRecovery, journalRecover, journalUseRevoke } from '../journal/recovery';
import { MS_RDONLY, StatFs, SuperBlock, SuperOps } from '../super-block';
import { isDirectory, isRegular } from '../stat';
import { blockMap, maxFileBlocks } from './block-map';
import { groupDirectories } from './groups';
import { inodeAbandon, inodeGetNumber, volumeOf } from './inodes';
import { COMPAT_HAS_JOURNAL, INCOMPAT_RECOVER, ROOT_INODE, STATE_ERROR, STATE_VALID, Super } from './layout';
import { mapLock, mapUnlock, nodeOf } from './node';
import { orphansFinish } from './orphan-cleanup';
import { setUpOps } from './operations';
import { changeCommit, restEnds } from './transaction';
import { Ext2Volume, blockOffset, blockPut } from './volume';
import { descriptorsCheck, descriptorsRead, overheadBlocks, superParse, superRead } from './super-check';

const NS_PER_SECOND: u64 = 1_000_000_000;
const MAX_JOURNAL_BLOCKS: u64 = 1 << 18;
const MIN_JOURNAL_BLOCKS: u64 = 256;

const superOps = changetype<SuperOps>(memory.data(offsetof<SuperOps>(), 8));

function now(): u32 {
  return <u32>(realtimeNs() / NS_PER_SECOND);
}

function volumeCreate(device: BlockDevice, superBlock: SuperBlock): Ext2Volume | null {
  const at = kmalloc(offsetof<Ext2Volume>() + 8 + offsetof<Mutex>());
  if (at == 0) return null;
  const v = changetype<Ext2Volume>(at);
  v.device = device;
  v.superBlock = superBlock;
  v.mutex = changetype<Mutex>((at + offsetof<Ext2Volume>() + 7) & ~7);
  const names = orderedCreate(device);
  if (names == null) {
    kfree(at);
    return null;
  }
  v.names = names;
  return v;
}

function volumeFree(v: Ext2Volume): void {
  const j = v.journal;
  if (j != null) journalFree(j);
  restEnds(v);
  if (v.descriptorBuffers != 0) {
    for (let i: u32 = 0; i < v.descriptorBlocks; i++)
      blockPut(load<usize>(v.descriptorBuffers + <usize>i * sizeof<usize>()));
  }
  blockPut(v.superBuffer);
  kfree(v.descriptorBuffers);
  kfree(v.resting);
  orderedFree(v.names);
  kfree(changetype<usize>(v));
}

/** Writes the super block home at once: at mount, unmount and remount, when no change is open. */
function superWrite(v: Ext2Volume): i32 {
  store<u32>(v.superData, now(), Super.WriteTime);
  bufferWillChange(v.superBuffer);
  bufferDirty(v.superBuffer, blockOffset(v, v.superBlockNumber), v.blockSize);
  return bufferFlush(v.device);
}

/** Fills the journal's map from its inode. */
function mapJournal(v: Ext2Volume, inode: Inode, j: Journal): i32 {
  const node = nodeOf(inode);
  let at: u32 = 0;
  let error = 0;
  mapLock(node);
  while (at < j.length && error == 0) {
    const block = blockMap(node, at, j.length - at);
    if (block <= 0) error = -EINVAL;
    for (let i: u32 = 0; i < node.runLength && error == 0; i++)
      store<u32>(j.map + <usize>(at + i) * 4, <u32>block + i);
    at += node.runLength;
  }
  mapUnlock(node);
  return error;
}

/** Makes the journal from its inode and loads its super block. `slot` is room for an address. */
function openJournal(v: Ext2Volume, slot: usize): i32 {
  const number = load<u32>(v.superData, Super.JournalInode);
  const missing = inodeGetNumber(v.superBlock, number, false, slot);
  if (missing != 0) return missing;
  const inode = changetype<Inode>(load<usize>(slot));
  const blocks = inode.size >> v.blockShift;
  let error = -EINVAL;
  if (blocks >= MIN_JOURNAL_BLOCKS && blocks <= MAX_JOURNAL_BLOCKS && isRegular(inode.mode)) {
    const j = journalCreate(v.device, v.blockShift, <u32>blocks);
    if (j == null) error = -ENOMEM;
    else {
      error = mapJournal(v, inode, j);
      if (error == 0) error = journalLoad(j);
      if (error == 0) v.journal = j;
      else journalFree(j);
    }
  }
  inodePut(inode);
  return error;
}

/** After a crash: the log is replayed, the super block and descriptors are read anew. */
function recover(v: Ext2Volume, j: Journal): i32 {
  if (v.device.readOnly) return -EROFS;
  let error = journalRecover(j, v.blocksCount);
  if (error == 0) error = bufferFlush(v.device);
  if (error == 0) error = journalClose(j);
  if (error == 0) error = descriptorsCheck(v);
  return error;
}

/** Says on the disk that the file system is in use. */
function beginWriting(v: Ext2Volume): i32 {
  const data = v.superData;
  const j = v.journal;
  store<u16>(data, load<u16>(data, Super.MountCount) + 1, Super.MountCount);
  store<u32>(data, now(), Super.MountTime);
  if (j != null) store<u32>(data, load<u32>(data, Super.Incompat) | INCOMPAT_RECOVER, Super.Incompat);
  else store<u16>(data, load<u16>(data, Super.State) & ~STATE_VALID, Super.State);
  const error = superWrite(v);
  if (error != 0 || j == null) return error;
  journalUseRevoke(j);
  return journalReopen(j);
}

/** Everything is home, and the disk says that it is clean. */
function endWriting(v: Ext2Volume): i32 {
  const j = v.journal;
  let error = 0;
  if (j != null && !v.failed) error = journalClose(j);
  else if (j == null) error = changeCommit(v);
  if (v.failed || error != 0) return error;
  const data = v.superData;
  store<u32>(data, load<u32>(data, Super.Incompat) & ~INCOMPAT_RECOVER, Super.Incompat);
  const state = load<u16>(data, Super.State);
  if ((state & STATE_ERROR) == 0 && v.wasValid) store<u16>(data, state | STATE_VALID, Super.State);
  return superWrite(v);
}

/** In the flusher's thread. */
function periodic(argument: usize): void {
  const v = changetype<Ext2Volume>(argument);
  const j = v.journal;
  if (v.failed || (v.superBlock.flags & MS_RDONLY) != 0) return;
  if (j != null ? journalIsDirty(j) : !orderedIsEmpty(v.names) || v.restingGroups != 0) changeCommit(v);
}

function onCommit(argument: usize): void {
  restEnds(changetype<Ext2Volume>(argument));
}

function startWriting(v: Ext2Volume): i32 {
  const j = v.journal;
  if (j != null) {
    const committed: (argument: usize) => void = onCommit;
    j.onCommit = committed.index;
    j.onCommitArgument = changetype<usize>(v);
  }
  const error = beginWriting(v);
  if (error != 0) return error;
  const hook: (argument: usize) => void = periodic;
  flusherAdd(hook, changetype<usize>(v));
  return 0;
}

function prepare(v: Ext2Volume, slot: usize): i32 {
  const superBlock = v.superBlock;
  let error = descriptorsRead(v);
  if (error != 0) return error;
  const hasJournal = (load<u32>(v.superData, Super.Compat) & COMPAT_HAS_JOURNAL) != 0;
  const dirtyJournal = (load<u32>(v.superData, Super.Incompat) & INCOMPAT_RECOVER) != 0;
  if (hasJournal && load<u32>(v.superData, Super.JournalInode) != 0) {
    error = openJournal(v, slot);
    const j = v.journal;
    if (j != null && (dirtyJournal || journalNeedsRecovery(j))) error = recover(v, j);
    if (error != 0 && !dirtyJournal) {
      logWarn('ext2', 'the journal cannot be used: mounted read-only');
      superBlock.flags |= MS_RDONLY;
      error = 0;
    }
    if (error != 0) return error;
  } else if (dirtyJournal) return -EINVAL;
  return 0;
}

function mountVolume(v: Ext2Volume, out: usize): i32 {
  const superBlock = v.superBlock;
  let error = superRead(v);
  if (error == 0) error = superParse(v);
  if (error == 0) error = prepare(v, out);
  if (error != 0) return error;
  superBlock.maxFileSize = min(maxFileBlocks(v) << v.blockShift, ((<u64>1) << 41) - v.blockSize);
  if (v.device.readOnly) superBlock.flags |= MS_RDONLY;
  v.wasValid = (load<u16>(v.superData, Super.State) & STATE_VALID) != 0;
  if (!v.wasValid || (load<u16>(v.superData, Super.State) & STATE_ERROR) != 0)
    logWarn('ext2', 'the file system was not unmounted cleanly or has errors: run e2fsck');
  for (let g: u32 = 0; g < v.groupCount; g++) v.directories += groupDirectories(v, g);
  if ((superBlock.flags & MS_RDONLY) == 0) {
    error = startWriting(v);
    if (error != 0) return error;
    orphansFinish(v, out);
  }
  error = inodeGetNumber(superBlock, ROOT_INODE, false, out);
  if (error != 0) return error;
  const root = changetype<Inode>(load<usize>(out));
  if (isDirectory(root.mode)) return 0;
  inodeAbandon(root);
  return -EINVAL;
}

/** As a file system type's `mount`. */
export function ext2Mount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  const device = superBlock.device;
  if (device == null) return -EINVAL;
  setUp();
  const v = volumeCreate(device, superBlock);
  if (v == null) return -ENOMEM;
  superBlock.data = changetype<usize>(v);
  superBlock.ops = superOps;
  superBlock.magic = 0xef53;
  const error = mountVolume(v, out);
  if (error != 0) {
    flusherRemove(changetype<usize>(v));
    volumeFree(v);
  }
  return error;
}

function statfs(superBlock: SuperBlock, out: StatFs): i32 {
  const v = volumeOf(superBlock);
  mutexLock(v.mutex);
  const free = v.freeBlocks - min(v.freeBlocks, v.promised);
  out.blockSize = v.blockSize;
  out.blocks = v.blocksCount - overheadBlocks(v);
  out.free = free;
  out.available = free - min(free, v.reservedBlocks);
  out.files = v.inodesCount;
  out.filesFree = v.freeInodes;
  mutexUnlock(v.mutex);
  return 0;
}

function sync(superBlock: SuperBlock): i32 {
  const v = volumeOf(superBlock);
  if ((superBlock.flags & MS_RDONLY) != 0) return blockFlush(v.device);
  return changeCommit(v);
}

function unmount(superBlock: SuperBlock): void {
  const v = volumeOf(superBlock);
  flusherRemove(changetype<usize>(v));
  if ((superBlock.flags & MS_RDONLY) == 0) endWriting(v);
  volumeFree(v);
}

function remount(superBlock: SuperBlock, flags: u32, _options: usize): i32 {
  const v = volumeOf(superBlock);
  const was = (superBlock.flags & MS_RDONLY) != 0;
  const will = (flags & MS_RDONLY) != 0;
  if (was == will) return 0;
  if (will) {
    flusherRemove(changetype<usize>(v));
    return endWriting(v);
  }
  if (v.device.readOnly || v.failed || v.refusesWriting) return -EROFS;
  return startWriting(v);
}

function setUp(): void {
  setUpOps();
  const statfsFunction: (superBlock: SuperBlock, out: StatFs) => i32 = statfs;
  superOps.statfs = statfsFunction.index;
  const syncFunction: (superBlock: SuperBlock) => i32 = sync;
  superOps.sync = syncFunction.index;
  const unmountFunction: (superBlock: SuperBlock) => void = unmount;
  superOps.unmount = unmountFunction.index;
  const remountFunction: (superBlock: SuperBlock, flags: u32, options: usize) => i32 = remount;
  superOps.remount = remountFunction.index;
}
