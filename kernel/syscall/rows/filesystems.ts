/** File systems as a whole. Rows of the table of system calls; table.ts says what a row holds. */
import * as mount from '../calls/mount';
import * as statfs from '../calls/statfs';
import * as storage from '../calls/storage';
import * as xattr from '../calls/xattr';
import { linux, linuxPartial } from '../table';

export function filesystemsRows(): void {
  linux(137, 'statfs', 'sp', statfs.sysStatfs);
  linux(138, 'fstatfs', 'fp', statfs.sysFstatfs);
  linux(162, 'sync', '', storage.sysSync);
  linuxPartial(165, 'mount', 'ppppp', mount.sysMount, 'shared and recursive mounts');
  linuxPartial(166, 'umount2', 'sd', mount.sysUmount2, 'MNT_EXPIRE');
  linuxPartial(188, 'setxattr', 'sspdd', xattr.sysGetxattr, 'no file system stores attributes');
  linuxPartial(189, 'lsetxattr', 'sspdd', xattr.sysLgetxattr, 'no file system stores attributes');
  linuxPartial(190, 'fsetxattr', 'fspdd', xattr.sysFgetxattr, 'no file system stores attributes');
  linuxPartial(191, 'getxattr', 'sspd', xattr.sysGetxattr, 'no file system stores attributes');
  linuxPartial(192, 'lgetxattr', 'sspd', xattr.sysLgetxattr, 'no file system stores attributes');
  linuxPartial(193, 'fgetxattr', 'fspd', xattr.sysFgetxattr, 'no file system stores attributes');
  linuxPartial(194, 'listxattr', 'spd', xattr.sysListxattr, 'no file system stores attributes');
  linuxPartial(195, 'llistxattr', 'spd', xattr.sysLlistxattr, 'no file system stores attributes');
  linuxPartial(196, 'flistxattr', 'fpd', xattr.sysFlistxattr, 'no file system stores attributes');
  linuxPartial(197, 'removexattr', 'ss', xattr.sysGetxattr, 'no file system stores attributes');
  linuxPartial(198, 'lremovexattr', 'ss', xattr.sysLgetxattr, 'no file system stores attributes');
  linuxPartial(199, 'fremovexattr', 'fs', xattr.sysFgetxattr, 'no file system stores attributes');
  linux(306, 'syncfs', 'f', storage.sysSyncfs);
}
