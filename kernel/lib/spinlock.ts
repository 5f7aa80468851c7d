/**
 * Spinlocks that keep interrupts off while they are held.
 *
 * - Short sections only; never sleep while holding one. Order: docs/internals/locking.md.
 * - A lock is the address of a u32: 0 when free, the holder's CPU number + 1 otherwise. So a lock can be a field of any
 *   zeroed object, and a module has one by `const lock = memory.data(4, 4)`.
 * - Taking a lock that this CPU already holds is a bug and panics at once instead of hanging.
 */
import { pause, restoreInterrupts, saveAndDisableInterrupts } from '../arch/x86_64/cpu';
import { cpuId } from '../arch/x86_64/percpu';

let locksBroken: bool = false;

/**
 * Panic only: from here on every lock is taken at once. Nobody else runs any more, and the message must get out
 * although the interrupted code may hold the lock of the log or of a serial port.
 */
export function breakLocks(): void {
  locksBroken = true;
}

/** Returns what `unlockIrqRestore` needs. */
export function lockIrqSave(lock: usize): u64 {
  const flags = saveAndDisableInterrupts();
  acquire(lock);
  return flags;
}

export function unlockIrqRestore(lock: usize, flags: u64): void {
  release(lock);
  restoreInterrupts(flags);
}

/** For callers that already have interrupts off. */
export function acquire(lock: usize): void {
  if (locksBroken) return;
  const me = cpuId() + 1;
  assert(atomic.load<u32>(lock) != me, 'spinlock taken twice on one CPU');
  while (atomic.cmpxchg<u32>(lock, 0, me) != 0) pause();
}

export function release(lock: usize): void {
  atomic.store<u32>(lock, 0);
}

/** As lockIrqSave, but does not wait: 0 when the lock is taken, by whomever. Undone by restoreTry. */
export function tryLockIrqSave(lock: usize): u64 {
  const flags = saveAndDisableInterrupts();
  if (atomic.cmpxchg<u32>(lock, 0, cpuId() + 1) == 0) return flags; // RFLAGS is never 0: its bit 1 is always set
  restoreInterrupts(flags);
  return 0;
}

export function restoreTry(lock: usize, flags: u64): void {
  unlockIrqRestore(lock, flags);
}
