// The input operands of a filter: each FILE in turn, the standard input for `-` and when there are none.
//
// Rules: call eachInput() when nextOption() has returned END. A file that cannot be opened is reported and passed over,
// and the result is then 1. Source: POSIX XCU 1.4 (OPERANDS), 12.2 guideline 13.

import { argument, argumentCount } from './arguments';
import { bytesAre } from './bytes';
import { close, open, Open } from './file';
import { literal } from './literal';
import { operandCount, operandIndex } from './options';
import { reportError } from './report';

/** Calls `use` with each descriptor and its name for messages; the results are or-ed together. */
export function eachInput(use: (fd: i32, name: usize) => i32): i32 {
  if (!operandCount()) return use(0, literal('-'));
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const fd = openInput(argument(i));
    if (fd < 0) {
      status |= 1;
      continue;
    }
    status |= use(fd, argument(i));
    closeInput(fd);
  }
  return status;
}

/** The descriptor of `path`, 0 for `-`; negative errno after a message. */
export function openInput(path: usize): i32 {
  if (bytesAre(path, '-')) return 0;
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) reportError(path, fd);
  return fd;
}

export function closeInput(fd: i32): void {
  if (fd > 0) close(fd);
}
