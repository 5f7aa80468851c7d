/**
 * Wait queues: threads that sleep until something changes.
 *
 * A condition is guarded by a spinlock; a sleeper calls sleepOn(queue, lock) with that lock held (lockIrqSave) and gets
 * it back when it returns. It is released only once the thread is on the queue, so no wake-up is lost. A sleeper
 * rechecks its condition in a loop. wakeOne and wakeAll may be called from any context, lock held or not.
 *
 * All zeroes is an empty queue (WAIT_QUEUE_SIZE bytes): embed it anywhere.
 */
import { EINTR, ETIMEDOUT } from '../lib/errno';
import { acquire, lockIrqSave, release, unlockIrqRestore } from '../lib/spinlock';
import { nowNs } from './clock';
import { currentThread, makeRunnable, schedule } from './scheduler';
import { notifyPollers } from './pollers';
import { signalIsPending } from './signal-check';
import { THREAD_SLEEPING, Thread } from './tcb';
import { Timer, timerCancel, timerStart } from './timer';

@unmanaged
export class WaitQueue {
  lock: u32;
  padding: u32;
  head: usize;
  tail: usize;
}

export const WAIT_QUEUE_SIZE: usize = 24;

/** 0 when woken, -EINTR when a signal is pending. */
export function sleepOn(queue: WaitQueue, lock: usize): i32 {
  return sleep(queue, lock, 0, true);
}

/** As sleepOn, and -ETIMEDOUT once nowNs() has reached `deadlineNs`. */
export function sleepOnDeadline(queue: WaitQueue, lock: usize, deadlineNs: u64): i32 {
  return sleep(queue, lock, deadlineNs, true);
}

/** Not interrupted by signals: for what is sure to end, like disk I/O. `deadlineNs` 0 means none. */
export function sleepOnUninterruptible(queue: WaitQueue, lock: usize, deadlineNs: u64): i32 {
  return sleep(queue, lock, deadlineNs, false);
}

/** Sleeps until nowNs() has reached `deadlineNs`: 0, or -EINTR. */
export function sleepUntil(deadlineNs: u64): i32 {
  const thread = changetype<usize>(currentThread());
  const lock = thread + offsetof<Thread>('sleepLock');
  const queue = changetype<WaitQueue>(thread + offsetof<Thread>('sleepQueue0'));
  const flags = lockIrqSave(lock);
  let result: i32 = 0;
  while (result == 0 && nowNs() < deadlineNs) result = sleepOnDeadline(queue, lock, deadlineNs);
  unlockIrqRestore(lock, flags);
  return result == -EINTR ? -EINTR : 0;
}

export function wakeOne(queue: WaitQueue): void {
  const lock = changetype<usize>(queue);
  const flags = lockIrqSave(lock);
  wakeFirst(queue);
  unlockIrqRestore(lock, flags);
  notifyPollers();
}

export function wakeAll(queue: WaitQueue): void {
  wakeQuietly(queue);
  notifyPollers();
}

/** wakeAll without a look at pollers: for their own queue. */
export function wakeQuietly(queue: WaitQueue): void {
  const lock = changetype<usize>(queue);
  const flags = lockIrqSave(lock);
  while (queue.head != 0) wakeFirst(queue);
  unlockIrqRestore(lock, flags);
}

function sleep(queue: WaitQueue, lock: usize, deadlineNs: u64, interruptible: bool): i32 {
  const thread = currentThread();
  const queueLock = changetype<usize>(queue);
  const timer = changetype<Timer>(changetype<usize>(thread) + offsetof<Thread>('timer0'));
  acquire(queueLock);
  thread.interruptible = interruptible ? 1 : 0;
  thread.state = THREAD_SLEEPING;
  append(queue, thread);
  release(queueLock);
  if (interruptible && signalIsPending(thread)) makeRunnable(thread);
  if (deadlineNs != 0) timerStart(timer, deadlineNs, deadlineCallback(), changetype<usize>(thread));
  release(lock);
  schedule();
  acquire(lock);
  if (deadlineNs != 0) timerCancel(timer);
  // Whoever took the thread off the queue meant to wake it; only a thread still on it woke for another reason.
  acquire(queueLock);
  const stillQueued = thread.waitQueue != 0;
  if (stillQueued) remove(queue, thread);
  release(queueLock);
  if (!stillQueued) return 0;
  if (interruptible && signalIsPending(thread)) return -EINTR;
  return deadlineNs != 0 && nowNs() >= deadlineNs ? -ETIMEDOUT : 0;
}

function onDeadline(thread: usize): void {
  makeRunnable(changetype<Thread>(thread));
}

function deadlineCallback(): u32 {
  const callback: (thread: usize) => void = onDeadline;
  return callback.index;
}

function wakeFirst(queue: WaitQueue): void {
  if (queue.head == 0) return;
  const thread = changetype<Thread>(queue.head);
  remove(queue, thread);
  makeRunnable(thread);
}

function append(queue: WaitQueue, thread: Thread): void {
  thread.waitQueue = changetype<usize>(queue);
  thread.waitNext = 0;
  thread.waitPrevious = queue.tail;
  if (queue.tail != 0) changetype<Thread>(queue.tail).waitNext = changetype<usize>(thread);
  else queue.head = changetype<usize>(thread);
  queue.tail = changetype<usize>(thread);
}

function remove(queue: WaitQueue, thread: Thread): void {
  if (thread.waitPrevious != 0) changetype<Thread>(thread.waitPrevious).waitNext = thread.waitNext;
  else queue.head = thread.waitNext;
  if (thread.waitNext != 0) changetype<Thread>(thread.waitNext).waitPrevious = thread.waitPrevious;
  else queue.tail = thread.waitPrevious;
  thread.waitQueue = 0;
}
