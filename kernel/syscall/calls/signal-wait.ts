/**
 * rt_sigtimedwait: takes a pending signal of a set without its handler, or waits for one (POSIX sigtimedwait).
 *
 * The signals stay blocked; while the caller sleeps they count as awaited, so that they end the sleep and are not dropped
 * when they are ignored (as in Linux).
 */
import { EAGAIN, EFAULT, EINTR, EINVAL } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { takeLocked } from '../../proc/deliver';
import { currentProcess, processLock } from '../../proc/process';
import { SIGINFO_SIZE, SIGNAL_INFO_SIZE, SignalInfo } from '../../proc/signal-info';
import { UNBLOCKABLE } from '../../proc/signal-numbers';
import { threadQueue } from '../../proc/thread-group';
import { nowNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { sleepOnDeadline } from '../../sched/wait-queue';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';
import { takeTimespec } from './time';

const SIGSET_SIZE: u64 = 8;
const FOREVER: u64 = 0x7fff_ffff_ffff_ffff;

/** A signal, its siginfo in `info`; -EAGAIN after the deadline, or -EINTR because of another signal. */
function waitFor(set: u64, deadline: u64, info: SignalInfo): i32 {
  const t = currentThread();
  const p = currentProcess();
  const flags = lockIrqSave(processLock());
  let signal = takeLocked(p, t, set, info);
  let error: i32 = 0;
  while (signal == 0 && error == 0 && nowNs() < deadline) {
    t.awaited = set;
    error = sleepOnDeadline(threadQueue(t), processLock(), deadline);
    t.awaited = 0;
    signal = takeLocked(p, t, set, info);
  }
  unlockIrqRestore(processLock(), flags);
  if (signal != 0) return signal;
  return error == -EINTR ? -EINTR : -EAGAIN;
}

export function sysRtSigtimedwait(a: SyscallArgs): i64 {
  if (a.a3 != SIGSET_SIZE) return -EINVAL;
  const scratch = threadScratch(currentThread());
  if (copyFromUser(scratch, a.a0, 8) < 0) return -EFAULT;
  const set = load<u64>(scratch) & ~UNBLOCKABLE;
  let deadline = FOREVER;
  if (a.a2 != 0) {
    const span = takeTimespec(a.a2);
    if (span < 0) return span;
    deadline = nowNs() + <u64>span;
  }
  memory.fill(scratch + SIGNAL_INFO_SIZE, 0, SIGINFO_SIZE - SIGNAL_INFO_SIZE);
  const signal = waitFor(set, deadline, changetype<SignalInfo>(scratch));
  if (signal < 0 || a.a1 == 0) return signal;
  return copyToUser(a.a1, scratch, SIGINFO_SIZE) < 0 ? -EFAULT : signal;
}
