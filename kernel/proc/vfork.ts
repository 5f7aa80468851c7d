/**
 * vfork(2): the thread that made the child sleeps until the child no longer uses its memory. The caller of a function
 * whose name ends in Locked holds processLock.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { Thread } from '../sched/tcb';
import { sleepOnKillable, wakeAll } from '../sched/wait-queue';
import { Process, isNull, processFindLocked, processLock } from './process';
import { threadQueue } from './thread-group';

/** The child executes a program or has ended: its parent may go on. */
export function vforkDoneLocked(child: Process): void {
  if (child.vforkWaiter == 0) return;
  const waiter = changetype<Thread>(child.vforkWaiter);
  child.vforkWaiter = 0;
  wakeAll(threadQueue(waiter));
}

/** Sleeps until then, or until a signal kills the caller. `me` has been set as the child's vforkWaiter. */
export function vforkWait(me: Thread, childPid: i32): void {
  const flags = lockIrqSave(processLock());
  let error: i32 = 0;
  while (error == 0) {
    // By number: nobody waits for the child while this thread, its parent's, sleeps; but another thread may.
    const child = processFindLocked(childPid);
    if (isNull(child) || child.vforkWaiter != changetype<usize>(me)) break;
    error = sleepOnKillable(threadQueue(me), processLock());
    if (error < 0 && child.vforkWaiter == changetype<usize>(me)) child.vforkWaiter = 0;
  }
  unlockIrqRestore(processLock(), flags);
}
