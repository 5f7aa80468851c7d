// Processes: creating, replacing, ending and waiting for them.
//
// Rules: flush stdout before fork(), or both processes write what was buffered. Results are negative errno on failure.
// Source: POSIX fork(), exec, waitpid(), getpid(), setpgid(), setsid().

import { byteLength, copyBytes, findByte } from './bytes';
import { environmentVector, getEnvironment } from './environment';
import { Errno } from './errno';
import { literal } from './literal';
import { free, malloc } from './malloc';
import { Sys, syscall } from './syscall';

export const enum Wait {
  noHang = 1,
  untraced = 2,
}

/** The child's pid in the parent, 0 in the child. */
export function fork(): i32 {
  return <i32>syscall(Sys.fork);
}

/** Replaces the program; returns only on failure. Vectors are null-terminated arrays of byte strings. */
export function execve(path: usize, argv: usize, envp: usize): i32 {
  return <i32>syscall(Sys.execve, path, argv, envp);
}

/**
 * As execve() with this process' environment, searching PATH when `name` has no slash. -EACCES when a file was found
 * that may not be run, -ENOENT when none was found.
 */
export function execSearch(name: usize, argv: usize): i32 {
  if (findByte(name, 0x2f)) return execve(name, argv, environmentVector());
  let directory = getEnvironment(literal('PATH'));
  if (!directory) directory = literal('/bin');
  let result: i32 = -Errno.NOENT;
  const room = malloc(byteLength(directory) + byteLength(name) + 3);
  if (!room) return -Errno.NOMEM;
  for (;;) {
    let end = room;
    for (; load<u8>(directory) && load<u8>(directory) != 0x3a; directory++)
      store<u8>(end++, load<u8>(directory));
    if (end == room) store<u8>(end++, 0x2e);
    store<u8>(end++, 0x2f);
    copyBytes(end, name);
    const error = execve(room, argv, environmentVector());
    if (error == -Errno.ACCES) result = error;
    else if (error != -Errno.NOENT && error != -Errno.NOTDIR) {
      result = error;
      break;
    }
    if (!load<u8>(directory)) break;
    directory++;
  }
  free(room);
  return result;
}

/** Waits for `pid` (-1: any child, 0: any of this group). The encoded status (wait-status.ts) goes to `status`. */
export function waitpid(pid: i32, status: usize, options: u32): i32 {
  return <i32>syscall(Sys.wait4, pid, status, options, 0);
}

export function getpid(): i32 {
  return <i32>syscall(Sys.getpid);
}

export function getppid(): i32 {
  return <i32>syscall(Sys.getppid);
}

/** Moves `pid` (0: this process) into the group `group` (0: one of its own). */
export function setpgid(pid: i32, group: i32): i32 {
  return <i32>syscall(Sys.setpgid, pid, group);
}

/** The process group of `pid` (0: this process). */
export function getpgid(pid: i32): i32 {
  return <i32>syscall(Sys.getpgid, pid);
}

/** Starts a session with no controlling terminal. */
export function setsid(): i32 {
  return <i32>syscall(Sys.setsid);
}

/** Lets another process run. */
export function schedYield(): i32 {
  return <i32>syscall(Sys.sched_yield);
}

const AFFINITY_BYTES: usize = 128;

/** Keeps this process, and those that it forks, on one of its processors. 0 or negative errno. Linux sched_setaffinity(2). */
export function stayOnOneProcessor(): i32 {
  const mask = memory.data(<i32>AFFINITY_BYTES, 8);
  const size = syscall(Sys.sched_getaffinity, 0, AFFINITY_BYTES, mask);
  if (size < 0) return <i32>size;
  let found = false;
  for (let at = mask; at < mask + <usize>size; at += 8) {
    const bits = load<u64>(at);
    store<u64>(at, found ? 0 : bits & (0 - bits));
    found = found || bits != 0;
  }
  return <i32>syscall(Sys.sched_setaffinity, 0, size, mask);
}
