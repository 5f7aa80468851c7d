/**
 * The last thing before a thread returns to user code: signals are taken, stops and ends happen, interrupted calls are
 * started again or end with EINTR (signal(7)).
 */
import { VECTOR_INT80 } from '../arch/x86_64/idt';
import { TrapFrame, VECTOR_SYSCALL } from '../arch/x86_64/trap-frame';
import { EINTR, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS, ERESTART_RESTARTBLOCK } from '../lib/errno';
import { PID_INIT } from '../lib/ids';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentThread, stopCurrent } from '../sched/scheduler';
import { Thread, WORK_RESTART, WORK_RESTORE_MASK, WORK_SIGNAL, threadScratch } from '../sched/tcb';
import { processExit, threadLeave } from './exit';
import { notifyParentLocked } from './child-news';
import { countStopped, isOrphanedGroupLocked } from './groups';
import { PROCESS_STOPPED, Process, currentProcess, processLock } from './process';
import {
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIG_DFL,
  SIGNAL_ACTION_SIZE,
  SignalAction,
  signalAction,
  signalHandler,
} from './signal-actions';
import { ACTION_IN_SCRATCH, INFO_IN_SCRATCH, enterHandler } from './signal-frame';
import { setBlockedLocked } from './signal';
import { alert, forceSegvLocked } from './signal-fault';
import { CLD_STOPPED, SignalInfo } from './signal-info';
import {
  DEFAULT_STOP,
  DEFAULT_TERMINATE,
  SIGKILL,
  SIGSTOP,
  defaultAction,
  dumpsCore,
  signalBit,
} from './signal-numbers';
import { pendingNext, pendingOfProcess, pendingOfThread, pendingTake } from './signal-queue';
import { reportCore } from './user-fault';

/** The frame's errorCode once an interrupted call has been dealt with. */
export const NO_CALL: u64 = ~(<u64>0);
/** SYSCALL and INT 0x80 are both two bytes long. */
const GATE_INSTRUCTION_SIZE: u64 = 2;
const CALL_RESTART_SYSCALL: u64 = 219;

/** Does not return when a signal ends the process. Interrupts are on. */
export function deliverSignals(frame: TrapFrame): void {
  const p = currentProcess();
  const t = currentThread();
  while (deliverOne(p, t, frame));
  settleCall(t, frame, false, false);
  if ((t.work & WORK_RESTORE_MASK) == 0) return;
  t.work &= ~WORK_RESTORE_MASK;
  const flags = lockIrqSave(processLock());
  t.blocked = t.savedBlocked;
  if (((t.pending | p.pendingSignals) & ~t.blocked) != 0) t.work |= WORK_SIGNAL;
  unlockIrqRestore(processLock(), flags);
}

/** Takes one signal or stop; false when there is nothing left to do. */
function deliverOne(p: Process, t: Thread, frame: TrapFrame): bool {
  const flags = lockIrqSave(processLock());
  t.work &= ~WORK_SIGNAL;
  if (((t.pending | p.pendingSignals) & signalBit(SIGKILL)) != 0) {
    const mine = (p.groupExit | (<u32>(p.execThread != 0))) != 0;
    unlockIrqRestore(processLock(), flags);
    if (mine) threadLeave(p.exitStatus);
    else processExit(SIGKILL);
  }
  if (p.groupStop != 0) {
    standStillLocked(p, t);
    unlockIrqRestore(processLock(), flags);
    return true;
  }
  const signal = takeLocked(p, t, ~t.blocked, changetype<SignalInfo>(threadScratch(t) + INFO_IN_SCRATCH));
  if (signal == 0) {
    unlockIrqRestore(processLock(), flags);
    return false;
  }
  const handled = signalHandler(p, signal) != 0;
  const action = defaultAction(signal);
  if (handled) {
    const record = signalAction(p, signal);
    memory.copy(threadScratch(t) + ACTION_IN_SCRATCH, changetype<usize>(record), SIGNAL_ACTION_SIZE);
    if ((record.flags & SA_RESETHAND) != 0) record.handler = SIG_DFL;
  } else if (action == DEFAULT_STOP && !isIgnored(p, signal)) {
    beginStopLocked(p, signal);
  }
  unlockIrqRestore(processLock(), flags);
  if (handled) handle(p, t, frame, signal);
  else if (action == DEFAULT_TERMINATE && !isIgnored(p, signal)) end(p, signal);
  return true;
}

/** The next signal of `wanted` for the thread, its own before the process's, taken out into `out`; 0 when none. */
export function takeLocked(p: Process, t: Thread, wanted: u64, out: SignalInfo): i32 {
  let signal = pendingNext(pendingOfThread(t), wanted);
  if (signal != 0) {
    pendingTake(pendingOfThread(t), signal, out);
    return signal;
  }
  signal = pendingNext(pendingOfProcess(p), wanted);
  if (signal != 0) pendingTake(pendingOfProcess(p), signal, out);
  return signal;
}

/** It may have become ignored after it was sent, or was sent to init while blocked. */
function isIgnored(p: Process, signal: i32): bool {
  return (
    p.pid == PID_INIT ||
    ((p.ignoredSignals & signalBit(signal)) != 0 && signal != SIGKILL && signal != SIGSTOP)
  );
}

function end(p: Process, signal: i32): void {
  if (dumpsCore(signal)) reportCore(p, signal);
  processExit(signal);
}

function handle(p: Process, t: Thread, frame: TrapFrame, signal: i32): void {
  const action = changetype<SignalAction>(threadScratch(t) + ACTION_IN_SCRATCH);
  settleCall(t, frame, true, (action.flags & SA_RESTART) != 0);
  const restore = (t.work & WORK_RESTORE_MASK) != 0;
  const before = restore ? t.savedBlocked : t.blocked;
  const mask = action.mask;
  const actionFlags = action.flags;
  const entered = enterHandler(t, frame, signal, action, before);
  const flags = lockIrqSave(processLock());
  if (entered) {
    t.work &= ~WORK_RESTORE_MASK;
    const own = (actionFlags & SA_NODEFER) == 0 ? signalBit(signal) : 0;
    setBlockedLocked(p, t, t.blocked | mask | own);
  } else {
    forceSegvLocked(p, t, signal);
  }
  unlockIrqRestore(processLock(), flags);
}

/**
 * A call that a signal cut short. `handler`: one runs; `restart`: it was set with SA_RESTART. read, write and their like
 * may still say EINTR where they mean ERESTARTSYS.
 */
function settleCall(t: Thread, frame: TrapFrame, handler: bool, restart: bool): void {
  t.work &= ~WORK_RESTART;
  const gate = frame.vector == VECTOR_SYSCALL || frame.vector == VECTOR_INT80;
  if (!gate || frame.errorCode == NO_CALL) return;
  const result = -(<i64>frame.rax);
  let again = false;
  if (result == ERESTARTSYS) again = !handler || restart;
  else if (result == ERESTARTNOINTR) again = true;
  else if (result == ERESTARTNOHAND || result == ERESTART_RESTARTBLOCK) again = !handler;
  else if (result == EINTR && isRestartable(frame)) again = !handler || restart;
  else return;
  if (again) {
    frame.rax = result == ERESTART_RESTARTBLOCK ? CALL_RESTART_SYSCALL : frame.errorCode;
    frame.rip -= GATE_INSTRUCTION_SIZE;
  } else {
    frame.rax = <u64>-(<i64>EINTR);
  }
  frame.errorCode = NO_CALL;
}

/** read, write, readv, writev, ioctl, fcntl; read and write of the Breenix gate. */
function isRestartable(frame: TrapFrame): bool {
  const number = frame.errorCode;
  if (frame.vector == VECTOR_INT80) return number == 1 || number == 2;
  return number == 0 || number == 1 || number == 19 || number == 20 || number == 16 || number == 72;
}

/** Every thread of the process is to stop. Terminal stops do nothing to an orphaned group (POSIX 2.4.3). */
function beginStopLocked(p: Process, signal: i32): void {
  if (signal != SIGSTOP && isOrphanedGroupLocked(p.pgid)) return;
  p.groupStop = signal;
  for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) alert(changetype<Thread>(at));
}

/** Until the stop is over. The last thread to stand still tells the parent. */
function standStillLocked(p: Process, t: Thread): void {
  p.stoppedThreads++;
  t.stopCounted = 1;
  stopIfAllStandLocked(p);
  while (p.groupStop != 0 && (t.pending & signalBit(SIGKILL)) == 0) stopCurrent(processLock());
  t.stopCounted = 0;
  p.stoppedThreads--;
}

/** Also when a thread ends that others wait for. */
export function stopIfAllStandLocked(p: Process): void {
  if (p.groupStop == 0 || p.state == PROCESS_STOPPED || p.stoppedThreads != p.threadCount) return;
  if (p.threadCount == 0) return;
  p.state = PROCESS_STOPPED;
  countStopped(1);
  p.stopSignal = p.groupStop;
  p.continued = 0;
  notifyParentLocked(p, CLD_STOPPED, p.groupStop);
}
