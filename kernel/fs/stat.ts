/**
 * File types, permission bits and struct stat as Linux has them on x86-64 (include/uapi/linux/stat.h and
 * arch/x86/include/uapi/asm/stat.h): 144 bytes.
 */
import { Inode } from './inode';

export const S_IFMT: u32 = 0xf000;
export const S_IFIFO: u32 = 0x1000;
export const S_IFCHR: u32 = 0x2000;
export const S_IFDIR: u32 = 0x4000;
export const S_IFBLK: u32 = 0x6000;
export const S_IFREG: u32 = 0x8000;
export const S_IFLNK: u32 = 0xa000;
export const S_IFSOCK: u32 = 0xc000;
export const S_ISUID: u32 = 0o4000;
export const S_ISGID: u32 = 0o2000;
export const S_ISVTX: u32 = 0o1000;

export const STAT_BYTES: usize = 144;
const NS_PER_SECOND: i64 = 1_000_000_000;

const enum Stat {
  Device = 0,
  Inode = 8,
  Links = 16,
  Mode = 24,
  User = 28,
  Group = 32,
  SpecialDevice = 40,
  Size = 48,
  BlockSize = 56,
  Blocks = 64,
  AccessTime = 72,
  ModifyTime = 88,
  ChangeTime = 104,
}

export function isDirectory(mode: u32): bool {
  return (mode & S_IFMT) == S_IFDIR;
}

export function isSymlink(mode: u32): bool {
  return (mode & S_IFMT) == S_IFLNK;
}

export function isRegular(mode: u32): bool {
  return (mode & S_IFMT) == S_IFREG;
}

/** d_type of a directory entry: the file type shifted down. */
export function direntType(mode: u32): u8 {
  return <u8>((mode & S_IFMT) >> 12);
}

/** The number that a device special file stands for, as Linux's new_encode_dev packs it. */
export function makeDevice(major: u32, minor: u32): u64 {
  return (minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12);
}

/** Fills a struct stat at `out` (STAT_BYTES of kernel memory). */
export function statFill(inode: Inode, out: usize): void {
  memory.fill(out, 0, STAT_BYTES);
  store<u64>(out, inode.superBlock.deviceNumber, Stat.Device);
  store<u64>(out, inode.number, Stat.Inode);
  store<u64>(out, inode.links, Stat.Links);
  store<u32>(out, inode.mode, Stat.Mode);
  store<u32>(out, inode.uid, Stat.User);
  store<u32>(out, inode.gid, Stat.Group);
  store<u64>(out, inode.specialDevice, Stat.SpecialDevice);
  store<u64>(out, inode.size, Stat.Size);
  store<u64>(out, inode.superBlock.blockSize, Stat.BlockSize);
  store<u64>(out, inode.blocks + inode.promised, Stat.Blocks);
  storeTime(out + Stat.AccessTime, inode.accessed);
  storeTime(out + Stat.ModifyTime, inode.modified);
  storeTime(out + Stat.ChangeTime, inode.changed);
}

/** A struct timespec: seconds, and nanoseconds that are never negative. */
function storeTime(out: usize, ns: i64): void {
  let seconds = ns / NS_PER_SECOND;
  if (seconds * NS_PER_SECOND > ns) seconds--;
  store<i64>(out, seconds);
  store<i64>(out, ns - seconds * NS_PER_SECOND, 8);
}

export const STATX_BYTES: usize = 256;
/** STATX_BASIC_STATS: all fields of struct stat are filled. */
const STATX_BASIC: u32 = 0x7ff;
const STATX_ATTR_MOUNT_ROOT: u64 = 0x2000;

/** struct statx (include/uapi/linux/stat.h). */
const enum Statx {
  Mask = 0,
  BlockSize = 4,
  Attributes = 8,
  Links = 16,
  User = 20,
  Group = 24,
  Mode = 28,
  Inode = 32,
  Size = 40,
  Blocks = 48,
  AttributesMask = 56,
  AccessTime = 64,
  ChangeTime = 96,
  ModifyTime = 112,
  SpecialMajor = 128,
  SpecialMinor = 132,
  DeviceMajor = 136,
  DeviceMinor = 140,
}

/** Major number of a device number as stat has it (Linux new_decode_dev). */
export function deviceMajor(device: u64): u32 {
  return <u32>((device >> 8) & 0xfff);
}

export function deviceMinor(device: u64): u32 {
  return <u32>((device & 0xff) | ((device >> 12) & 0xfff00));
}

/** Fills a struct statx at `out` (STATX_BYTES of kernel memory). */
export function statxFill(inode: Inode, isMountRoot: bool, out: usize): void {
  memory.fill(out, 0, STATX_BYTES);
  store<u32>(out, STATX_BASIC, Statx.Mask);
  store<u32>(out, inode.superBlock.blockSize, Statx.BlockSize);
  store<u64>(out, isMountRoot ? STATX_ATTR_MOUNT_ROOT : 0, Statx.Attributes);
  store<u32>(out, inode.links, Statx.Links);
  store<u32>(out, inode.uid, Statx.User);
  store<u32>(out, inode.gid, Statx.Group);
  store<u16>(out, <u16>inode.mode, Statx.Mode);
  store<u64>(out, inode.number, Statx.Inode);
  store<u64>(out, inode.size, Statx.Size);
  store<u64>(out, inode.blocks + inode.promised, Statx.Blocks);
  store<u64>(out, STATX_ATTR_MOUNT_ROOT, Statx.AttributesMask);
  storeTime(out + Statx.AccessTime, inode.accessed);
  storeTime(out + Statx.ChangeTime, inode.changed);
  storeTime(out + Statx.ModifyTime, inode.modified);
  store<u32>(out, deviceMajor(inode.specialDevice), Statx.SpecialMajor);
  store<u32>(out, deviceMinor(inode.specialDevice), Statx.SpecialMinor);
  store<u32>(out, deviceMajor(inode.superBlock.deviceNumber), Statx.DeviceMajor);
  store<u32>(out, deviceMinor(inode.superBlock.deviceNumber), Statx.DeviceMinor);
}
