/**
 * The end of threads and of processes: resources go at once, the number and the exit status stay until the parent has
 * asked.
 */
import { enableInterrupts, writeCr3 } from '../arch/x86_64/cpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { ttyRelease } from '../drivers/tty/job-control';
import { Tty } from '../drivers/tty/tty';
import { fsContextRelease } from '../fs/context';
import { fdTableDestroy } from '../fs/fd-table';
import { semProcessExit } from '../ipc/sysv-sem-undo';
import { PID_INIT } from '../lib/ids';
import { panic } from '../lib/panic';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceDestroy } from '../mm/address-space';
import { kernelPml4 } from '../mm/kernel-map';
import { accountCurrent, currentThread, threadExit } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { wakeAll } from '../sched/wait-queue';
import { notifyParentOfEndLocked } from './child-news';
import { processPeakPages } from './cpu-time';
import { stopIfAllStandLocked } from './deliver';
import { futexThreadExit } from './futex-exit';
import { groupsAfterExitLocked, groupsBeforeExitLocked } from './groups';
import {
  PROCESS_ZOMBIE,
  Process,
  adoptLocked,
  currentProcess,
  disownLocked,
  isNull,
  processFindLocked,
  processFree,
  processLock,
  processUnpublishLocked,
} from './process';
import { pidHandleEndedLocked } from './pidfd';
import { programFileRelease } from './program';
import { posixTimersDeleteAll } from './posix-timers';
import { timersFree } from './process-timers';
import { releaseSignalActions } from './signal-actions';
import { alertOthersLocked, signalLocked } from './signal';
import { SIGCHLD } from './signal-numbers';
import { pendingDrop, pendingOfProcess, pendingOfThread } from './signal-queue';
import { killOthersLocked, threadDetachLocked, threadQueue } from './thread-group';
import { accountReleaseLocked, UserAccount } from './user-account';
import { vforkDoneLocked } from './vfork';

const ALL_SIGNALS: u64 = ~(<u64>0);

/** Wait status of a normal end (wait(2)): the low byte of the code in bits 8–15. */
export function exitedStatus(code: i32): i32 {
  return (code & 0xff) << 8;
}

/**
 * Ends the current process, all its threads, with a wait status: exitedStatus(code), or the number of the signal that
 * killed it. When it is ending already, the first status counts. Does not return.
 */
export function processExit(status: i32): void {
  const p = currentProcess();
  if (p.pid == PID_INIT) panic('init died');
  const flags = lockIrqSave(processLock());
  if (p.groupExit == 0) {
    p.groupExit = 1;
    p.exitStatus = status;
    if (p.threadCount > 1) killOthersLocked(p, currentThread());
  }
  unlockIrqRestore(processLock(), flags);
  threadLeave(p.exitStatus);
}

/** Ends the current thread; the last one ends the process, whose status is its first thread's. Does not return. */
export function threadLeave(status: i32): void {
  const p = currentProcess();
  const thread = currentThread();
  if (p.pid == PID_INIT && p.threadCount == 1) panic('init died');
  enableInterrupts();
  futexThreadExit(p, thread);
  const flags = lockIrqSave(processLock());
  accountCurrent();
  p.userTicks += thread.userTicks;
  p.systemTicks += thread.systemTicks;
  if (p.groupExit == 0 && thread.id == p.pid) p.exitStatus = status;
  pendingDrop(pendingOfThread(thread), ALL_SIGNALS);
  threadDetachLocked(p, thread);
  thread.groupTime = 0;
  const last = p.threadCount == 0;
  if (!last && p.execThread != 0) wakeAll(threadQueue(changetype<Thread>(p.execThread)));
  if (!last) stopIfAllStandLocked(p);
  // A signal for the process may have woken this thread alone.
  if (p.pendingSignals != 0) alertOthersLocked(p, thread);
  unlockIrqRestore(processLock(), flags);
  leaveSpace();
  if (last) endProcess(p);
  threadExit();
}

function endProcess(p: Process): void {
  if (p.sid == p.pid && p.tty != 0) ttyRelease(changetype<Tty>(p.tty), p.sid);
  semProcessExit(p);
  posixTimersDeleteAll(p);
  timersFree(p);
  fdTableDestroy(p.files);
  const executable = p.executable;
  p.executable = 0;
  programFileRelease(executable);
  p.files = 0;
  const fs = p.fs;
  const fsFlags = lockIrqSave(processLock());
  p.fs = 0;
  unlockIrqRestore(processLock(), fsFlags);
  fsContextRelease(fs);
  const space = p.space;
  p.peakPages = processPeakPages(p);
  p.space = changetype<AddressSpace>(<usize>0);
  spaceDestroy(space);
  const flags = lockIrqSave(processLock());
  vforkDoneLocked(p);
  groupsBeforeExitLocked(p);
  giveChildrenAway(p);
  pendingDrop(pendingOfProcess(p), ALL_SIGNALS);
  releaseSignalActions(p);
  accountReleaseLocked(changetype<UserAccount>(p.account));
  p.account = 0;
  p.state = PROCESS_ZOMBIE;
  pidHandleEndedLocked(p);
  groupsAfterExitLocked(p);
  const reap = notifyParentOfEndLocked(p);
  if (reap) processUnpublishLocked(p);
  unlockIrqRestore(processLock(), flags);
  if (reap) processFree(p);
}

/** The thread goes on in the kernel's half only. */
function leaveSpace(): void {
  currentThread().cr3 = 0;
  const cpu = thisCpu();
  cpu.cr3 = kernelPml4();
  writeCr3(cpu.cr3);
}

/** Orphans, dead or alive, become children of the nearest subreaper above, or of init. */
function giveChildrenAway(p: Process): void {
  let heir = processFindLocked(PID_INIT);
  for (let at = p.parent; at != 0; at = changetype<Process>(at).parent) {
    if (changetype<Process>(at).subreaper == 0) continue;
    heir = changetype<Process>(at);
    break;
  }
  while (p.firstChild != 0) {
    const child = changetype<Process>(p.firstChild);
    disownLocked(child);
    if (child.parentDeathSignal != 0) signalLocked(child, child.parentDeathSignal);
    if (isNull(heir)) continue;
    adoptLocked(heir, child);
    // An orphan that has ended already: its new parent hears of it now.
    child.exitSignal = SIGCHLD;
    if (child.state != PROCESS_ZOMBIE || !notifyParentOfEndLocked(child)) continue;
    processUnpublishLocked(child);
    processFree(child);
  }
}
