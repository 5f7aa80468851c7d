/**
 * Sending signals, deliver.ts takes them on the way back to user code.
 *
 * A signal is pending from signalProcess until the target takes it; an ignored one is dropped at once.
 * Blocked signals stay pending. SIGKILL and SIGSTOP can be neither ignored nor blocked.
 */
import { EINVAL, ESRCH } from '../lib/errno';
import { PID_INIT } from '../lib/ids';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { continueThread, makeRunnable } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { signalHandler } from './signal-actions';
import { wakeAll } from '../sched/wait-queue';
import {
  PROCESS_ALIVE,
  PROCESS_STOPPED,
  PROCESS_ZOMBIE,
  Process,
  childWaitQueue,
  currentProcess,
  isNull,
  processFindLocked,
  processFirstLocked,
  processLock,
  processThread,
} from './process';
import {
  DEFAULT_CONTINUE,
  DEFAULT_IGNORE,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGNAL_MAX,
  SIGSTOP,
  STOP_SIGNALS,
  defaultAction,
  signalBit,
} from './signal-numbers';

/** The two that nothing holds back. */
export const UNBLOCKABLE: u64 = (1 << 8) | (1 << 18);

/** For setSignalCheck: would a signal end this thread's sleep? */
export function threadHasSignal(thread: usize): bool {
  const p = changetype<Process>(changetype<Thread>(thread).process);
  return deliverable(p) != 0;
}

export function signalPending(): bool {
  const p = currentProcess();
  return !isNull(p) && deliverable(p) != 0;
}

/** Callable from any context. */
export function signalProcess(p: Process, signal: i32): void {
  const flags = lockIrqSave(processLock());
  signalLocked(p, signal);
  unlockIrqRestore(processLock(), flags);
}

/** Makes a signal pending even where it would be dropped: for faults, which cannot be. */
export function forceSignal(p: Process, signal: i32): void {
  const flags = lockIrqSave(processLock());
  p.pendingSignals |= signalBit(signal);
  unlockIrqRestore(processLock(), flags);
}

/** kill(2) of one process: 0, -ESRCH, -EINVAL. Signal 0 only asks. */
export function signalPid(pid: i32, signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  if (!isNull(p)) signalLocked(p, signal);
  unlockIrqRestore(processLock(), flags);
  return isNull(p) ? -ESRCH : 0;
}

/** Every process of a group: 0, or -ESRCH when it is empty. Callable from any context. */
export function signalGroup(pgid: i32, signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  let found = -ESRCH;
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid != pgid) continue;
    signalLocked(p, signal);
    found = 0;
  }
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** kill(-1): everybody except init and the caller. */
export function signalAll(signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const me = currentProcess();
  let found = -ESRCH;
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pid == PID_INIT || p == me) continue;
    signalLocked(p, signal);
    found = 0;
  }
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** The caller holds processLock. */
export function signalLocked(p: Process, signal: i32): void {
  if (signal == 0 || p.state == PROCESS_ZOMBIE) return;
  const bit = signalBit(signal);
  if (signal == SIGCONT) {
    p.pendingSignals &= ~STOP_SIGNALS;
    resumeLocked(p);
  } else if ((bit & STOP_SIGNALS) != 0) {
    p.pendingSignals &= ~signalBit(SIGCONT);
  }
  if (isDropped(p, signal)) return;
  p.pendingSignals |= bit;
  if (p.thread == 0 || deliverable(p) == 0) return;
  if (signal == SIGKILL) resumeLocked(p);
  if (processThread(p).interruptible != 0) makeRunnable(processThread(p));
}

/** Signals that the process would take now. */
export function deliverable(p: Process): u64 {
  return p.pendingSignals & (~p.blockedSignals | UNBLOCKABLE);
}

/** Ignored explicitly or by default; init gets nothing that it has no handler for. */
function isDropped(p: Process, signal: i32): bool {
  const action = defaultAction(signal);
  if (signalHandler(p, signal) != 0) return false;
  if (p.pid == PID_INIT) return true;
  if ((signalBit(signal) & UNBLOCKABLE) != 0) return false;
  if ((p.ignoredSignals & signalBit(signal)) != 0) return true;
  return action == DEFAULT_IGNORE || action == DEFAULT_CONTINUE;
}

function resumeLocked(p: Process): void {
  if (p.state != PROCESS_STOPPED) return;
  p.state = PROCESS_ALIVE;
  p.stopSignal = 0;
  p.continued = 1;
  notifyParentLocked(p);
  continueThread(processThread(p));
}

/** Tells the parent that a child changed state. The caller holds processLock. */
export function notifyParentLocked(p: Process): void {
  if (p.parent == 0) return;
  const parent = changetype<Process>(p.parent);
  signalLocked(parent, SIGCHLD);
  wakeAll(childWaitQueue(parent));
}
