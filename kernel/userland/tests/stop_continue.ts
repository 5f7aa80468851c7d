// SIGSTOP stops a process, wait() with WUNTRACED says so, SIGCONT lets it go on.

import { exit } from '../lib/exit';
import { fork, Wait, waitpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { check, checkEqual, finish, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';
import { stopped, stopSignal } from '../lib/wait-status';

export function main(): i32 {
  const pid = fork();
  if (pid == 0) {
    sleepNs(50_000_000);
    exit(6);
  }
  const status = memory.data(4, 4);
  checkEqual(kill(pid, Signal.STOP), 0, 'SIGSTOP');
  checkEqual(waitpid(pid, status, Wait.untraced), pid, 'wait with WUNTRACED');
  check(stopped(load<i32>(status)), 'the status does not say that it was stopped');
  checkEqual(stopSignal(load<i32>(status)), Signal.STOP, 'the signal that stopped it');
  sleepNs(100_000_000);
  checkEqual(waitpid(pid, status, Wait.noHang), 0, 'it went on by itself');
  checkEqual(kill(pid, Signal.CONT), 0, 'SIGCONT');
  checkEqual(waitStatus(pid), 6 << 8, 'its end');
  const doomed = fork();
  if (doomed == 0) {
    sleepNs(20_000_000_000);
    exit(0);
  }
  kill(doomed, Signal.STOP);
  checkEqual(waitpid(doomed, status, Wait.untraced), doomed, 'the second one stops');
  kill(doomed, Signal.KILL);
  checkEqual(waitStatus(doomed) & 0x7f, Signal.KILL, 'SIGKILL ends a stopped process');
  return finish(
    'stop_continue',
    'a stopped process does not run; WIFSTOPPED is 0x7f with the signal in bits 8-15',
  );
}
