// Signals: numbers, names, sending, and the dispositions "default" and "ignore".
//
// Rules: results are negative errno on failure. Source: POSIX <signal.h>; numbers are Linux' for x86-64.

import { bytesAre, bytesStartWith } from './bytes';
import { parseInteger, parsed } from './number';
import { Sys, syscall } from './syscall';

export const enum Signal {
  HUP = 1,
  INT = 2,
  QUIT = 3,
  ILL = 4,
  TRAP = 5,
  ABRT = 6,
  BUS = 7,
  FPE = 8,
  KILL = 9,
  USR1 = 10,
  SEGV = 11,
  USR2 = 12,
  PIPE = 13,
  ALRM = 14,
  TERM = 15,
  CHLD = 17,
  CONT = 18,
  STOP = 19,
  TSTP = 20,
  TTIN = 21,
  TTOU = 22,
  WINCH = 28,
}

/** One more than the highest of the classic signals. */
export const SIGNAL_COUNT: i32 = 32;

export const enum Disposition {
  standard = 0,
  ignore = 1,
}

/** Without `SIG`; empty for a number that is none. */
export function signalName(signal: i32): string {
  switch (signal) {
    case 1:
      return 'HUP';
    case 2:
      return 'INT';
    case 3:
      return 'QUIT';
    case 4:
      return 'ILL';
    case 5:
      return 'TRAP';
    case 6:
      return 'ABRT';
    case 7:
      return 'BUS';
    case 8:
      return 'FPE';
    case 9:
      return 'KILL';
    case 10:
      return 'USR1';
    case 11:
      return 'SEGV';
    case 12:
      return 'USR2';
    case 13:
      return 'PIPE';
    case 14:
      return 'ALRM';
    case 15:
      return 'TERM';
    case 16:
      return 'STKFLT';
    case 17:
      return 'CHLD';
    case 18:
      return 'CONT';
    case 19:
      return 'STOP';
    case 20:
      return 'TSTP';
    case 21:
      return 'TTIN';
    case 22:
      return 'TTOU';
    case 23:
      return 'URG';
    case 24:
      return 'XCPU';
    case 25:
      return 'XFSZ';
    case 26:
      return 'VTALRM';
    case 27:
      return 'PROF';
    case 28:
      return 'WINCH';
    case 29:
      return 'IO';
    case 30:
      return 'PWR';
    case 31:
      return 'SYS';
    default:
      return '';
  }
}

/** What the shell says of a process that a signal ended. */
export function signalMessage(signal: i32): string {
  switch (signal) {
    case Signal.HUP:
      return 'Hangup';
    case Signal.QUIT:
      return 'Quit';
    case Signal.ILL:
      return 'Illegal instruction';
    case Signal.TRAP:
      return 'Trace/breakpoint trap';
    case Signal.ABRT:
      return 'Aborted';
    case Signal.BUS:
      return 'Bus error';
    case Signal.FPE:
      return 'Floating point exception';
    case Signal.KILL:
      return 'Killed';
    case Signal.USR1:
      return 'User defined signal 1';
    case Signal.SEGV:
      return 'Segmentation fault';
    case Signal.USR2:
      return 'User defined signal 2';
    case Signal.ALRM:
      return 'Alarm clock';
    case Signal.TERM:
      return 'Terminated';
    default:
      return 'Killed by a signal';
  }
}

/** A number or a name, with or without SIG; -1 when it is neither. 0 and EXIT are 0. */
export function parseSignal(word: usize): i32 {
  if (parseInteger(word)) return parsed() >= 0 && parsed() < SIGNAL_COUNT ? <i32>parsed() : -1;
  if (bytesAre(word, 'EXIT')) return 0;
  const name = bytesStartWith(word, 'SIG') ? word + 3 : word;
  for (let signal = 1; signal < SIGNAL_COUNT; signal++) {
    if (bytesAre(name, signalName(signal))) return signal;
  }
  return -1;
}

/** To a process, to a group (-group), or to all that may be signalled (-1). Signal 0 only asks. */
export function kill(pid: i32, signal: i32): i32 {
  return <i32>syscall(Sys.kill, pid, signal);
}

/** Sets a signal to its default action or to be ignored. */
export function setDisposition(signal: i32, disposition: u32): i32 {
  const action = memory.data(32, 8);
  memory.fill(action, 0, 32);
  store<u64>(action, disposition);
  return <i32>syscall(Sys.rt_sigaction, signal, action, 0, 8);
}

/** Whether the signal is ignored. */
export function isIgnored(signal: i32): bool {
  const action = memory.data(32, 8);
  memory.fill(action, 0, 32);
  return syscall(Sys.rt_sigaction, signal, 0, action, 8) == 0 && load<u64>(action) == Disposition.ignore;
}
