/**
 * Taking signals: what happens to the current process before it returns to user code.
 */
import { VECTOR_INT80 } from '../arch/x86_64/idt';
import { TrapFrame, VECTOR_SYSCALL } from '../arch/x86_64/trap-frame';
import { EINTR } from '../lib/errno';
import { LOG_WARN, logBegin, logCStr, logDec, logEnd, logStr } from '../lib/log';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { stopCurrent } from '../sched/scheduler';
import { processExit } from './exit';
import { PROCESS_STOPPED, Process, currentProcess, processLock, processName } from './process';
import { SIG_DFL, SignalAction, signalAction, signalHandler } from './signal-actions';
import { enterHandler } from './signal-frame';
import { deliverable, notifyParentLocked } from './signal';
import { DEFAULT_STOP, DEFAULT_TERMINATE, SIGSEGV, defaultAction, signalBit } from './signal-numbers';

const SA_NODEFER: u64 = 0x40000000;
const SA_RESETHAND: u64 = 0x80000000;
const SA_RESTART: u64 = 0x10000000;
/** The frame's errorCode once an interrupted call has been dealt with. */
const NO_CALL: u64 = ~(<u64>0);
/** SYSCALL and INT 0x80 are both two bytes long. */
const GATE_INSTRUCTION_SIZE: u64 = 2;

/** Does not return when a signal ends the process. */
export function deliverSignals(frame: TrapFrame): void {
  const p = currentProcess();
  while (deliverable(p) != 0) {
    const flags = lockIrqSave(processLock());
    const set = deliverable(p);
    const signal = set == 0 ? 0 : <i32>ctz(set) + 1;
    if (signal != 0) p.pendingSignals &= ~signalBit(signal);
    const handled = signal != 0 && signalHandler(p, signal) != 0;
    const action = signal == 0 || handled ? DEFAULT_STOP : defaultAction(signal);
    if (action == DEFAULT_STOP && !handled && signal != 0) stopLocked(p, signal);
    unlockIrqRestore(processLock(), flags);
    if (handled) handle(p, frame, signal);
    else if (action == DEFAULT_TERMINATE) processExit(signal);
  }
  settleCall(frame, true);
}

function handle(p: Process, frame: TrapFrame, signal: i32): void {
  const action = signalAction(p, signal);
  settleCall(frame, (action.flags & SA_RESTART) != 0);
  if (!enterHandler(p, frame, signal, action)) {
    logBegin(LOG_WARN, 'proc');
    logDec(p.pid);
    logStr(' ');
    logCStr(processName(p));
    logStr(': killed by SIGSEGV: no stack for a signal handler');
    logEnd();
    processExit(SIGSEGV);
  }
  p.faultAddress = 0;
  const flags = lockIrqSave(processLock());
  p.blockedSignals |= action.mask;
  if ((action.flags & SA_NODEFER) == 0) p.blockedSignals |= signalBit(signal);
  if ((action.flags & SA_RESETHAND) != 0) reset(action);
  unlockIrqRestore(processLock(), flags);
}

function reset(action: SignalAction): void {
  action.handler = SIG_DFL;
}

/**
 * A call that a signal cut short: started again when no handler runs or the handler asks for it (SA_RESTART), unless it
 * is one that always ends, like nanosleep and pause (signal(7)).
 */
function settleCall(frame: TrapFrame, restart: bool): void {
  const gate = frame.vector == VECTOR_SYSCALL || frame.vector == VECTOR_INT80;
  if (!gate || frame.errorCode == NO_CALL || <i64>frame.rax != -EINTR) return;
  if (restart && isRestartable(frame)) {
    frame.rax = frame.errorCode;
    frame.rip -= GATE_INSTRUCTION_SIZE;
  }
  frame.errorCode = NO_CALL;
}

/** read, write, readv, writev, ioctl, fcntl, wait4; read and write of the Breenix gate. */
function isRestartable(frame: TrapFrame): bool {
  const number = frame.errorCode;
  if (frame.vector == VECTOR_INT80) return number == 1 || number == 2;
  return (
    number == 0 || number == 1 || number == 19 || number == 20 || number == 16 || number == 72 || number == 61
  );
}

function stopLocked(p: Process, signal: i32): void {
  p.state = PROCESS_STOPPED;
  p.stopSignal = signal;
  p.continued = 0;
  notifyParentLocked(p);
  while (p.state == PROCESS_STOPPED) stopCurrent(processLock());
}
