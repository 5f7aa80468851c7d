/**
 * getitimer, setitimer, alarm; timer_create and its kin (setitimer(2), timer_create(2)).
 */
import { EFAULT, EINVAL, EOPNOTSUPP } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE, clockNow } from '../../proc/clocks';
import {
  ITIMER_PROF,
  ITIMER_REAL,
  IntervalValue,
  getInterval,
  setInterval,
} from '../../proc/interval-timers';
import {
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGEV_THREAD_ID,
  posixTimerCreate,
  posixTimerDelete,
  posixTimerGet,
  posixTimerOverrun,
  posixTimerSet,
} from '../../proc/posix-timers';
import { currentProcess, processLock } from '../../proc/process';
import { SIGALRM, SIGNAL_MAX } from '../../proc/signal-numbers';
import { threadFindLocked } from '../../proc/thread-group';
import { NS_PER_SECOND } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';
import { timespecNs } from './time';

const TIMER_ABSTIME: u64 = 1;
/** Linux's old clock of the hardware, which no timer runs by. */
const CLOCK_MONOTONIC_RAW: i32 = 4;
const VALUE: usize = 64;
const OLD: usize = 96;
const SIGEVENT_SIZE: usize = 64;

function valueAt(offset: usize): IntervalValue {
  return changetype<IntervalValue>(threadScratch(currentThread()) + offset);
}

/** Interval and value of microseconds: 0, -EFAULT, -EINVAL. */
function takeItimerval(address: u64, out: IntervalValue): i32 {
  const raw = threadScratch(currentThread());
  if (copyFromUser(raw, address, 32) < 0) return -EFAULT;
  for (let at: usize = 0; at < 32; at += 16) {
    if (load<u64>(raw + at, 8) >= 1_000_000) return -EINVAL;
    store<u64>(raw + at, load<u64>(raw + at, 8) * 1000, 8);
  }
  return fromPairs(raw, out);
}

function takeItimerspec(address: u64, out: IntervalValue): i32 {
  const raw = threadScratch(currentThread());
  return copyFromUser(raw, address, 32) < 0 ? -EFAULT : fromPairs(raw, out);
}

function fromPairs(raw: usize, out: IntervalValue): i32 {
  const interval = timespecNs(raw);
  const value = timespecNs(raw + 16);
  if (interval < 0 || value < 0) return -EINVAL;
  out.intervalNs = <u64>interval;
  out.valueNs = <u64>value;
  return 0;
}

/** `unit`: nanoseconds in the fraction's unit. */
function give(address: u64, v: IntervalValue, unit: u64): i64 {
  const raw = threadScratch(currentThread());
  store<u64>(raw, v.intervalNs / NS_PER_SECOND);
  store<u64>(raw, (v.intervalNs % NS_PER_SECOND) / unit, 8);
  store<u64>(raw, v.valueNs / NS_PER_SECOND, 16);
  store<u64>(raw, (v.valueNs % NS_PER_SECOND) / unit, 24);
  return copyToUser(address, raw, 32) < 0 ? -EFAULT : 0;
}

export function sysGetitimer(a: SyscallArgs): i64 {
  if (<u32>a.a0 > ITIMER_PROF) return -EINVAL;
  const v = valueAt(VALUE);
  getInterval(currentProcess(), <u32>a.a0, v);
  return give(a.a1, v, 1000);
}

export function sysSetitimer(a: SyscallArgs): i64 {
  if (<u32>a.a0 > ITIMER_PROF) return -EINVAL;
  const v = valueAt(VALUE);
  v.intervalNs = 0;
  v.valueNs = 0;
  let error = a.a1 == 0 ? 0 : takeItimerval(a.a1, v);
  if (error == 0) error = setInterval(currentProcess(), <u32>a.a0, v, valueAt(OLD));
  if (error < 0 || a.a2 == 0) return error;
  return give(a.a2, valueAt(OLD), 1000);
}

/** Seconds left of the alarm before, rounded to the nearest and never 0 while there was one. */
export function sysAlarm(a: SyscallArgs): i64 {
  const v = valueAt(VALUE);
  v.intervalNs = 0;
  v.valueNs = (a.a0 & 0xffff_ffff) * NS_PER_SECOND;
  const error = setInterval(currentProcess(), ITIMER_REAL, v, valueAt(OLD));
  if (error < 0) return 0;
  const left = valueAt(OLD).valueNs;
  return left == 0 ? 0 : <i64>max<u64>((left + NS_PER_SECOND / 2) / NS_PER_SECOND, 1);
}

function isTimerClock(clock: i32): bool {
  return clock != CLOCK_MONOTONIC_RAW && clock != CLOCK_REALTIME_COARSE && clock != CLOCK_MONOTONIC_COARSE;
}

/** struct sigevent: value, signal, how, thread. */
export function sysTimerCreate(a: SyscallArgs): i64 {
  const clock = <i32>a.a0;
  if (clockNow(clock) < 0) return -EINVAL;
  if (!isTimerClock(clock)) return -EOPNOTSUPP;
  const raw = threadScratch(currentThread());
  let notify = SIGEV_SIGNAL;
  let signal = SIGALRM;
  let tid: i32 = 0;
  let value: u64 = 0;
  if (a.a1 != 0) {
    if (copyFromUser(raw, a.a1, SIGEVENT_SIZE) < 0) return -EFAULT;
    value = load<u64>(raw);
    signal = load<i32>(raw, 8);
    notify = load<i32>(raw, 12);
    tid = load<i32>(raw, 16);
    if (notify != SIGEV_SIGNAL && notify != SIGEV_NONE && notify != SIGEV_THREAD_ID) return -EINVAL;
    if (notify != SIGEV_NONE && (signal < 1 || signal > SIGNAL_MAX)) return -EINVAL;
    if (notify == SIGEV_THREAD_ID && !isMyThread(tid)) return -EINVAL;
  }
  const id = posixTimerCreate(clock, notify, signal, tid, value, a.a1 == 0);
  if (id < 0) return id;
  store<i32>(raw, id);
  if (copyToUser(a.a2, raw, 4) == 0) return 0;
  posixTimerDelete(id);
  return -EFAULT;
}

function isMyThread(tid: i32): bool {
  const flags = lockIrqSave(processLock());
  const t = threadFindLocked(tid);
  const mine = changetype<usize>(t) != 0 && t.process == currentThread().process;
  unlockIrqRestore(processLock(), flags);
  return mine;
}

export function sysTimerSettime(a: SyscallArgs): i64 {
  if (a.a2 == 0) return -EINVAL;
  const v = valueAt(VALUE);
  let error = takeItimerspec(a.a2, v);
  if (error == 0) error = posixTimerSet(<i32>a.a0, (a.a1 & TIMER_ABSTIME) != 0, v, valueAt(OLD));
  if (error < 0 || a.a3 == 0) return error;
  return give(a.a3, valueAt(OLD), 1);
}

export function sysTimerGettime(a: SyscallArgs): i64 {
  const v = valueAt(VALUE);
  const error = posixTimerGet(<i32>a.a0, v);
  return error < 0 ? error : give(a.a1, v, 1);
}

export function sysTimerGetoverrun(a: SyscallArgs): i64 {
  return posixTimerOverrun(<i32>a.a0);
}

export function sysTimerDelete(a: SyscallArgs): i64 {
  return posixTimerDelete(<i32>a.a0);
}
