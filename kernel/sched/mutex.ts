/**
 * Sleeping locks, for sections that do I/O: a file system, a disk channel. Threads only, never in interrupts; no
 * spinlock may be held while waiting. All zeroes is unlocked (MUTEX_SIZE bytes).
 */
import { panic } from '../lib/panic';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentThread } from './scheduler';
import { WaitQueue, sleepOnUninterruptible, wakeOne } from './wait-queue';

@unmanaged
export class Mutex {
  lock: u32;
  padding: u32;
  /** The Thread that holds it. */
  owner: usize;
  /** A WaitQueue. */
  queue0: u64;
  queue1: u64;
  queue2: u64;
}

export const MUTEX_SIZE: usize = 40;

export function mutexLock(mutex: Mutex): void {
  const me = changetype<usize>(currentThread());
  const lock = changetype<usize>(mutex);
  const flags = lockIrqSave(lock);
  if (mutex.owner == me) panic('mutex taken twice by one thread');
  while (mutex.owner != 0) sleepOnUninterruptible(queueOf(mutex), lock, 0);
  mutex.owner = me;
  unlockIrqRestore(lock, flags);
}

export function mutexUnlock(mutex: Mutex): void {
  const lock = changetype<usize>(mutex);
  const flags = lockIrqSave(lock);
  if (mutex.owner != changetype<usize>(currentThread()))
    panic('mutex released by a thread that does not hold it');
  mutex.owner = 0;
  // A waiter is on the queue before it lets go of the lock.
  if (queueOf(mutex).head != 0) wakeOne(queueOf(mutex));
  unlockIrqRestore(lock, flags);
}

function queueOf(mutex: Mutex): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(mutex) + offsetof<Mutex>('queue0'));
}
