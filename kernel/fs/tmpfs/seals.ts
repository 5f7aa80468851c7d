/** Files of memfd_create(2): seals that keep them from being changed, and names that are in no directory. Source: Linux man-pages, fcntl(2), "File Sealing". */
import { EBUSY, EINVAL, EPERM } from '../../lib/errno';
import { isMappedWritable } from '../../mm/file-areas';
import { kmalloc } from '../../mm/kmalloc';
import { Inode } from '../inode';
import { S_IFREG } from '../stat';
import { tmpInodeOps, tmpNode } from './node';

/** fcntl(2). */
export const SEAL_SEAL: u32 = 1;
export const SEAL_SHRINK: u32 = 2;
export const SEAL_GROW: u32 = 4;
export const SEAL_WRITE: u32 = 8;
export const SEAL_FUTURE_WRITE: u32 = 16;
export const SEAL_EXEC: u32 = 32;
const ALL_SEALS: u32 = 63;

/** F_SEAL_ bits of a file of tmpfs (fcntl(2)); 0 of any other file. */
export function tmpSeals(inode: Inode): u32 {
  return inode.ops == tmpInodeOps ? tmpNode(inode).seals : 0;
}

/** Whether the file can have seals at all: made by memfd_create(2) or a file of tmpfs. */
export function tmpIsOf(inode: Inode): bool {
  return inode.ops == tmpInodeOps && inode.mode >> 12 == S_IFREG >> 12;
}

/** F_ADD_SEALS: 0, -EINVAL for seals that there are not, -EPERM when no more may be added, -EBUSY while it is mapped writable. */
export function tmpAddSeals(inode: Inode, seals: u32): i32 {
  const node = tmpNode(inode);
  if ((seals & ~ALL_SEALS) != 0) return -EINVAL;
  if ((node.seals & SEAL_SEAL) != 0) return -EPERM;
  if ((seals & ~node.seals & SEAL_WRITE) != 0 && isMappedWritable(inode)) return -EBUSY;
  node.seals |= seals;
  return 0;
}

/** Gives a file that has no place in the tree a name for /proc: NUL-terminated, from kmalloc, which it takes over. */
export function tmpSetHiddenName(inode: Inode, name: usize): void {
  tmpNode(inode).content = name;
}

/** That name; 0 when the file has none. */
export function tmpHiddenName(inode: Inode): usize {
  return tmpIsOf(inode) ? tmpNode(inode).content : 0;
}

export function tmpSetSeals(inode: Inode, seals: u32): void {
  tmpNode(inode).seals = seals;
}
