// Paths as text. Source: POSIX 4.13 (pathname resolution), basename().

import { byteLength, copyBytes, findLastByte } from './bytes';
import { malloc } from './malloc';

/** The longest path, with its terminator. */
export const PATH_MAX: usize = 4096;

/** `directory/name`, which the caller frees; 0 when there is no memory. */
export function joinPath(directory: usize, name: usize): usize {
  const length = byteLength(directory);
  const path = malloc(length + byteLength(name) + 2);
  if (!path) return 0;
  let end = copyBytes(path, directory);
  if (length && load<u8>(end - 1) != 0x2f) store<u8>(end++, 0x2f);
  copyBytes(end, name);
  return path;
}

/** The part after the last slash, inside `path`. */
export function baseName(path: usize): usize {
  const slash = findLastByte(path, 0x2f);
  return slash && load<u8>(slash, 1) ? slash + 1 : path;
}
