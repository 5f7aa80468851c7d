/**
 * Signal handlers of a process (rt_sigaction): one record a signal, allocated when the first handler is set.
 */
import { ENOMEM } from '../lib/errno';
import { kmalloc } from '../mm/kmalloc';
import { Process } from './process';
import { SIGNAL_MAX } from './signal-numbers';

/** As Linux's struct sigaction in the kernel: handler, flags, restorer, mask (8 bytes each). */
@unmanaged
export class SignalAction {
  handler: u64;
  flags: u64;
  restorer: u64;
  mask: u64;
}

export const SIGNAL_ACTION_SIZE: usize = 32;
const TABLE_SIZE: usize = 64 * 32;

export const SIG_DFL: u64 = 0;
export const SIG_IGN: u64 = 1;

/** The record for `signal`; null when the process has set no handler at all. */
export function signalAction(p: Process, signal: i32): SignalAction {
  if (p.signalActions == 0) return changetype<SignalAction>(<usize>0);
  return changetype<SignalAction>(p.signalActions + <usize>(signal - 1) * SIGNAL_ACTION_SIZE);
}

/** Address of a handler function, 0 for default and ignored. */
export function signalHandler(p: Process, signal: i32): u64 {
  const action = signalAction(p, signal);
  return changetype<usize>(action) == 0 || action.handler <= SIG_IGN ? 0 : action.handler;
}

export function setSignalAction(p: Process, signal: i32, source: usize): i32 {
  if (signal < 1 || signal > SIGNAL_MAX) return -1;
  if (p.signalActions == 0) {
    p.signalActions = kmalloc(TABLE_SIZE);
    if (p.signalActions == 0) return -ENOMEM;
  }
  memory.copy(changetype<usize>(signalAction(p, signal)), source, SIGNAL_ACTION_SIZE);
  return 0;
}

/** For fork; false when out of memory. */
export function copySignalActions(from: Process, to: Process): bool {
  if (from.signalActions == 0) return true;
  to.signalActions = kmalloc(TABLE_SIZE);
  if (to.signalActions == 0) return false;
  memory.copy(to.signalActions, from.signalActions, TABLE_SIZE);
  return true;
}

/** For exec: handlers become default, ignored signals stay ignored. */
export function resetSignalActions(p: Process): void {
  if (p.signalActions == 0) return;
  for (let signal: i32 = 1; signal <= SIGNAL_MAX; signal++) {
    const action = signalAction(p, signal);
    if (action.handler > SIG_IGN) memory.fill(changetype<usize>(action), 0, SIGNAL_ACTION_SIZE);
  }
}
