// The calls that take a directory's descriptor and a name in it: what a walk over a tree uses, so that nobody who moves
// directories or plants symbolic links meanwhile leads it elsewhere.
//
// Rules: results are negative errno on failure. Source: POSIX openat(), fstatat(), unlinkat() and the like.

import { Sys, syscall } from './syscall';
import { Stat } from './stat';

export const enum At {
  /** Instead of a descriptor: the working directory. */
  workingDirectory = -100,
  symlinkNoFollow = 0x100,
  removeDirectory = 0x200,
  symlinkFollow = 0x400,
  emptyPath = 0x1000,
}

export const enum Rename {
  noReplace = 1,
  exchange = 2,
}

/** Nanoseconds that stand for the present time and for no change. Source: POSIX futimens(). */
export const UTIME_NOW: i64 = 0x3fffffff;
export const UTIME_OMIT: i64 = 0x3ffffffe;

export function openAt(directory: i32, name: usize, flags: u32, mode: u32): i32 {
  return <i32>syscall(Sys.openat, directory, name, flags, mode);
}

export function statAt(directory: i32, name: usize, to: Stat, flags: u32): i32 {
  return <i32>syscall(Sys.newfstatat, directory, name, changetype<usize>(to), flags);
}

export function unlinkAt(directory: i32, name: usize, flags: u32): i32 {
  return <i32>syscall(Sys.unlinkat, directory, name, flags);
}

export function mkdirAt(directory: i32, name: usize, mode: u32): i32 {
  return <i32>syscall(Sys.mkdirat, directory, name, mode);
}

/** `device` counts for character and block devices. */
export function mknodAt(directory: i32, name: usize, mode: u32, device: u64): i32 {
  return <i32>syscall(Sys.mknodat, directory, name, mode, device);
}

export function symlinkAt(target: usize, directory: i32, name: usize): i32 {
  return <i32>syscall(Sys.symlinkat, target, directory, name);
}

export function linkAt(fromDirectory: i32, from: usize, toDirectory: i32, to: usize, flags: u32): i32 {
  return <i32>syscall(Sys.linkat, fromDirectory, from, toDirectory, to, flags);
}

/** Bytes of the link's text, not terminated. */
export function readlinkAt(directory: i32, name: usize, to: usize, size: usize): i64 {
  return syscall(Sys.readlinkat, directory, name, to, size);
}

/** Follows symbolic links: they have no permissions. */
export function chmodAt(directory: i32, name: usize, mode: u32): i32 {
  return <i32>syscall(Sys.fchmodat, directory, name, mode);
}

/** `uid` and `gid` of -1 stay. */
export function chownAt(directory: i32, name: usize, uid: i64, gid: i64, flags: u32): i32 {
  return <i32>syscall(Sys.fchownat, directory, name, uid, gid, flags);
}

/** Seconds and nanoseconds of access and modification, in this order, at `times`; 0: both now. */
export function utimensAt(directory: i32, name: usize, times: usize, flags: u32): i32 {
  return <i32>syscall(Sys.utimensat, directory, name, times, flags);
}

export function renameAt(fromDirectory: i32, from: usize, toDirectory: i32, to: usize, flags: u32): i32 {
  if (!flags) return <i32>syscall(Sys.renameat, fromDirectory, from, toDirectory, to);
  return <i32>syscall(Sys.renameat2, fromDirectory, from, toDirectory, to, flags);
}
