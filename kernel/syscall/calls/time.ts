/**
 * Clocks and the times used (POSIX clock_gettime, clock_settime; Linux times, getrusage, adjtimex).
 */
import { EFAULT, EINVAL, EPERM } from '../../lib/errno';
import { CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME, CLOCK_REALTIME_COARSE, clockNow } from '../../proc/clocks';
import { setWallClock } from '../../proc/clock-set';
import { processPeakPages, processSystemNs, processUserNs, threadRunNs, userPart } from '../../proc/cpu-time';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { NS_PER_MS, NS_PER_SECOND, TICK_NS, nowNs, realtimeNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

const RUSAGE_SELF: i32 = 0;
const RUSAGE_CHILDREN: i32 = -1;
const RUSAGE_THREAD: i32 = 1;
/** times(2) counts in hundredths of a second. */
const NS_PER_CLOCK_TICK: u64 = 10_000_000;
/** More seconds than any clock here gets to, and no overflow in nanoseconds. */
const MAX_SECONDS: u64 = 9_000_000_000;

export const RUSAGE_SIZE: usize = 144;
const TIMEX_SIZE: usize = 208;
/** adjtimex(2): what is to be changed, the clock's state. */
const ADJ_SETOFFSET: u32 = 0x100;
const ADJ_NANO: u32 = 0x2000;
const STA_UNSYNC: u32 = 0x40;
const TIME_ERROR: i64 = 5;

/** Breenix's get_time: milliseconds since boot. */
export function sysGetTimeMs(_a: SyscallArgs): i64 {
  return <i64>(nowNs() / NS_PER_MS);
}

export function sysClockGettime(a: SyscallArgs): i64 {
  const now = clockNow(<i32>a.a0);
  return now < 0 ? now : giveTimespec(a.a1, <u64>now);
}

export function sysClockGetres(a: SyscallArgs): i64 {
  const clock = <i32>a.a0;
  if (clockNow(clock) < 0) return -EINVAL;
  const coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
  return a.a1 == 0 ? 0 : giveTimespec(a.a1, coarse ? TICK_NS : 1);
}

export function sysClockSettime(a: SyscallArgs): i64 {
  const taken = takeTimespec(a.a1);
  if (<i32>a.a0 != CLOCK_REALTIME) return -EINVAL;
  if (taken < 0) return taken;
  if (!isSuperuser(currentCredentials())) return -EPERM;
  setWallClock(<u64>taken);
  return 0;
}

export function sysGettimeofday(a: SyscallArgs): i64 {
  const now = realtimeNs();
  if (a.a0 != 0 && givePair(a.a0, now / NS_PER_SECOND, (now % NS_PER_SECOND) / 1000) < 0) return -EFAULT;
  // The zone, which nobody sets here: Greenwich.
  return a.a1 == 0 ? 0 : giveWord(a.a1, 0);
}

export function sysSettimeofday(a: SyscallArgs): i64 {
  const pair = threadScratch(currentThread());
  if (a.a0 != 0 && copyFromUser(pair, a.a0, 16) < 0) return -EFAULT;
  const seconds = load<u64>(pair);
  const micros = load<u64>(pair, 8);
  if (a.a0 != 0 && (micros >= 1_000_000 || seconds > MAX_SECONDS)) return -EINVAL;
  if (!isSuperuser(currentCredentials())) return -EPERM;
  if (a.a0 != 0) setWallClock(seconds * NS_PER_SECOND + micros * 1000);
  return 0;
}

export function sysTime(a: SyscallArgs): i64 {
  const seconds = realtimeNs() / NS_PER_SECOND;
  if (a.a0 != 0 && giveWord(a.a0, seconds) < 0) return -EFAULT;
  return <i64>seconds;
}

export function sysTimes(a: SyscallArgs): i64 {
  if (a.a0 != 0) {
    const p = currentProcess();
    const out = threadScratch(currentThread());
    store<u64>(out, processUserNs(p) / NS_PER_CLOCK_TICK);
    store<u64>(out, processSystemNs(p) / NS_PER_CLOCK_TICK, 8);
    store<u64>(out, p.childUserNs / NS_PER_CLOCK_TICK, 16);
    store<u64>(out, p.childSystemNs / NS_PER_CLOCK_TICK, 24);
    if (copyToUser(a.a0, out, 32) < 0) return -EFAULT;
  }
  return <i64>(nowNs() / NS_PER_CLOCK_TICK);
}

export function sysGetrusage(a: SyscallArgs): i64 {
  const who = <i32>a.a0;
  const p = currentProcess();
  const t = currentThread();
  const out = threadScratch(t);
  if (who == RUSAGE_CHILDREN) {
    putRusage(out, p.childUserNs, p.childSystemNs);
    putMemoryUsage(out, p.childPeakPages, p.childMinorFaults, p.childMajorFaults);
  } else if (who == RUSAGE_SELF || who == RUSAGE_THREAD) {
    const run = threadRunNs(t);
    const user = who == RUSAGE_SELF ? processUserNs(p) : userPart(run, t.userTicks, t.systemTicks);
    putRusage(out, user, who == RUSAGE_SELF ? processSystemNs(p) : run - user);
    const all = who == RUSAGE_SELF;
    const minor = all ? p.groupMinorFaults : t.minorFaults;
    putMemoryUsage(out, processPeakPages(p), minor, all ? p.groupMajorFaults : t.majorFaults);
    store<u64>(out, t.switchesVoluntary, 128);
    store<u64>(out, t.switchesInvoluntary, 136);
  } else {
    return -EINVAL;
  }
  return copyToUser(a.a1, out, RUSAGE_SIZE) < 0 ? -EFAULT : 0;
}

/** struct rusage with the two times in nanoseconds; the rest is 0. */
export function putRusage(out: usize, userNs: u64, systemNs: u64): void {
  memory.fill(out, 0, RUSAGE_SIZE);
  putTimeval(out, userNs);
  putTimeval(out + 16, systemNs);
}

/** ru_maxrss (in KiB), ru_minflt and ru_majflt of a struct rusage. */
export function putMemoryUsage(out: usize, peakPages: u64, minorFaults: u64, majorFaults: u64): void {
  store<u64>(out, peakPages * 4, 32);
  store<u64>(out, minorFaults, 64);
  store<u64>(out, majorFaults, 72);
}

function putTimeval(out: usize, ns: u64): void {
  store<u64>(out, ns / NS_PER_SECOND);
  store<u64>(out, (ns % NS_PER_SECOND) / 1000, 8);
}

/** struct timex: nobody disciplines the clock; it can be stepped. */
export function sysAdjtimex(a: SyscallArgs): i64 {
  const x = threadScratch(currentThread());
  if (copyFromUser(x, a.a0, TIMEX_SIZE) < 0) return -EFAULT;
  const modes = load<u32>(x);
  if (modes != 0 && !isSuperuser(currentCredentials())) return -EPERM;
  if ((modes & ~(ADJ_SETOFFSET | ADJ_NANO)) != 0) return -EINVAL;
  const nano = (modes & ADJ_NANO) != 0;
  if ((modes & ADJ_SETOFFSET) != 0) {
    const fraction = load<u64>(x, 80);
    if (fraction >= (nano ? NS_PER_SECOND : 1_000_000)) return -EINVAL;
    setWallClock(realtimeNs() + load<u64>(x, 72) * NS_PER_SECOND + (nano ? fraction : fraction * 1000));
  }
  memory.fill(x, 0, TIMEX_SIZE);
  const now = realtimeNs();
  store<u64>(x, 16_000_000, 24); // maxerror
  store<u64>(x, 16_000_000, 32); // esterror
  store<u32>(x, STA_UNSYNC, 40);
  store<u64>(x, 1, 56); // precision
  store<u64>(x, now / NS_PER_SECOND, 72);
  store<u64>(x, (now % NS_PER_SECOND) / (nano ? 1 : 1000), 80);
  store<u64>(x, 10_000, 88); // tick
  return copyToUser(a.a0, x, TIMEX_SIZE) < 0 ? -EFAULT : TIME_ERROR;
}

export function giveTimespec(address: u64, ns: u64): i64 {
  return givePair(address, ns / NS_PER_SECOND, ns % NS_PER_SECOND);
}

function givePair(address: u64, first: u64, second: u64): i64 {
  const pair = threadScratch(currentThread());
  store<u64>(pair, first);
  store<u64>(pair, second, 8);
  return copyToUser(address, pair, 16) < 0 ? -EFAULT : 0;
}

function giveWord(address: u64, word: u64): i64 {
  const out = threadScratch(currentThread());
  store<u64>(out, word);
  return copyToUser(address, out, 8) < 0 ? -EFAULT : 0;
}

/** Nanoseconds of a user's struct timespec; -EINVAL when it is none, -EFAULT. Uses the first 16 scratch bytes. */
export function takeTimespec(address: u64): i64 {
  const pair = threadScratch(currentThread());
  if (copyFromUser(pair, address, 16) < 0) return -EFAULT;
  return timespecNs(pair);
}

/** As takeTimespec, of one in kernel memory. */
export function timespecNs(pair: usize): i64 {
  const seconds = load<i64>(pair);
  const nanoseconds = load<u64>(pair, 8);
  if (seconds < 0 || nanoseconds >= NS_PER_SECOND) return -EINVAL;
  return <i64>(min(<u64>seconds, MAX_SECONDS) * NS_PER_SECOND + nanoseconds);
}
