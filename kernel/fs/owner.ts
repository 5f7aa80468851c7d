/**
 * Whose a new file is (POSIX open, mkdir; Linux inode(7), "The set-group-ID bit").
 */
import { currentCredentials } from '../proc/credentials';
import { Inode } from './inode';
import { S_ISGID, isDirectory } from './stat';

/**
 * Sets owner, group and, for a directory in a directory with the set-group-ID bit, that bit. A file system's create(),
 * symlink() and temporary() call it before they write the new inode: the owner is the caller's file user; the group is
 * the directory's when that has the set-group-ID bit, the caller's file group otherwise.
 */
export function inodeInitOwner(inode: Inode, directory: Inode): void {
  const who = currentCredentials();
  inode.uid = who.fsuid;
  inode.gid = who.fsgid;
  if ((directory.mode & S_ISGID) == 0) return;
  inode.gid = directory.gid;
  if (isDirectory(inode.mode)) inode.mode |= S_ISGID;
}
