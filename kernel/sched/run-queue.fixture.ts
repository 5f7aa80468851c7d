/** For run-queue.test.ts: threads by number, put in, taken out and asked for. */
import {
  RunQueue,
  runQueue,
  runQueueAdd,
  runQueueInit,
  runQueueRemove,
  runQueueReserve,
  runQueueTake,
} from './run-queue';
import { Thread } from './tcb';

const SIZE: usize = 1024;
const threads = memory.data(256 * 1024, 16);

function thread(n: u32): Thread {
  return changetype<Thread>(threads + <usize>n * SIZE);
}

function queue(): RunQueue {
  return runQueue(0);
}

export function init(count: u32): bool {
  assert(offsetof<Thread>() <= SIZE);
  return runQueueInit(queue()) && runQueueReserve(queue(), count);
}

export function add(n: u32, priority: u32, vruntime: u64, first: bool): void {
  const t = thread(n);
  t.id = <i32>n;
  t.priority = priority;
  t.vruntime = vruntime;
  runQueueAdd(queue(), t, first);
}

export function remove(n: u32): void {
  runQueueRemove(queue(), thread(n));
}

/** Its number, or -1. */
export function take(): i32 {
  const t = runQueueTake(queue());
  return changetype<usize>(t) == 0 ? -1 : t.id;
}

export function length(): u32 {
  return queue().length;
}

export function setThrottled(on: u32): void {
  queue().throttled = on;
}
