/**
 * futex, set_robust_list, get_robust_list (futex(2), get_robust_list(2)).
 */
import {
  EFAULT,
  EINTR,
  EINVAL,
  ENOSYS,
  EPERM,
  ERESTARTSYS,
  ERESTART_RESTARTBLOCK,
  ESRCH,
} from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { FUTEX_BITSET_ANY, futexRequeue, futexWait, futexWake, futexWakeOp } from '../../proc/futex';
import { futexLockPi, futexUnlockPi } from '../../proc/futex-pi';
import { mayTrace } from '../../proc/permission';
import { processLock } from '../../proc/process';
import { setRestart } from '../../proc/restart';
import { threadFindLocked } from '../../proc/thread-group';
import { nowNs } from '../../sched/clock';
import { DEADLINE_MONOTONIC, DEADLINE_NONE, DEADLINE_REALTIME, Deadline } from '../../sched/deadline';
import { currentThread } from '../../sched/scheduler';
import { Thread, threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyToUser } from '../user-copy';
import { takeTimespec } from './time';

const COMMAND_MASK: u32 = 0x7f;
const FUTEX_PRIVATE: u32 = 0x80;
const FUTEX_CLOCK_REALTIME: u32 = 0x100;
const WAIT: u32 = 0;
const WAKE: u32 = 1;
const REQUEUE: u32 = 3;
const CMP_REQUEUE: u32 = 4;
const WAKE_OP: u32 = 5;
const LOCK_PI: u32 = 6;
const UNLOCK_PI: u32 = 7;
const TRYLOCK_PI: u32 = 8;
const WAIT_BITSET: u32 = 9;
const WAKE_BITSET: u32 = 10;
const LOCK_PI2: u32 = 13;
const ROBUST_LIST_HEAD_SIZE: u64 = 24;
/** Behind what futex.ts uses of the scratch bytes. */
const DEADLINE: usize = 480;

/** The deadline of argument 4: 0 or a negative errno. Relative for `WAIT` alone. */
function takeDeadline(d: Deadline, address: u64, relative: bool, realtime: bool): i32 {
  d.kind = DEADLINE_NONE;
  if (address == 0) return 0;
  const taken = takeTimespec(address);
  if (taken < 0) return <i32>taken;
  d.kind = realtime && !relative ? DEADLINE_REALTIME : DEADLINE_MONOTONIC;
  d.ns = relative ? nowNs() + <u64>taken : <u64>taken;
  return 0;
}

export function sysFutex(a: SyscallArgs): i64 {
  const operation = <u32>a.a1;
  const command = operation & COMMAND_MASK;
  const isPrivate = (operation & FUTEX_PRIVATE) != 0;
  const realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
  if (realtime && command != WAIT && command != WAIT_BITSET && command != LOCK_PI2) return -ENOSYS;
  const value = <u32>a.a2;
  if (command == WAKE) return futexWake(a.a0, isPrivate, max<i32>(<i32>value, 1), FUTEX_BITSET_ANY);
  if (command == WAIT || command == WAIT_BITSET) return wait(a, command == WAIT, isPrivate, realtime);
  if (command == WAKE_BITSET) return futexWake(a.a0, isPrivate, max<i32>(<i32>value, 1), <u32>a.a5);
  if (command == REQUEUE || command == CMP_REQUEUE) {
    const compare = command == CMP_REQUEUE;
    return futexRequeue(a.a0, a.a4, isPrivate, <i32>value, <i32>a.a3, compare, <u32>a.a5);
  }
  if (command == WAKE_OP) return futexWakeOp(a.a0, a.a4, isPrivate, <i32>value, <i32>a.a3, <u32>a.a5);
  if (command == UNLOCK_PI) return futexUnlockPi(a.a0, isPrivate);
  const d = changetype<Deadline>(threadScratch(currentThread()) + DEADLINE);
  d.kind = DEADLINE_NONE;
  if (command == TRYLOCK_PI) return futexLockPi(a.a0, isPrivate, true, d);
  if (command != LOCK_PI && command != LOCK_PI2) return -ENOSYS;
  const error = takeDeadline(d, a.a3, false, command == LOCK_PI || realtime);
  return error < 0 ? error : futexLockPi(a.a0, isPrivate, false, d);
}

function wait(a: SyscallArgs, relative: bool, isPrivate: bool, realtime: bool): i64 {
  const t = currentThread();
  const d = changetype<Deadline>(threadScratch(t) + DEADLINE);
  const error = takeDeadline(d, a.a3, relative, realtime);
  if (error < 0) return error;
  const bits = relative ? FUTEX_BITSET_ANY : <u32>a.a5;
  const result = futexWait(a.a0, isPrivate, <u32>a.a2, bits, d);
  if (result != -EINTR) return result;
  if (d.kind == DEADLINE_NONE) return -ERESTARTSYS;
  t.restart0 = a.a0;
  t.restart1 = ((<u64>bits) << 32) | (<u64>(<u32>a.a2));
  t.restart2 = d.ns;
  t.restartClock = d.kind | (isPrivate ? FUTEX_PRIVATE : 0);
  return setRestart(t, waitAgain);
}

/** restart_syscall of a wait with a deadline. */
function waitAgain(t: Thread): i64 {
  const d = changetype<Deadline>(threadScratch(t) + DEADLINE);
  d.kind = t.restartClock & ~FUTEX_PRIVATE;
  d.ns = t.restart2;
  const isPrivate = (t.restartClock & FUTEX_PRIVATE) != 0;
  const result = futexWait(t.restart0, isPrivate, <u32>t.restart1, <u32>(t.restart1 >> 32), d);
  return result == -EINTR ? -ERESTART_RESTARTBLOCK : result;
}

export function sysSetRobustList(a: SyscallArgs): i64 {
  if (a.a1 != ROBUST_LIST_HEAD_SIZE) return -EINVAL;
  currentThread().robustList = a.a0;
  return 0;
}

export function sysGetRobustList(a: SyscallArgs): i64 {
  const scratch = threadScratch(currentThread());
  const flags = lockIrqSave(processLock());
  const t = a.a0 == 0 ? currentThread() : threadFindLocked(<i32>a.a0);
  let error = -ESRCH;
  if (changetype<usize>(t) != 0) {
    error = mayTrace(t) ? 0 : -EPERM;
    store<u64>(scratch, t.robustList);
    store<u64>(scratch, ROBUST_LIST_HEAD_SIZE, 8);
  }
  unlockIrqRestore(processLock(), flags);
  if (error < 0) return error;
  if (copyToUser(a.a1, scratch, 8) < 0 || copyToUser(a.a2, scratch + 8, 8) < 0) return -EFAULT;
  return 0;
}
