/**
 * Stands in for sched/wait-queue.ts in unit tests: sleeping asks the test (host import sleep) to let time pass,
 * in which its device models may raise interrupts. It answers what the sleep would return.
 */
declare function sleep(deadlineNs: u64): i32;

@unmanaged
export class WaitQueue {
  wakes: u32;
  a: u32;
  b: u64;
  c: u64;
}

function sleepReleasing(lock: usize, deadlineNs: u64): i32 {
  assert(load<u32>(lock) == 1, 'sleeping without the lock');
  store<u32>(lock, 0);
  const result = sleep(deadlineNs);
  store<u32>(lock, 1);
  return result;
}

export function sleepOn(_q: WaitQueue, lock: usize): i32 {
  return sleepReleasing(lock, 0);
}

export function sleepOnDeadline(_q: WaitQueue, lock: usize, deadlineNs: u64): i32 {
  return sleepReleasing(lock, deadlineNs);
}

export function sleepOnUninterruptible(_q: WaitQueue, lock: usize, deadlineNs: u64): i32 {
  return sleepReleasing(lock, deadlineNs);
}

export function wakeOne(q: WaitQueue): void {
  q.wakes++;
}

export function wakeAll(q: WaitQueue): void {
  q.wakes++;
}

export const WAIT_QUEUE_SIZE: usize = 24;

export function sleepUntil(deadlineNs: u64): i32 {
  return sleep(deadlineNs);
}

@unmanaged
export class WaitEntry {
  queue: usize;
  next: usize;
  previous: usize;
  wake: u32;
  exclusive: u32;
}

export function waitAdd(_queue: WaitQueue, _entry: WaitEntry): void {}

export function waitRemove(_entry: WaitEntry): void {}

export function waitAbandon(_queue: WaitQueue): void {}
