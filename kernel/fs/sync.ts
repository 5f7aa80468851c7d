/** Bringing files and file systems to their devices: fsync, sync, and what unmounting and O_SYNC need. */
import { cacheSync } from '../block/write-back';
import { EINVAL } from '../lib/errno';
import { pageCacheFlush, pageCacheFlushAll } from '../mm/page-cache';
import { dcacheEnter, dcacheLeave } from './dentry';
import { Inode } from './inode';
import { Mount, firstMountLocked, mountGetLocked, mountPutLocked } from './mount';
import { isDirectory, isRegular } from './stat';
import { SuperBlock } from './super-block';

/** fsync(2), or fdatasync(2) with `dataOnly`: 0 or a negative errno; -EINVAL for what cannot be synced. */
export function inodeSync(inode: Inode, dataOnly: bool): i32 {
  if (inode.ops.sync == 0 && !isRegular(inode.mode) && !isDirectory(inode.mode)) return -EINVAL;
  let error = inode.pages != 0 ? pageCacheFlush(inode) : 0;
  if (inode.ops.sync != 0) {
    const failed = call_indirect<i32>(inode.ops.sync, inode, <u32>dataOnly);
    if (error == 0) error = failed;
  }
  return error;
}

/** All of a file system is on its device. */
export function superBlockSync(superBlock: SuperBlock): i32 {
  pageCacheFlushAll(superBlock);
  return superBlock.ops.sync == 0 ? 0 : call_indirect<i32>(superBlock.ops.sync, superBlock);
}

/** sync(2): all file systems, and all block devices. The first error, for those who ask. */
export function syncAll(): i32 {
  let error = 0;
  let flags = dcacheEnter();
  let mount = firstMountLocked();
  while (mount != null) {
    mountGetLocked(mount);
    dcacheLeave(flags);
    const failed = superBlockSync(mount.superBlock);
    if (error == 0) error = failed;
    flags = dcacheEnter();
    const next: Mount | null = mount.attached ? mount.next : null;
    mountPutLocked(mount);
    mount = next;
  }
  dcacheLeave(flags);
  const failed = cacheSync();
  return error != 0 ? error : failed;
}
