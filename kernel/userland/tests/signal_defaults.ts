// What signals do when nothing was asked for: most end the process, some are ignored; ignored ones do nothing.

import { exit } from '../lib/exit';
import { fork, getpid } from '../lib/process';
import { Disposition, kill, setDisposition, Signal, SIGNAL_COUNT } from '../lib/signal';
import { Errno } from '../lib/errno';
import { check, checkEqual, checkError, checkSucceeds, finish, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';

/** CHLD, CONT, URG, WINCH. */
function isIgnored(signal: i32): bool {
  return signal == Signal.CHLD || signal == Signal.CONT || signal == 23 || signal == 28;
}

function stops(signal: i32): bool {
  return signal >= Signal.STOP && signal <= Signal.TTOU;
}

/** A child that sleeps: 0 at the end of its sleep. */
function sleeper(nanoseconds: i64): i32 {
  const pid = fork();
  if (pid == 0) {
    sleepNs(nanoseconds);
    exit(0);
  }
  return pid;
}

function toItself(): i32 {
  kill(getpid(), Signal.TERM);
  return 1;
}

function ignoring(): i32 {
  if (setDisposition(Signal.TERM, Disposition.ignore) < 0) return 1;
  kill(getpid(), Signal.TERM);
  return 0;
}

export function main(): i32 {
  for (let signal = 1; signal < SIGNAL_COUNT; signal++) {
    if (stops(signal)) continue;
    const pid = sleeper(isIgnored(signal) ? 100_000_000 : 20_000_000_000);
    sleepNs(2_000_000);
    checkEqual(kill(pid, signal), 0, 'kill');
    checkEqual(waitStatus(pid) & 0x7f, isIgnored(signal) ? 0 : signal, 'signal in the status');
  }
  const pid = fork();
  if (pid == 0) exit(toItself());
  checkEqual(waitStatus(pid) & 0x7f, Signal.TERM, 'a signal to itself');
  checkSucceeds(ignoring, 'an ignored signal');
  checkError(setDisposition(Signal.KILL, Disposition.ignore), Errno.INVAL, 'ignoring SIGKILL');
  checkError(setDisposition(Signal.STOP, Disposition.ignore), Errno.INVAL, 'ignoring SIGSTOP');
  check(setDisposition(Signal.TERM, Disposition.standard) == 0, 'setting the default');
  return finish('signal_defaults', 'POSIX <signal.h>: T and A end the process, I is ignored');
}
