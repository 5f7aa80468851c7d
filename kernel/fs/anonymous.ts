/**
 * Files without a name: pipes, sockets, event counters and their kin. Each has an inode of its own on a file system that
 * is mounted nowhere, so that fstat, poll and descriptors treat them like all others.
 */
import { Dentry, dentryCreateRoot, dentryGet, dentryPut, namespaceEnter, namespaceLeave } from './dentry';
import { File, FileOps, fileCreate } from './file';
import { InodeOps, SuperBlock, inodeCreate, inodePut } from './inode';
import { SuperOps } from './super-block';

/** Minor number of the device that st_dev names; no disk has it. */
const DEVICE_NUMBER: u64 = 0xfe;
const BLOCK_SIZE: u32 = 4096;

const superOps = changetype<SuperOps>(memory.data(offsetof<SuperOps>(), 8));
const superBlock = changetype<SuperBlock>(memory.data(offsetof<SuperBlock>(), 8));
const noOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const NAME = memory.data<u8>([0x61, 0x6e, 0x6f, 0x6e, 0]);
/** The last inode number given. */
const lastNumber = memory.data(8, 8);

function createDentry(mode: u32, fileOps: FileOps): Dentry | null {
  superBlock.typeName = NAME;
  superBlock.sourceName = NAME;
  superBlock.deviceNumber = DEVICE_NUMBER;
  superBlock.blockSize = BLOCK_SIZE;
  superBlock.ops = superOps;
  const number = atomic.add<u64>(lastNumber, 1) + 1;
  const inode = inodeCreate(superBlock, number, mode, noOps, fileOps);
  if (inode == null) return null;
  const dentry = dentryCreateRoot(inode);
  if (dentry == null) inodePut(inode);
  return dentry;
}

/** An open file of its own, with one reference; null when out of memory. `data` becomes the file's. */
export function anonymousFile(mode: u32, fileOps: FileOps, flags: u32, data: usize): File | null {
  const dentry = createDentry(mode, fileOps);
  if (dentry == null) return null;
  const file = fileCreate(dentry, dentry.inode, flags);
  if (file == null) dentryPut(dentry);
  else file.data = data;
  return file;
}

/** A second open file of the same inode (a pipe's other end); null when out of memory. */
export function anonymousSibling(other: File, flags: u32, data: usize): File | null {
  const dentry = other.dentry;
  const file = fileCreate(dentry, dentry.inode, flags);
  if (file == null) return null;
  namespaceEnter();
  dentryGet(dentry);
  namespaceLeave();
  file.data = data;
  return file;
}
