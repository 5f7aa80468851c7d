/**
 * The blocked signals of the calling thread, and looking at what is pending for it.
 */
import { EINVAL } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentThread } from '../sched/scheduler';
import { WORK_RESTORE_MASK } from '../sched/tcb';
import { takeLocked } from './deliver';
import { currentProcess, processLock } from './process';
import { SignalInfo } from './signal-info';
import { setBlockedLocked } from './signal';
import { UNBLOCKABLE } from './signal-numbers';

const SIG_BLOCK: u64 = 0;
const SIG_UNBLOCK: u64 = 1;
const SIG_SETMASK: u64 = 2;

/** sigprocmask: 0 or -EINVAL. */
export function changeMask(how: u64, set: u64): i32 {
  if (how > SIG_SETMASK) return -EINVAL;
  const t = currentThread();
  const flags = lockIrqSave(processLock());
  let mask = set;
  if (how == SIG_BLOCK) mask = t.blocked | set;
  else if (how == SIG_UNBLOCK) mask = t.blocked & ~set;
  setBlockedLocked(currentProcess(), t, mask);
  unlockIrqRestore(processLock(), flags);
  return 0;
}

/** sigsuspend, ppoll: `mask` until the next signal's handler has returned, or clearTemporaryMask. */
export function setTemporaryMask(mask: u64): void {
  const t = currentThread();
  const flags = lockIrqSave(processLock());
  t.savedBlocked = t.blocked;
  t.work |= WORK_RESTORE_MASK;
  setBlockedLocked(currentProcess(), t, mask);
  unlockIrqRestore(processLock(), flags);
}

/** The call ended without a signal. */
export function clearTemporaryMask(): void {
  const t = currentThread();
  if ((t.work & WORK_RESTORE_MASK) == 0) return;
  const flags = lockIrqSave(processLock());
  t.work &= ~WORK_RESTORE_MASK;
  setBlockedLocked(currentProcess(), t, t.savedBlocked);
  unlockIrqRestore(processLock(), flags);
}

/** Those of `set` that are pending for the calling thread or its process. */
export function pendingSignalsOf(set: u64): u64 {
  return (currentThread().pending | currentProcess().pendingSignals) & set;
}

/** Takes one of `set` without its handler: its number, or 0 when none is pending. */
export function takeSignal(set: u64, out: SignalInfo): i32 {
  const flags = lockIrqSave(processLock());
  const signal = takeLocked(currentProcess(), currentThread(), set & ~UNBLOCKABLE, out);
  unlockIrqRestore(processLock(), flags);
  return signal;
}
