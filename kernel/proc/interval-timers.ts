/**
 * setitimer(2), alarm: real time by a kernel timer; the ticks look at processor time (cpu-watch.ts).
 */
import { ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { nowNs } from '../sched/clock';
import { timerCancel, timerStart } from '../sched/timer';
import { processRunNs, processUserNs } from './cpu-time';
import { cpuWatchUpdateLocked } from './cpu-watch';
import { Process, processLock } from './process';
import { hasTimers, realTimer, timersOf, timersReserve } from './process-timers';
import { signalLocked } from './signal';
import { SIGALRM } from './signal-numbers';

export const ITIMER_REAL: u32 = 0;
export const ITIMER_VIRTUAL: u32 = 1;
export const ITIMER_PROF: u32 = 2;

/** Value and interval in nanoseconds. */
@unmanaged
export class IntervalValue {
  intervalNs: u64;
  valueNs: u64;
}

export function getInterval(p: Process, which: u32, out: IntervalValue): void {
  out.intervalNs = 0;
  out.valueNs = 0;
  if (!hasTimers(p)) return;
  const flags = lockIrqSave(processLock());
  readLocked(p, which, out);
  unlockIrqRestore(processLock(), flags);
}

function readLocked(p: Process, which: u32, out: IntervalValue): void {
  const t = timersOf(p);
  const now = clockOf(p, which);
  let at = t.profNs;
  out.intervalNs = t.profInterval;
  if (which == ITIMER_REAL) {
    at = t.realNs;
    out.intervalNs = t.realInterval;
  } else if (which == ITIMER_VIRTUAL) {
    at = t.virtualNs;
    out.intervalNs = t.virtualInterval;
  }
  // One that is due but has not been served still counts as armed.
  out.valueNs = at == 0 ? 0 : at > now ? at - now : 1000;
}

/** What the timer runs by. */
function clockOf(p: Process, which: u32): u64 {
  if (which == ITIMER_REAL) return nowNs();
  return which == ITIMER_VIRTUAL ? processUserNs(p) : processRunNs(p);
}

/** Sets from `value` and stores in `old` what was: 0 or -ENOMEM. */
export function setInterval(p: Process, which: u32, value: IntervalValue, old: IntervalValue): i32 {
  if (!timersReserve(p)) return -ENOMEM;
  const t = timersOf(p);
  const flags = lockIrqSave(processLock());
  readLocked(p, which, old);
  const at = value.valueNs == 0 ? 0 : clockOf(p, which) + value.valueNs;
  if (which == ITIMER_REAL) {
    timerCancel(realTimer(t));
    t.realInterval = value.intervalNs;
    t.realNs = at;
    if (t.realNs != 0) timerStart(realTimer(t), t.realNs, callback(), changetype<usize>(p));
  } else if (which == ITIMER_VIRTUAL) {
    t.virtualNs = at;
    t.virtualInterval = value.intervalNs;
  } else {
    t.profNs = at;
    t.profInterval = value.intervalNs;
  }
  cpuWatchUpdateLocked(p);
  unlockIrqRestore(processLock(), flags);
  return 0;
}

function callback(): u32 {
  const f: (process: usize) => void = expired;
  return f.index;
}

/** In the timer interrupt. The process lives: its end waits for this (timersFree). */
function expired(process: usize): void {
  const p = changetype<Process>(process);
  const flags = lockIrqSave(processLock());
  const t = timersOf(p);
  const now = nowNs();
  if (t.realNs != 0 && t.realNs <= now) {
    signalLocked(p, SIGALRM);
    const interval = t.realInterval;
    if (interval == 0) t.realNs = 0;
    else t.realNs += ((now - t.realNs) / interval + 1) * interval;
  }
  if (t.realNs != 0) timerStart(realTimer(t), t.realNs, callback(), process);
  unlockIrqRestore(processLock(), flags);
}
