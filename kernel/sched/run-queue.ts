/**
 * Run queues, one a CPU: who is runnable and does not run.
 *
 * - Real-time threads: a list for each priority, 1 to 99, and a bit map of the lists that are not empty.
 * - All others: a binary heap by virtual run time, the least on top; a thread knows its place, so that it can be taken out
 *   from anywhere. The heap has room for every thread there is (runQueueReserve), so that waking never needs memory.
 * - The lock is the first field; callers of everything here hold it.
 */
import { MAX_CPUS } from '../arch/x86_64/percpu';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Thread } from './tcb';

@unmanaged
export class RunQueue {
  lock: u32;
  /** Threads in it. */
  length: u32;
  /** Heap of `fair` Threads, from place 1 on, and its room. */
  heap: usize;
  fair: u32;
  capacity: u32;
  /** No thread in the heap is owed time from before this virtual time; never goes back. */
  minimum: u64;
  /** Bit n % 64 of map n / 64: list n is not empty. */
  map0: u64;
  map1: u64;
  /** Heads and tails of the lists. */
  lists: usize;
  /** Real-time threads have had their share of this period: the others come first (scheduler.ts). */
  throttled: u32;
  realTimeTicks: u32;
  /** When the period began, of which they have a share. */
  periodStartNs: u64;
}

const LISTS: usize = 100;
const FIRST_CAPACITY: u32 = 62;
const queues = memory.data(64 * 80, 8);

export function runQueue(cpu: u32): RunQueue {
  assert(cpu < MAX_CPUS, 'CPU number out of range');
  return changetype<RunQueue>(queues + <usize>cpu * offsetof<RunQueue>());
}

/** The lock is the queue's first field. */
export function runQueueLock(queue: RunQueue): usize {
  return changetype<usize>(queue);
}

/** Once for each CPU, before anything is queued there: false when out of memory. */
export function runQueueInit(queue: RunQueue): bool {
  queue.lists = kmalloc(LISTS * 16);
  queue.heap = kmalloc(<usize>(FIRST_CAPACITY + 1) * 8);
  queue.capacity = FIRST_CAPACITY;
  return queue.lists != 0 && queue.heap != 0;
}

/** Makes room for so many threads; false when out of memory. Takes the lock itself. */
export function runQueueReserve(queue: RunQueue, threads: u32): bool {
  if (threads <= queue.capacity) return true;
  const capacity = threads * 2;
  const heap = kmalloc(<usize>(capacity + 1) * 8);
  if (heap == 0) return false;
  const flags = lockIrqSave(runQueueLock(queue));
  const old = queue.heap;
  memory.copy(heap, old, <usize>(queue.fair + 1) * 8);
  queue.heap = heap;
  queue.capacity = capacity;
  unlockIrqRestore(runQueueLock(queue), flags);
  kfree(old);
  return true;
}

/** `first`: before others of its priority rather than behind them; no matter outside the real-time classes. */
export function runQueueAdd(queue: RunQueue, t: Thread, first: bool): void {
  queue.length++;
  t.queued = 1;
  if (t.priority == 0) heapAdd(queue, t);
  else listAdd(queue, t, first);
}

export function runQueueRemove(queue: RunQueue, t: Thread): void {
  queue.length--;
  t.queued = 0;
  if (t.heapPlace != 0) heapRemove(queue, t.heapPlace);
  else listRemove(queue, t);
}

/** The highest real-time priority queued, 0 when there is none. */
export function runQueueUrgency(queue: RunQueue): u32 {
  if (queue.map1 != 0) return 127 - <u32>clz(queue.map1);
  return queue.map0 != 0 ? 63 - <u32>clz(queue.map0) : 0;
}

/** The top of the heap: null when there is no thread of the other classes. */
export function runQueueFair(queue: RunQueue): Thread {
  return queue.fair == 0 ? changetype<Thread>(<usize>0) : at(queue, 1);
}

/** Takes out who is to run next; null when empty. */
export function runQueueTake(queue: RunQueue): Thread {
  const urgency = runQueueUrgency(queue);
  let t = runQueueFair(queue);
  if (urgency != 0 && (queue.throttled == 0 || changetype<usize>(t) == 0)) {
    t = changetype<Thread>(load<usize>(queue.lists + <usize>urgency * 16));
  }
  if (changetype<usize>(t) != 0) {
    runQueueRemove(queue, t);
    if (t.priority == 0 && t.vruntime > queue.minimum) queue.minimum = t.vruntime;
  }
  return t;
}

function listAdd(queue: RunQueue, t: Thread, first: bool): void {
  const head = queue.lists + <usize>t.priority * 16;
  const tail = head + 8;
  const self = changetype<usize>(t);
  t.next = first ? load<usize>(head) : 0;
  t.previous = first ? 0 : load<usize>(tail);
  if (t.next != 0) changetype<Thread>(t.next).previous = self;
  else store<usize>(tail, self);
  if (t.previous != 0) changetype<Thread>(t.previous).next = self;
  else store<usize>(head, self);
  if (t.priority < 64) queue.map0 |= (<u64>1) << t.priority;
  else queue.map1 |= (<u64>1) << (t.priority - 64);
}

function listRemove(queue: RunQueue, t: Thread): void {
  const head = queue.lists + <usize>t.priority * 16;
  if (t.previous != 0) changetype<Thread>(t.previous).next = t.next;
  else store<usize>(head, t.next);
  if (t.next != 0) changetype<Thread>(t.next).previous = t.previous;
  else store<usize>(head + 8, t.previous);
  if (load<usize>(head) != 0) return;
  if (t.priority < 64) queue.map0 &= ~((<u64>1) << t.priority);
  else queue.map1 &= ~((<u64>1) << (t.priority - 64));
}

function at(queue: RunQueue, place: u32): Thread {
  return changetype<Thread>(load<usize>(queue.heap + <usize>place * 8));
}

function put(queue: RunQueue, place: u32, t: Thread): void {
  store<usize>(queue.heap + <usize>place * 8, changetype<usize>(t));
  t.heapPlace = place;
}

/** By difference, so that the virtual clock may wrap. */
function before(a: Thread, b: Thread): bool {
  return <i64>(a.vruntime - b.vruntime) < 0;
}

function heapAdd(queue: RunQueue, t: Thread): void {
  assert(queue.fair < queue.capacity, 'run queue without room');
  rise(queue, ++queue.fair, t);
}

function heapRemove(queue: RunQueue, place: u32): void {
  const gone = at(queue, place);
  const last = at(queue, queue.fair--);
  gone.heapPlace = 0;
  if (last == gone) return;
  if (place > 1 && before(last, at(queue, place >> 1))) rise(queue, place, last);
  else sink(queue, place, last);
}

function rise(queue: RunQueue, from: u32, t: Thread): void {
  let place = from;
  while (place > 1 && before(t, at(queue, place >> 1))) {
    put(queue, place, at(queue, place >> 1));
    place >>= 1;
  }
  put(queue, place, t);
}

function sink(queue: RunQueue, from: u32, t: Thread): void {
  let place = from;
  while (place * 2 <= queue.fair) {
    let child = place * 2;
    if (child < queue.fair && before(at(queue, child + 1), at(queue, child))) child++;
    if (!before(at(queue, child), t)) break;
    put(queue, place, at(queue, child));
    place = child;
  }
  put(queue, place, t);
}
