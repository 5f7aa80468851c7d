/**
 * Signals that cannot be put off: what a thread did itself (a fault, a stack without room for a handler's frame). If the
 * signal is blocked or ignored it ends the process, as in Linux (force_sig in signal(7)'s terms: "the results are
 * undefined" otherwise, POSIX pthread_sigmask).
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { Thread } from '../sched/tcb';
import { Process, processLock } from './process';
import { SIG_DFL, signalAction, signalHandler } from './signal-actions';
import { SI_KERNEL, SignalInfo, signalInfoSet, signalInfoSetAddress } from './signal-info';
import { SIGSEGV, signalBit } from './signal-numbers';
import { alert } from './signal';
import { pendingAdd, pendingOfThread } from './signal-queue';
import { UserAccount } from './user-account';

export { alert } from './signal';

const info = changetype<SignalInfo>(memory.data(48, 8));
/** A fault is always told. */
const NO_LIMIT: u64 = ~(<u64>0);

/** `code` and `address` go into siginfo. */
export function forceSignal(p: Process, t: Thread, signal: i32, code: i32, address: u64): void {
  const flags = lockIrqSave(processLock());
  forceLocked(p, t, signal, code, address);
  unlockIrqRestore(processLock(), flags);
}

/** There is no room for the handler of `failed`: SIGSEGV, which no handler sees when it is that one's. */
export function forceSegvLocked(p: Process, t: Thread, failed: i32): void {
  if (failed == SIGSEGV) setDefault(p, SIGSEGV);
  forceLocked(p, t, SIGSEGV, SI_KERNEL, 0);
}

function forceLocked(p: Process, t: Thread, signal: i32, code: i32, address: u64): void {
  const bit = signalBit(signal);
  if ((t.blocked & bit) != 0 || signalHandler(p, signal) == 0) {
    setDefault(p, signal);
    t.blocked &= ~bit;
  }
  signalInfoSet(info, signal, code, 0, 0);
  signalInfoSetAddress(info, address);
  pendingAdd(pendingOfThread(t), signal, info, changetype<UserAccount>(p.account), NO_LIMIT);
  alert(t);
}

function setDefault(p: Process, signal: i32): void {
  const action = signalAction(p, signal);
  if (changetype<usize>(action) != 0) action.handler = SIG_DFL;
  p.ignoredSignals &= ~signalBit(signal);
}
