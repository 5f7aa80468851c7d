/**
 * Bounce buffers and strings for handlers: files see kernel memory only.
 */
import { fdGet } from '../fs/fd-table';
import { File } from '../fs/file';
import { PATH_MAX } from '../fs/path';
import { EFAULT, ENOENT, ENOMEM } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { currentProcess } from '../proc/process';
import { copyStringFromUser, copyToUser } from './user-copy';

/** The file of a descriptor of the current process, retained; null when there is none. */
export function fileOf(fd: u64): File {
  return changetype<File>(changetype<usize>(fdGet(currentProcess().files, <i32>fd)));
}

export function isNullFile(file: File): bool {
  return changetype<usize>(file) == 0;
}

/**
 * A path from user memory in a kernel buffer, which the caller frees; on failure a small negative number in disguise:
 * use isPathError and pathError.
 */
export function takePath(address: u64): usize {
  const buffer = kmalloc(PATH_MAX);
  if (buffer == 0) return failure(-ENOMEM);
  const length = address == 0 ? -EFAULT : copyStringFromUser(buffer, address, PATH_MAX);
  if (length > 0) return buffer;
  kfree(buffer);
  return failure(length == 0 ? -ENOENT : length);
}

export function isPathError(path: usize): bool {
  return path > failure(-4096);
}

export function pathError(path: usize): i32 {
  return <i32>path;
}

function failure(error: i32): usize {
  return <usize>(<isize>error);
}

/** Copies a kernel structure out and frees it: 0 or -EFAULT. */
export function giveStructure(address: u64, structure: usize, size: usize): i32 {
  const error = copyToUser(address, structure, size);
  kfree(structure);
  return error;
}
