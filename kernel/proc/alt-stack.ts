/**
 * The alternate signal stack of a thread (sigaltstack(2)).
 */
import { EINVAL, ENOMEM } from '../lib/errno';
import { Thread } from '../sched/tcb';

export const SS_ONSTACK: u32 = 1;
export const SS_DISABLE: u32 = 2;
/** The stack is taken away while a handler runs on it, so that a switch of contexts in the handler does no harm. */
export const SS_AUTODISARM: u32 = 0x80000000;
/** Smallest stack that is accepted (sigaltstack(2), ENOMEM). */
const MINSIGSTKSZ: u64 = 2048;

/** Does `rsp` lie in the alternate stack? Never with SS_AUTODISARM. */
export function onAltStack(t: Thread, rsp: u64): bool {
  if (t.altSize == 0 || (t.altFlags & SS_AUTODISARM) != 0) return false;
  return rsp > t.altStack && rsp - t.altStack <= t.altSize;
}

/** 0, -EINVAL or -ENOMEM. The caller has made sure that the thread is not on it. */
export function setAltStack(t: Thread, address: u64, size: u64, flags: u32): i32 {
  const mode = flags & ~SS_AUTODISARM;
  if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE) return -EINVAL;
  if (mode == SS_DISABLE || (size == 0 && address == 0)) {
    t.altStack = 0;
    t.altSize = 0;
    t.altFlags = 0;
    return 0;
  }
  if (size < MINSIGSTKSZ) return -ENOMEM;
  t.altStack = address;
  t.altSize = size;
  t.altFlags = flags & SS_AUTODISARM;
  return 0;
}

/** ss_flags as they are told. */
export function altStackFlags(t: Thread, rsp: u64): u32 {
  if (t.altSize == 0) return SS_DISABLE;
  return t.altFlags | (onAltStack(t, rsp) ? SS_ONSTACK : 0);
}
