/**
 * Signal handlers of a process (rt_sigaction): one record a signal, allocated when the first is set. Processes made with
 * CLONE_SIGHAND share a table and count its users. Changed with processLock held.
 */
import { ENOMEM } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
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

/** SignalAction.flags (sigaction(2)). */
export const SA_NOCLDSTOP: u64 = 1;
export const SA_NOCLDWAIT: u64 = 2;
export const SA_SIGINFO: u64 = 4;
export const SA_RESTORER: u64 = 0x04000000;
export const SA_ONSTACK: u64 = 0x08000000;
export const SA_RESTART: u64 = 0x10000000;
export const SA_NODEFER: u64 = 0x40000000;
export const SA_RESETHAND: u64 = 0x80000000;
/** What rt_sigaction gives back: Linux clears the bits that it does not know (signal.h, UAPI_SA_FLAGS). */
export const SA_KNOWN: u64 =
  SA_NOCLDSTOP |
  SA_NOCLDWAIT |
  SA_SIGINFO |
  SA_RESTORER |
  SA_ONSTACK |
  SA_RESTART |
  SA_NODEFER |
  SA_RESETHAND |
  0x800;

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

/** Makes sure that there is a table: false when out of memory. */
export function signalActionsReserve(p: Process): bool {
  if (p.signalActions == 0) p.signalActions = kmalloc(TABLE_SIZE);
  return p.signalActions != 0;
}

export function setSignalAction(p: Process, signal: i32, source: usize): i32 {
  if (signal < 1 || signal > SIGNAL_MAX) return -1;
  if (!signalActionsReserve(p)) return -ENOMEM;
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

/** For CLONE_SIGHAND without CLONE_THREAD; false when out of memory. */
export function shareSignalActions(from: Process, to: Process): bool {
  if (!signalActionsReserve(from)) return false;
  if (from.signalActionsUsers == 0) {
    from.signalActionsUsers = kmalloc(8);
    if (from.signalActionsUsers == 0) return false;
    store<u32>(from.signalActionsUsers, 1);
  }
  store<u32>(from.signalActionsUsers, load<u32>(from.signalActionsUsers) + 1);
  to.signalActions = from.signalActions;
  to.signalActionsUsers = from.signalActionsUsers;
  return true;
}

/** Lets go of the table. */
export function releaseSignalActions(p: Process): void {
  const users = p.signalActionsUsers;
  const left: u32 = users != 0 ? load<u32>(users) - 1 : 0;
  if (left != 0) {
    store<u32>(users, left);
  } else {
    kfree(p.signalActions);
    kfree(users);
  }
  p.signalActions = 0;
  p.signalActionsUsers = 0;
}

/** For exec: a table of its own; handlers become default, ignored signals stay ignored. False when out of memory. */
export function resetSignalActions(p: Process): bool {
  if (p.signalActions == 0) return true;
  if (p.signalActionsUsers != 0) {
    const own = kmalloc(TABLE_SIZE);
    if (own == 0) return false;
    memory.copy(own, p.signalActions, TABLE_SIZE);
    releaseSignalActions(p);
    p.signalActions = own;
  }
  for (let signal: i32 = 1; signal <= SIGNAL_MAX; signal++) {
    const action = signalAction(p, signal);
    if (action.handler > SIG_IGN) memory.fill(changetype<usize>(action), 0, SIGNAL_ACTION_SIZE);
    else action.flags = 0;
  }
  return true;
}
