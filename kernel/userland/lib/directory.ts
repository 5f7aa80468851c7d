// Reading directories, and moving between them.
//
// Rules: closeDirectory() frees what openDirectory() made. The entry's name is valid until the next nextEntry() of the
// same directory; `.` and `..` are among the entries where the file system has them.
// Source: POSIX readdir(); Linux getdents64(2).

import { close, open, Open } from './file';
import { free, malloc } from './malloc';
import { Errno } from './errno';
import { Sys, syscall } from './syscall';

const BUFFER_SIZE: usize = 32768;

@unmanaged
@final
export class Directory {
  fd: i32;
  /** 0, or the negative errno that ended the reading. */
  error: i32;
  used: usize;
  next: usize;
  /** The current entry: a byte string. */
  name: usize;
  inode: u64;
  /** DT_*: 4 directory, 8 regular file, 10 link, 2 character device, 0 unknown. */
  type: u8;
}

/** Header of struct linux_dirent64, before the name. */
const NAME_OFFSET: usize = 19;

let openError: i32 = 0;

/** Null on failure; directoryError() says why. */
export function openDirectory(path: usize): Directory | null {
  const fd = open(path, Open.readOnly | Open.directory | Open.closeOnExec);
  openError = fd;
  if (fd < 0) return null;
  const directory = changetype<Directory | null>(malloc(offsetof<Directory>() + BUFFER_SIZE));
  if (!directory) {
    close(fd);
    openError = -Errno.NOMEM;
    return null;
  }
  memory.fill(changetype<usize>(directory), 0, offsetof<Directory>());
  directory.fd = fd;
  return directory;
}

/** Why the last openDirectory() failed: negative errno. */
export function directoryError(): i32 {
  return openError;
}

/** Steps to the next entry; false at the end or on an error. */
export function nextEntry(directory: Directory): bool {
  const buffer = changetype<usize>(directory) + offsetof<Directory>();
  if (directory.next >= directory.used) {
    const got = syscall(Sys.getdents64, directory.fd, buffer, BUFFER_SIZE);
    directory.error = got < 0 ? <i32>got : 0;
    if (got <= 0) return false;
    directory.used = <usize>got;
    directory.next = 0;
  }
  const entry = buffer + directory.next;
  directory.inode = load<u64>(entry);
  directory.next += load<u16>(entry, 16);
  directory.type = load<u8>(entry, 18);
  directory.name = entry + NAME_OFFSET;
  return true;
}

export function closeDirectory(directory: Directory): void {
  close(directory.fd);
  free(changetype<usize>(directory));
}

export function chdir(path: usize): i32 {
  return <i32>syscall(Sys.chdir, path);
}

/** The absolute path of the working directory into `size` bytes at `to`; negative errno (-ERANGE: too small). */
export function getcwd(to: usize, size: usize): i32 {
  const length = syscall(Sys.getcwd, to, size);
  return length < 0 ? <i32>length : 0;
}
