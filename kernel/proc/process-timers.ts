/**
 * What a process has of timers, made when it sets the first: the three interval timers (setitimer(2)) and the list of those
 * that timer_create(2) made (posix-timers.ts). The caller of a function whose name ends in Locked holds processLock.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { Timer, timerCancelSync } from '../sched/timer';
import { Process, processLock } from './process';

@unmanaged
export class ProcessTimers {
  /**
   * When each expires, 0 when disarmed: real by nowNs, virtual by the process's time in user mode, profiling by all of its
   * processor time.
   */
  realNs: u64;
  realInterval: u64;
  virtualNs: u64;
  virtualInterval: u64;
  profNs: u64;
  profInterval: u64;
  /** List of PosixTimers, and the next number to try. */
  first: usize;
  nextId: i32;
  /** How many of the list are on processor-time clocks and armed. */
  cpuArmed: i32;
  timer0: u64;
  timer1: u64;
  timer2: u64;
  timer3: u64;
  timer4: u64;
  timer5: u64;
}

export function realTimer(t: ProcessTimers): Timer {
  return changetype<Timer>(changetype<usize>(t) + offsetof<ProcessTimers>('timer0'));
}

/** Null when the process has set none. */
export function timersOf(p: Process): ProcessTimers {
  return changetype<ProcessTimers>(p.timers);
}

export function hasTimers(p: Process): bool {
  return p.timers != 0;
}

/** False when out of memory. */
export function timersReserve(p: Process): bool {
  if (p.timers != 0) return true;
  const made = alloc<ProcessTimers>();
  if (changetype<usize>(made) == 0) return false;
  const flags = lockIrqSave(processLock());
  const late = p.timers != 0;
  if (!late) p.timers = changetype<usize>(made);
  unlockIrqRestore(processLock(), flags);
  if (late) kfree(changetype<usize>(made));
  return true;
}

/** At the end of a process, after its timer_create timers have gone. */
export function timersFree(p: Process): void {
  if (p.timers == 0) return;
  timerCancelSync(realTimer(timersOf(p)));
  kfree(p.timers);
  p.timers = 0;
}
