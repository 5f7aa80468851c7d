/**
 * execve, execveat (execve(2), execveat(2)).
 */
import { AT_FDCWD, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, O_NOFOLLOW, O_PATH } from '../../fs/open-flags';
import { File, fileRelease } from '../../fs/file';
import { openWalk } from '../../fs/open';
import { PATH_MAX, walkBuffer, walkFree } from '../../fs/path-walk';
import { isSymlink } from '../../fs/stat';
import { EBADF, EINVAL, ELOOP, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { processExec } from '../../proc/exec';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { fileOfAny, isNullFile, isWalkError, takeWalkOrEmpty, walkError } from '../buffers';

const SLASH: u8 = 47;
/** "/dev/fd/" */
const FD_PREFIX = memory.data<u8>([47, 100, 101, 118, 47, 102, 100, 47]);
const FD_PREFIX_LENGTH: usize = 8;
/** Room for a number and a slash before the path of a script that is found by descriptor. */
const NAME_SIZE: usize = PATH_MAX + 32;

export function sysExecve(a: SyscallArgs): i64 {
  return execute(a, <u64>(<i64>AT_FDCWD), a.a0, a.a1, a.a2, 0);
}

export function sysExecveat(a: SyscallArgs): i64 {
  if ((a.a4 & ~(<u64>(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))) != 0) return -EINVAL;
  return execute(a, a.a0, a.a1, a.a2, a.a3, <u32>a.a4);
}

function execute(a: SyscallArgs, dirfd: u64, path: u64, argv: u64, envp: u64, flags: u32): i64 {
  const w = takeWalkOrEmpty(dirfd, path, (flags & AT_EMPTY_PATH) != 0);
  if (isWalkError(w)) return walkError(w);
  const name = kmalloc(NAME_SIZE + 8);
  if (name == 0) {
    walkFree(w);
    return -ENOMEM;
  }
  const slot = name + NAME_SIZE;
  nameOf(name, dirfd, walkBuffer(w));
  let error: i32;
  if (w.isEmpty) {
    const file = fileOfAny(dirfd);
    error = isNullFile(file) ? -EBADF : 0;
    store<usize>(slot, changetype<usize>(file));
  } else {
    error = openWalk(w, O_PATH | ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0), 0, slot);
  }
  walkFree(w);
  if (error == 0) {
    const file = changetype<File>(load<usize>(slot));
    if (isSymlink(file.inode.mode)) error = -ELOOP;
    else error = processExec(currentProcess(), a, file, name, argv, envp);
    fileRelease(file);
  }
  kfree(name);
  return error;
}

/** What the program is told it is called: the path, or one that begins at the descriptor. */
function nameOf(out: usize, dirfd: u64, path: usize): void {
  let at = out;
  if (<i32>dirfd != AT_FDCWD && load<u8>(path) != SLASH) {
    memory.copy(at, FD_PREFIX, FD_PREFIX_LENGTH);
    at = decimal(at + FD_PREFIX_LENGTH, <u32>dirfd);
    if (load<u8>(path) != 0) store<u8>(at++, SLASH);
  }
  let i: usize = 0;
  do store<u8>(at + i, load<u8>(path + i));
  while (load<u8>(path + i++) != 0);
}

function decimal(at: usize, value: u32): usize {
  const next = value < 10 ? at : decimal(at, value / 10);
  store<u8>(next, <u8>(48 + (value % 10)));
  return next + 1;
}
