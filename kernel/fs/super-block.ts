/**
 * A mounted file system as a whole: what all of its inodes share.
 *
 * The VFS makes the SuperBlock, fills the names, the device and `flags`, and gives it to the `mount` function of the file
 * system's type (filesystems.ts), which fills the rest.
 */
import { BlockDevice } from '../block/block';
import { alloc, kfree } from '../mm/kmalloc';

/** Mount flags with Linux's values (include/uapi/linux/mount.h): of `SuperBlock.flags` and of mount(2). */
export const MS_RDONLY: u32 = 1;
export const MS_NOSUID: u32 = 2;
export const MS_NODEV: u32 = 4;
export const MS_NOEXEC: u32 = 8;
export const MS_SYNCHRONOUS: u32 = 16;
export const MS_REMOUNT: u32 = 32;
export const MS_NOATIME: u32 = 1024;
export const MS_NODIRATIME: u32 = 2048;
export const MS_BIND: u32 = 4096;
export const MS_MOVE: u32 = 8192;
export const MS_REC: u32 = 16384;
export const MS_SILENT: u32 = 32768;
export const MS_RELATIME: u32 = 1 << 21;
export const MS_STRICTATIME: u32 = 1 << 24;
export const MS_LAZYTIME: u32 = 1 << 25;

/** What statfs(2) tells: filled by the file system; the VFS adds flags and the identifier. */
@unmanaged
export class StatFs {
  /** Linux's magic number of the type (include/uapi/linux/magic.h). */
  type: u64;
  blockSize: u64;
  blocks: u64;
  free: u64;
  /** To users other than root. */
  available: u64;
  files: u64;
  filesFree: u64;
}

/** Function indices; 0 where a file system has no such operation. They may sleep and hold no lock of the VFS. */
@unmanaged
export class SuperOps {
  /** (sb: SuperBlock, out: StatFs) => i32: `out` is zeroed. 0: all zeroes but the type's magic are reported. */
  statfs: u32;
  /** (sb: SuperBlock) => i32: all that was changed is on the device; dirty pages were written before. */
  sync: u32;
  /** (sb: SuperBlock) => void: no inode is left; frees `data`. `sync` was called before. */
  unmount: u32;
  /** (sb: SuperBlock, flags: u32, options: usize) => i32: may flags become these? The VFS stores them afterwards. */
  remount: u32;
}

@unmanaged
export class SuperBlock {
  /** NUL-terminated name of the type: fat32, devfs, proc. */
  typeName: usize;
  /** What was mounted, for /proc/mounts: NUL-terminated. */
  sourceName: usize;
  /** null when there is no device behind it. */
  device: BlockDevice | null;
  /** st_dev. */
  deviceNumber: u64;
  /** MS_RDONLY and MS_SYNCHRONOUS; what is of a mount (nosuid, nodev, noexec, times) is in Mount.flags. */
  flags: u32;
  /** st_blksize and f_bsize; 4096 unless the file system says otherwise. */
  blockSize: u32;
  /** Longest name in bytes; 255 unless the file system says otherwise. */
  maxNameLength: u32;
  /** f_type of statfs(2). */
  magic: u32;
  /** Names come and go by themselves (proc): nothing about them is cached. */
  volatile: bool;
  /** Names may appear by themselves (devfs): that a name does not exist is not cached. */
  noNegative: bool;
  ops: SuperOps;
  /** Largest size of a file; i64.MAX_VALUE unless the file system says otherwise. */
  maxFileSize: u64;
  data: usize;
  /** Its inodes that are in memory (inode.ts keeps this list), newest first. */
  inodes: usize;
  inodeCount: u32;
  /** Mounts that show it. */
  mounts: u32;
}

const DEFAULT_BLOCK_SIZE: u32 = 4096;
const DEFAULT_NAME_LENGTH: u32 = 255;
const noOps = changetype<SuperOps>(memory.data(offsetof<SuperOps>(), 8));

/** st_dev of file systems without a device: major 0, as on Linux. */
let nextAnonymousDevice: u64 = 1;

/** A super block with its names set; null when out of memory. */
export function superBlockCreate(typeName: usize, sourceName: usize): SuperBlock | null {
  const superBlock = alloc<SuperBlock>();
  if (changetype<usize>(superBlock) == 0) return null;
  superBlock.typeName = typeName;
  superBlock.sourceName = sourceName;
  superBlock.deviceNumber = nextAnonymousDevice++;
  superBlock.blockSize = DEFAULT_BLOCK_SIZE;
  superBlock.maxNameLength = DEFAULT_NAME_LENGTH;
  superBlock.maxFileSize = <u64>i64.MAX_VALUE;
  superBlock.ops = noOps;
  return superBlock;
}

/** Its names belong to whoever made it. */
export function superBlockFree(superBlock: SuperBlock): void {
  kfree(changetype<usize>(superBlock));
}

/** Flushes and closes a file system that no mount shows any more, and whose names are forgotten. */
export function superBlockEnd(superBlock: SuperBlock): void {
  if (superBlock.ops.sync != 0) call_indirect<i32>(superBlock.ops.sync, superBlock);
  if (superBlock.ops.unmount != 0) call_indirect<void>(superBlock.ops.unmount, superBlock);
  superBlockFree(superBlock);
}

export function isReadOnly(superBlock: SuperBlock): bool {
  return (superBlock.flags & MS_RDONLY) != 0;
}
