// Files by descriptor.
//
// Rules: paths are byte strings; results are negative errno on failure. read() and write() may do less than asked:
// readFully() and writeFully() do not, except at the end of the file. Source: POSIX open(), read(), write(), lseek().

import { Errno } from './errno';
import { Sys, syscall } from './syscall';

export const enum Open {
  readOnly = 0,
  writeOnly = 1,
  readWrite = 2,
  create = 0o100,
  exclusive = 0o200,
  noControllingTerminal = 0o400,
  truncate = 0o1000,
  append = 0o2000,
  nonBlocking = 0o4000,
  directory = 0o200000,
  noFollow = 0o400000,
  closeOnExec = 0o2000000,
}

export const enum Seek {
  set = 0,
  current = 1,
  end = 2,
}

export const enum Fcntl {
  duplicate = 0,
  getFlags = 1,
  setFlags = 2,
  getStatus = 3,
  duplicateCloseOnExec = 1030,
}

/** Access modes of access(). */
export const enum Access {
  exists = 0,
  execute = 1,
  write = 2,
  read = 4,
}

/** A descriptor. `mode` counts only when the file is created. */
export function open(path: usize, flags: u32, mode: u32 = 0o666): i32 {
  return <i32>syscall(Sys.open, path, flags, mode);
}

export function close(fd: i32): i32 {
  return <i32>syscall(Sys.close, fd);
}

/** Bytes read, 0 at the end. */
export function read(fd: i32, to: usize, size: usize): i64 {
  return syscall(Sys.read, fd, to, size);
}

export function write(fd: i32, from: usize, size: usize): i64 {
  return syscall(Sys.write, fd, from, size);
}

/** As read(), at `offset` and without moving the file's own. */
export function readAt(fd: i32, to: usize, size: usize, offset: i64): i64 {
  return syscall(Sys.pread64, fd, to, size, offset);
}

/** Until `size` bytes or the end of the file. */
export function readFully(fd: i32, to: usize, size: usize): i64 {
  let done: usize = 0;
  while (done < size) {
    const got = read(fd, to + done, size - done);
    if (got == -Errno.INTR) continue;
    if (got < 0) return got;
    if (!got) break;
    done += <usize>got;
  }
  return done;
}

/** All of it; 0 or negative errno. */
export function writeFully(fd: i32, from: usize, size: usize): i64 {
  while (size) {
    const put = write(fd, from, size);
    if (put == -Errno.INTR) continue;
    if (put < 0) return put;
    if (!put) return -Errno.IO;
    from += <usize>put;
    size -= <usize>put;
  }
  return 0;
}

/** The new offset. */
export function lseek(fd: i32, offset: i64, whence: u32): i64 {
  return syscall(Sys.lseek, fd, offset, whence);
}

export function dup(fd: i32): i32 {
  return <i32>syscall(Sys.dup, fd);
}

/** Makes `target` the same open file as `fd`, closing what it was. */
export function dup2(fd: i32, target: i32): i32 {
  return <i32>syscall(Sys.dup2, fd, target);
}

export function fcntl(fd: i32, command: u32, value: u64): i64 {
  return syscall(Sys.fcntl, fd, command, value);
}

export function ioctl(fd: i32, request: u64, value: u64): i64 {
  return syscall(Sys.ioctl, fd, request, value);
}

/** Two descriptors, reading end first, as i32 at `ends`. */
export function pipe(ends: usize): i32 {
  return <i32>syscall(Sys.pipe, ends);
}

export function access(path: usize, mode: u32): i32 {
  return <i32>syscall(Sys.access, path, mode);
}
