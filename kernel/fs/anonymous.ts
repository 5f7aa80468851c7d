/**
 * Files without a name: pipes, sockets, event counters and their kin. Each has an inode of its own on a file system that
 * is mounted nowhere, so that fstat, poll and descriptors treat them like all others; their File has no mount and dentry.
 */
import { File, FileOps, fileCreateNameless } from './file';
import { Inode, InodeOps, SuperBlock, inodeCreate, inodeGet, inodePut } from './inode';
import { superBlockCreate } from './super-block';

const noOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const NAME = memory.data<u8>([0x61, 0x6e, 0x6f, 0x6e, 0]);
/** ANON_INODE_FS_MAGIC. */
const MAGIC: u32 = 0x09041934;
let superBlock: SuperBlock | null = null;
/** The last inode number given. */
const lastNumber = memory.data(8, 8);

function superBlockOfAll(): SuperBlock | null {
  if (superBlock == null) {
    const made = superBlockCreate(NAME, NAME);
    if (made != null) made.magic = MAGIC;
    superBlock = made;
  }
  return superBlock;
}

/** An open file of its own, with one reference; null when out of memory. `data` becomes the file's. */
export function anonymousFile(mode: u32, fileOps: FileOps, flags: u32, data: usize): File | null {
  const on = superBlockOfAll();
  if (on == null) return null;
  const number = atomic.add<u64>(lastNumber, 1) + 1;
  const inode = inodeCreate(on, number, mode, noOps, fileOps);
  if (inode == null) return null;
  const file = fileCreateNameless(inode, flags);
  if (file == null) inodePut(inode);
  else file.data = data;
  return file;
}

/** A second open file of the same inode (a pipe's other end); null when out of memory. */
export function anonymousSibling(other: File, flags: u32, data: usize): File | null {
  const inode: Inode = other.inode;
  inodeGet(inode);
  const file = fileCreateNameless(inode, flags);
  if (file == null) inodePut(inode);
  else file.data = data;
  return file;
}
