// The last operand of cp, mv and ln: a new name, or the directory that the others go into. Source: POSIX cp, mv, ln.
//
// Rules for callers: after the options, `chooseTarget` once; then the sources are the operands from `operandIndex()` on, as
// many as it said, and `targetOf` gives what each becomes.

import { argument } from './arguments';
import { byteLength, duplicateRange } from './bytes';
import { Errno } from './errno';
import { free, mustAllocate } from './malloc';
import { joinPath } from './path';
import { operandCount, operandIndex } from './options';
import { message, reportUsage } from './report';
import { FileType, isDirectory, Stat, stat } from './stat';
import { errorMessage } from './strerror';

let target: usize = 0;
let isInto = false;

/**
 * Reads the operands: the number of sources, or -1 after an error was reported. `named` is the directory of -t or 0;
 * `plain`: the last operand is a name even where it is a directory (-T); `isName`: it is a link that is not followed.
 */
export function chooseTarget(named: usize, plain: bool, isName: bool): i32 {
  let sources = operandCount();
  const fewest = named ? 1 : 2;
  if (sources < fewest) {
    reportUsage(sources ? 'missing destination' : 'missing operand');
    return -1;
  }
  if (named && !targetIsDirectory(named)) return -1;
  target = named ? named : argument(operandIndex() + --sources);
  isInto = !plain && !isName && isDirectory(target);
  if (sources == 1 || isInto) return sources;
  if (plain) reportUsage('extra operand');
  else if (isName) message().text("target '").bytes(target).text("' is a symbolic link").newline();
  else targetIsDirectory(target);
  return -1;
}

/** What `source` becomes. The caller frees it. */
export function targetOf(source: usize): usize {
  return isInto ? targetIn(target, source) : mustAllocate(duplicateRange(target, byteLength(target)));
}

/** Whether `path` is a directory; when not, says so. */
function targetIsDirectory(path: usize): bool {
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
function targetIn(directory: usize, source: usize): usize {
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
