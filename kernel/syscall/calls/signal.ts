/**
 * kill, rt_sigaction, rt_sigprocmask, pause (POSIX; Linux x86-64 structures).
 */
import { EFAULT, EINVAL, ENOMEM, ESRCH } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Process, currentProcess, processLock } from '../../proc/process';
import {
  SIGNAL_ACTION_SIZE,
  SIG_IGN,
  SignalAction,
  setSignalAction,
  signalAction,
} from '../../proc/signal-actions';
import { UNBLOCKABLE, signalAll, signalGroup, signalPid } from '../../proc/signal';
import { DEFAULT_IGNORE, SIGNAL_MAX, SIGSEGV, defaultAction, signalBit } from '../../proc/signal-numbers';
import { processExit } from '../../proc/exit';
import { leaveHandler } from '../../proc/signal-frame';
import { sleepUntil } from '../../sched/wait-queue';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

const SIG_BLOCK: u64 = 0;
const SIG_UNBLOCK: u64 = 1;
const SIG_SETMASK: u64 = 2;
/** The only sigset_t size that Linux takes. */
const SIGSET_SIZE: u64 = 8;
/** nowNs never gets there. */
const FOREVER: u64 = 0x7fff_ffff_ffff_ffff;

export function sysKill(a: SyscallArgs): i64 {
  const pid = <i32>a.a0;
  const signal = <i32>a.a1;
  if (pid > 0) return signalPid(pid, signal);
  if (pid == 0) return signalGroup(currentProcess().pgid, signal);
  return pid == -1 ? signalAll(signal) : signalGroup(-pid, signal);
}

/** A process has one thread, whose number is its own. */
export function sysTgkill(a: SyscallArgs): i64 {
  if (<i32>a.a0 <= 0 || <i32>a.a1 <= 0) return -EINVAL;
  return a.a0 == a.a1 ? signalPid(<i32>a.a1, <i32>a.a2) : -ESRCH;
}

export function sysRtSigaction(a: SyscallArgs): i64 {
  const signal = <i32>a.a0;
  if (signal < 1 || signal > SIGNAL_MAX || a.a3 != SIGSET_SIZE) return -EINVAL;
  if (a.a1 != 0 && (signalBit(signal) & UNBLOCKABLE) != 0) return -EINVAL;
  const p = currentProcess();
  const buffer = kmalloc(SIGNAL_ACTION_SIZE);
  if (buffer == 0) return -ENOMEM;
  let error: i32 = 0;
  // The new action is read before the old one is written: both may be the same structure.
  const action = kmalloc(SIGNAL_ACTION_SIZE);
  if (action == 0) error = -ENOMEM;
  if (error == 0 && a.a1 != 0) error = copyFromUser(action, a.a1, SIGNAL_ACTION_SIZE);
  if (error == 0 && a.a2 != 0) {
    getAction(p, signal, buffer);
    error = copyToUser(a.a2, buffer, SIGNAL_ACTION_SIZE);
  }
  if (error == 0 && a.a1 != 0) error = setAction(p, signal, changetype<SignalAction>(action));
  kfree(action);
  kfree(buffer);
  return error;
}

export function sysRtSigprocmask(a: SyscallArgs): i64 {
  if (a.a3 != SIGSET_SIZE) return -EINVAL;
  const p = currentProcess();
  const old = p.blockedSignals;
  const word = kmalloc(8);
  if (word == 0) return -ENOMEM;
  let error: i32 = 0;
  if (a.a1 != 0) {
    error = copyFromUser(word, a.a1, 8);
    const set = load<u64>(word);
    if (error == 0) error = changeMask(p, a.a0, set);
  }
  store<u64>(word, old);
  if (error == 0 && a.a2 != 0 && copyToUser(a.a2, word, 8) < 0) error = -EFAULT;
  kfree(word);
  return error;
}

/** Restores all registers, RAX among them. */
export function sysRtSigreturn(a: SyscallArgs): i64 {
  if (!leaveHandler(currentProcess(), a)) processExit(SIGSEGV);
  a.errorCode = ~(<u64>0);
  return <i64>a.rax;
}

export function sysPause(_a: SyscallArgs): i64 {
  return sleepUntil(FOREVER);
}

function changeMask(p: Process, how: u64, set: u64): i32 {
  const flags = lockIrqSave(processLock());
  let error: i32 = 0;
  if (how == SIG_BLOCK) p.blockedSignals |= set;
  else if (how == SIG_UNBLOCK) p.blockedSignals &= ~set;
  else if (how == SIG_SETMASK) p.blockedSignals = set;
  else error = -EINVAL;
  p.blockedSignals &= ~UNBLOCKABLE;
  unlockIrqRestore(processLock(), flags);
  return error;
}

function getAction(p: Process, signal: i32, out: usize): void {
  const action = signalAction(p, signal);
  if (changetype<usize>(action) != 0) memory.copy(out, changetype<usize>(action), SIGNAL_ACTION_SIZE);
  else if ((p.ignoredSignals & signalBit(signal)) != 0) store<u64>(out, SIG_IGN);
}

function setAction(p: Process, signal: i32, action: SignalAction): i32 {
  const bit = signalBit(signal);
  const error = setSignalAction(p, signal, changetype<usize>(action));
  if (error < 0) return error;
  const flags = lockIrqSave(processLock());
  if (action.handler == SIG_IGN) p.ignoredSignals |= bit;
  else p.ignoredSignals &= ~bit;
  // POSIX: becoming ignored discards what is pending.
  const ignored =
    action.handler == SIG_IGN || (action.handler == 0 && defaultAction(signal) == DEFAULT_IGNORE);
  if (ignored) p.pendingSignals &= ~bit;
  unlockIrqRestore(processLock(), flags);
  return 0;
}
