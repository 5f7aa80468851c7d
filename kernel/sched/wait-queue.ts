/**
 * Wait queues: who is told when something changes: threads that sleep until then, and functions that are called
 * (poll-wait.ts, epoll).
 *
 * A condition is guarded by a spinlock; a sleeper calls sleepOn(queue, lock) with that lock held (lockIrqSave) and gets
 * it back when it returns. It is released only once the thread is on the queue, so no wake-up is lost. A sleeper
 * rechecks its condition in a loop. wakeOne and wakeAll may be called from any context, lock held or not, once the
 * condition was changed under its lock; without anybody on the queue they cost one comparison.
 *
 * All zeroes is an empty queue (WAIT_QUEUE_SIZE bytes): embed it anywhere. It must outlive whoever is on it.
 */
import { EINTR, ETIMEDOUT } from '../lib/errno';
import { acquire, lockIrqSave, release, unlockIrqRestore } from '../lib/spinlock';
import { nowNs } from './clock';
import { currentThread, makeRunnable, schedule } from './scheduler';
import { signalIsPending } from './signal-check';
import { SLEEP_INTERRUPTIBLE, SLEEP_KILLABLE, SLEEP_UNINTERRUPTIBLE, THREAD_SLEEPING, Thread } from './tcb';
import { Timer, timerCancel, timerStart } from './timer';

@unmanaged
export class WaitQueue {
  lock: u32;
  padding: u32;
  head: usize;
  tail: usize;
}

/** A place on a queue. That of a sleeping thread is inside its Thread, from `waitQueue` on. */
@unmanaged
export class WaitEntry {
  /** The WaitQueue it is on; 0: none. */
  queue: usize;
  next: usize;
  previous: usize;
  /**
   * (entry: WaitEntry) => bool, called with the queue's lock held and interrupts off, and whether it was of use: it may
   * take further locks as locking.md says, not sleep, and not touch the queue. 0: a thread.
   */
  wake: u32;
  /** 1: wakeOne calls no more than one of these. */
  exclusive: u32;
}

export const WAIT_QUEUE_SIZE: usize = 24;

/** 0 when woken, -EINTR when a signal is pending. */
export function sleepOn(queue: WaitQueue, lock: usize): i32 {
  return sleep(queue, lock, 0, SLEEP_INTERRUPTIBLE);
}

/** As sleepOn, and -ETIMEDOUT once nowNs() has reached `deadlineNs`. */
export function sleepOnDeadline(queue: WaitQueue, lock: usize, deadlineNs: u64): i32 {
  return sleep(queue, lock, deadlineNs, SLEEP_INTERRUPTIBLE);
}

/** As sleepOn, but only a signal that kills the thread ends the sleep with -EINTR. */
export function sleepOnKillable(queue: WaitQueue, lock: usize): i32 {
  return sleep(queue, lock, 0, SLEEP_KILLABLE);
}

/** Not interrupted by signals: for what is sure to end, like disk I/O. `deadlineNs` 0 means none. */
export function sleepOnUninterruptible(queue: WaitQueue, lock: usize, deadlineNs: u64): i32 {
  return sleep(queue, lock, deadlineNs, SLEEP_UNINTERRUPTIBLE);
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

/** The first sleeping thread, and every function that is not exclusive. */
export function wakeOne(queue: WaitQueue): void {
  if (queue.head != 0) wake(queue, 1);
}

export function wakeAll(queue: WaitQueue): void {
  if (queue.head != 0) wake(queue, u32.MAX_VALUE);
}

/**
 * Wakes the sleeping thread of the highest priority, which has slept longest among its equals, for what only it is to
 * have: functions on the queue are not called. Which one it was; null: nobody sleeps there.
 */
export function wakeMostUrgent(queue: WaitQueue): Thread {
  let best = changetype<Thread>(<usize>0);
  if (queue.head == 0) return best;
  const lock = changetype<usize>(queue);
  const flags = lockIrqSave(lock);
  for (let at = queue.head; at != 0; at = changetype<WaitEntry>(at).next) {
    const entry = changetype<WaitEntry>(at);
    if (entry.wake != 0) continue;
    if (changetype<usize>(best) == 0 || threadOf(entry).priority > best.priority) best = threadOf(entry);
  }
  if (changetype<usize>(best) != 0) {
    remove(queue, entryOf(best));
    makeRunnable(best);
  }
  unlockIrqRestore(lock, flags);
  return best;
}

/** Puts a function on the queue: it stays until waitRemove. Exclusive ones go behind the sleepers, others before. */
export function waitAdd(queue: WaitQueue, entry: WaitEntry): void {
  const lock = changetype<usize>(queue);
  const flags = lockIrqSave(lock);
  if (entry.exclusive != 0) append(queue, entry);
  else prepend(queue, entry);
  unlockIrqRestore(lock, flags);
}

/** When it returns the function runs no more. An entry that is on no queue is left alone. */
export function waitRemove(entry: WaitEntry): void {
  const lock = entry.queue;
  if (lock == 0) return;
  const flags = lockIrqSave(lock);
  remove(changetype<WaitQueue>(lock), entry);
  unlockIrqRestore(lock, flags);
}

/** The queue's memory goes: functions that are still on it are taken off. Nobody sleeps on it. */
export function waitAbandon(queue: WaitQueue): void {
  const lock = changetype<usize>(queue);
  const flags = lockIrqSave(lock);
  while (queue.head != 0) remove(queue, changetype<WaitEntry>(queue.head));
  unlockIrqRestore(lock, flags);
}

function wake(queue: WaitQueue, count: u32): void {
  const lock = changetype<usize>(queue);
  const flags = lockIrqSave(lock);
  let left = count;
  let at = queue.head;
  while (at != 0 && left != 0) {
    const entry = changetype<WaitEntry>(at);
    at = entry.next;
    if (entry.wake == 0) {
      remove(queue, entry);
      makeRunnable(threadOf(entry));
      left--;
    } else if (call_indirect<bool>(entry.wake, entry) && entry.exclusive != 0) left--;
  }
  unlockIrqRestore(lock, flags);
}

function sleep(queue: WaitQueue, lock: usize, deadlineNs: u64, interruptible: u32): i32 {
  const thread = currentThread();
  const queueLock = changetype<usize>(queue);
  const timer = changetype<Timer>(changetype<usize>(thread) + offsetof<Thread>('timer0'));
  acquire(queueLock);
  thread.interruptible = interruptible;
  thread.state = THREAD_SLEEPING;
  append(queue, entryOf(thread));
  release(queueLock);
  if (interruptible != 0 && signalIsPending(thread)) makeRunnable(thread);
  if (deadlineNs != 0) timerStart(timer, deadlineNs, deadlineCallback(), changetype<usize>(thread));
  release(lock);
  schedule();
  acquire(lock);
  if (deadlineNs != 0) timerCancel(timer);
  // Whoever took the thread off the queue meant to wake it; only a thread still on it woke for another reason.
  acquire(queueLock);
  const stillQueued = thread.waitQueue != 0;
  if (stillQueued) remove(queue, entryOf(thread));
  release(queueLock);
  if (!stillQueued) return 0;
  if (interruptible != 0 && signalIsPending(thread)) return -EINTR;
  return deadlineNs != 0 && nowNs() >= deadlineNs ? -ETIMEDOUT : 0;
}

function onDeadline(thread: usize): void {
  makeRunnable(changetype<Thread>(thread));
}

function deadlineCallback(): u32 {
  const callback: (thread: usize) => void = onDeadline;
  return callback.index;
}

function entryOf(thread: Thread): WaitEntry {
  return changetype<WaitEntry>(changetype<usize>(thread) + offsetof<Thread>('waitQueue'));
}

function threadOf(entry: WaitEntry): Thread {
  return changetype<Thread>(changetype<usize>(entry) - offsetof<Thread>('waitQueue'));
}

function append(queue: WaitQueue, entry: WaitEntry): void {
  const at = changetype<usize>(entry);
  entry.queue = changetype<usize>(queue);
  entry.next = 0;
  entry.previous = queue.tail;
  if (queue.tail != 0) changetype<WaitEntry>(queue.tail).next = at;
  else queue.head = at;
  queue.tail = at;
}

function prepend(queue: WaitQueue, entry: WaitEntry): void {
  const at = changetype<usize>(entry);
  entry.queue = changetype<usize>(queue);
  entry.previous = 0;
  entry.next = queue.head;
  if (queue.head != 0) changetype<WaitEntry>(queue.head).previous = at;
  else queue.tail = at;
  queue.head = at;
}

function remove(queue: WaitQueue, entry: WaitEntry): void {
  if (entry.previous != 0) changetype<WaitEntry>(entry.previous).next = entry.next;
  else queue.head = entry.next;
  if (entry.next != 0) changetype<WaitEntry>(entry.next).previous = entry.previous;
  else queue.tail = entry.previous;
  entry.queue = 0;
}
