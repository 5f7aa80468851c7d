/**
 * kill and its kin, rt_sigaction, rt_sigprocmask, rt_sigsuspend, rt_sigpending, sigaltstack, pause (POSIX; Linux x86-64
 * structures).
 */
import { EFAULT, EINVAL, ENOMEM, EPERM, ERESTARTNOHAND } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { altStackFlags, onAltStack, setAltStack } from '../../proc/alt-stack';
import { NO_CALL } from '../../proc/deliver';
import { killSignal, killThread, queueSignal, queueThreadSignal } from '../../proc/kill-signal';
import { Process, currentProcess, processLock } from '../../proc/process';
import { restartCall } from '../../proc/restart';
import {
  SA_KNOWN,
  SIGNAL_ACTION_SIZE,
  SIG_IGN,
  SignalAction,
  setSignalAction,
  signalAction,
} from '../../proc/signal-actions';
import { forceSignal } from '../../proc/signal-fault';
import { leaveHandler } from '../../proc/signal-frame';
import { SIGINFO_SIZE, SI_KERNEL, SignalInfo } from '../../proc/signal-info';
import { changeMask, pendingSignalsOf, setTemporaryMask } from '../../proc/signal-mask';
import { dropEverywhere } from '../../proc/signal';
import {
  DEFAULT_CONTINUE,
  DEFAULT_IGNORE,
  SIGNAL_MAX,
  SIGSEGV,
  UNBLOCKABLE,
  defaultAction,
  signalBit,
} from '../../proc/signal-numbers';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { sleepUntil } from '../../sched/wait-queue';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

/** The only sigset_t size that Linux takes. */
const SIGSET_SIZE: u64 = 8;
/** nowNs never gets there. */
const FOREVER: u64 = 0x7fff_ffff_ffff_ffff;
const STACK_SIZE: usize = 24;

export function sysKill(a: SyscallArgs): i64 {
  return killSignal(<i32>a.a0, <i32>a.a1);
}

export function sysTkill(a: SyscallArgs): i64 {
  return <i32>a.a0 <= 0 ? -EINVAL : killThread(-1, <i32>a.a0, <i32>a.a1);
}

export function sysTgkill(a: SyscallArgs): i64 {
  if (<i32>a.a0 <= 0 || <i32>a.a1 <= 0) return -EINVAL;
  return killThread(<i32>a.a0, <i32>a.a1, <i32>a.a2);
}

/** The siginfo at `address` in scratch, for `signal`: 0, -EINVAL, -EFAULT. */
function takeInfo(signal: i32, address: u64): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const scratch = threadScratch(currentThread());
  if (copyFromUser(scratch, address, SIGINFO_SIZE) < 0) return -EFAULT;
  changetype<SignalInfo>(scratch).signal = signal;
  return 0;
}

export function sysRtSigqueueinfo(a: SyscallArgs): i64 {
  const error = takeInfo(<i32>a.a1, a.a2);
  if (error < 0) return error;
  return queueSignal(<i32>a.a0, changetype<SignalInfo>(threadScratch(currentThread())));
}

export function sysRtTgsigqueueinfo(a: SyscallArgs): i64 {
  if (<i32>a.a0 <= 0 || <i32>a.a1 <= 0) return -EINVAL;
  const error = takeInfo(<i32>a.a2, a.a3);
  if (error < 0) return error;
  return queueThreadSignal(<i32>a.a0, <i32>a.a1, changetype<SignalInfo>(threadScratch(currentThread())));
}

export function sysRtSigaction(a: SyscallArgs): i64 {
  const signal = <i32>a.a0;
  if (signal < 1 || signal > SIGNAL_MAX || a.a3 != SIGSET_SIZE) return -EINVAL;
  if (a.a1 != 0 && (signalBit(signal) & UNBLOCKABLE) != 0) return -EINVAL;
  const p = currentProcess();
  // The new action is read before the old one is written: both may be the same structure.
  const action = threadScratch(currentThread());
  const old = action + SIGNAL_ACTION_SIZE;
  if (a.a1 != 0 && copyFromUser(action, a.a1, SIGNAL_ACTION_SIZE) < 0) return -EFAULT;
  if (a.a2 != 0) {
    getAction(p, signal, old);
    if (a.a1 == 0) return copyToUser(a.a2, old, SIGNAL_ACTION_SIZE) < 0 ? -EFAULT : 0;
  }
  const error = setAction(p, signal, changetype<SignalAction>(action));
  if (error < 0 || a.a2 == 0) return error;
  return copyToUser(a.a2, old, SIGNAL_ACTION_SIZE) < 0 ? -EFAULT : 0;
}

export function sysRtSigprocmask(a: SyscallArgs): i64 {
  if (a.a3 != SIGSET_SIZE) return -EINVAL;
  const t = currentThread();
  const word = threadScratch(t);
  const old = t.blocked;
  if (a.a1 != 0) {
    if (copyFromUser(word, a.a1, 8) < 0) return -EFAULT;
    const error = changeMask(a.a0, load<u64>(word));
    if (error < 0) return error;
  }
  if (a.a2 == 0) return 0;
  store<u64>(word, old);
  return copyToUser(a.a2, word, 8) < 0 ? -EFAULT : 0;
}

/** Blocked and pending. */
export function sysRtSigpending(a: SyscallArgs): i64 {
  if (a.a1 > SIGSET_SIZE) return -EINVAL;
  const word = threadScratch(currentThread());
  store<u64>(word, pendingSignalsOf(currentThread().blocked));
  return copyToUser(a.a0, word, <usize>a.a1) < 0 ? -EFAULT : 0;
}

export function sysRtSigsuspend(a: SyscallArgs): i64 {
  if (a.a1 != SIGSET_SIZE) return -EINVAL;
  const word = threadScratch(currentThread());
  if (copyFromUser(word, a.a0, 8) < 0) return -EFAULT;
  setTemporaryMask(load<u64>(word) & ~UNBLOCKABLE);
  sleepUntil(FOREVER);
  return -ERESTARTNOHAND;
}

/** Restores all registers, RAX among them. */
export function sysRtSigreturn(a: SyscallArgs): i64 {
  const t = currentThread();
  a.errorCode = NO_CALL;
  if (!leaveHandler(t, a)) forceSignal(currentProcess(), t, SIGSEGV, SI_KERNEL, 0);
  return <i64>a.rax;
}

export function sysPause(_a: SyscallArgs): i64 {
  sleepUntil(FOREVER);
  return -ERESTARTNOHAND;
}

export function sysRestartSyscall(_a: SyscallArgs): i64 {
  return restartCall(currentThread());
}

/** struct sigaltstack: address, flags, size. */
export function sysSigaltstack(a: SyscallArgs): i64 {
  const t = currentThread();
  const wanted = threadScratch(t);
  const old = wanted + STACK_SIZE;
  if (a.a0 != 0 && copyFromUser(wanted, a.a0, STACK_SIZE) < 0) return -EFAULT;
  store<u64>(old, t.altStack);
  store<u64>(old, altStackFlags(t, a.rsp), 8);
  store<u64>(old, t.altSize, 16);
  if (a.a0 != 0) {
    if (onAltStack(t, a.rsp)) return -EPERM;
    const flags = load<u32>(wanted, 8);
    const error = setAltStack(t, load<u64>(wanted), load<u64>(wanted, 16), flags);
    if (error < 0) return error;
  }
  return a.a1 != 0 && copyToUser(a.a1, old, STACK_SIZE) < 0 ? -EFAULT : 0;
}

function getAction(p: Process, signal: i32, out: usize): void {
  const action = signalAction(p, signal);
  if (changetype<usize>(action) != 0) memory.copy(out, changetype<usize>(action), SIGNAL_ACTION_SIZE);
  else memory.fill(out, 0, SIGNAL_ACTION_SIZE);
}

function setAction(p: Process, signal: i32, action: SignalAction): i32 {
  const bit = signalBit(signal);
  action.flags &= SA_KNOWN;
  action.mask &= ~UNBLOCKABLE;
  const flags = lockIrqSave(processLock());
  const error = setSignalAction(p, signal, changetype<usize>(action)) < 0 ? -ENOMEM : 0;
  if (error == 0) {
    if (action.handler == SIG_IGN) p.ignoredSignals |= bit;
    else p.ignoredSignals &= ~bit;
    // POSIX: becoming ignored discards what is pending.
    const byDefault = defaultAction(signal);
    const harmless = byDefault == DEFAULT_IGNORE || byDefault == DEFAULT_CONTINUE;
    if (action.handler == SIG_IGN || (action.handler == 0 && harmless)) dropEverywhere(p, bit);
  }
  unlockIrqRestore(processLock(), flags);
  return error;
}
