// The status that wait() reports: exit codes, signals, WNOHANG, and errors.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { fork, Wait, waitpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { check, checkEqual, checkError, finish, inChild, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';

function zero(): i32 {
  return 0;
}
function one(): i32 {
  return 1;
}
function most(): i32 {
  return 255;
}
/** Only the low 8 bits count. */
function beyond(): i32 {
  return 256 + 3;
}

export function main(): i32 {
  checkEqual(inChild(zero), 0, 'exit 0');
  checkEqual(inChild(one), 0x100, 'exit 1');
  checkEqual(inChild(most), 0xff00, 'exit 255');
  checkEqual(inChild(beyond), 0x300, 'exit 259');
  const sleeper = fork();
  if (sleeper == 0) {
    sleepNs(20_000_000_000);
    exit(0);
  }
  const status = memory.data(4, 4);
  checkEqual(waitpid(sleeper, status, Wait.noHang), 0, 'WNOHANG while the child runs');
  checkEqual(waitpid(-1, status, Wait.noHang), 0, 'WNOHANG for any child');
  checkEqual(kill(sleeper, Signal.TERM), 0, 'kill');
  checkEqual(waitStatus(sleeper) & 0x7f, Signal.TERM, 'signal in the status');
  checkError(waitpid(sleeper, status, 0), Errno.CHILD, 'waiting twice');
  checkError(waitpid(-1, status, 0), Errno.CHILD, 'waiting without children');
  checkError(waitpid(1, status, 0), Errno.CHILD, 'waiting for a process that is no child');
  checkError(waitpid(-1, status, 0x8000), Errno.INVAL, 'an unknown option');
  const pid = fork();
  if (pid == 0) exit(5);
  checkEqual(waitpid(-1, status, 0), pid, 'waiting for any child');
  checkEqual(load<i32>(status), 0x500, 'its status');
  const silent = fork();
  if (silent == 0) exit(9);
  checkEqual(waitpid(silent, 0, 0), silent, 'waiting without a place for the status');
  check(kill(silent, 0) == -Errno.SRCH, 'the child is still there after wait');
  return finish('wait_status', 'exit code in bits 8-15, signal in bits 0-6');
}
