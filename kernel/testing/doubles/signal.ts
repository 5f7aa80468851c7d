/** Stands in for proc/signal.ts in unit tests: signals go to the host import signal.sent. */
import { currentProcess } from './process';

declare function sent(pgid: i32, signal: i32): void;

export function signalGroup(pgid: i32, signal: i32): i32 {
  sent(pgid, signal);
  return 0;
}

/** The double of a process ignores what the test says (process.ts). */
export function signalHeldBack(signal: i32): bool {
  return (currentProcess().ignoredSignals & ((<u64>1) << (signal - 1))) != 0;
}
