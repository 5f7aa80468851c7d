/**
 * nanosleep, clock_nanosleep (POSIX): spans run on the monotonic clock, absolute times on the clock that was named.
 */
import { EFAULT, EINTR, EINVAL, EOPNOTSUPP, ERESTARTNOHAND } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  clockNow,
  clockThread,
  isWallClock,
} from '../../proc/clocks';
import { setRestart } from '../../proc/restart';
import { threadQueue } from '../../proc/thread-group';
import { TICK_NS, nowNs } from '../../sched/clock';
import { DEADLINE_MONOTONIC, DEADLINE_REALTIME, Deadline, deadlineNs } from '../../sched/deadline';
import { currentThread } from '../../sched/scheduler';
import { Thread, threadScratch } from '../../sched/tcb';
import { sleepOnDeadline, sleepUntil } from '../../sched/wait-queue';
import { SyscallArgs } from '../arguments';
import { giveTimespec, takeTimespec } from './time';

const TIMER_ABSTIME: u64 = 1;
const DEADLINE: usize = 480;

/** 0 at the deadline, -EINTR before it. */
function sleepTill(d: Deadline): i32 {
  const t = currentThread();
  const lock = changetype<usize>(t) + offsetof<Thread>('sleepLock');
  const flags = lockIrqSave(lock);
  let result: i32 = 0;
  while (result != -EINTR && nowNs() < deadlineNs(d)) {
    result = sleepOnDeadline(threadQueue(t), lock, deadlineNs(d));
  }
  unlockIrqRestore(lock, flags);
  return result == -EINTR ? -EINTR : 0;
}

/** A processor-time clock advances only while somebody runs: looked at each tick. */
function sleepOnCpuClock(clock: i32, untilNs: u64): i32 {
  let result: i32 = 0;
  while (result == 0) {
    const now = clockNow(clock);
    if (now < 0 || <u64>now >= untilNs) break;
    result = sleepUntil(nowNs() + TICK_NS);
  }
  return result;
}

/** A span in nanoseconds; what is left of it goes to `remaining` when a signal ends it. */
function sleepFor(span: u64, remaining: u64): i64 {
  const t = currentThread();
  const d = changetype<Deadline>(threadScratch(t) + DEADLINE);
  d.kind = DEADLINE_MONOTONIC;
  d.ns = nowNs() + span;
  const until = d.ns;
  if (sleepTill(d) == 0) return 0;
  t.restart0 = until;
  t.restart1 = remaining;
  return interrupted(t);
}

function interrupted(t: Thread): i64 {
  const now = nowNs();
  const left = t.restart0 > now ? t.restart0 - now : 0;
  if (t.restart1 != 0 && giveTimespec(t.restart1, left) < 0) return -EFAULT;
  return setRestart(t, goOn);
}

/** restart_syscall of a sleep. */
function goOn(t: Thread): i64 {
  const d = changetype<Deadline>(threadScratch(t) + DEADLINE);
  d.kind = DEADLINE_MONOTONIC;
  d.ns = t.restart0;
  return sleepTill(d) == 0 ? 0 : interrupted(t);
}

export function sysNanosleep(a: SyscallArgs): i64 {
  const span = takeTimespec(a.a0);
  return span < 0 ? span : sleepFor(<u64>span, a.a1);
}

export function sysClockNanosleep(a: SyscallArgs): i64 {
  const clock = <i32>a.a0;
  const absolute = (a.a1 & TIMER_ABSTIME) != 0;
  // One's own thread's time stands still while one sleeps (POSIX clock_nanosleep, EINVAL; Linux by the clock's name).
  if (clock == CLOCK_THREAD_CPUTIME_ID) return -EOPNOTSUPP;
  if (clock < 0 && clockThread(clock) == currentThread().id) return -EINVAL;
  const cpu = clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID;
  const real =
    clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
  const now = clockNow(clock);
  if (now < 0) return -EINVAL;
  if (!cpu && !real) return -EOPNOTSUPP;
  const taken = takeTimespec(a.a2);
  if (taken < 0) return taken;
  if (cpu) {
    const slept = sleepOnCpuClock(clock, absolute ? <u64>taken : <u64>(now + taken));
    return slept == -EINTR ? -ERESTARTNOHAND : 0;
  }
  if (!absolute) return sleepFor(<u64>taken, a.a3);
  const d = changetype<Deadline>(threadScratch(currentThread()) + DEADLINE);
  d.kind = isWallClock(clock) ? DEADLINE_REALTIME : DEADLINE_MONOTONIC;
  d.ns = <u64>taken;
  return sleepTill(d) == 0 ? 0 : -ERESTARTNOHAND;
}
