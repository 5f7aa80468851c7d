// Mapping memory: mmap, munmap, mprotect, brk as the system offers them. Source: POSIX mmap(), Linux mmap(2).

import { Sys, syscall } from './syscall';

/** Access to pages. */
export const enum Protection {
  none = 0,
  read = 1,
  write = 2,
  execute = 4,
}

/** MAP_*. `visible` is MAP_SHARED, `copied` is MAP_PRIVATE (both words are reserved). */
export const enum MapFlag {
  visible = 1,
  copied = 2,
  fixed = 0x10,
  anonymous = 0x20,
}

/** The address of the mapping, or negative errno. */
export function mmap(at: usize, size: usize, protection: u32, flags: u32, fd: i32, offset: u64): i64 {
  return syscall(Sys.mmap, at, size, protection, flags, fd, offset);
}

export function munmap(at: usize, size: usize): i64 {
  return syscall(Sys.munmap, at, size);
}

export function mprotect(at: usize, size: usize, protection: u32): i64 {
  return syscall(Sys.mprotect, at, size, protection);
}

/** Moves the program break; returns where it is afterwards (unchanged on failure). 0 only asks. */
export function brk(at: usize): usize {
  return <usize>syscall(Sys.brk, at);
}
