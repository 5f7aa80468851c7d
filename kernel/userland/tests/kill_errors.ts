// kill: who can be signalled, and what is refused.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { fork, getpid, setpgid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { checkEqual, checkError, finish, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';

export function main(): i32 {
  checkError(kill(0x3fff_fff0, 0), Errno.SRCH, 'a process that does not exist');
  checkError(kill(getpid(), 65), Errno.INVAL, 'a signal beyond the last');
  checkError(kill(getpid(), -1), Errno.INVAL, 'a negative signal');
  checkError(kill(-0x3fff_fff0, Signal.TERM), Errno.SRCH, 'a group that does not exist');
  checkEqual(kill(getpid(), 0), 0, 'asking for itself');
  checkEqual(kill(1, 0), 0, 'asking for process 1');
  // Two members of a group of their own.
  const first = fork();
  if (first == 0) {
    sleepNs(20_000_000_000);
    exit(0);
  }
  const second = fork();
  if (second == 0) {
    sleepNs(20_000_000_000);
    exit(0);
  }
  checkEqual(setpgid(first, first), 0, 'a group for the first child');
  checkEqual(setpgid(second, first), 0, 'the second child joins it');
  checkEqual(kill(-first, Signal.HUP), 0, 'a signal to the group');
  checkEqual(waitStatus(first) & 0x7f, Signal.HUP, 'the first member');
  checkEqual(waitStatus(second) & 0x7f, Signal.HUP, 'the second member');
  return finish('kill_errors', 'ESRCH without a target, EINVAL for a signal that is none');
}
