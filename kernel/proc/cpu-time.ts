/**
 * Processor time of threads and processes: the sum comes in nanoseconds from the scheduler; how much of it was user time
 * is told by the ticks that met it in user and in kernel mode, as in Linux.
 */
import { TICK_NS } from '../sched/clock';
import { accountCurrent, currentThread } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { Process, currentProcess } from './process';

/** Part of `runNs` that was user time. */
export function userPart(runNs: u64, userTicks: u64, systemTicks: u64): u64 {
  const ticks = userTicks + systemTicks;
  // Too short for a tick to have met it: its own doing.
  if (ticks == 0 || systemTicks == 0) return runNs;
  if (userTicks == 0) return 0;
  return (runNs / ticks) * userTicks;
}

/** Of all threads of a process, living and dead. */
export function processRunNs(p: Process): u64 {
  if (p == currentProcess()) accountCurrent();
  return p.groupRunNs;
}

/**
 * Divides what the process has run by now into userNs and systemNs. The ticks change their minds about the past; the two
 * times never go back (POSIX times).
 */
export function processTimesUpdate(p: Process): void {
  const run = processRunNs(p);
  if (p.userNs + p.systemNs >= run) return;
  const user = userPart(run, p.groupUserTicks, p.groupSystemTicks);
  p.userNs = min(max(user, p.userNs), run - p.systemNs);
  p.systemNs = run - p.userNs;
}

export function processUserNs(p: Process): u64 {
  processTimesUpdate(p);
  return p.userNs;
}

export function processSystemNs(p: Process): u64 {
  processTimesUpdate(p);
  return p.systemNs;
}

export function threadRunNs(t: Thread): u64 {
  if (t == currentThread()) accountCurrent();
  return t.runNs;
}

/** Most pages that the process ever had resident, in whichever program (getrusage(2), ru_maxrss). */
export function processPeakPages(p: Process): u64 {
  return changetype<usize>(p.space) == 0 ? p.peakPages : max(p.peakPages, p.space.peakPages);
}

/** In ticks, for those who count so. */
export function nsToTicks(ns: u64): u64 {
  return ns / TICK_NS;
}
