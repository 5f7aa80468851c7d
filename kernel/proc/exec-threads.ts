/**
 * execve(2) in a process of several threads: all others end, and the caller takes the process's number.
 */
import { EAGAIN } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentThread } from '../sched/scheduler';
import { sleepOnKillable } from '../sched/wait-queue';
import { Process, processLock } from './process';
import { killOthersLocked, threadBecomeLeaderLocked, threadQueue } from './thread-group';

/** 0 once the current thread is alone; -EAGAIN when it is itself about to end because of another. */
export function becomeOnlyThread(p: Process): i32 {
  const me = currentThread();
  if (p.threadCount == 1 && me.id == p.pid) return 0;
  const flags = lockIrqSave(processLock());
  let error: i32 = (p.groupExit | (<u32>(p.execThread != 0))) != 0 ? -EAGAIN : 0;
  if (error == 0) {
    p.execThread = changetype<usize>(me);
    killOthersLocked(p, me);
    while (p.threadCount > 1 && error == 0) error = sleepOnKillable(threadQueue(me), processLock());
    p.execThread = 0;
    if (p.threadCount == 1) threadBecomeLeaderLocked(p, me);
  }
  unlockIrqRestore(processLock(), flags);
  return error;
}
