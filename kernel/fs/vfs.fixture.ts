/** A FAT32 root on a disk that the test provides, for the unit tests of the file systems. */
import { BlockDevice, blockRegister } from '../block/block';
import { statisticsCreate } from '../block/statistics';
import { EIO, ERANGE } from '../lib/errno';
import { alloc } from '../mm/kmalloc';
import { fat32Mount } from './fat32/fat32';
import { Inode, SuperBlock, superBlockCreate } from './inode';
import { MS_RDONLY } from './super-block';
import { fsContextCreate, fsContextSetCwd } from './context';
import { isMountReadOnly, mountRoot } from './mount';
import { walkFree } from './path-walk';
import { placePathLocked } from './place-path';
import { vfsDirectory } from './vfs';

declare function hostRead(lba: u64, count: u32, buffer: usize): void;
declare function hostWrite(lba: u64, count: u32, buffer: usize): void;

const typeName = memory.data<u8>([0x66, 0x61, 0x74, 0x33, 0x32, 0]);
const result = memory.data(8, 8);
const noOptions = memory.data(1, 1);
/** Sector that cannot be read; -1: none. */
let badSector: i64 = -1;
let reads: u32 = 0;
let disk: BlockDevice | null = null;

export function setBadSector(sector: i64): void {
  badSector = sector;
}

export function sectorsRead(): u32 {
  return reads;
}

/** Commands, each of which may move many sectors. */
export function readOperations(): u32 {
  const d = disk;
  return d == null ? 0 : <u32>d.statistics.reads;
}

function read(_d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  reads += count;
  if (badSector >= <i64>lba && badSector < <i64>(lba + count)) return -EIO;
  hostRead(lba, count, buffer);
  return 0;
}

function write(_d: BlockDevice, lba: u64, count: u32, buffer: usize): i32 {
  if (badSector >= <i64>lba && badSector < <i64>(lba + count)) return -EIO;
  hostWrite(lba, count, buffer);
  return 0;
}

/** A disk of `sectors` sectors. */
export function makeDisk(sectors: u32): BlockDevice {
  const d = alloc<BlockDevice>();
  d.sectorCount = sectors;
  d.maxSectors = 128;
  d.statistics = statisticsCreate();
  disk = d;
  const readFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = read;
  d.read = readFunction.index;
  const writeFunction: (d: BlockDevice, lba: u64, count: u32, buffer: usize) => i32 = write;
  d.write = writeFunction.index;
  blockRegister(d);
  return d;
}

export function mountImage(sectors: u32): i32 {
  const superBlock = superBlockCreate(typeName, typeName);
  if (superBlock == null) return -1;
  superBlock.device = makeDisk(sectors);
  superBlock.flags = MS_RDONLY;
  const error = fat32Mount(superBlock, noOptions, result);
  if (error != 0) return error;
  return mountRoot(changetype<SuperBlock>(superBlock), changetype<Inode>(load<usize>(result)));
}

export function startOf(d: BlockDevice): u64 {
  return d.start;
}

export function lengthOf(d: BlockDevice): u64 {
  return d.sectorCount;
}

/** A context whose working directory is `path` (NUL-terminated); 0 when there is no such directory. */
export function contextAt(path: usize): usize {
  const w = vfsDirectory(0, path, result);
  if (w == null) return 0;
  const context = fsContextCreate();
  fsContextSetCwd(context, w.mount, w.dentry);
  walkFree(w);
  return context;
}

/** The normalised path of the directory `path` as seen from `cwd`; -ERANGE when `max` is too small. */
export function vfsResolve(cwd: usize, path: usize, out: usize, max: usize): i32 {
  const w = vfsDirectory(contextAt(cwd), path, result);
  if (w == null) return load<i32>(result);
  const length = placePathLocked(w.mount, w.dentry, w.rootMount, w.root, out, max);
  walkFree(w);
  return length < 0 ? -ERANGE : 0;
}

/** 1 when the mount of `path` is read-only, 0 when it is not, or a negative errno. */
export function mountedReadOnly(path: usize): i32 {
  const w = vfsDirectory(0, path, result);
  if (w == null) return load<i32>(result);
  const readOnly = isMountReadOnly(w.mount);
  walkFree(w);
  return readOnly ? 1 : 0;
}
