/**
 * rt_sigtimedwait: takes a pending signal of a set without its handler, or waits for one (POSIX sigtimedwait).
 *
 * As in Linux the signals count as unblocked while the caller sleeps, so that one of them ends the sleep; they are blocked
 * again before the call returns, and no handler sees them. One that is ignored is dropped when it is sent and never comes.
 */
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Process, currentProcess, processLock } from '../../proc/process';
import { UNBLOCKABLE } from '../../proc/signal';
import { signalBit } from '../../proc/signal-numbers';
import { nowNs } from '../../sched/clock';
import { sleepUntil } from '../../sched/wait-queue';
import { SyscallArgs } from '../arguments';
import { giveStructure } from '../buffers';
import { copyFromUser } from '../user-copy';
import { takeTimespec } from './time';

const SIGSET_SIZE: u64 = 8;
const SIGINFO_SIZE: usize = 128;
const FOREVER: u64 = 0x7fff_ffff_ffff_ffff;

/** The lowest pending signal of `set`, no longer pending; 0 when there is none. The caller holds processLock. */
function takeLocked(p: Process, set: u64): i32 {
  const found = p.pendingSignals & set;
  if (found == 0) return 0;
  const signal = <i32>ctz(found) + 1;
  p.pendingSignals &= ~signalBit(signal);
  return signal;
}

/** A signal, or -EAGAIN after the deadline, or -EINTR because of another signal. */
function waitFor(p: Process, set: u64, deadline: u64): i32 {
  let flags = lockIrqSave(processLock());
  let signal = takeLocked(p, set);
  if (signal == 0) {
    const blocked = p.blockedSignals;
    p.blockedSignals &= ~set;
    unlockIrqRestore(processLock(), flags);
    const slept = sleepUntil(deadline);
    flags = lockIrqSave(processLock());
    p.blockedSignals = blocked;
    signal = takeLocked(p, set);
    if (signal == 0) signal = slept == -EINTR ? -EINTR : -EAGAIN;
  }
  unlockIrqRestore(processLock(), flags);
  return signal;
}

export function sysRtSigtimedwait(a: SyscallArgs): i64 {
  if (a.a3 != SIGSET_SIZE) return -EINVAL;
  const word = kmalloc(8);
  if (word == 0) return -ENOMEM;
  const error = copyFromUser(word, a.a0, 8);
  const set = load<u64>(word) & ~UNBLOCKABLE;
  kfree(word);
  if (error < 0) return error;
  let deadline = FOREVER;
  if (a.a2 != 0) {
    const span = takeTimespec(a.a2);
    if (span < 0) return span;
    deadline = nowNs() + <u64>span;
  }
  const signal = waitFor(currentProcess(), set, deadline);
  if (signal < 0 || a.a1 == 0) return signal;
  const information = kmalloc(SIGINFO_SIZE);
  if (information == 0) return signal;
  store<i32>(information, signal);
  return giveStructure(a.a1, information, SIGINFO_SIZE) < 0 ? -EFAULT : signal;
}
