/**
 * Clocks and sleeping (POSIX clock_gettime, nanosleep; Linux times, getrusage).
 */
import { EFAULT, EINTR, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { Process, currentProcess } from '../../proc/process';
import { NS_PER_MS, NS_PER_SECOND, TICK_NS, nowNs, realtimeNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { sleepUntil } from '../../sched/wait-queue';
import { SyscallArgs } from '../arguments';
import { giveStructure } from '../buffers';
import { copyFromUser } from '../user-copy';

const CLOCK_REALTIME: u64 = 0;
const CLOCK_MONOTONIC: u64 = 1;
const CLOCK_PROCESS_CPUTIME_ID: u64 = 2;
const CLOCK_THREAD_CPUTIME_ID: u64 = 3;
const CLOCK_MONOTONIC_RAW: u64 = 4;
const CLOCK_REALTIME_COARSE: u64 = 5;
const CLOCK_MONOTONIC_COARSE: u64 = 6;
const CLOCK_BOOTTIME: u64 = 7;
const TIMER_ABSTIME: u64 = 1;
const RUSAGE_SELF: i32 = 0;
const RUSAGE_CHILDREN: i32 = -1;
const RUSAGE_THREAD: i32 = 1;
/** times(2) counts in hundredths of a second. */
const NS_PER_CLOCK_TICK: u64 = 10_000_000;

export const RUSAGE_SIZE: usize = 144;

/** Breenix's get_time: milliseconds since boot. */
export function sysGetTimeMs(_a: SyscallArgs): i64 {
  return <i64>(nowNs() / NS_PER_MS);
}

export function sysClockGettime(a: SyscallArgs): i64 {
  if (!isClock(a.a0)) return -EINVAL;
  return giveTimespec(a.a1, clockNs(a.a0));
}

export function sysClockGetres(a: SyscallArgs): i64 {
  if (!isClock(a.a0)) return -EINVAL;
  return a.a1 == 0 ? 0 : giveTimespec(a.a1, 1);
}

export function sysGettimeofday(a: SyscallArgs): i64 {
  return a.a0 == 0 ? 0 : givePair(a.a0, realtimeNs() / NS_PER_SECOND, (realtimeNs() % NS_PER_SECOND) / 1000);
}

export function sysTime(a: SyscallArgs): i64 {
  const seconds = realtimeNs() / NS_PER_SECOND;
  if (a.a0 != 0) {
    const word = kmalloc(8);
    if (word == 0) return -ENOMEM;
    store<u64>(word, seconds);
    if (giveStructure(a.a0, word, 8) < 0) return -EFAULT;
  }
  return <i64>seconds;
}

export function sysNanosleep(a: SyscallArgs): i64 {
  return sleepFor(a.a0, a.a1, CLOCK_MONOTONIC, false);
}

export function sysClockNanosleep(a: SyscallArgs): i64 {
  if (a.a0 != CLOCK_REALTIME && a.a0 != CLOCK_MONOTONIC && a.a0 != CLOCK_BOOTTIME) return -EINVAL;
  return sleepFor(a.a2, a.a3, a.a0, (a.a1 & TIMER_ABSTIME) != 0);
}

export function sysTimes(a: SyscallArgs): i64 {
  if (a.a0 != 0) {
    const p = currentProcess();
    const out = kmalloc(32);
    if (out == 0) return -ENOMEM;
    store<u64>(out, clockTicks(currentThread().userTicks));
    store<u64>(out, clockTicks(currentThread().systemTicks), 8);
    store<u64>(out, clockTicks(p.childUserTicks), 16);
    store<u64>(out, clockTicks(p.childSystemTicks), 24);
    if (giveStructure(a.a0, out, 32) < 0) return -EFAULT;
  }
  return <i64>(nowNs() / NS_PER_CLOCK_TICK);
}

export function sysGetrusage(a: SyscallArgs): i64 {
  const who = <i32>a.a0;
  if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD) return -EINVAL;
  const out = kmalloc(RUSAGE_SIZE);
  if (out == 0) return -ENOMEM;
  const p = currentProcess();
  if (who == RUSAGE_CHILDREN) putRusage(out, p.childUserTicks, p.childSystemTicks);
  else putRusage(out, currentThread().userTicks, currentThread().systemTicks);
  return giveStructure(a.a1, out, RUSAGE_SIZE);
}

/** struct rusage with the two times; the rest is 0. */
export function putRusage(out: usize, userTicks: u64, systemTicks: u64): void {
  putTimeval(out, userTicks * TICK_NS);
  putTimeval(out + 16, systemTicks * TICK_NS);
}

function putTimeval(out: usize, ns: u64): void {
  store<u64>(out, ns / NS_PER_SECOND);
  store<u64>(out, (ns % NS_PER_SECOND) / 1000, 8);
}

function clockTicks(ticks: u64): u64 {
  return (ticks * TICK_NS) / NS_PER_CLOCK_TICK;
}

function isClock(clock: u64): bool {
  return clock <= CLOCK_BOOTTIME;
}

function clockNs(clock: u64): u64 {
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return realtimeNs();
  if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
    return cpuTimeNs(currentProcess());
  if (clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE) return nowNs();
  return nowNs();
}

function cpuTimeNs(_p: Process): u64 {
  return (currentThread().userTicks + currentThread().systemTicks) * TICK_NS;
}

function giveTimespec(address: u64, ns: u64): i64 {
  return givePair(address, ns / NS_PER_SECOND, ns % NS_PER_SECOND);
}

function givePair(address: u64, first: u64, second: u64): i64 {
  const pair = kmalloc(16);
  if (pair == 0) return -ENOMEM;
  store<u64>(pair, first);
  store<u64>(pair, second, 8);
  return giveStructure(address, pair, 16);
}

/** Nanoseconds of a user's struct timespec; -EINVAL when it is none, -EFAULT, -ENOMEM. */
export function takeTimespec(address: u64): i64 {
  const pair = kmalloc(16);
  if (pair == 0) return -ENOMEM;
  const error = copyFromUser(pair, address, 16);
  const seconds = load<i64>(pair);
  const nanoseconds = load<u64>(pair, 8);
  kfree(pair);
  if (error < 0) return error;
  if (seconds < 0 || nanoseconds >= NS_PER_SECOND) return -EINVAL;
  // Far beyond any uptime, and no overflow.
  return <i64>(min(<u64>seconds, 4_000_000_000) * NS_PER_SECOND + nanoseconds);
}

function sleepFor(request: u64, remaining: u64, clock: u64, absolute: bool): i64 {
  const taken = takeTimespec(request);
  if (taken < 0) return taken;
  const span = <u64>taken;
  const now = clock == CLOCK_REALTIME ? realtimeNs() : nowNs();
  if (absolute && span <= now) return 0;
  const deadline = nowNs() + (absolute ? span - now : span);
  const result = sleepUntil(deadline);
  if (result != -EINTR || absolute || remaining == 0) return result;
  const left = deadline > nowNs() ? deadline - nowNs() : 0;
  return giveTimespec(remaining, left) < 0 ? -EFAULT : -EINTR;
}
