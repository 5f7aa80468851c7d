// Ending a process.
//
// Rules: exit() writes buffered output first; exitNow() does not (use it in the child of a failed exec, so that the
// parent's buffered output is not written twice).

import { programName } from './arguments';
import { errorMessage } from './strerror';
import { stderr, stdout } from './stream';
import { Sys, syscall } from './syscall';

/** Flushes and ends the process with `status` (0–255). Output that cannot be written is reported and turns 0 into 1. */
export function exit(status: i32): void {
  const failed = stdout.flush() < 0 || stdout.failed() != 0;
  if (failed) {
    stderr.bytes(programName()).text(': write error: ').text(errorMessage(stdout.failed())).newline();
  }
  stderr.flush();
  exitNow(failed && status == 0 ? 1 : status);
}

/** Ends the process with `status` at once. */
export function exitNow(status: i32): void {
  syscall(Sys.exit_group, status);
  syscall(Sys.exit, status);
  unreachable();
}
