/** Stands in for sched/mutex.ts in unit tests: one context, so a lock that is taken twice is a deadlock. */
@unmanaged
export class Mutex {
  held: u32;
}

export function mutexLock(mutex: Mutex): void {
  assert(mutex.held == 0, 'mutex taken twice');
  mutex.held = 1;
}

export function mutexUnlock(mutex: Mutex): void {
  assert(mutex.held == 1, 'mutex released without being held');
  mutex.held = 0;
}
