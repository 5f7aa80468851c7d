/**
 * Threads that wait for any of several files (poll). They cannot sleep on many queues at once; instead every wake-up of
 * any wait queue counts up a generation while somebody polls, and pollers look again. Whatever makes a file ready wakes
 * its blocked readers or writers, so no event is missed; without pollers it costs one comparison.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';

const lock = memory.data(4, 4);
let pollers: u32 = 0;
let generation: u64 = 0;
/** Function that wakes the pollers' queue: set by poll-wait.ts, which imports wait queues as this file must not. */
let wake: u32 = 0;

export function setPollerWake(wakePollers: () => void): void {
  wake = wakePollers.index;
}

export function pollersLock(): usize {
  return lock;
}

/** The caller holds the lock. */
export function pollGenerationLocked(): u64 {
  return generation;
}

/** From now on events are counted; returns the count to compare with. */
export function pollBegin(): u64 {
  const flags = lockIrqSave(lock);
  pollers++;
  const now = generation;
  unlockIrqRestore(lock, flags);
  return now;
}

export function pollEnd(): void {
  const flags = lockIrqSave(lock);
  pollers--;
  unlockIrqRestore(lock, flags);
}

/** Something may have become ready. Called by every wake-up. */
export function notifyPollers(): void {
  if (pollers == 0) return;
  const flags = lockIrqSave(lock);
  generation++;
  unlockIrqRestore(lock, flags);
  if (wake != 0) call_indirect<void>(wake);
}
