/**
 * Inodes: files as their file system knows them, without a name.
 *
 * - A file system fills an Inode in lookup() with one reference for the caller; inodePut() of the last reference calls
 *   the file system's `release` for what `data` holds.
 * - Operations are function indices; 0 where a kind of file has no such operation.
 */
import { alloc, kfree } from '../mm/kmalloc';
import { BlockDevice } from '../block/block';
import { FileOps } from './file';
import { isDirectory } from './stat';

@unmanaged
export class InodeOps {
  /** (directory: Inode, name: usize, length: u32, out: usize) => stores an Inode in out: 0, -ENOENT, ... */
  lookup: u32;
  /** (inode: Inode, file: File) => 0 or a negative errno; it may set the file's operations and data. */
  open: u32;
  /** (inode: Inode, buffer: usize, max: u32) => bytes of the target, without a NUL. */
  readLink: u32;
  /** (inode: Inode) => void: frees what `data` holds. */
  release: u32;
}

@unmanaged
export class SuperBlock {
  /** Static NUL-terminated name of the type: fat32, devfs, proc. */
  typeName: usize;
  /** What was mounted, for /proc/mounts: NUL-terminated. */
  sourceName: usize;
  /** null when there is no device behind it. */
  device: BlockDevice | null;
  deviceNumber: u64;
  readOnly: bool;
  /** Names come and go by themselves (proc): nothing about them is cached. */
  volatile: bool;
  data: usize;
}

@unmanaged
export class Inode {
  superBlock: SuperBlock;
  number: u64;
  size: u64;
  /** Seconds since 1970. */
  modified: u64;
  specialDevice: u64;
  /** Type and permissions. */
  mode: u32;
  links: u32;
  references: i32;
  ops: InodeOps;
  fileOps: FileOps;
  data: usize;
}

/** A new inode with one reference; null when out of memory. */
export function inodeCreate(
  superBlock: SuperBlock,
  number: u64,
  mode: u32,
  ops: InodeOps,
  fileOps: FileOps,
): Inode | null {
  const inode = alloc<Inode>();
  if (changetype<usize>(inode) == 0) return null;
  inode.superBlock = superBlock;
  inode.number = number;
  inode.mode = mode;
  inode.links = isDirectory(mode) ? 2 : 1;
  inode.references = 1;
  inode.ops = ops;
  inode.fileOps = fileOps;
  return inode;
}

export function inodeGet(inode: Inode): void {
  inode.references++;
}

export function inodePut(inode: Inode): void {
  inode.references--;
  if (inode.references != 0) return;
  if (inode.ops.release != 0) call_indirect<void>(inode.ops.release, inode);
  kfree(changetype<usize>(inode));
}
