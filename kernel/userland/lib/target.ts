// The last operand of cp, mv and ln: a new name, or the directory that the others go into. Source: POSIX cp, mv, ln.

import { byteLength, duplicateRange } from './bytes';
import { Errno } from './errno';
import { free, mustAllocate } from './malloc';
import { joinPath } from './path';
import { message } from './report';
import { FileType, Stat, stat } from './stat';
import { errorMessage } from './strerror';

/** Whether `path` is a directory; when not, says so. */
export function targetIsDirectory(path: usize): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  const error = stat(path, found);
  if (!error && (found.mode & FileType.mask) == FileType.directory) return true;
  message()
    .text("target '")
    .bytes(path)
    .text("': ")
    .text(errorMessage(error ? error : -Errno.NOTDIR))
    .newline();
  return false;
}

/** `directory/` and the last component of `source`, whatever slashes end it. The caller frees it. */
export function targetIn(directory: usize, source: usize): usize {
  let end = source + byteLength(source);
  while (end > source + 1 && load<u8>(end - 1) == 0x2f) end--;
  let start = end;
  while (start > source && load<u8>(start - 1) != 0x2f) start--;
  const name = mustAllocate(duplicateRange(start, end - start));
  // `cp -R .. d` fills d itself.
  const up = load<u8>(name) == 0x2e && load<u8>(name, 1) == 0x2e && !load<u8>(name, 2);
  const path = mustAllocate(
    up ? duplicateRange(directory, byteLength(directory)) : joinPath(directory, name),
  );
  free(name);
  return path;
}
