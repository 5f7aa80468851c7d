/**
 * Mounts the first file systems: the root, /dev and /proc.
 *
 * The root is the partition that `root=NAME` on the command line names (root=sda1), else the first FAT32 volume found.
 */
import { BlockDevice, blockAt, blockCount, blockName } from '../block/block';
import { cmdlineValue } from '../lib/command-line';
import { ENODEV, ENOMEM } from '../lib/errno';
import { LOG_INFO, logBegin, logCStr, logEnd, logStr } from '../lib/log';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Dentry, dentryPut, namespaceEnter, namespaceLeave } from './dentry';
import { devfsRoot } from './devfs/devfs';
import { kmsgInit } from './devfs/kmsg';
import { memoryDevicesInit } from './devfs/memory-devices';
import { fat32Mount } from './fat32/fat32';
import { Inode, SuperBlock } from './inode';
import { mountOn, mountRoot, superBlockCreate, superBlockFree } from './mount';
import { FOLLOW, pathResolve } from './path';
import { procfsRoot } from './proc/procfs';

const NAME_BYTES: usize = 32;
const slot = memory.data(8, 8);
const FAT32_NAME = memory.data<u8>([0x66, 0x61, 0x74, 0x33, 0x32, 0]);
const DEVFS_NAME = memory.data<u8>([0x64, 0x65, 0x76, 0x66, 0x73, 0]);
const DEV_PATH = memory.data<u8>([0x2f, 0x64, 0x65, 0x76, 0]);
const PROC_NAME = memory.data<u8>([0x70, 0x72, 0x6f, 0x63, 0]);
const PROC_PATH = memory.data<u8>([0x2f, 0x70, 0x72, 0x6f, 0x63, 0]);

function equal(a: usize, b: usize): bool {
  let i: usize = 0;
  while (load<u8>(a + i) != 0 && load<u8>(a + i) == load<u8>(b + i)) i++;
  return load<u8>(a + i) == load<u8>(b + i);
}

function tryRoot(device: BlockDevice): i32 {
  const superBlock = superBlockCreate(FAT32_NAME, blockName(device));
  if (superBlock == null) return -ENOMEM;
  const error = fat32Mount(device, superBlock, slot);
  if (error != 0) {
    superBlockFree(superBlock);
    return error;
  }
  return mountRoot(superBlock, changetype<Inode>(load<usize>(slot)));
}

/** Tries the devices in order, those of another name than `wanted` (0: any) not. */
function mountFirstRoot(wanted: usize): i32 {
  let error = -ENODEV;
  for (let n: u32 = 0; n < blockCount(); n++) {
    const device = blockAt(n);
    if (wanted != 0 && !equal(wanted, blockName(device))) continue;
    error = tryRoot(device);
    if (error != 0) continue;
    logBegin(LOG_INFO, 'fs');
    logCStr(blockName(device));
    logStr(' is the root file system (fat32, read-only)');
    logEnd();
    return 0;
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

/** Mounts what `root` is the root inode of on the directory `path`. */
function mountAt(path: usize, superBlock: SuperBlock, root: Inode): i32 {
  namespaceEnter();
  const error = pathResolve(0, path, FOLLOW, slot, 0);
  namespaceLeave();
  if (error != 0) return error;
  const at = changetype<Dentry>(load<usize>(slot));
  const result = mountOn(at, superBlock, root);
  dentryPut(at);
  return result;
}

function mountDevfs(): i32 {
  memoryDevicesInit();
  kmsgInit();
  const superBlock = superBlockCreate(DEVFS_NAME, DEVFS_NAME);
  if (superBlock == null) return -ENOMEM;
  const root = devfsRoot(superBlock);
  return root == null ? -ENOMEM : mountAt(DEV_PATH, superBlock, root);
}

function mountProcfs(): i32 {
  const superBlock = superBlockCreate(PROC_NAME, PROC_NAME);
  if (superBlock == null) return -ENOMEM;
  const root = procfsRoot(superBlock);
  return root == null ? -ENOMEM : mountAt(PROC_PATH, superBlock, root);
}

/** 0, or why the system cannot go on. */
export function fsInit(): i32 {
  const error = mountRootFromCommandLine();
  if (error != 0) return error;
  const failed = mountDevfs();
  return failed != 0 ? failed : mountProcfs();
}
