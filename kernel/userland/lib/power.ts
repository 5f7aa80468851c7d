// Turning the machine off and starting it again. Source: Linux reboot(2).

import { Sys, syscall } from './syscall';

export const enum Power {
  restart = 0x01234567,
  off = 0x4321fedc,
  halt = 0xcdef0123,
  /** Ctrl-Alt-Del becomes a signal to init instead of a restart. */
  ctrlAltDelToInit = 0,
}

const MAGIC1: u64 = 0xfee1dead;
const MAGIC2: u64 = 672274793;

/** Writes everything out, then does it; returns only on failure, negative errno. */
export function power(action: u64): i64 {
  syscall(Sys.sync);
  return syscall(Sys.reboot, MAGIC1, MAGIC2, action);
}
