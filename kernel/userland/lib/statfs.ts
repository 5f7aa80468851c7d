// What is known of a file system. Source: Linux statfs(2); arch/x86 struct statfs, 120 bytes.

import { Sys, syscall } from './syscall';

@unmanaged
@final
export class FileSystemStat {
  type: u64;
  blockSize: u64;
  /** In units of fragmentSize. */
  blocks: u64;
  free: u64;
  /** To others than root. */
  available: u64;
  files: u64;
  freeFiles: u64;
  id: u64;
  nameLength: u64;
  fragmentSize: u64;
  flags: u64;
  reserved0: u64;
  reserved1: u64;
  reserved2: u64;
  reserved3: u64;
}

export function statfs(path: usize, to: FileSystemStat): i32 {
  return <i32>syscall(Sys.statfs, path, changetype<usize>(to));
}

/** By the magic number. Source: Linux include/uapi/linux/magic.h. */
export function fileSystemName(type: u64): string {
  switch (<u32>type) {
    case 0xef53:
      return 'ext2/ext3';
    case 0x4d44:
      return 'msdos';
    case 0x01021994:
      return 'tmpfs';
    case 0x9fa0:
      return 'proc';
    case 0x62656572:
      return 'sysfs';
    case 0x1cd1:
      return 'devpts';
    case 0x1373:
      return 'devfs';
    case 0x794c7630:
      return 'overlayfs';
    case 0x58465342:
      return 'xfs';
    case 0x9123683e:
      return 'btrfs';
    default:
      return 'UNKNOWN';
  }
}
