/** eventfd(2) and eventfd2(2). */
import { installAnonymous } from '../../fs/install';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../fs/open-flags';
import { eventFdCreate, eventFdOps } from '../../ipc/eventfd';
import { EINVAL } from '../../lib/errno';
import { SyscallArgs } from '../arguments';

const EFD_SEMAPHORE: u32 = 1;
const MODE: u32 = 0o600;

export function sysEventfd(a: SyscallArgs): i64 {
  return installAnonymous(MODE, eventFdOps, O_RDWR, eventFdCreate(<u64>(<u32>a.a0), false));
}

export function sysEventfd2(a: SyscallArgs): i64 {
  const flags = <u32>a.a1;
  if ((flags & ~(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC)) != 0) return -EINVAL;
  const state = eventFdCreate(<u64>(<u32>a.a0), (flags & EFD_SEMAPHORE) != 0);
  return installAnonymous(MODE, eventFdOps, O_RDWR | (flags & ~EFD_SEMAPHORE), state);
}
