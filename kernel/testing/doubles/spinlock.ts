/** Stands in for lib/spinlock.ts in unit tests: one context, so a lock that is taken twice is a bug. */
export function lockIrqSave(lock: usize): u64 {
  assert(load<u32>(lock) == 0, 'spinlock taken twice');
  store<u32>(lock, 1);
  return 0;
}

export function unlockIrqRestore(lock: usize, _flags: u64): void {
  assert(load<u32>(lock) == 1, 'spinlock released without being held');
  store<u32>(lock, 0);
}
