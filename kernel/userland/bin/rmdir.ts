// rmdir: remove empty directories. Source: POSIX rmdir.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { BAD, END, nextOption, operandCount, operandIndex, permuteOperands } from '../lib/options';
import { message, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: rmdir [-pv] DIRECTORY...
Remove empty directories.
  -p  then those above it that the path names    -v  say what is removed
  --ignore-fail-on-non-empty  leave those that are not empty without a complaint
`;
const LONG = 'parents=p verbose=v ignore-fail-on-non-empty=I';

let verbose = false;
let ignoreFull = false;

export function main(): i32 {
  permuteOperands();
  let parents = false;
  for (let option = nextOption('pv', HELP, LONG); option != END; option = nextOption('pv', HELP, LONG)) {
    if (option == BAD) return 1;
    if (option == 0x70) parents = true;
    else if (option == 0x76) verbose = true;
    else ignoreFull = true;
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    let done = remove(path);
    while (done == 0 && parents && cutLast(path)) done = remove(path);
    if (done > 0) status = 1;
  }
  return status;
}

/** 0, 1 after a message, -1 when it was left alone. */
function remove(path: usize): i32 {
  if (verbose) stdout.text("rmdir: removing directory, '").bytes(path).text("'").newline();
  const error = <i32>syscall(Sys.rmdir, path);
  if (!error) return 0;
  if (ignoreFull && (error == -Errno.NOTEMPTY || error == -Errno.EXIST)) return -1;
  message().text("failed to remove '").bytes(path).text("': ").text(errorMessage(error)).newline();
  return 1;
}

/** Takes the last component off; false when there is none above it. */
function cutLast(path: usize): bool {
  let end = path + byteLength(path);
  while (end > path && load<u8>(end - 1) == 0x2f) end--;
  while (end > path && load<u8>(end - 1) != 0x2f) end--;
  while (end > path && load<u8>(end - 1) == 0x2f) end--;
  store<u8>(end, 0);
  return end > path;
}
