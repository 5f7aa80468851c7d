/**
 * Waiting for any of several files: how a file's poll operation says on which wait queues its readiness is announced.
 *
 * - `poll(file, wait)` first registers: pollRegister(wait, queue) for each queue, at most MAX_QUEUES a file, and then looks
 *   at its state under its lock, so that no change slips in between. `wait` null registers nowhere: a mere look.
 * - A queue must live as long as the file is open, and be woken after the state changed: readers' for POLLIN, writers' for
 *   POLLOUT, both for POLLERR and POLLHUP.
 * - Who waits: poll and select with a PollSleeper, epoll with items of its own.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { POLLIN, POLLOUT, POLLRDBAND, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../lib/poll-bits';
import { WaitEntry, WaitQueue, sleepOn, sleepOnDeadline, waitAdd, waitRemove, wakeOne } from './wait-queue';

export const MAX_QUEUES: u32 = 2;

/** What poll operations get: who registers. */
@unmanaged
export class PollWait {
  /** (wait: PollWait, queue: WaitQueue) => void */
  register: u32;
  /** Events that are wanted of the file at hand. */
  events: u32;
}

/**
 * Registers on `queue`, whose wake-ups mean `events` (0: any). Not when only others are wanted: readers' queue is of no
 * interest to who waits for POLLOUT.
 */
export function pollRegister(wait: PollWait | null, queue: WaitQueue, events: u32 = 0): void {
  if (wait == null) return;
  const wanted = wait.events & (POLLIN | POLLOUT);
  if (events != 0 && wanted != 0 && (wanted & events) == 0) return;
  call_indirect<void>(wait.register, wait, queue);
}

/** What a caller that wants `events` has to hear of: POLLIN stands for all that concerns readers, POLLOUT for writers. */
export function pollInterest(events: u32): u32 {
  return (
    events |
    (events & (POLLRDNORM | POLLRDBAND | POLLRDHUP) ? POLLIN : 0) |
    (events & (POLLWRNORM | POLLWRBAND) ? POLLOUT : 0)
  );
}

/** A thread that sleeps until one of many queues is woken. Its places on them follow it in memory. */
@unmanaged
export class PollSleeper {
  register: u32;
  events: u32;
  /** Guards `triggered`. */
  lock: u32;
  triggered: u32;
  used: u32;
  capacity: u32;
  /** A WaitQueue, for the thread. */
  queue0: u64;
  queue1: u64;
  queue2: u64;
}

/** A place on a queue, with the way back to its sleeper. */
@unmanaged
class SleeperEntry {
  queue: usize;
  next: usize;
  previous: usize;
  wake: u32;
  exclusive: u32;
  sleeper: usize;
}

/** Bytes of a sleeper on `files` files. */
export function pollSleeperSize(files: usize): usize {
  return offsetof<PollSleeper>() + files * <usize>MAX_QUEUES * offsetof<SleeperEntry>();
}

/** `at`: pollSleeperSize(files) zeroed bytes. */
export function pollSleeperInit(at: usize, files: usize): PollSleeper {
  const sleeper = changetype<PollSleeper>(at);
  const registerFunction: (wait: PollSleeper, queue: WaitQueue) => void = register;
  sleeper.register = registerFunction.index;
  sleeper.capacity = <u32>files * MAX_QUEUES;
  return sleeper;
}

function entryAt(sleeper: PollSleeper, n: u32): usize {
  return changetype<usize>(sleeper) + offsetof<PollSleeper>() + <usize>n * offsetof<SleeperEntry>();
}

function lockOf(sleeper: PollSleeper): usize {
  return changetype<usize>(sleeper) + offsetof<PollSleeper>('lock');
}

function queueOf(sleeper: PollSleeper): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(sleeper) + offsetof<PollSleeper>('queue0'));
}

function register(sleeper: PollSleeper, queue: WaitQueue): void {
  assert(sleeper.used < sleeper.capacity, 'a file that polls more queues than MAX_QUEUES');
  const entry = changetype<SleeperEntry>(entryAt(sleeper, sleeper.used));
  const wakeFunction: (entry: SleeperEntry) => bool = wake;
  entry.wake = wakeFunction.index;
  entry.sleeper = changetype<usize>(sleeper);
  sleeper.used++;
  waitAdd(queue, changetype<WaitEntry>(entry));
}

function wake(entry: SleeperEntry): bool {
  const sleeper = changetype<PollSleeper>(entry.sleeper);
  const flags = lockIrqSave(lockOf(sleeper));
  sleeper.triggered = 1;
  wakeOne(queueOf(sleeper));
  unlockIrqRestore(lockOf(sleeper), flags);
  return true;
}

/**
 * Sleeps until a queue has been woken since the last call: 0; -EINTR, or -ETIMEDOUT at `deadlineNs` (0: none).
 */
export function pollSleep(sleeper: PollSleeper, deadlineNs: u64): i32 {
  const flags = lockIrqSave(lockOf(sleeper));
  let result: i32 = 0;
  while (sleeper.triggered == 0 && result == 0) {
    result =
      deadlineNs == 0
        ? sleepOn(queueOf(sleeper), lockOf(sleeper))
        : sleepOnDeadline(queueOf(sleeper), lockOf(sleeper), deadlineNs);
  }
  if (sleeper.triggered != 0) result = 0;
  sleeper.triggered = 0;
  unlockIrqRestore(lockOf(sleeper), flags);
  return result;
}

/** Takes the sleeper off all queues; the files must still be open. */
export function pollSleeperEnd(sleeper: PollSleeper): void {
  for (let n: u32 = 0; n < sleeper.used; n++) waitRemove(changetype<WaitEntry>(entryAt(sleeper, n)));
  sleeper.used = 0;
}
