/**
 * FAT32 as a file system of the VFS: mounting, statfs, sync, unmounting, and the tables of operations.
 *
 * - Owners and permissions are those of the mount options (options.ts); chmod reaches the read-only attribute alone.
 * - Two spellings of one name (Foo, foo) are one file: names found by another spelling are forgotten when names go.
 * - While it is mounted for writing, the volume is marked as in use, so that an interruption is noticed.
 */
import { BlockDevice, blockName } from '../../block/block';
import { cacheRead, cacheWrite } from '../../block/buffer-cache';
import { flusherAdd, flusherRemove } from '../../block/flusher';
import { orderedCreate, orderedFree } from '../../block/ordered-writes';
import { bufferFlush } from '../../block/write-back';
import { EINVAL, ENOMEM, EROFS } from '../../lib/errno';
import { LOG_WARN, logBegin, logCStr, logEnd, logStr } from '../../lib/log';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../../sched/mutex';
import { DirentSink, direntEmit } from '../dirent';
import { File, FileReadDirectory } from '../file';
import {
  Inode,
  InodeChanged,
  InodeCreate,
  InodeLookup,
  InodePages,
  InodePrepareWrite,
  InodeRelease,
  InodeRename,
  InodeSetSize,
  InodeSync,
  InodeUnlink,
} from '../inode';
import { pagedReadIndex, pagedWriteIndex } from '../paged-file';
import { FIRST_POSITION } from '../read-directory';
import { S_IFDIR, S_IFREG, direntType, isDirectory } from '../stat';
import { MS_RDONLY, StatFs, SuperBlock, SuperOps } from '../super-block';
import { fatCreate, fatLookup, fatRename, fatUnlink } from './changes';
import { FatWalk, fatWalkNext } from './directory';
import { updateEntry } from './entries';
import { BOOT_SECTOR_BYTES, Bpb, FatGeometry, fatParseBootSector } from './geometry';
import { directoryOps, fatInode, fatMode, fatRelease, fileOps, inodeOps, nodeOf } from './nodes';
import { fatOptions } from './options';
import { MAX_FILE_BYTES, fatPrepareWrite, fatReadPages, fatSetSize, fatWritePages } from './pages';
import { PENDING_MAX, fatIsDirty, fatSync, infoRead } from './release';
import { fatCountFree, fatSetClean } from './table';
import { FatVolume } from './volume';
import { walkCreate, walkFree } from './walk';

/** MSDOS_SUPER_MAGIC. */
const MAGIC: u32 = 0x4d44;
/** Positions in a directory are entry numbers, after those of the dots. */
const POSITION_BIAS: u32 = <u32>FIRST_POSITION;
const DIRTY: u8 = 1;
/** Numbers of inodes whose entry's place is not theirs: beyond any volume. */
const UNIQUE_NUMBERS: u64 = 1 << 52;

const superOps = changetype<SuperOps>(memory.data(offsetof<SuperOps>(), 8));

function volumeOf(superBlock: SuperBlock): FatVolume {
  return changetype<FatVolume>(superBlock.data);
}

/** As InodeOps.changed: FAT keeps times and one bit of the mode; owners and the other bits are the mount's. */
function changed(inode: Inode): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  inode.mode = fatMode(v, isDirectory(inode.mode), (inode.mode & 0o222) == 0);
  inode.uid = v.uid;
  inode.gid = v.gid;
  mutexLock(v.mutex);
  const error = updateEntry(node);
  mutexUnlock(v.mutex);
  return error;
}

function syncFile(inode: Inode, _dataOnly: u32): i32 {
  return fatSync(nodeOf(inode).volume);
}

function emitEntries(file: File, sink: DirentSink, w: FatWalk): i32 {
  while (true) {
    const found = fatWalkNext(w);
    if (found <= 0) return found;
    const next = <u64>(w.position + POSITION_BIAS);
    const type = direntType(w.isDirectory ? S_IFDIR : S_IFREG);
    if (!direntEmit(sink, w.volumeOffset, next, type, w.name, w.nameLength)) return 0;
    file.offset = next;
  }
}

function readEntries(file: File, sink: DirentSink): i32 {
  if (file.offset < FIRST_POSITION || file.offset > <u64>u32.MAX_VALUE) return 0;
  const node = nodeOf(file.inode);
  const w = walkCreate(node, <u32>file.offset - POSITION_BIAS);
  if (w == null) return -ENOMEM;
  mutexLock(node.volume.mutex);
  const error = emitEntries(file, sink, w);
  mutexUnlock(node.volume.mutex);
  walkFree(w);
  return error;
}

function setUpInodes(): void {
  const lookup: InodeLookup = fatLookup;
  inodeOps.lookup = lookup.index;
  const create: InodeCreate = fatCreate;
  inodeOps.create = create.index;
  const unlink: InodeUnlink = fatUnlink;
  inodeOps.unlink = unlink.index;
  const rename: InodeRename = fatRename;
  inodeOps.rename = rename.index;
  const release: InodeRelease = fatRelease;
  inodeOps.release = release.index;
  const changedFunction: InodeChanged = changed;
  inodeOps.changed = changedFunction.index;
  const setSize: InodeSetSize = fatSetSize;
  inodeOps.setSize = setSize.index;
  const readPages: InodePages = fatReadPages;
  inodeOps.readPages = readPages.index;
  const writePages: InodePages = fatWritePages;
  inodeOps.writePages = writePages.index;
  const prepareWrite: InodePrepareWrite = fatPrepareWrite;
  inodeOps.prepareWrite = prepareWrite.index;
  const sync: InodeSync = syncFile;
  inodeOps.sync = sync.index;
}

function setUp(): void {
  setUpInodes();
  fileOps.read = pagedReadIndex();
  fileOps.write = pagedWriteIndex();
  fileOps.anyMemory = true;
  fileOps.seekable = true;
  const readDirectory: FileReadDirectory = readEntries;
  directoryOps.readDirectory = readDirectory.index;
  const statfsFunction: (superBlock: SuperBlock, out: StatFs) => i32 = statfs;
  superOps.statfs = statfsFunction.index;
  const syncFunction: (superBlock: SuperBlock) => i32 = sync;
  superOps.sync = syncFunction.index;
  const unmountFunction: (superBlock: SuperBlock) => void = unmount;
  superOps.unmount = unmountFunction.index;
  const remountFunction: (superBlock: SuperBlock, flags: u32, options: usize) => i32 = remount;
  superOps.remount = remountFunction.index;
}

function statfs(superBlock: SuperBlock, out: StatFs): i32 {
  const v = volumeOf(superBlock);
  // What was deleted counts as free: the list of it is worked off.
  if (v.pendingCount != 0 && (superBlock.flags & MS_RDONLY) == 0) fatSync(v);
  mutexLock(v.mutex);
  const free = fatCountFree(v);
  out.blockSize = v.geometry.clusterBytes;
  out.blocks = v.geometry.clusterCount;
  out.free = free < 0 ? 0 : <u64>free - min(<u64>free, <u64>v.promised);
  out.available = out.free;
  mutexUnlock(v.mutex);
  return 0;
}

function sync(superBlock: SuperBlock): i32 {
  return fatSync(volumeOf(superBlock));
}

/** Marks the volume as in use or as left cleanly, in the boot sector and in the table, on the disk at once. */
function mark(v: FatVolume, dirty: bool): i32 {
  if (v.wasDirty) return 0;
  store<u8>(v.entry, dirty ? DIRTY : 0);
  let error = cacheWrite(v.device, Bpb.DirtyFlags, v.entry, 1);
  mutexLock(v.mutex);
  if (error == 0) error = fatSetClean(v, !dirty);
  mutexUnlock(v.mutex);
  return error != 0 ? error : bufferFlush(v.device);
}

function periodic(argument: usize): void {
  const v = changetype<FatVolume>(argument);
  if (fatIsDirty(v)) fatSync(v);
}

function beginWriting(v: FatVolume): i32 {
  const error = mark(v, true);
  if (error != 0) return error;
  const hook: (argument: usize) => void = periodic;
  flusherAdd(hook, changetype<usize>(v));
  return 0;
}

/** Everything is on the disk, also what is freed by writing it. */
function endWriting(v: FatVolume): i32 {
  flusherRemove(changetype<usize>(v));
  let error = fatSync(v);
  if (error == 0) error = fatSync(v);
  return error != 0 ? error : mark(v, false);
}

function volumeFree(v: FatVolume): void {
  orderedFree(v.names);
  kfree(v.pending);
  kfree(changetype<usize>(v));
}

function unmount(superBlock: SuperBlock): void {
  const v = volumeOf(superBlock);
  if ((superBlock.flags & MS_RDONLY) == 0) endWriting(v);
  volumeFree(v);
}

function remount(superBlock: SuperBlock, flags: u32, _options: usize): i32 {
  const v = volumeOf(superBlock);
  const was = (superBlock.flags & MS_RDONLY) != 0;
  const will = (flags & MS_RDONLY) != 0;
  if (was == will) return 0;
  if (!will && v.device.readOnly) return -EROFS;
  return will ? endWriting(v) : beginWriting(v);
}

/** A volume with its parts in one piece of memory; null when out of memory. */
function volumeCreate(device: BlockDevice, superBlock: SuperBlock): FatVolume | null {
  const at = kmalloc(offsetof<FatVolume>() + offsetof<FatGeometry>() + offsetof<Mutex>() + 64);
  if (at == 0) return null;
  const v = changetype<FatVolume>(at);
  v.device = device;
  v.superBlock = superBlock;
  v.entry = (at + offsetof<FatVolume>() + 7) & ~7;
  v.geometry = changetype<FatGeometry>(v.entry + 16);
  v.mutex = changetype<Mutex>((changetype<usize>(v.geometry) + offsetof<FatGeometry>() + 7) & ~7);
  v.uniqueNumber = UNIQUE_NUMBERS;
  v.pending = kmalloc(<usize>PENDING_MAX * 4);
  const names = orderedCreate(device);
  if (v.pending == 0 || names == null) {
    if (names != null) orderedFree(names);
    kfree(v.pending);
    kfree(at);
    return null;
  }
  v.names = names;
  return v;
}

function readGeometry(v: FatVolume): i32 {
  const device = v.device;
  const sector = kmalloc(BOOT_SECTOR_BYTES);
  if (sector == 0) return -ENOMEM;
  let error = cacheRead(device, 0, sector, BOOT_SECTOR_BYTES);
  if (error == 0) error = fatParseBootSector(sector, device.sectorCount * 512, v.geometry);
  v.wasDirty = (load<u8>(sector, Bpb.DirtyFlags) & DIRTY) != 0;
  kfree(sector);
  return error;
}

function warnDirty(v: FatVolume): void {
  logBegin(LOG_WARN, 'fat32');
  logCStr(blockName(v.device));
  logStr(' was not unmounted cleanly: run fsck.vfat');
  logEnd();
}

function mountVolume(v: FatVolume, options: usize, out: usize): i32 {
  const superBlock = v.superBlock;
  let error = readGeometry(v);
  if (error != 0) return error;
  fatOptions(v, options);
  if (v.device.readOnly) superBlock.flags |= MS_RDONLY;
  if (v.wasDirty) warnDirty(v);
  infoRead(v);
  superBlock.magic = MAGIC;
  superBlock.ops = superOps;
  // A name that one spelling does not find may come by another.
  superBlock.noNegative = true;
  superBlock.blockSize = max(v.geometry.clusterBytes, <u32>512);
  superBlock.maxFileSize = MAX_FILE_BYTES;
  superBlock.data = changetype<usize>(v);
  if ((superBlock.flags & MS_RDONLY) == 0) error = beginWriting(v);
  if (error != 0) return error;
  const root = fatInode(v, 0, fatMode(v, true, false), v.geometry.rootCluster, 0);
  if (root == null) {
    flusherRemove(changetype<usize>(v));
    return -ENOMEM;
  }
  root.accessed = 0;
  root.modified = 0;
  root.changed = 0;
  store<usize>(out, changetype<usize>(root));
  return 0;
}

/**
 * The `mount` of the type (filesystems.ts): -EINVAL when there is no sound FAT32 on the device, -EIO or -ENOMEM.
 */
export function fat32Mount(superBlock: SuperBlock, options: usize, out: usize): i32 {
  setUp();
  const device = superBlock.device;
  if (device == null) return -EINVAL;
  const v = volumeCreate(device, superBlock);
  if (v == null) return -ENOMEM;
  const error = mountVolume(v, options, out);
  if (error != 0) volumeFree(v);
  return error;
}
