/**
 * Run queues, one a CPU: runnable threads in the order in which they get their turn.
 */
import { MAX_CPUS } from '../arch/x86_64/percpu';
import { Thread } from './tcb';

@unmanaged
export class RunQueue {
  lock: u32;
  length: u32;
  head: usize;
  tail: usize;
}

const queues = memory.data(64 * 24, 8);

export function runQueue(cpu: u32): RunQueue {
  assert(cpu < MAX_CPUS, 'CPU number out of range');
  return changetype<RunQueue>(queues + <usize>cpu * offsetof<RunQueue>());
}

/** The lock is the queue's first field. */
export function runQueueLock(queue: RunQueue): usize {
  return changetype<usize>(queue);
}

export function runQueueAppend(queue: RunQueue, thread: Thread): void {
  thread.next = 0;
  thread.previous = queue.tail;
  if (queue.tail != 0) changetype<Thread>(queue.tail).next = changetype<usize>(thread);
  else queue.head = changetype<usize>(thread);
  queue.tail = changetype<usize>(thread);
  queue.length++;
}

export function runQueuePrepend(queue: RunQueue, thread: Thread): void {
  thread.previous = 0;
  thread.next = queue.head;
  if (queue.head != 0) changetype<Thread>(queue.head).previous = changetype<usize>(thread);
  else queue.tail = changetype<usize>(thread);
  queue.head = changetype<usize>(thread);
  queue.length++;
}

/** Null when empty. */
export function runQueueTake(queue: RunQueue): Thread {
  const thread = changetype<Thread>(queue.head);
  if (queue.head == 0) return thread;
  queue.head = thread.next;
  if (queue.head != 0) changetype<Thread>(queue.head).previous = 0;
  else queue.tail = 0;
  queue.length--;
  thread.next = 0;
  return thread;
}
