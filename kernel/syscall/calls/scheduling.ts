/**
 * sched_*, getpriority, setpriority, getcpu, membarrier (sched(7), setpriority(2)).
 */
import { E2BIG, EFAULT, EINVAL, EPERM, ESRCH } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { credentialsOf, currentCredentials } from '../../proc/credentials';
import { mayTune } from '../../proc/permission';
import { Process, currentProcess, isNull, processFirstLocked, processLock } from '../../proc/process';
import { priorityRange, setNiceLocked, setPolicyLocked, setPriorityLocked } from '../../proc/scheduling';
import { threadFindLocked } from '../../proc/thread-group';
import { NS_PER_SECOND } from '../../sched/clock';
import { RR_QUANTUM_NS, currentThread, schedule } from '../../sched/scheduler';
import { Thread, threadScratch } from '../../sched/tcb';
import { SCHED_RR, isRealTimePolicy } from '../../sched/weight';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

const RESET_ON_FORK: u32 = 0x40000000;
/** sched_setattr's flag for the same; the other flags keep policy or parameters as they are. */
const FLAG_RESET_ON_FORK: u64 = 1;
const FLAG_KEEP_POLICY: u64 = 8;
const FLAG_KEEP_PARAMS: u64 = 16;
const ATTR_SIZE0: u32 = 48;
const PRIO_PROCESS: u32 = 0;
const PRIO_PGRP: u32 = 1;
const PRIO_USER: u32 = 2;
/** Bytes of a CPU mask that the kernel has: one word, one CPU. */
const MASK_BYTES: u64 = 8;
const CPU_MASK: u64 = 1;
const MEMBARRIER_QUERY: u64 = 0;
/** GLOBAL, GLOBAL_EXPEDITED and its registration, PRIVATE_EXPEDITED and its registration. */
const MEMBARRIER_KNOWN: u64 = 1 | 2 | 4 | 8 | 16;

/** The thread of a number (0: the caller); null when there is none. The caller holds processLock. */
function threadOf(tid: u64): Thread {
  return <i32>tid == 0 ? currentThread() : threadFindLocked(<i32>tid);
}

function isNone(t: Thread): bool {
  return changetype<usize>(t) == 0;
}

export function sysSchedYield(_a: SyscallArgs): i64 {
  schedule();
  return 0;
}

/** `policy` < 0: that of the thread. */
function setPolicy(tid: u64, policy: i32, priority: i32, reset: bool): i64 {
  if (<i32>tid < 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const t = threadOf(tid);
  let result: i32 = -ESRCH;
  if (!isNone(t)) {
    result = policy < 0 ? setPriorityLocked(t, priority) : setPolicyLocked(t, <u32>policy, priority, reset);
  }
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** struct sched_param is one int. */
function takePriority(address: u64): i64 {
  const word = threadScratch(currentThread());
  if (address == 0) return -EINVAL;
  if (copyFromUser(word, address, 4) < 0) return -EFAULT;
  return <i64>load<u32>(word);
}

export function sysSchedSetscheduler(a: SyscallArgs): i64 {
  const policy = <u32>a.a1;
  if (<i32>policy < 0) return -EINVAL;
  const priority = takePriority(a.a2);
  if (priority < 0) return priority;
  return setPolicy(a.a0, <i32>(policy & ~RESET_ON_FORK), <i32>priority, (policy & RESET_ON_FORK) != 0);
}

export function sysSchedSetparam(a: SyscallArgs): i64 {
  const priority = takePriority(a.a1);
  return priority < 0 ? priority : setPolicy(a.a0, -1, <i32>priority, false);
}

export function sysSchedGetscheduler(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const t = threadOf(a.a0);
  let result: i64 = -ESRCH;
  if (!isNone(t)) result = <i64>(t.policy | (t.resetOnFork != 0 ? RESET_ON_FORK : 0));
  unlockIrqRestore(processLock(), flags);
  return result;
}

export function sysSchedGetparam(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0 || a.a1 == 0) return -EINVAL;
  const word = threadScratch(currentThread());
  const flags = lockIrqSave(processLock());
  const t = threadOf(a.a0);
  if (!isNone(t)) store<u32>(word, t.ownPriority);
  unlockIrqRestore(processLock(), flags);
  if (isNone(t)) return -ESRCH;
  return copyToUser(a.a1, word, 4) < 0 ? -EFAULT : 0;
}

export function sysSchedGetPriorityMax(a: SyscallArgs): i64 {
  const range = priorityRange(<u32>a.a0);
  return range < 0 ? range : range & 0xff;
}

export function sysSchedGetPriorityMin(a: SyscallArgs): i64 {
  const range = priorityRange(<u32>a.a0);
  return range < 0 ? range : range >> 8;
}

/** The quantum of SCHED_RR, 0 for SCHED_FIFO, the slice of the others. */
export function sysSchedRrGetInterval(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const t = threadOf(a.a0);
  let ns: u64 = 0;
  if (!isNone(t)) ns = t.policy == SCHED_RR ? RR_QUANTUM_NS : isRealTimePolicy(t.policy) ? 0 : 3_000_000;
  unlockIrqRestore(processLock(), flags);
  if (isNone(t)) return -ESRCH;
  const pair = threadScratch(currentThread());
  store<u64>(pair, ns / NS_PER_SECOND);
  store<u64>(pair, ns % NS_PER_SECOND, 8);
  return copyToUser(a.a1, pair, 16) < 0 ? -EFAULT : 0;
}

/** One CPU: a mask must name it. */
export function sysSchedSetaffinity(a: SyscallArgs): i64 {
  const word = threadScratch(currentThread());
  store<u64>(word, 0);
  if (copyFromUser(word, a.a2, <usize>min(a.a1, MASK_BYTES)) < 0) return -EFAULT;
  if ((load<u64>(word) & CPU_MASK) == 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const t = threadOf(a.a0);
  let result: i64 = -ESRCH;
  if (!isNone(t)) result = mayTune(changetype<Process>(t.process)) ? 0 : -EPERM;
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** Returns the bytes written. */
export function sysSchedGetaffinity(a: SyscallArgs): i64 {
  if (a.a1 < MASK_BYTES || (a.a1 & 7) != 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const none = isNone(threadOf(a.a0));
  unlockIrqRestore(processLock(), flags);
  if (none) return -ESRCH;
  const word = threadScratch(currentThread());
  store<u64>(word, CPU_MASK);
  return copyToUser(a.a2, word, <usize>MASK_BYTES) < 0 ? -EFAULT : <i64>MASK_BYTES;
}

/** struct sched_attr: size, policy, flags, nice, priority, three of SCHED_DEADLINE (sched_setattr(2)). */
export function sysSchedSetattr(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0 || a.a1 == 0 || a.a2 != 0) return -EINVAL;
  const raw = threadScratch(currentThread());
  if (copyFromUser(raw, a.a1, 4) < 0) return -EFAULT;
  const size = load<u32>(raw);
  if (size != 0 && size < ATTR_SIZE0) return -E2BIG;
  if (copyFromUser(raw, a.a1, ATTR_SIZE0) < 0) return -EFAULT;
  const policy = load<u32>(raw, 4);
  const wanted = load<u64>(raw, 8);
  const nice = load<i32>(raw, 16);
  const priority = load<u32>(raw, 20);
  if ((wanted & ~(FLAG_RESET_ON_FORK | FLAG_KEEP_POLICY | FLAG_KEEP_PARAMS)) != 0 || <i32>policy < 0)
    return -EINVAL;
  const flags = lockIrqSave(processLock());
  const t = threadOf(a.a0);
  let result: i32 = -ESRCH;
  if (!isNone(t)) {
    const p = (wanted & FLAG_KEEP_POLICY) != 0 ? t.policy : policy;
    const n = (wanted & FLAG_KEEP_PARAMS) != 0 ? t.ownPriority : priority;
    result = setPolicyLocked(t, p, <i32>n, (wanted & FLAG_RESET_ON_FORK) != 0);
    if (result == 0 && !isRealTimePolicy(p) && (wanted & FLAG_KEEP_PARAMS) == 0)
      result = setNiceLocked(t, nice);
    if (result < 0 && result != -EINVAL) result = -EPERM;
  }
  unlockIrqRestore(processLock(), flags);
  return result;
}

export function sysSchedGetattr(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0 || a.a1 == 0 || a.a2 < ATTR_SIZE0 || a.a3 != 0) return -EINVAL;
  const raw = threadScratch(currentThread());
  memory.fill(raw, 0, ATTR_SIZE0);
  const flags = lockIrqSave(processLock());
  const t = threadOf(a.a0);
  if (!isNone(t)) {
    store<u32>(raw, ATTR_SIZE0);
    store<u32>(raw, t.policy, 4);
    store<u64>(raw, t.resetOnFork != 0 ? FLAG_RESET_ON_FORK : 0, 8);
    store<i32>(raw, t.nice, 16);
    store<u32>(raw, t.ownPriority, 20);
  }
  unlockIrqRestore(processLock(), flags);
  if (isNone(t)) return -ESRCH;
  return copyToUser(a.a1, raw, ATTR_SIZE0) < 0 ? -EFAULT : 0;
}

/** Does a thread of `p` fall under `which` and `who`? */
function falls(p: Process, which: u32, who: i32): bool {
  if (which == PRIO_PGRP) return p.pgid == who;
  return credentialsOf(p).uid == <u32>who;
}

function selfOf(which: u32): i32 {
  if (which == PRIO_PGRP) return currentProcess().pgid;
  return <i32>currentCredentials().uid;
}

/** 20 - nice of the most favoured thread, as the kernel gives it. */
export function sysGetpriority(a: SyscallArgs): i64 {
  const which = <u32>a.a0;
  if (which > PRIO_USER) return -EINVAL;
  const flags = lockIrqSave(processLock());
  let best: i64 = -ESRCH;
  if (which == PRIO_PROCESS) {
    const t = threadOf(a.a1);
    if (!isNone(t)) best = 20 - t.nice;
  } else {
    const who = <i32>a.a1 == 0 ? selfOf(which) : <i32>a.a1;
    for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
      if (!falls(p, which, who)) continue;
      for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
        best = max<i64>(best, 20 - changetype<Thread>(at).nice);
      }
    }
  }
  unlockIrqRestore(processLock(), flags);
  return best;
}

export function sysSetpriority(a: SyscallArgs): i64 {
  const which = <u32>a.a0;
  if (which > PRIO_USER) return -EINVAL;
  const nice = <i32>a.a2;
  const flags = lockIrqSave(processLock());
  let result: i32 = -ESRCH;
  if (which == PRIO_PROCESS) {
    const t = threadOf(a.a1);
    if (!isNone(t)) result = setNiceLocked(t, nice);
  } else {
    const who = <i32>a.a1 == 0 ? selfOf(which) : <i32>a.a1;
    for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
      if (!falls(p, which, who)) continue;
      for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
        const one = setNiceLocked(changetype<Thread>(at), nice);
        if (result == -ESRCH || one < 0) result = one;
      }
    }
  }
  unlockIrqRestore(processLock(), flags);
  return result;
}

export function sysGetcpu(a: SyscallArgs): i64 {
  const word = threadScratch(currentThread());
  store<u64>(word, <u64>currentThread().cpu);
  if (a.a0 != 0 && copyToUser(a.a0, word, 4) < 0) return -EFAULT;
  return a.a1 != 0 && copyToUser(a.a1, word + 4, 4) < 0 ? -EFAULT : 0;
}

/** With one CPU every thread that does not run has passed a barrier when it was switched away from. */
export function sysMembarrier(a: SyscallArgs): i64 {
  if (a.a1 != 0) return -EINVAL;
  if (a.a0 == MEMBARRIER_QUERY) return <i64>MEMBARRIER_KNOWN;
  return (a.a0 & ~MEMBARRIER_KNOWN) == 0 && popcnt(a.a0) == 1 ? 0 : -EINVAL;
}
