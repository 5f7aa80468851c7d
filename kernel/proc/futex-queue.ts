/**
 * The threads that wait for futexes: a hash table of queues, in each the threads of higher real-time priority first and
 * otherwise in order of arrival. A thread waits for one futex at most, so its place in a queue is part of it (tcb.ts).
 *
 * One lock guards all queues: whoever requeues needs two of them, and sections are short.
 */
import { Thread } from '../sched/tcb';
import { wakeAll } from '../sched/wait-queue';
import { FutexKey } from './futex-key';
import { threadPriority } from '../sched/priority';
import { threadQueue } from './thread-group';

const BUCKETS: u64 = 256;
const table = memory.data(256 * 16, 8);
const lock = memory.data(4, 4);

@unmanaged
class Bucket {
  head: usize;
  tail: usize;
}

export function futexLock(): usize {
  return lock;
}

function bucketOf(space: usize, at: u64): Bucket {
  const h = ((at >> 2) ^ (at >> 12) ^ ((<u64>space) >> 6)) * 0x9e3779b97f4a7c15;
  return changetype<Bucket>(table + <usize>((h >> 40) % BUCKETS) * 16);
}

/** First waiter for the key at or behind `from`; 0 when there is none. */
function matching(from: usize, key: FutexKey): usize {
  let at = from;
  while (at != 0) {
    const t = changetype<Thread>(at);
    if (t.futexKey == key.at && t.futexSpace == key.space) break;
    at = t.futexNext;
  }
  return at;
}

export function futexFirst(key: FutexKey): Thread {
  return changetype<Thread>(matching(bucketOf(key.space, key.at).head, key));
}

/** The waiter for the same key behind `t`; null when there is none. */
export function futexNextOf(t: Thread, key: FutexKey): Thread {
  return changetype<Thread>(matching(t.futexNext, key));
}

/** The caller holds the lock. */
export function futexEnqueue(t: Thread, key: FutexKey): void {
  const bucket = bucketOf(key.space, key.at);
  const priority = threadPriority(t);
  let after = bucket.tail;
  while (after != 0 && threadPriority(changetype<Thread>(after)) < priority) {
    after = changetype<Thread>(after).futexPrevious;
  }
  const before = after != 0 ? changetype<Thread>(after).futexNext : bucket.head;
  t.futexKey = key.at;
  t.futexSpace = key.space;
  t.futexQueued = 1;
  t.futexPrevious = after;
  t.futexNext = before;
  if (after != 0) changetype<Thread>(after).futexNext = changetype<usize>(t);
  else bucket.head = changetype<usize>(t);
  if (before != 0) changetype<Thread>(before).futexPrevious = changetype<usize>(t);
  else bucket.tail = changetype<usize>(t);
}

/** The caller holds the lock. */
export function futexDequeue(t: Thread): void {
  if (t.futexQueued == 0) return;
  const bucket = bucketOf(t.futexSpace, t.futexKey);
  if (t.futexPrevious != 0) changetype<Thread>(t.futexPrevious).futexNext = t.futexNext;
  else bucket.head = t.futexNext;
  if (t.futexNext != 0) changetype<Thread>(t.futexNext).futexPrevious = t.futexPrevious;
  else bucket.tail = t.futexPrevious;
  t.futexQueued = 0;
}

/** Takes up to `count` waiters out whose bits meet `bits` and wakes them; how many. The caller holds the lock. */
export function futexWakeLocked(key: FutexKey, count: i32, bits: u32): i32 {
  let woken: i32 = 0;
  let t = futexFirst(key);
  while (changetype<usize>(t) != 0 && woken < count) {
    const next = futexNextOf(t, key);
    if ((t.futexBits & bits) != 0) {
      futexDequeue(t);
      wakeAll(threadQueue(t));
      woken++;
    }
    t = next;
  }
  return woken;
}

/** Some thread that waits for a PI futex of `owner`; null when none does. Looks at all queues: for the rare case only. */
export function futexWaiterOf(owner: usize): Thread {
  for (let b: usize = 0; b < <usize>BUCKETS; b++) {
    for (let at = changetype<Bucket>(table + b * 16).head; at != 0; at = changetype<Thread>(at).futexNext) {
      if (changetype<Thread>(at).piOwner == owner) return changetype<Thread>(at);
    }
  }
  return changetype<Thread>(<usize>0);
}

/** The highest priority among the threads that wait for PI futexes of `owner`. */
export function futexWaiters(owner: usize): u32 {
  let urgent: u32 = 0;
  for (let b: usize = 0; b < <usize>BUCKETS; b++) {
    for (let at = changetype<Bucket>(table + b * 16).head; at != 0; at = changetype<Thread>(at).futexNext) {
      const t = changetype<Thread>(at);
      if (t.piOwner == owner) urgent = max(urgent, threadPriority(t));
    }
  }
  return urgent;
}
