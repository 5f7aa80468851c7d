/**
 * Sending signals; deliver.ts takes them on the way back to user code.
 *
 * - A signal is pending from here until a thread takes it; an ignored one is dropped at once, unless it is blocked (as in
 *   Linux). Blocked signals stay pending. SIGKILL and SIGSTOP can be neither ignored nor blocked.
 * - A signal for a process is taken by any thread that does not block it; one that sleeps is woken for it.
 * - Everything here may be called from any context. Functions named Locked are called with processLock held.
 * - What the kernel sends has the code SI_KERNEL; kill-signal.ts sends for processes.
 */
import { EAGAIN, EINVAL, ESRCH } from '../lib/errno';
import { PID_INIT } from '../lib/ids';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { continueThread, currentThread, makeRunnable } from '../sched/scheduler';
import { SLEEP_INTERRUPTIBLE, SLEEP_KILLABLE, THREAD_STOPPED, Thread, WORK_SIGNAL } from '../sched/tcb';
import { wakeAll } from '../sched/wait-queue';
import { RLIMIT_SIGPENDING, limitOf } from './limits';
import {
  PROCESS_ALIVE,
  PROCESS_STOPPED,
  PROCESS_ZOMBIE,
  Process,
  currentProcess,
  isNull,
  processFindLocked,
  processFirstLocked,
  processLock,
  processThread,
  signalWaitQueue,
} from './process';
import { notifyParentLocked } from './child-news';
import { countStopped } from './groups';
import { signalHandler } from './signal-actions';
import { CLD_CONTINUED, SI_KERNEL, SignalInfo, signalInfoSet } from './signal-info';
import {
  DEFAULT_CONTINUE,
  DEFAULT_IGNORE,
  SIGCONT,
  SIGKILL,
  SIGNAL_MAX,
  STOP_SIGNALS,
  UNBLOCKABLE,
  defaultAction,
  signalBit,
} from './signal-numbers';
import { PendingSignals, pendingAdd, pendingDrop, pendingOfProcess, pendingOfThread } from './signal-queue';
import { UserAccount } from './user-account';

const KILL_BIT: u64 = 1 << 8;
const kernelInfo = changetype<SignalInfo>(memory.data(48, 8));

/** For setSignalCheck: would something end this thread's sleep? */
export function threadHasSignal(thread: usize): bool {
  const t = changetype<Thread>(thread);
  const p = changetype<Process>(t.process);
  const pending = t.pending | p.pendingSignals;
  if (t.interruptible == SLEEP_KILLABLE) return (pending & KILL_BIT) != 0;
  return (pending & ~(t.blocked & ~t.awaited)) != 0 || p.groupStop != 0;
}

/** Signals that the current thread would take now; 0 in a kernel thread. */
export function signalPending(): bool {
  return currentThread().process != 0 && threadHasSignal(changetype<usize>(currentThread()));
}

/** Does the calling thread block `signal`, or its process ignore it? For terminals. */
export function signalHeldBack(signal: i32): bool {
  const p = currentProcess();
  return ((p.ignoredSignals | currentThread().blocked) & signalBit(signal)) != 0;
}

/** The kernel sends `signal` to a process. */
export function signalProcess(p: Process, signal: i32): void {
  const flags = lockIrqSave(processLock());
  signalLocked(p, signal);
  unlockIrqRestore(processLock(), flags);
}

/** As signalProcess with what there is to say: `info.signal` is the signal. 0, or -EAGAIN when it cannot be queued. */
export function sendSignalToProcess(p: Process, info: SignalInfo): i32 {
  const flags = lockIrqSave(processLock());
  const result = sendLocked(p, changetype<Thread>(<usize>0), info);
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** The kernel sends `signal` to every process of a group: 0, or -ESRCH when it is empty. */
export function signalGroup(pgid: i32, signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const found = signalGroupLocked(pgid, signal);
  unlockIrqRestore(processLock(), flags);
  return found;
}

export function signalGroupLocked(pgid: i32, signal: i32): i32 {
  let found = -ESRCH;
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid != pgid) continue;
    signalLocked(p, signal);
    found = 0;
  }
  return found;
}

/** As signalGroup with what there is to say. */
export function sendSignalToGroup(pgid: i32, info: SignalInfo): i32 {
  const flags = lockIrqSave(processLock());
  let found = -ESRCH;
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid != pgid) continue;
    sendLocked(p, changetype<Thread>(<usize>0), info);
    found = 0;
  }
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** The kernel sends `signal` to the process with this number: 0 or -ESRCH. Signal 0 only asks. */
export function signalPid(pid: i32, signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  if (!isNull(p)) signalLocked(p, signal);
  unlockIrqRestore(processLock(), flags);
  return isNull(p) ? -ESRCH : 0;
}

export function signalLocked(p: Process, signal: i32): void {
  if (signal == 0) return;
  signalInfoSet(kernelInfo, signal, SI_KERNEL, 0, 0);
  sendLocked(p, changetype<Thread>(<usize>0), kernelInfo);
}

/** To the process, or to `t` alone when that is not null: 0, or -EAGAIN when a real-time signal cannot be queued. */
export function sendLocked(p: Process, t: Thread, info: SignalInfo): i32 {
  const signal = info.signal;
  if (signal == 0 || p.state == PROCESS_ZOMBIE) return 0;
  beforePostLocked(p, signal);
  if (isDropped(p, t, signal)) return 0;
  const account = changetype<UserAccount>(p.account);
  const added = pendingAdd(targetOf(p, t), signal, info, account, limitOf(p, RLIMIT_SIGPENDING));
  if (!added) return -EAGAIN;
  afterPostLocked(p, t, signal);
  return 0;
}

export function targetOf(p: Process, t: Thread): PendingSignals {
  return changetype<usize>(t) != 0 ? pendingOfThread(t) : pendingOfProcess(p);
}

/** SIGCONT ends a stop and every stop signal that is pending, and the other way round (POSIX 2.4.1). */
export function beforePostLocked(p: Process, signal: i32): void {
  if (signal == SIGCONT) {
    dropEverywhere(p, STOP_SIGNALS);
    resumeLocked(p, true);
  } else if ((signalBit(signal) & STOP_SIGNALS) != 0) {
    dropEverywhere(p, signalBit(SIGCONT));
  }
}

/** Drops pending signals of the process and all its threads. */
export function dropEverywhere(p: Process, which: u64): void {
  pendingDrop(pendingOfProcess(p), which);
  for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
    pendingDrop(pendingOfThread(changetype<Thread>(at)), which);
  }
}

/** A signal became pending: whoever is to take it is woken. */
export function afterPostLocked(p: Process, t: Thread, signal: i32): void {
  const wait = signalWaitQueue(p);
  if (wait.head != 0) wakeAll(wait);
  if (signal == SIGKILL) {
    resumeLocked(p, false);
    for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
      const each = changetype<Thread>(at);
      each.work |= WORK_SIGNAL;
      if (each.interruptible != 0) makeRunnable(each);
    }
    return;
  }
  if (changetype<usize>(t) != 0) {
    if (wants(t, signal)) alert(t);
    return;
  }
  let woken = false;
  for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
    const each = changetype<Thread>(at);
    if (!wants(each, signal)) continue;
    each.work |= WORK_SIGNAL;
    if (woken || each.state == THREAD_STOPPED) continue;
    if (each.interruptible == SLEEP_INTERRUPTIBLE) makeRunnable(each);
    woken = true;
  }
}

/** Makes the thread look for signals: now if it sleeps interruptibly, otherwise before it returns to user code. */
export function alert(t: Thread): void {
  t.work |= WORK_SIGNAL;
  if (t.interruptible == SLEEP_INTERRUPTIBLE) makeRunnable(t);
}

/** From now on `t` blocks `mask`. What it no longer takes may have woken only it: the others look again. */
export function setBlockedLocked(p: Process, t: Thread, mask: u64): void {
  const added = mask & ~t.blocked;
  t.blocked = mask & ~UNBLOCKABLE;
  if (((t.pending | p.pendingSignals) & ~t.blocked) != 0) t.work |= WORK_SIGNAL;
  if ((p.pendingSignals & added) != 0) alertOthersLocked(p, t);
}

/** The threads but `t` look for signals that are pending for the process: `t` takes none of them. */
export function alertOthersLocked(p: Process, t: Thread): void {
  for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
    if (at != changetype<usize>(t)) alert(changetype<Thread>(at));
  }
}

function wants(t: Thread, signal: i32): bool {
  return (t.blocked & ~t.awaited & signalBit(signal)) == 0;
}

/**
 * Ignored explicitly or by default, and not blocked by the thread (the first, for a process); init gets nothing that it
 * has no handler for.
 */
export function isDropped(p: Process, t: Thread, signal: i32): bool {
  if (signalHandler(p, signal) != 0) return false;
  const bit = signalBit(signal);
  const taker = changetype<usize>(t) != 0 ? t : processThread(p);
  if (changetype<usize>(taker) != 0 && ((taker.blocked | taker.awaited) & bit) != 0) return false;
  if (p.pid == PID_INIT) return true;
  if ((bit & UNBLOCKABLE) != 0) return false;
  if ((p.ignoredSignals & bit) != 0) return true;
  const action = defaultAction(signal);
  return action == DEFAULT_IGNORE || action == DEFAULT_CONTINUE;
}

/** Ends a stop of the whole process, finished or just begun. */
function resumeLocked(p: Process, tell: bool): void {
  if (p.groupStop == 0) return;
  const wasStopped = p.state == PROCESS_STOPPED;
  p.groupStop = 0;
  p.stopSignal = 0;
  if (wasStopped) {
    p.state = PROCESS_ALIVE;
    countStopped(-1);
  }
  for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
    const t = changetype<Thread>(at);
    if (t.state == THREAD_STOPPED) continueThread(t);
  }
  if (!wasStopped || !tell) return;
  p.continued = 1;
  notifyParentLocked(p, CLD_CONTINUED, SIGCONT);
}
