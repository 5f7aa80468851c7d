/**
 * Sleeping until something may have become ready: pollers.ts says when.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { pollGenerationLocked, pollersLock, setPollerWake } from './pollers';
import { WaitQueue, sleepOnDeadline, wakeQuietly } from './wait-queue';

const queue = changetype<WaitQueue>(memory.data(24, 8));

export function pollWaitInit(): void {
  setPollerWake(wakePollers);
}

/**
 * Sleeps until an event after `seen` (from pollBegin or the last call). Returns 0, -EINTR or -ETIMEDOUT; `deadlineNs` 0
 * means none.
 */
export function pollWait(seen: u64, deadlineNs: u64): i32 {
  const flags = lockIrqSave(pollersLock());
  let result: i32 = 0;
  while (result == 0 && pollGenerationLocked() == seen) {
    result = sleepOnDeadline(queue, pollersLock(), deadlineNs);
  }
  unlockIrqRestore(pollersLock(), flags);
  return result;
}

export function pollGeneration(): u64 {
  const flags = lockIrqSave(pollersLock());
  const now = pollGenerationLocked();
  unlockIrqRestore(pollersLock(), flags);
  return now;
}

function wakePollers(): void {
  wakeQuietly(queue);
}
