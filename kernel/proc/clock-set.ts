/**
 * Setting the wall clock (clock_settime(2)): what waits for an absolute time on it goes by the new one, what waits for a
 * span is not touched (POSIX clock_settime).
 */
import { timerFdClockWasSet } from '../ipc/timerfd';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { nowNs, realtimeNs, setRealtime } from '../sched/clock';
import { makeRunnable } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { posixTimersClockSetLocked, posixTimersShiftLocked } from './posix-timers';
import { Process, isNull, processFirstLocked, processLock } from './process';

/** `ns` since 1970. Sleepers look at their deadlines again: they are all woken, as it happens rarely. */
export function setWallClock(ns: u64): void {
  const before = realtimeNs() - nowNs();
  setRealtime(ns);
  const flags = lockIrqSave(processLock());
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    shift(p, before);
    posixTimersClockSetLocked(p);
    for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
      const t = changetype<Thread>(at);
      if (t.interruptible != 0) makeRunnable(t);
    }
  }
  unlockIrqRestore(processLock(), flags);
  timerFdClockWasSet();
}

/** Relative timers on the wall clock keep their span. */
function shift(p: Process, before: u64): void {
  posixTimersShiftLocked(p, realtimeNs() - nowNs() - before);
}
