// What init has to say goes to the kernel's log, because nobody may be looking at a terminal.

import { byteLength } from '../lib/bytes';
import { close, open, Open, write, writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { errorMessage } from '../lib/strerror';

/** `init: WHAT SUBJECT` at level 6 (information), or with the error's message at level 3; `subject` may be 0. */
export function logLine(what: string, subject: usize, error: i64): void {
  const line = memory.data(320);
  const text = literal(what);
  const name = subject ? subject : literal('');
  const size =
    error < 0
      ? snprintf(line, 320, '<3>init: %s%s: %s\n', text, name, literal(errorMessage(error)))
      : snprintf(line, 320, '<6>init: %s%s\n', text, name);
  const length = min<usize>(size, 319);
  const log = open(literal('/dev/kmsg'), Open.writeOnly | Open.closeOnExec);
  if (log < 0) write(2, line + 3, length - 3);
  else {
    write(log, line, length);
    close(log);
  }
}

/** To the console: whoever sits there is about to lose the shell. */
export function announce(text: string): void {
  const fd = open(literal('/dev/console'), Open.writeOnly | Open.noControllingTerminal);
  if (fd < 0) return;
  const line = literal(text);
  writeFully(fd, line, byteLength(line));
  close(fd);
}
