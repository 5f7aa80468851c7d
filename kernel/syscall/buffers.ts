/**
 * Bounce buffers and strings for handlers: files see kernel memory only.
 */
import { fdGet } from '../fs/fd-table';
import { File, fileRelease } from '../fs/file';
import { AT_FDCWD, O_PATH } from '../fs/open-flags';
import { PATH_MAX, PathWalk, isNoWalk, walkBuffer, walkFree, walkStart, walkTake } from '../fs/path-walk';
import { EBADF, EFAULT, ENOENT, ENOMEM } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { currentProcess } from '../proc/process';
import { copyStringFromUser, copyToUser } from './user-copy';

/** The file of a descriptor of the current process, retained; null when there is none, or one of O_PATH. */
export function fileOf(fd: u64): File {
  const file = fileOfAny(fd);
  if (changetype<usize>(file) == 0 || (file.flags & O_PATH) == 0) return file;
  fileRelease(file);
  return changetype<File>(<usize>0);
}

/** As fileOf, for the calls that take a file of O_PATH as well (open(2), "O_PATH"). */
export function fileOfAny(fd: u64): File {
  return changetype<File>(changetype<usize>(fdGet(currentProcess().files, <i32>fd)));
}

export function isNullFile(file: File): bool {
  return changetype<usize>(file) == 0;
}

/**
 * A walk (fs/path-walk.ts) with the path at `address` of user memory, which starts at the directory `dirfd` (AT_FDCWD: the
 * working directory); walkFree() ends it. On failure a small negative number in disguise: isWalkError, walkError.
 */
export function takeWalk(dirfd: u64, address: u64): PathWalk {
  return takeWalkOrEmpty(dirfd, address, false);
}

/** As takeWalk; `mayBeEmpty`: the empty path is the descriptor itself (AT_EMPTY_PATH). */
export function takeWalkOrEmpty(dirfd: u64, address: u64, mayBeEmpty: bool): PathWalk {
  const w = walkTake();
  if (isNoWalk(w)) return failure(-ENOMEM);
  const path = walkBuffer(w);
  const length = address == 0 ? -EFAULT : copyStringFromUser(path, address, PATH_MAX);
  if (length < 0 || (length == 0 && !mayBeEmpty)) {
    walkFree(w);
    return failure(length == 0 ? -ENOENT : length);
  }
  let base = changetype<File>(<usize>0);
  if (<i32>dirfd != AT_FDCWD && load<u8>(path) != SLASH) {
    base = fileOfAny(dirfd);
    if (isNullFile(base)) {
      walkFree(w);
      return failure(-EBADF);
    }
  }
  walkStart(w, currentProcess().fs, isNullFile(base) ? null : base, path);
  w.ownsBase = !isNullFile(base);
  w.isEmpty = length == 0;
  return w;
}

export function isWalkError(w: PathWalk): bool {
  return changetype<usize>(w) > <usize>(<isize>-4096);
}

export function walkError(w: PathWalk): i32 {
  return <i32>changetype<usize>(w);
}

function failure(error: i32): PathWalk {
  return changetype<PathWalk>(<usize>(<isize>error));
}

/** A path from user memory in a kernel buffer, which the caller frees; isPathError and pathError tell a failure. */
export function takePath(address: u64): usize {
  const buffer = kmalloc(PATH_MAX);
  if (buffer == 0) return <usize>(<isize>-ENOMEM);
  const length = address == 0 ? -EFAULT : copyStringFromUser(buffer, address, PATH_MAX);
  if (length > 0) return buffer;
  kfree(buffer);
  return <usize>(<isize>(length == 0 ? -ENOENT : length));
}

export function isPathError(path: usize): bool {
  return path > <usize>(<isize>-4096);
}

export function pathError(path: usize): i32 {
  return <i32>path;
}

const SLASH: u8 = 0x2f;

/** Copies a kernel structure out and frees it: 0 or -EFAULT. */
export function giveStructure(address: u64, structure: usize, size: usize): i32 {
  const error = copyToUser(address, structure, size);
  kfree(structure);
  return error;
}
