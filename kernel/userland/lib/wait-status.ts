// The status that wait() reports. Source: POSIX <sys/wait.h>; the encoding is Linux'.

export function exited(status: i32): bool {
  return (status & 0x7f) == 0;
}

/** 0–255, when exited(). */
export function exitStatus(status: i32): i32 {
  return (status >> 8) & 0xff;
}

export function signalled(status: i32): bool {
  return (status & 0x7f) != 0 && (status & 0x7f) != 0x7f;
}

/** The signal that ended the process, when signalled(). */
export function termSignal(status: i32): i32 {
  return status & 0x7f;
}

export function dumpedCore(status: i32): bool {
  return (status & 0x80) != 0;
}

export function stopped(status: i32): bool {
  return (status & 0xff) == 0x7f;
}

/** The signal that stopped the process, when stopped(). */
export function stopSignal(status: i32): i32 {
  return (status >> 8) & 0xff;
}

/** As the shell's $?: the exit status, or 128 + the signal. */
export function shellStatus(status: i32): i32 {
  if (exited(status)) return exitStatus(status);
  return 128 + (stopped(status) ? stopSignal(status) : termSignal(status));
}
