/**
 * timer_create(2) and its kin. A timer is a record of its process's list; one on a clock of real time runs by a kernel timer,
 * one on a processor-time clock is looked at by the ticks (cpu-watch.ts).
 *
 * Its signal is a record embedded in it, pending at most once; expirations while it is pending are its overrun count. The
 * caller of a function whose name ends in Locked holds processLock; nothing here may be called with it held otherwise.
 */
import { EAGAIN, EINVAL } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { nowNs, realtimeNs } from '../sched/clock';
import { Thread } from '../sched/tcb';
import { Timer, timerCancel, timerCancelSync, timerStart } from '../sched/timer';
import { clockNow, clockProcessLocked, clockThread, isCpuClock, isWallClock } from './clocks';
import { cpuWatchUpdateLocked } from './cpu-watch';
import { IntervalValue } from './interval-timers';
import {
  Process,
  currentProcess,
  isNull,
  processFindLocked,
  processFirstLocked,
  processLock,
} from './process';
import { hasTimers, timersOf, timersReserve } from './process-timers';
import { SI_TIMER, signalInfoSet } from './signal-info';
import { afterPostLocked, isDropped, targetOf } from './signal';
import { QueuedSignal, pendingAddEmbedded, pendingRemoveEmbedded, queuedInfo } from './signal-queue';
import { threadFindLocked } from './thread-group';

/** How expiry is told (sigevent(7)). */
export const SIGEV_SIGNAL: i32 = 0;
export const SIGEV_NONE: i32 = 1;
export const SIGEV_THREAD_ID: i32 = 4;
/** POSIX DELAYTIMER_MAX: the overrun count stops there. */
const DELAYTIMER_MAX: u64 = 0x7fff_ffff;
/** A process may have so many. */
const TIMERS_MAX: i32 = 4096;
/** How many are armed on the processor time of a process that is not their own. */
let foreignArmed: i32 = 0;

@unmanaged
export class PosixTimer {
  next: usize;
  process: usize;
  id: i32;
  clock: i32;
  notify: i32;
  signal: i32;
  /** SIGEV_THREAD_ID: the thread; and the one whose time a clock tells, 0 for the process's. */
  tid: i32;
  clockTid: i32;
  /** Process whose time the clock tells. */
  clockPid: i32;
  /** 1: set with TIMER_ABSTIME: setting the wall clock moves it. */
  absolute: u32;
  value: u64;
  /** On its own clock; 0 while disarmed. */
  expiresNs: u64;
  intervalNs: u64;
  /** Expirations since the signal became pending; and those that the last signal taken stands for. */
  overruns: u64;
  overrunsTaken: i32;
  unused: i32;
  timer0: u64;
  timer1: u64;
  timer2: u64;
  timer3: u64;
  timer4: u64;
  timer5: u64;
  /** QueuedSignal: 80 bytes. */
  queued0: u64;
  queued1: u64;
  queued2: u64;
  queued3: u64;
  queued4: u64;
  queued5: u64;
  queued6: u64;
  queued7: u64;
  queued8: u64;
  queued9: u64;
}

function kernelTimer(t: PosixTimer): Timer {
  return changetype<Timer>(changetype<usize>(t) + offsetof<PosixTimer>('timer0'));
}

function record(t: PosixTimer): QueuedSignal {
  return changetype<QueuedSignal>(changetype<usize>(t) + offsetof<PosixTimer>('queued0'));
}

function isNone(t: PosixTimer): bool {
  return changetype<usize>(t) == 0;
}

/** The number of a new timer, -EAGAIN when there are too many or no memory. `clock` has been checked. */
export function posixTimerCreate(
  clock: i32,
  notify: i32,
  signal: i32,
  tid: i32,
  value: u64,
  useId: bool,
): i32 {
  const p = currentProcess();
  if (!timersReserve(p)) return -EAGAIN;
  const t = alloc<PosixTimer>();
  if (isNone(t)) return -EAGAIN;
  t.process = changetype<usize>(p);
  t.clock = clock;
  t.notify = notify;
  t.signal = signal;
  t.tid = tid;
  t.value = value;
  const flags = lockIrqSave(processLock());
  if (isCpuClock(clock)) {
    const owner = clockProcessLocked(clock);
    t.clockTid = clockThread(clock);
    t.clockPid = isNull(owner) ? 0 : owner.pid;
  }
  const all = timersOf(p);
  let id: i32 = -EAGAIN;
  for (let i: i32 = 0; i < TIMERS_MAX && id < 0; i++) {
    const wanted = (all.nextId + i) % TIMERS_MAX;
    if (isNone(findLocked(p, wanted))) id = wanted;
  }
  if (id >= 0) {
    all.nextId = (id + 1) % TIMERS_MAX;
    t.id = id;
    if (useId) t.value = <u64>id;
    t.next = all.first;
    all.first = changetype<usize>(t);
  }
  unlockIrqRestore(processLock(), flags);
  if (id < 0) kfree(changetype<usize>(t));
  return id;
}

function findLocked(p: Process, id: i32): PosixTimer {
  if (!hasTimers(p)) return changetype<PosixTimer>(<usize>0);
  let at = timersOf(p).first;
  while (at != 0 && changetype<PosixTimer>(at).id != id) at = changetype<PosixTimer>(at).next;
  return changetype<PosixTimer>(at);
}

/** What the clock of a timer says; beyond everything when its owner is gone. */
function clockOf(t: PosixTimer): u64 {
  if (!isCpuClock(t.clock)) return <u64>clockNow(t.clock);
  if (t.clockTid != 0) {
    const thread = threadFindLocked(t.clockTid);
    return changetype<usize>(thread) == 0 ? 0 : thread.runNs;
  }
  const p = processFindLocked(t.clockPid);
  return isNull(p) ? 0 : p.groupRunNs;
}

function readLocked(t: PosixTimer, out: IntervalValue): void {
  out.intervalNs = t.intervalNs;
  out.valueNs = 0;
  if (t.expiresNs == 0) return;
  const now = clockOf(t);
  let at = t.expiresNs;
  if (at <= now && t.intervalNs != 0) at += ((now - at) / t.intervalNs + 1) * t.intervalNs;
  // Due but not served yet: armed; without a signal it just ends.
  out.valueNs = at > now ? at - now : t.notify == SIGEV_NONE ? 0 : 1;
}

/** timer_settime: 0 or -EINVAL for no such timer. */
export function posixTimerSet(id: i32, absolute: bool, value: IntervalValue, old: IntervalValue): i32 {
  const p = currentProcess();
  const flags = lockIrqSave(processLock());
  const t = findLocked(p, id);
  if (!isNone(t)) {
    readLocked(t, old);
    disarmLocked(p, t);
    pendingRemoveEmbedded(targetOf(p, threadOfTimer(t)), record(t));
    t.overruns = 0;
    t.overrunsTaken = 0;
    t.intervalNs = value.intervalNs;
    if (value.valueNs != 0) {
      t.absolute = absolute ? 1 : 0;
      t.expiresNs = absolute ? value.valueNs : clockOf(t) + value.valueNs;
      armLocked(p, t);
    }
  }
  unlockIrqRestore(processLock(), flags);
  return isNone(t) ? -EINVAL : 0;
}

export function posixTimerGet(id: i32, out: IntervalValue): i32 {
  const flags = lockIrqSave(processLock());
  const t = findLocked(currentProcess(), id);
  if (!isNone(t)) readLocked(t, out);
  unlockIrqRestore(processLock(), flags);
  return isNone(t) ? -EINVAL : 0;
}

/** Of the signal that was taken last; -EINVAL for no such timer. */
export function posixTimerOverrun(id: i32): i32 {
  const flags = lockIrqSave(processLock());
  const t = findLocked(currentProcess(), id);
  const result = isNone(t) ? -EINVAL : t.overrunsTaken;
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** timer_delete: 0 or -EINVAL. */
export function posixTimerDelete(id: i32): i32 {
  const p = currentProcess();
  const flags = lockIrqSave(processLock());
  const t = findLocked(p, id);
  if (!isNone(t)) unlinkLocked(p, t);
  unlockIrqRestore(processLock(), flags);
  if (isNone(t)) return -EINVAL;
  timerCancelSync(kernelTimer(t));
  kfree(changetype<usize>(t));
  return 0;
}

/** At exec and at the end of a process. */
export function posixTimersDeleteAll(p: Process): void {
  while (hasTimers(p) && timersOf(p).first != 0) {
    const flags = lockIrqSave(processLock());
    const t = changetype<PosixTimer>(timersOf(p).first);
    if (!isNone(t)) unlinkLocked(p, t);
    unlockIrqRestore(processLock(), flags);
    if (isNone(t)) continue;
    timerCancelSync(kernelTimer(t));
    kfree(changetype<usize>(t));
  }
}

function unlinkLocked(p: Process, t: PosixTimer): void {
  disarmLocked(p, t);
  pendingRemoveEmbedded(targetOf(p, threadOfTimer(t)), record(t));
  const all = timersOf(p);
  if (all.first == changetype<usize>(t)) {
    all.first = t.next;
    return;
  }
  let at = changetype<PosixTimer>(all.first);
  while (at.next != changetype<usize>(t)) at = changetype<PosixTimer>(at.next);
  at.next = t.next;
}

function threadOfTimer(t: PosixTimer): Thread {
  return t.notify == SIGEV_THREAD_ID ? threadFindLocked(t.tid) : changetype<Thread>(<usize>0);
}

function disarmLocked(p: Process, t: PosixTimer): void {
  if (t.expiresNs == 0) return;
  t.expiresNs = 0;
  if (isCpuClock(t.clock)) {
    countCpuTimer(p, t, -1);
    cpuWatchUpdateLocked(p);
  } else {
    timerCancel(kernelTimer(t));
  }
}

function armLocked(p: Process, t: PosixTimer): void {
  t.expiresNs = max<u64>(t.expiresNs, 1);
  if (isCpuClock(t.clock)) {
    countCpuTimer(p, t, 1);
    cpuWatchUpdateLocked(p);
  } else {
    startKernelTimer(t);
  }
}

function startKernelTimer(t: PosixTimer): void {
  let at = t.expiresNs;
  if (isWallClock(t.clock)) {
    const wall = realtimeNs();
    at = nowNs() + (t.expiresNs > wall ? t.expiresNs - wall : 0);
  }
  const f: (timer: usize) => void = due;
  timerStart(kernelTimer(t), at, f.index, changetype<usize>(t));
}

/** In the timer interrupt. The timer lives: its end waits for this. */
function due(timer: usize): void {
  const t = changetype<PosixTimer>(timer);
  const flags = lockIrqSave(processLock());
  if (t.expiresNs != 0) {
    expireLocked(changetype<Process>(t.process), t);
    if (t.expiresNs != 0) startKernelTimer(t);
  }
  unlockIrqRestore(processLock(), flags);
}

/** If it is due: sets it for the next time and sends the signal. */
function expireLocked(p: Process, t: PosixTimer): void {
  const now = clockOf(t);
  if (now < t.expiresNs) return;
  let times: u64 = 1;
  if (t.intervalNs == 0) {
    t.expiresNs = 0;
    if (isCpuClock(t.clock)) countCpuTimer(p, t, -1);
  } else {
    times = forward(t, now);
  }
  if (t.notify != SIGEV_NONE) tellLocked(p, t, times);
}

/** Sets a periodic timer that is due for the first time after `now`: how many expirations that passes. */
function forward(t: PosixTimer, now: u64): u64 {
  const times = (now - t.expiresNs) / t.intervalNs + 1;
  t.expiresNs += times * t.intervalNs;
  return times;
}

function tellLocked(p: Process, t: PosixTimer, times: u64): void {
  const thread = threadOfTimer(t);
  if (
    t.notify == SIGEV_THREAD_ID &&
    (changetype<usize>(thread) == 0 || thread.process != changetype<usize>(p))
  )
    return;
  if (isDropped(p, thread, t.signal)) return;
  const q = record(t);
  const info = queuedInfo(q);
  if (q.state != 0) {
    t.overruns += times;
    return;
  }
  t.overruns = times - 1;
  signalInfoSet(info, t.signal, SI_TIMER, t.id, 0);
  info.value = t.value;
  const f: (at: usize) => void = taken;
  q.onTaken = f.index;
  q.account = 0;
  pendingAddEmbedded(targetOf(p, thread), q);
  afterPostLocked(p, thread, t.signal);
}

/**
 * Called with the address of a timer's record when its signal is taken: what it says of overruns is settled, up to this
 * moment and not to the last interrupt (POSIX timer_getoverrun counts from generation to delivery).
 */
function taken(at: usize): void {
  const t = changetype<PosixTimer>(at - offsetof<PosixTimer>('queued0'));
  if (t.expiresNs != 0 && t.intervalNs != 0) {
    const now = clockOf(t);
    if (now >= t.expiresNs) t.overruns += forward(t, now);
  }
  t.overrunsTaken = <i32>min(t.overruns, DELAYTIMER_MAX);
  t.overruns = 0;
  queuedInfo(record(t)).uid = <u32>t.overrunsTaken;
}

function countCpuTimer(p: Process, t: PosixTimer, by: i32): void {
  timersOf(p).cpuArmed += by;
  if (t.clockPid != p.pid) foreignArmed += by;
}

/** From the timer interrupt: those timers of `p` that run by the time of process `pid`. */
export function posixCpuTimersLocked(p: Process, pid: i32): void {
  for (let at = timersOf(p).first; at != 0; at = changetype<PosixTimer>(at).next) {
    const t = changetype<PosixTimer>(at);
    if (t.expiresNs != 0 && isCpuClock(t.clock) && t.clockPid == pid) expireLocked(p, t);
  }
}

/** Has any process a timer on another's processor time? */
export function foreignCpuTimers(): bool {
  return foreignArmed != 0;
}

/** From the timer interrupt, while `running` runs: the timers that others have on its time. */
export function foreignCpuTimersLocked(running: Process): void {
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p == running || !hasTimers(p) || timersOf(p).cpuArmed == 0) continue;
    posixCpuTimersLocked(p, running.pid);
    cpuWatchUpdateLocked(p);
  }
}

/** The wall clock was set: absolute timers on it fire at the new time. */
export function posixTimersClockSetLocked(p: Process): void {
  if (!hasTimers(p)) return;
  for (let at = timersOf(p).first; at != 0; at = changetype<PosixTimer>(at).next) {
    const t = changetype<PosixTimer>(at);
    if (t.expiresNs != 0 && t.absolute != 0 && isWallClock(t.clock)) startKernelTimer(t);
  }
}

/** The wall clock moved by `by`: timers that were set for a span keep it. */
export function posixTimersShiftLocked(p: Process, by: u64): void {
  if (!hasTimers(p)) return;
  for (let at = timersOf(p).first; at != 0; at = changetype<PosixTimer>(at).next) {
    const t = changetype<PosixTimer>(at);
    if (t.expiresNs != 0 && t.absolute == 0 && isWallClock(t.clock)) t.expiresNs += by;
  }
}
