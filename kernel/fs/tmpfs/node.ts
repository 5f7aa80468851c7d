/** What tmpfs keeps for each inode, and the table by which its inodes are known. */
import { Inode, InodeOps } from '../inode';

/** What an inode's `data` points to; a directory's TmpDirectory or the target of a link are in `content`. */
@unmanaged
export class TmpNode {
  /** Pages counted in the volume. */
  charged: u64;
  content: usize;
  /** Pages promised to it as a whole (mm/commit.ts). */
  committed: u64;
  /** Next of those that are to be put, while the file system is unmounted. */
  next: usize;
  /** F_SEAL_ bits of memfd_create(2). */
  seals: u32;
  unused: u32;
}

export const tmpInodeOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));

export function tmpNode(inode: Inode): TmpNode {
  return changetype<TmpNode>(inode.data);
}
