/**
 * Clock numbers (clock_gettime(2)): the system's, and processor-time clocks of processes and threads, whose numbers are made
 * of a process's or thread's: ~id << 3, a bit for threads, and which time (clock_getcpuclockid(3)).
 */
import { EINVAL } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { nowNs, realtimeNs } from '../sched/clock';
import { currentThread } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { processRunNs, processUserNs, threadRunNs, userPart } from './cpu-time';
import { Process, currentProcess, isNull, processFindLocked, processLock } from './process';
import { threadFindLocked } from './thread-group';

export const CLOCK_REALTIME: i32 = 0;
export const CLOCK_MONOTONIC: i32 = 1;
export const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
export const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
export const CLOCK_REALTIME_COARSE: i32 = 5;
export const CLOCK_MONOTONIC_COARSE: i32 = 6;
export const CLOCK_BOOTTIME: i32 = 7;
export const CLOCK_TAI: i32 = 11;

const PER_THREAD: i32 = 4;
/** Which time: user and system, user, on a CPU. */
const KIND_MASK: i32 = 3;
const KIND_USER: i32 = 1;
const KIND_NONE: i32 = 3;

/** A clock that runs by the wall clock. */
export function isWallClock(clock: i32): bool {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

/** A processor-time clock of the calling process or thread, or one made of a number. */
export function isCpuClock(clock: i32): bool {
  return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

/** Nanoseconds of the clock, or -EINVAL. */
export function clockNow(clock: i32): i64 {
  if (clock == CLOCK_MONOTONIC) return <i64>nowNs();
  if (isWallClock(clock)) return <i64>realtimeNs();
  if (clock == CLOCK_PROCESS_CPUTIME_ID) return <i64>processRunNs(currentProcess());
  if (clock == CLOCK_THREAD_CPUTIME_ID) return <i64>threadRunNs(currentThread());
  if (clock > CLOCK_TAI || clock == 8 || clock == 9 || clock == 10) return -EINVAL;
  return clock >= 0 ? <i64>nowNs() : numbered(clock);
}

function numbered(clock: i32): i64 {
  if ((clock & KIND_MASK) == KIND_NONE) return -EINVAL;
  const id = ~(clock >> 3);
  const user = (clock & KIND_MASK) == KIND_USER;
  const flags = lockIrqSave(processLock());
  let result: i64 = -EINVAL;
  if ((clock & PER_THREAD) != 0) {
    const t = id == 0 ? currentThread() : threadFindLocked(id);
    // Only threads of the caller's process (clock_gettime(2)).
    if (changetype<usize>(t) != 0 && t.process == currentThread().process) result = <i64>threadTime(t, user);
  } else {
    const p = id == 0 ? currentProcess() : processFindLocked(id);
    if (!isNull(p)) result = <i64>(user ? processUserNs(p) : processRunNs(p));
  }
  unlockIrqRestore(processLock(), flags);
  return result;
}

function threadTime(t: Thread, user: bool): u64 {
  const run = threadRunNs(t);
  return user ? userPart(run, t.userTicks, t.systemTicks) : run;
}

/** Who a processor-time clock belongs to: the process, and the thread or 0. For timers; null when there is none. */
export function clockProcessLocked(clock: i32): Process {
  if (clock >= 0) return currentProcess();
  const id = ~(clock >> 3);
  if ((clock & PER_THREAD) == 0) return id == 0 ? currentProcess() : processFindLocked(id);
  const t = id == 0 ? currentThread() : threadFindLocked(id);
  return changetype<Process>(changetype<usize>(t) == 0 ? 0 : t.process);
}

/** Number of the thread whose time the clock tells, 0 when it is a process's. */
export function clockThread(clock: i32): i32 {
  if (clock == CLOCK_THREAD_CPUTIME_ID) return currentThread().id;
  if (clock >= 0 || (clock & PER_THREAD) == 0) return 0;
  const id = ~(clock >> 3);
  return id == 0 ? currentThread().id : id;
}
