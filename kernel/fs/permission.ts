/**
 * Who may do what with a file (POSIX XBD 4.5 "File Access Permissions", Linux path_resolution(7)): one class of bits
 * applies, the owner's, the group's or the others'; root may read and write everything, and execute what anybody may.
 */
import { EACCES, EPERM } from '../lib/errno';
import { Credentials, isInGroup } from '../proc/credentials';
import { Inode } from './inode';
import { S_ISVTX, isDirectory } from './stat';

export const MAY_EXEC: u32 = 1;
export const MAY_WRITE: u32 = 2;
export const MAY_READ: u32 = 4;

const ALL_EXEC: u32 = 0o111;

/** Overrides permissions: follows the user for files, as Linux's capabilities do (capabilities(7), "CAP_FOWNER"). */
export function isFileSuperuser(who: Credentials): bool {
  return who.fsuid == 0;
}

/** 0 or -EACCES; `want` is a sum of MAY_ bits. */
export function inodePermission(inode: Inode, want: u32, who: Credentials): i32 {
  const mode = inode.mode;
  if (who.fsuid == 0) {
    if ((want & MAY_EXEC) == 0 || isDirectory(mode) || (mode & ALL_EXEC) != 0) return 0;
    return -EACCES;
  }
  let bits = mode;
  if (who.fsuid == inode.uid) bits >>= 6;
  else if (isInGroup(who, inode.gid)) bits >>= 3;
  return (bits & want) == want ? 0 : -EACCES;
}

/** May this directory be walked through? */
export function searchPermission(inode: Inode, who: Credentials): i32 {
  return (inode.mode & ALL_EXEC) == ALL_EXEC ? 0 : inodePermission(inode, MAY_EXEC, who);
}

/** Owner or root: may change mode, times and the like. */
export function isOwnerOrSuperuser(inode: Inode, who: Credentials): bool {
  return who.fsuid == inode.uid || who.fsuid == 0;
}

/** May an entry of `directory` whose inode is `victim` be removed or renamed? -EACCES, or -EPERM by the sticky bit. */
export function deletePermission(directory: Inode, victim: Inode, who: Credentials): i32 {
  const error = inodePermission(directory, MAY_WRITE | MAY_EXEC, who);
  if (error != 0) return error;
  if ((directory.mode & S_ISVTX) == 0 || who.fsuid == 0) return 0;
  return who.fsuid == victim.uid || who.fsuid == directory.uid ? 0 : -EPERM;
}
