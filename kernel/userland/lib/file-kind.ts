// What kind of file it is, in words: questions of rm, stat. The wording is what users know from elsewhere.

import { FileType, Stat } from './stat';

export function fileKind(found: Stat): string {
  switch (found.mode & FileType.mask) {
    case FileType.regular:
      return found.size ? 'regular file' : 'regular empty file';
    case FileType.directory:
      return 'directory';
    case FileType.link:
      return 'symbolic link';
    case FileType.character:
      return 'character special file';
    case FileType.block:
      return 'block special file';
    case FileType.fifo:
      return 'fifo';
    case FileType.socket:
      return 'socket';
    default:
      return 'weird file';
  }
}

/** Source: Linux include/linux/kdev_t.h, the encoding of a device number in 64 bits (glibc's makedev()). */
export function deviceMajor(device: u64): u64 {
  return ((device >> 8) & 0xfff) | ((device >> 32) & 0xfffff000);
}

export function deviceMinor(device: u64): u64 {
  return (device & 0xff) | ((device >> 12) & 0xffffff00);
}

export function makeDevice(major: u64, minor: u64): u64 {
  return (
    ((major & 0xfff) << 8) | ((major & 0xfffff000) << 32) | (minor & 0xff) | ((minor & 0xffffff00) << 12)
  );
}
