/**
 * Mounts the first file systems: the root, /dev and /proc.
 *
 * The root is the partition that `root=NAME` on the command line names (root=sda1), else the first volume that can be
 * mounted, ext2 before FAT32, in the order of the disks and their partitions.
 */
import { BlockDevice, blockAt, blockCount, blockName } from '../block/block';
import { cmdlineValue } from '../lib/command-line';
import { ENODEV, ENOMEM } from '../lib/errno';
import { LOG_INFO, logBegin, logCStr, logEnd, logStr } from '../lib/log';
import { kfree, kmalloc } from '../mm/kmalloc';
import { devfsDirectory, devfsLink, devfsMount } from './devfs/devfs';
import { blockDevicesInit } from './devfs/block-devices';
import { kmsgInit } from './devfs/kmsg';
import { memoryDevicesInit } from './devfs/memory-devices';
import { randomDevicesInit } from './devfs/random-devices';
import { nameCacheInit } from './name-cache';
import { mqueueMount } from './mqueue/mqueue-fs';
import { devptsInit, devptsMount } from './devpts/devpts';
import { ext2Mount } from './ext2/super';
import { fat32Mount } from './fat32/fat32';
import { processLimitsInit } from './process-limits';
import { procEntriesInit } from './proc/register';
import {
  FileSystemType,
  fileSystemAt,
  fileSystemCount,
  fileSystemFind,
  fileSystemMount,
  registerFileSystem,
} from './filesystems';
import { Inode } from './inode';
import { mountNew, mountRoot } from './mount';
import { walkFree } from './path-walk';
import { makeDevice } from './stat';
import { MS_RELATIME, superBlockCreate, superBlockFree } from './super-block';
import { vfsDirectory } from './vfs';
import { procfsMount } from './proc/procfs';
import { tmpfsMount } from './tmpfs/tmpfs';

const NAME_BYTES: usize = 32;
const DISK_MAJOR: u32 = 8;
/** "/dev/" and the name of the root's device. */
const rootSource = memory.data(32, 8);
const DEV_SLASH_BYTES: usize = 5;
const slot = memory.data(8, 8);
const NO_OPTIONS = memory.data(1, 1);
const DEVFS_NAME = memory.data<u8>([0x64, 0x65, 0x76, 0x66, 0x73, 0]);
const DEVPTS_NAME = memory.data<u8>([0x64, 0x65, 0x76, 0x70, 0x74, 0x73, 0]);
const DEVPTS_PATH = memory.data<u8>([0x2f, 0x64, 0x65, 0x76, 0x2f, 0x70, 0x74, 0x73, 0]);
const DEV_PATH = memory.data<u8>([0x2f, 0x64, 0x65, 0x76, 0]);
const TMPFS_NAME = memory.data<u8>([0x74, 0x6d, 0x70, 0x66, 0x73, 0]);
const TMP_PATH = memory.data<u8>([0x2f, 0x74, 0x6d, 0x70, 0]);
const SHM_PATH = memory.data<u8>([0x2f, 0x64, 0x65, 0x76, 0x2f, 0x73, 0x68, 0x6d, 0]);
const PROC_NAME = memory.data<u8>([0x70, 0x72, 0x6f, 0x63, 0]);
const PROC_PATH = memory.data<u8>([0x2f, 0x70, 0x72, 0x6f, 0x63, 0]);

function equal(a: usize, b: usize): bool {
  let i: usize = 0;
  while (load<u8>(a + i) != 0 && load<u8>(a + i) == load<u8>(b + i)) i++;
  return load<u8>(a + i) == load<u8>(b + i);
}

function tryRoot(device: BlockDevice, type: FileSystemType): i32 {
  memory.copy(rootSource, DEV_PATH, DEV_SLASH_BYTES - 1);
  store<u8>(rootSource + DEV_SLASH_BYTES - 1, 0x2f);
  memory.copy(rootSource + DEV_SLASH_BYTES, blockName(device), 16);
  const superBlock = superBlockCreate(type.cName, rootSource);
  if (superBlock == null) return -ENOMEM;
  superBlock.device = device;
  superBlock.deviceNumber = makeDevice(DISK_MAJOR, device.minor);
  const error = fileSystemMount(type, superBlock, NO_OPTIONS, slot);
  if (error != 0) {
    superBlockFree(superBlock);
    return error;
  }
  return mountRoot(superBlock, changetype<Inode>(load<usize>(slot)));
}

function logRoot(device: BlockDevice, type: FileSystemType): void {
  logBegin(LOG_INFO, 'fs');
  logCStr(blockName(device));
  logStr(' is the root file system (');
  logCStr(type.cName);
  logStr(')');
  logEnd();
}

/** The device with the least minor number above `minor`: a disk's partitions come before the next disk. Null: no more. */
function deviceBehind(minor: i64): BlockDevice {
  let next = changetype<BlockDevice>(<usize>0);
  for (let n: u32 = 0; n < blockCount(); n++) {
    const device = blockAt(n);
    if (<i64>device.minor <= minor) continue;
    if (changetype<usize>(next) == 0 || device.minor < next.minor) next = device;
  }
  return next;
}

/** Tries the types that need a device, in the order of registration, on each device: all of one type first. */
function mountFirstRoot(wanted: usize): i32 {
  let error = -ENODEV;
  for (let t: u32 = 0; t < fileSystemCount(); t++) {
    const type = fileSystemAt(t);
    if (!type.needsDevice) continue;
    let device = deviceBehind(-1);
    for (; changetype<usize>(device) != 0; device = deviceBehind(device.minor)) {
      if (wanted != 0 && !equal(wanted, blockName(device))) continue;
      error = tryRoot(device, type);
      if (error != 0) continue;
      logRoot(device, type);
      return 0;
    }
  }
  return error;
}

function mountRootFromCommandLine(): i32 {
  const wanted = kmalloc(NAME_BYTES);
  if (wanted == 0) return -ENOMEM;
  const given = cmdlineValue('root', wanted, NAME_BYTES);
  const error = mountFirstRoot(given ? wanted : 0);
  kfree(wanted);
  return error;
}

/** Mounts a file system without a device on the directory `path`. */
function mountAt(path: usize, typeName: usize): i32 {
  const type = fileSystemFind(typeName);
  if (type == null) return -ENODEV;
  const w = vfsDirectory(0, path, slot);
  if (w == null) return load<i32>(slot);
  const superBlock = superBlockCreate(typeName, typeName);
  let error = -ENOMEM;
  if (superBlock != null) {
    error = fileSystemMount(type, superBlock, NO_OPTIONS, slot);
    if (error != 0) superBlockFree(superBlock);
    else {
      const root = changetype<Inode>(load<usize>(slot));
      error = mountNew(superBlock, root, w.mount, w.dentry, typeName, MS_RELATIME);
    }
  }
  walkFree(w);
  return error;
}

/** The types of this kernel: of those with a device, the first is preferred for the root. */
function registerTypes(): void {
  registerFileSystem('ext2', true, ext2Mount);
  registerFileSystem('fat32', true, fat32Mount);
  registerFileSystem('vfat', true, fat32Mount);
  registerFileSystem('devfs', false, devfsMount);
  registerFileSystem('proc', false, procfsMount);
  registerFileSystem('devpts', false, devptsMount);
  registerFileSystem('tmpfs', false, tmpfsMount);
  registerFileSystem('mqueue', false, mqueueMount);
}

/** 0, or why the system cannot go on. */
export function fsInit(): i32 {
  registerTypes();
  memoryDevicesInit();
  kmsgInit();
  randomDevicesInit();
  blockDevicesInit();
  nameCacheInit();
  processLimitsInit();
  procEntriesInit();
  devptsInit();
  devfsDirectory('pts');
  devfsDirectory('shm');
  devfsDirectory('mqueue');
  devfsLink('fd', '/proc/self/fd');
  devfsLink('stdin', '/proc/self/fd/0');
  devfsLink('stdout', '/proc/self/fd/1');
  devfsLink('stderr', '/proc/self/fd/2');
  const error = mountRootFromCommandLine();
  if (error != 0) return error;
  const failed = mountAt(DEV_PATH, DEVFS_NAME);
  if (failed != 0) return failed;
  const noPts = mountAt(DEVPTS_PATH, DEVPTS_NAME);
  if (noPts != 0) return noPts;
  // A root without /tmp is no reason not to start.
  mountAt(TMP_PATH, TMPFS_NAME);
  mountAt(SHM_PATH, TMPFS_NAME);
  return mountAt(PROC_PATH, PROC_NAME);
}
