/**
 * How urgent a thread is, for queues whose order POSIX gives to priorities: 0 for the normal classes, 1 to 99 for
 * SCHED_FIFO and SCHED_RR.
 */
import { reschedule } from './scheduler';
import { Thread } from './tcb';

export function threadPriority(t: Thread): u32 {
  return t.priority;
}

/**
 * Lends `priority` to the thread until it is called again; 0 takes back what was lent, which puts the thread before its
 * equals: it did not give the CPU up (POSIX pthread_mutexattr_setprotocol).
 */
export function boostPriority(t: Thread, priority: u32): void {
  const wanted = max(t.ownPriority, priority);
  if (wanted != t.priority) reschedule(t, wanted, wanted < t.priority);
}
