/**
 * mount(2) and umount2(2): new file systems, binds, moves, other flags (Linux mount(2)). There is one tree for all
 * processes, so MS_PRIVATE is what every mount is, and MS_SHARED is refused.
 */
import { BlockDevice, blockAt, blockCount } from '../block/block';
import { EACCES, EBUSY, EINVAL, ENOMEM, ENOTDIR, EROFS } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Dentry, dcacheEnter, dcacheLeaveQuickly, dentryGet, dentryGetLocked, dentryPut } from './dentry';
import { FileSystemType, fileSystemMount } from './filesystems';
import { Inode, SuperBlock, inodeNext, inodePut } from './inode';
import { firstMountLocked, isMountReadOnly, mountDentry, mountDetach, mountMove, mountNew } from './mount';
import { PathWalk } from './path-walk';
import { S_IFBLK, S_IFMT, deviceMajor, deviceMinor, isDirectory, isRegular } from './stat';
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  superBlockCreate,
  superBlockFree,
} from './super-block';
import { superBlockSync } from './sync';

const DISK_MAJOR: u32 = 8;
const OF_MOUNT: u32 =
  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;
const OF_SUPER: u32 = MS_RDONLY | MS_SYNCHRONOUS;

/** What of the flags of mount(2) a mount keeps: relatime is the default. */
function mountFlags(flags: u32): u32 {
  const kept = flags & OF_MOUNT;
  return (kept & (MS_NOATIME | MS_STRICTATIME)) != 0 ? kept & ~MS_RELATIME : kept | MS_RELATIME;
}

/** The block device that a device file is; null for another number. */
export function blockDeviceOf(inode: Inode): BlockDevice | null {
  if ((inode.mode & S_IFMT) != S_IFBLK || deviceMajor(inode.specialDevice) != DISK_MAJOR) return null;
  const minor = deviceMinor(inode.specialDevice);
  for (let n: u32 = 0; n < blockCount(); n++) if (blockAt(n).minor == minor) return blockAt(n);
  return null;
}

/** The file system on this device that is mounted already, with a reference of its root; a null pointer: none. */
function mountedRoot(device: BlockDevice): Dentry {
  const flags = dcacheEnter();
  let found = changetype<Dentry>(<usize>0);
  let mount = firstMountLocked();
  while (mount != null) {
    if (mount.superBlock.device == device) {
      found = mount.root;
      for (let above = found.parent; above != null; above = found.parent) found = above;
      dentryGetLocked(found);
      break;
    }
    mount = mount.next;
  }
  dcacheLeaveQuickly(flags);
  return found;
}

function copyOf(text: usize): usize {
  let length: usize = 0;
  while (load<u8>(text + length) != 0) length++;
  const copy = kmalloc(length + 1);
  if (copy != 0) memory.copy(copy, text, length);
  return copy;
}

/** Mounts a new file system where the walk is. `source` is a name, `options` the type's; both NUL-terminated. */
export function mountType(
  at: PathWalk,
  type: FileSystemType,
  device: BlockDevice | null,
  source: usize,
  options: usize,
  flags: u32,
): i32 {
  if (!isDirectory(at.dentry.inode.mode)) return -ENOTDIR;
  if (device != null) {
    const root = mountedRoot(device);
    if (changetype<usize>(root) != 0) {
      const superBlock = root.superBlock;
      if (superBlock.typeName != type.cName || (superBlock.flags & MS_RDONLY) != (flags & MS_RDONLY)) {
        dentryPut(root);
        return -EBUSY;
      }
      return mountDentry(superBlock, root, at.mount, at.dentry, source, mountFlags(flags));
    }
    if (device.readOnly && (flags & MS_RDONLY) == 0) return -EACCES;
  }
  // The name of the source lives as long as the file system.
  const name = copyOf(source);
  const superBlock = superBlockCreate(type.cName, name);
  const slot = kmalloc(8);
  if (superBlock == null || slot == 0 || name == 0) {
    if (superBlock != null) superBlockFree(superBlock);
    kfree(name);
    kfree(slot);
    return -ENOMEM;
  }
  superBlock.device = device;
  if (device != null) superBlock.deviceNumber = (DISK_MAJOR << 8) | device.minor;
  superBlock.flags = flags & OF_SUPER;
  let error = fileSystemMount(type, superBlock, options, slot);
  if (error != 0) {
    superBlockFree(superBlock);
    kfree(name);
  } else {
    const root = changetype<Inode>(load<usize>(slot));
    error = mountNew(superBlock, root, at.mount, at.dentry, source, mountFlags(flags));
  }
  kfree(slot);
  return error;
}

/** Shows the place `from` at `at` too (MS_BIND). */
export function mountBind(from: PathWalk, at: PathWalk, source: usize): i32 {
  if (isDirectory(from.dentry.inode.mode) != isDirectory(at.dentry.inode.mode)) return -ENOTDIR;
  dentryGet(from.dentry);
  return mountDentry(from.mount.superBlock, from.dentry, at.mount, at.dentry, source, from.mount.flags);
}

/** Moves what is mounted at `from` to `at` (MS_MOVE). */
export function mountMoveTo(from: PathWalk, at: PathWalk): i32 {
  if (from.dentry != from.mount.root) return -EINVAL;
  return mountMove(from.mount, at.mount, at.dentry);
}

/** Has anybody a file of this file system open for writing? */
function hasWriters(superBlock: SuperBlock): bool {
  let inode = inodeNext(superBlock, null);
  while (inode != null) {
    if (isRegular(inode.mode) && (inode.writers > 0 || inode.links == 0)) {
      inodePut(inode);
      return true;
    }
    inode = inodeNext(superBlock, inode);
  }
  return false;
}

/** Changes the flags of the mount whose root the walk is (MS_REMOUNT); `onlyMount`: MS_BIND was given, too. */
export function mountRemount(at: PathWalk, flags: u32, options: usize, onlyMount: bool): i32 {
  const mount = at.mount;
  if (at.dentry != mount.root) return -EINVAL;
  if (!onlyMount) {
    const superBlock = mount.superBlock;
    const wanted = flags & OF_SUPER;
    const toReadOnly = (wanted & MS_RDONLY) != 0 && (superBlock.flags & MS_RDONLY) == 0;
    const device = superBlock.device;
    if ((wanted & MS_RDONLY) == 0 && device != null && device.readOnly) return -EROFS;
    if (toReadOnly) {
      if (hasWriters(superBlock)) return -EBUSY;
      const failed = superBlockSync(superBlock);
      if (failed != 0) return failed;
    }
    if (superBlock.ops.remount != 0) {
      const error = call_indirect<i32>(superBlock.ops.remount, superBlock, wanted, options);
      if (error != 0) return error;
    }
    superBlock.flags = (superBlock.flags & ~OF_SUPER) | wanted;
  }
  mount.flags = mountFlags(flags);
  return 0;
}

/** Takes the mount whose root the walk is out of the tree. `lazy`: MNT_DETACH. The walk is ended by this. */
export function mountRemove(at: PathWalk, lazy: bool): i32 {
  if (at.dentry != at.mount.root) return -EINVAL;
  const superBlock = at.mount.superBlock;
  if (!isMountReadOnly(at.mount)) superBlockSync(superBlock);
  return mountDetach(at.mount, lazy);
}
