/**
 * When a file was last read: st_atime with noatime, relatime (the default) and strictatime of the mount, as mount(8) and
 * Linux's relatime have it: an older time than that of the last change, or one of yesterday, is brought up to date.
 */
import { realtimeNs } from '../sched/clock';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { File } from './file';
import { Inode, inodeMutex } from './inode';
import { Mount, isMountReadOnly } from './mount';
import { O_NOATIME } from './open-flags';
import { isDirectory } from './stat';
import { MS_NOATIME, MS_NODIRATIME, MS_STRICTATIME } from './super-block';

const DAY_NS: i64 = 86_400_000_000_000;

/** Is the time due for a new one? */
function isDue(inode: Inode, mountFlags: u32): bool {
  if (mountFlags & MS_STRICTATIME) return true;
  if (inode.accessed <= inode.modified || inode.accessed <= inode.changed) return true;
  return <i64>realtimeNs() - inode.accessed >= DAY_NS;
}

/** Reading happened at a place. No mutex of the inode is held. */
export function inodeAccessed(mount: Mount, inode: Inode): void {
  if (mount.flags & MS_NOATIME) return;
  if ((mount.flags & MS_NODIRATIME) != 0 && isDirectory(inode.mode)) return;
  if (!isDue(inode, mount.flags) || inode.superBlock.volatile || isMountReadOnly(mount)) return;
  mutexLock(inodeMutex(inode));
  inode.accessed = <i64>realtimeNs();
  if (inode.ops.changed != 0) call_indirect<i32>(inode.ops.changed, inode);
  mutexUnlock(inodeMutex(inode));
}

/** An open file was read. */
export function fileAccessed(file: File): void {
  if (changetype<usize>(file.dentry) == 0 || (file.flags & O_NOATIME) != 0) return;
  inodeAccessed(file.mount, file.inode);
}
