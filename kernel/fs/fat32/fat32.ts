/**
 * FAT32 as a file system of the VFS: mounting, lookup, reading files and directories. Read-only.
 *
 * - Every entry is root's with mode 0755: FAT knows no owners.
 * - The free-cluster hints of the FSInfo sector are not used: nothing is written.
 */
import { BlockDevice } from '../../block/block';
import { cacheRead } from '../../block/buffer-cache';
import { EINVAL, ENOENT, ENOMEM } from '../../lib/errno';
import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { PAGE_SIZE } from '../../mm/layout';
import { Mutex, mutexLock, mutexUnlock } from '../../sched/mutex';
import { DirentSink, direntEmit } from '../dirent';
import { File, FileOps } from '../file';
import { Inode, InodeOps, SuperBlock, inodeCreate } from '../inode';
import { FIRST_POSITION } from '../read-directory';
import { S_IFDIR, S_IFREG, direntType } from '../stat';
import { MS_RDONLY } from '../super-block';
import { FatWalk, UNITS_BYTES, WINDOW_BYTES, fatWalkNext } from './directory';
import { BOOT_SECTOR_BYTES, FatGeometry, fatParseBootSector } from './geometry';
import { NAME_BUFFER_BYTES, namesEqual } from './names';
import { fatReadBytes } from './read';
import { FatNode, FatVolume } from './volume';

const PERMISSIONS: u32 = 0o755;
const ROOT_NUMBER: u64 = 1;
const NS_PER_SECOND: u64 = 1_000_000_000;
/** MSDOS_SUPER_MAGIC. */
const MAGIC: u32 = 0x4d44;
/** Positions in a directory are entry numbers, after those of the dots. */
const POSITION_BIAS: u32 = <u32>FIRST_POSITION;

const inodeOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const fileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const directoryOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function setUpOps(): void {
  const lookupFunction: (directory: Inode, name: usize, length: u32, out: usize) => i32 = lookup;
  inodeOps.lookup = lookupFunction.index;
  const releaseFunction: (inode: Inode) => void = release;
  inodeOps.release = releaseFunction.index;
  const readPagesFunction: (inode: Inode, index: u64, count: u32, pages: usize) => i32 = readPages;
  inodeOps.readPages = readPagesFunction.index;
  const readFunction: (file: File, buffer: usize, count: usize, offset: u64) => i64 = read;
  fileOps.read = readFunction.index;
  fileOps.seekable = true;
  const readDirectoryFunction: (file: File, sink: DirentSink) => i32 = readEntries;
  directoryOps.readDirectory = readDirectoryFunction.index;
}

function nodeOf(inode: Inode): FatNode {
  return changetype<FatNode>(inode.data);
}

function release(inode: Inode): void {
  kfree(inode.data);
}

/** The inode of a file or directory that begins at `firstCluster`; null when out of memory. */
function createInode(
  superBlock: SuperBlock,
  number: u64,
  isDirectory: bool,
  firstCluster: u32,
  size: u64,
  modifiedSeconds: u64,
): Inode | null {
  const node = alloc<FatNode>();
  if (changetype<usize>(node) == 0) return null;
  node.volume = changetype<FatVolume>(superBlock.data);
  node.firstCluster = firstCluster;
  const mode = PERMISSIONS | (isDirectory ? S_IFDIR : S_IFREG);
  const inode = inodeCreate(superBlock, number, mode, inodeOps, isDirectory ? directoryOps : fileOps);
  if (inode == null) {
    kfree(changetype<usize>(node));
    return null;
  }
  inode.data = changetype<usize>(node);
  inode.size = isDirectory ? 0 : size;
  inode.blocks = (inode.size + 511) >> 9;
  const modified = <i64>(modifiedSeconds * NS_PER_SECOND);
  inode.accessed = modified;
  inode.modified = modified;
  inode.changed = modified;
  return inode;
}

/** A walk of the directory from entry `position` on; null when out of memory. */
function walkCreate(node: FatNode, position: u32): FatWalk | null {
  const at = kmalloc(offsetof<FatWalk>() + WINDOW_BYTES + UNITS_BYTES + NAME_BUFFER_BYTES + 8);
  if (at == 0) return null;
  const w = changetype<FatWalk>(at);
  w.node = node;
  w.position = position;
  w.window = at + offsetof<FatWalk>();
  w.units = w.window + WINDOW_BYTES;
  w.scratch = w.units + UNITS_BYTES;
  w.name = w.scratch + 8;
  return w;
}

function walkFree(w: FatWalk): void {
  kfree(changetype<usize>(w));
}

function find(directory: Inode, w: FatWalk, name: usize, length: u32, out: usize): i32 {
  while (true) {
    const found = fatWalkNext(w);
    if (found <= 0) return found == 0 ? -ENOENT : found;
    if (!namesEqual(w.name, w.nameLength, name, length)) continue;
    const inode = createInode(
      directory.superBlock,
      w.volumeOffset,
      w.isDirectory,
      w.firstCluster,
      w.size,
      w.modified,
    );
    if (inode == null) return -ENOMEM;
    store<usize>(out, changetype<usize>(inode));
    return 0;
  }
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  const node = nodeOf(directory);
  const w = walkCreate(node, 0);
  if (w == null) return -ENOMEM;
  mutexLock(node.volume.mutex);
  const error = find(directory, w, name, length, out);
  mutexUnlock(node.volume.mutex);
  walkFree(w);
  return error;
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

function read(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const inode = file.inode;
  if (offset >= inode.size) return 0;
  const node = nodeOf(inode);
  const n = <usize>min(<u64>count, inode.size - offset);
  const v = node.volume;
  mutexLock(v.mutex);
  const result = fatReadBytes(node, offset, buffer, n, false, v.entry + 4);
  mutexUnlock(v.mutex);
  return result;
}

/** For the page cache: fills whole pages, zeroes behind the end of the file. */
function readPages(inode: Inode, index: u64, count: u32, pages: usize): i32 {
  const node = nodeOf(inode);
  const v = node.volume;
  let result: i64 = 0;
  mutexLock(v.mutex);
  for (let i: u32 = 0; i < count && result >= 0; i++) {
    const page = load<usize>(pages + <usize>i * 8);
    const offset = (index + i) * PAGE_SIZE;
    const n = offset < inode.size ? <usize>min(PAGE_SIZE, inode.size - offset) : 0;
    if (n != 0) result = fatReadBytes(node, offset, page, n, false, v.entry + 4);
    memory.fill(page + n, 0, <usize>PAGE_SIZE - n);
  }
  mutexUnlock(v.mutex);
  return result < 0 ? <i32>result : 0;
}

/** A volume with its parts in one piece of memory; null when out of memory. */
function volumeCreate(device: BlockDevice): FatVolume | null {
  const at = kmalloc(offsetof<FatVolume>() + offsetof<FatGeometry>() + offsetof<Mutex>() + 32);
  if (at == 0) return null;
  const v = changetype<FatVolume>(at);
  v.device = device;
  v.entry = at + offsetof<FatVolume>();
  v.geometry = changetype<FatGeometry>(v.entry + 8);
  v.mutex = changetype<Mutex>((changetype<usize>(v.geometry) + offsetof<FatGeometry>() + 7) & ~7);
  return v;
}

function readGeometry(device: BlockDevice, g: FatGeometry): i32 {
  const sector = kmalloc(BOOT_SECTOR_BYTES);
  if (sector == 0) return -ENOMEM;
  let error = cacheRead(device, 0, sector, BOOT_SECTOR_BYTES);
  if (error == 0) error = fatParseBootSector(sector, device.sectorCount * 512, g);
  kfree(sector);
  return error;
}

/**
 * The `mount` of the type (filesystems.ts): -EINVAL when there is no sound FAT32 on the device, -EIO or -ENOMEM.
 */
export function fat32Mount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  setUpOps();
  const device = superBlock.device;
  if (device == null) return -EINVAL;
  const v = volumeCreate(device);
  if (v == null) return -ENOMEM;
  let error = readGeometry(device, v.geometry);
  if (error == 0) {
    superBlock.flags |= MS_RDONLY;
    superBlock.magic = MAGIC;
    superBlock.data = changetype<usize>(v);
    const root = createInode(superBlock, ROOT_NUMBER, true, v.geometry.rootCluster, 0, 0);
    if (root == null) error = -ENOMEM;
    else store<usize>(out, changetype<usize>(root));
  }
  if (error != 0) kfree(changetype<usize>(v));
  return error;
}
