/**
 * poll(2) and ppoll(2) (POSIX poll; Linux struct pollfd: fd, events, revents).
 */
import { descriptorLimit } from '../../fs/limits';
import { POLLFD_SIZE, POLL_AT_ONCE, POLL_FOREVER, pollDescriptors } from '../../ipc/poll-set';
import { EFAULT, EINTR, EINVAL, ENOMEM, ERESTARTNOHAND } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { setRestart } from '../../proc/restart';
import { NS_PER_MS, nowNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { Thread, threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';
import { giveRemaining, takeDeadline } from './select';
import { beginMask, endMask } from './temporary-mask';

export function sysPoll(a: SyscallArgs): i64 {
  const timeoutMs = <i32>a.a2;
  let deadline = POLL_FOREVER;
  if (timeoutMs == 0) deadline = POLL_AT_ONCE;
  else if (timeoutMs > 0) deadline = nowNs() + <u64>timeoutMs * NS_PER_MS;
  return restartable(pollUser(a.a0, a.a1, deadline), a.a0, a.a1, deadline);
}

/** The pollfds in user memory: the number of ready ones or a negative errno. */
export function pollUser(address: u64, count: u64, deadline: u64): i64 {
  if (count > descriptorLimit()) return -EINVAL;
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

/** Goes on after a stop with the deadline that there was. */
function pollAgain(t: Thread): i64 {
  return restartable(pollUser(t.restart0, t.restart1, t.restart2), t.restart0, t.restart1, t.restart2);
}

function restartable(result: i64, address: u64, count: u64, deadline: u64): i64 {
  if (result != -EINTR) return result;
  const t = currentThread();
  t.restart0 = address;
  t.restart1 = count;
  t.restart2 = deadline;
  return setRestart(t, pollAgain);
}

export function sysPpoll(a: SyscallArgs): i64 {
  let deadline = POLL_FOREVER;
  if (a.a2 != 0) {
    const slot = threadScratch(currentThread());
    const error = takeDeadline(a.a2, 1, slot);
    if (error != 0) return error;
    deadline = load<u64>(slot);
  }
  const masked = beginMask(a.a3, a.a4);
  if (masked != 0) return masked;
  const result = pollUser(a.a0, a.a1, deadline);
  endMask(a.a3, result);
  if (a.a2 != 0) giveRemaining(a.a2, 1, deadline);
  return result == -EINTR ? -ERESTARTNOHAND : result;
}
