/**
 * Which futex a user address means (futex(2)): in private memory the space and the address, in shared memory the physical
 * address, which is the same for all processes that map it.
 */
import { EFAULT, EINVAL } from '../lib/errno';
import { USER_END } from '../mm/layout';
import { spaceSharedFrame } from '../mm/address-space';
import { currentThread } from '../sched/scheduler';
import { threadScratch } from '../sched/tcb';
import { copyFromUser } from '../syscall/user-copy';
import { currentProcess } from './process';

@unmanaged
export class FutexKey {
  /** Space, 0 for shared memory. */
  space: usize;
  at: u64;
}

/** Fills `key` for the word at `address`, whose page is made present: 0, -EINVAL when not aligned, -EFAULT. */
export function futexKeyOf(address: u64, isPrivate: bool, key: FutexKey): i32 {
  if ((address & 3) != 0) return -EINVAL;
  if (address >= USER_END) return -EFAULT;
  const space = currentProcess().space;
  key.space = changetype<usize>(space);
  key.at = address;
  if (isPrivate) return 0;
  if (copyFromUser(threadScratch(currentThread()), address, 4) < 0) return -EFAULT;
  const shared = spaceSharedFrame(space, address);
  if (shared != 0) {
    key.space = 0;
    key.at = shared;
  }
  return 0;
}

export function sameKey(a: FutexKey, space: usize, at: u64): bool {
  return a.at == at && a.space == space;
}
