/** The signal mask that ppoll, pselect6 and epoll_pwait put in place while they wait. */
import { EINTR, EINVAL } from '../../lib/errno';
import { clearTemporaryMask, setTemporaryMask } from '../../proc/signal-mask';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { copyFromUser } from '../user-copy';

const SIGSET_SIZE: u64 = 8;

/** Blocks the set at `address` (0: changes nothing): 0, -EINVAL, -EFAULT. */
export function beginMask(address: u64, size: u64): i32 {
  if (address == 0) return 0;
  if (size != SIGSET_SIZE) return -EINVAL;
  const word = threadScratch(currentThread());
  const error = copyFromUser(word, address, 8);
  if (error == 0) setTemporaryMask(load<u64>(word));
  return error;
}

/** After the wait, with its result: what a signal ended keeps the mask until the handler has run. */
export function endMask(address: u64, result: i64): void {
  if (address != 0 && result != -EINTR) clearTemporaryMask();
}
