// What a file is: stat() and its structure. Source: Linux arch/x86/include/uapi/asm/stat.h (x86-64), POSIX <sys/stat.h>.

import { Sys, syscall } from './syscall';

/** struct stat, 144 bytes. */
@unmanaged
@final
export class Stat {
  device: u64;
  inode: u64;
  links: u64;
  mode: u32;
  uid: u32;
  gid: u32;
  padding: u32;
  rdev: u64;
  size: i64;
  blockSize: i64;
  /** In units of 512 bytes. */
  blocks: i64;
  accessSeconds: i64;
  accessNanoseconds: i64;
  modifySeconds: i64;
  modifyNanoseconds: i64;
  changeSeconds: i64;
  changeNanoseconds: i64;
  reserved0: i64;
  reserved1: i64;
  reserved2: i64;
}

/** Types in `mode & FileType.mask`. */
export const enum FileType {
  mask = 0o170000,
  fifo = 0o010000,
  character = 0o020000,
  directory = 0o040000,
  block = 0o060000,
  regular = 0o100000,
  link = 0o120000,
  socket = 0o140000,
}

export function stat(path: usize, to: Stat): i32 {
  return <i32>syscall(Sys.stat, path, changetype<usize>(to));
}

/** As stat(), of the link itself. */
export function lstat(path: usize, to: Stat): i32 {
  return <i32>syscall(Sys.lstat, path, changetype<usize>(to));
}

export function fstat(fd: i32, to: Stat): i32 {
  return <i32>syscall(Sys.fstat, fd, changetype<usize>(to));
}

/** Whether `path` is a directory, links followed. */
export function isDirectory(path: usize): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  return stat(path, found) == 0 && (found.mode & FileType.mask) == FileType.directory;
}

/** Whether `path` is a regular file, links followed. */
export function isRegular(path: usize): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  return stat(path, found) == 0 && (found.mode & FileType.mask) == FileType.regular;
}
