/**
 * poll(2) and ppoll(2) (POSIX poll; Linux struct pollfd: fd, events, revents).
 */
import { FD_LIMIT } from '../../fs/fd-table';
import { POLLFD_SIZE, POLL_AT_ONCE, POLL_FOREVER, pollDescriptors } from '../../ipc/poll-set';
import { EFAULT, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { NS_PER_MS, nowNs } from '../../sched/clock';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

export function sysPoll(a: SyscallArgs): i64 {
  const timeoutMs = <i32>a.a2;
  let deadline = POLL_FOREVER;
  if (timeoutMs == 0) deadline = POLL_AT_ONCE;
  else if (timeoutMs > 0) deadline = nowNs() + <u64>timeoutMs * NS_PER_MS;
  return pollUser(a.a0, a.a1, deadline);
}

/** The pollfds in user memory: the number of ready ones or a negative errno. */
export function pollUser(address: u64, count: u64, deadline: u64): i64 {
  if (count > FD_LIMIT) return -EINVAL;
  const size = <usize>count * POLLFD_SIZE;
  const list = kmalloc(size);
  if (list == 0) return -ENOMEM;
  let result: i64 = copyFromUser(list, address, size);
  if (result == 0) {
    result = pollDescriptors(list, <usize>count, deadline);
    if (result >= 0 && copyToUser(address, list, size) < 0) result = -EFAULT;
  }
  kfree(list);
  return result;
}
