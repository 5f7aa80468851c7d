/**
 * The end of a process: resources go at once, the number and the exit status stay until the parent has asked.
 */
import { enableInterrupts, writeCr3 } from '../arch/x86_64/cpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { ttyRelease } from '../drivers/tty/job-control';
import { Tty } from '../drivers/tty/tty';
import { fdTableDestroy } from '../fs/fd-table';
import { PID_INIT } from '../lib/ids';
import { panic } from '../lib/panic';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceDestroy } from '../mm/address-space';
import { kernelPml4 } from '../mm/kernel-map';
import { currentThread, threadExit } from '../sched/scheduler';
import { wakeAll } from '../sched/wait-queue';
import {
  PROCESS_ZOMBIE,
  Process,
  adoptLocked,
  childWaitQueue,
  currentProcess,
  disownLocked,
  isNull,
  processFindLocked,
  processFree,
  processLock,
  processUnpublishLocked,
} from './process';
import { notifyParentLocked } from './signal';
import { SIGCHLD, signalBit } from './signal-numbers';

/** Wait status of a normal end (wait(2)): the low byte of the code in bits 8–15. */
export function exitedStatus(code: i32): i32 {
  return (code & 0xff) << 8;
}

/** Ends the current process with a wait status: exitedStatus(code), or the number of the signal that killed it. */
export function processExit(status: i32): void {
  const p = currentProcess();
  if (p.pid == PID_INIT) panic('init died');
  enableInterrupts();
  if (p.sid == p.pid && p.tty != 0) ttyRelease(changetype<Tty>(p.tty), p.sid);
  fdTableDestroy(p.files);
  p.files = 0;
  leaveSpace(p);
  const thread = currentThread();
  const flags = lockIrqSave(processLock());
  p.userTicks += thread.userTicks;
  p.systemTicks += thread.systemTicks;
  p.thread = 0;
  p.exitStatus = status;
  giveChildrenAway(p);
  const reap = parentDoesNotCare(p);
  p.state = PROCESS_ZOMBIE;
  if (reap) processUnpublishLocked(p);
  else notifyParentLocked(p);
  unlockIrqRestore(processLock(), flags);
  if (reap) processFree(p);
  threadExit();
}

/** The thread goes on in the kernel's half only. */
function leaveSpace(p: Process): void {
  const space = p.space;
  currentThread().cr3 = 0;
  const cpu = thisCpu();
  cpu.cr3 = kernelPml4();
  writeCr3(cpu.cr3);
  p.space = changetype<AddressSpace>(<usize>0);
  spaceDestroy(space);
}

/** Orphans, dead or alive, become children of init. */
function giveChildrenAway(p: Process): void {
  const init = processFindLocked(PID_INIT);
  let zombies = false;
  while (p.firstChild != 0) {
    const child = changetype<Process>(p.firstChild);
    disownLocked(child);
    if (isNull(init)) continue;
    adoptLocked(init, child);
    if (child.state == PROCESS_ZOMBIE) zombies = true;
  }
  if (zombies) wakeAll(childWaitQueue(init));
}

/** No parent, or one that ignores SIGCHLD: nobody will wait (POSIX 2.4.3 "Consequences of process termination"). */
function parentDoesNotCare(p: Process): bool {
  if (p.parent == 0) return true;
  return (changetype<Process>(p.parent).ignoredSignals & signalBit(SIGCHLD)) != 0;
}
