/**
 * One-shot timers to the nanosecond of the clock: the earliest of them sets the clock-event device (clock-event.ts).
 *
 * A timer is embedded in its owner (TIMER_SIZE zeroed bytes). Its function runs in the timer interrupt: short, no
 * sleeping; it may start the timer again. The owner must stay alive until the timer has fired or been cancelled.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { pause } from '../arch/x86_64/cpu';
import { NEVER, clockEventAt } from './clock-event';
import { nowNs, realtimeNs } from './clock';
import { TIMER_SIZE, Timer, timerHeapAdd, timerHeapRemove } from './timer-heap';

export { nowNs, realtimeNs, TIMER_SIZE, Timer };

/** A timer that its own function starts again waits at least this: an interval of 1 ns must not take the whole CPU. */
const AGAIN_NS: u64 = 100_000;

const lock = memory.data(4, 4);
let heap: usize = 0;
/** Address of the timer whose function runs, or 0. */
const running = memory.data(8, 8);

/** Fires once `nowNs()` has reached `deadlineNs`. An active timer is moved. */
export function timerStart(timer: Timer, deadlineNs: u64, callback: u32, argument: usize): void {
  const flags = lockIrqSave(lock);
  if (timer.active != 0) heap = timerHeapRemove(heap, timer);
  timer.dueNs = deadlineNs;
  if (atomic.load<usize>(running) == changetype<usize>(timer)) {
    timer.dueNs = max(deadlineNs, nowNs() + AGAIN_NS);
  }
  timer.callback = callback;
  timer.argument = argument;
  timer.active = 1;
  heap = timerHeapAdd(heap, timer);
  if (heap == changetype<usize>(timer)) clockEventAt(timer.dueNs);
  unlockIrqRestore(lock, flags);
}

/** True when it had not fired yet. */
export function timerCancel(timer: Timer): bool {
  const flags = lockIrqSave(lock);
  const was = timer.active != 0;
  if (was) remove(timer);
  unlockIrqRestore(lock, flags);
  return was;
}

/** As timerCancel, and its function does not run any more when this returns. Not from that function. */
export function timerCancelSync(timer: Timer): void {
  timerCancel(timer);
  while (atomic.load<usize>(running) == changetype<usize>(timer)) pause();
}

/** From the timer interrupt: runs what is due. Returns when the next one is, or NEVER. */
export function timersRun(): u64 {
  const now = nowNs();
  let flags = lockIrqSave(lock);
  while (heap != 0 && changetype<Timer>(heap).dueNs <= now) {
    const timer = changetype<Timer>(heap);
    remove(timer);
    const callback = timer.callback;
    const argument = timer.argument;
    atomic.store<usize>(running, changetype<usize>(timer));
    unlockIrqRestore(lock, flags);
    call_indirect<void>(callback, argument);
    flags = lockIrqSave(lock);
    atomic.store<usize>(running, 0);
  }
  const next = heap == 0 ? NEVER : changetype<Timer>(heap).dueNs;
  unlockIrqRestore(lock, flags);
  return next;
}

function remove(timer: Timer): void {
  heap = timerHeapRemove(heap, timer);
  timer.active = 0;
}
