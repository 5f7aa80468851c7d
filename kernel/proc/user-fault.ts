/**
 * A program that faulted: its signal, and the log line that names what happened.
 */
import { enableInterrupts } from '../arch/x86_64/cpu';
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { LOG_WARN, logBegin, logCStr, logDec, logEnd, logHex, logStr } from '../lib/log';
import { currentThread } from '../sched/scheduler';
import { processExit } from './exit';
import { Process, currentProcess, processName } from './process';
import { signalHandler } from './signal-actions';
import { forceSignal } from './signal-fault';
import { signalBit, signalName } from './signal-numbers';

/**
 * Ends the current process, unless it handles the signal. `code` is siginfo's si_code, `address` its si_addr;
 * `faultAddress` the linear address of a page fault, 0 otherwise.
 */
export function userFault(
  frame: TrapFrame,
  signal: i32,
  code: i32,
  fault: string,
  address: u64,
  faultAddress: u64,
): void {
  const p = currentProcess();
  const t = currentThread();
  if (signalHandler(p, signal) != 0 && (t.blocked & signalBit(signal)) == 0) {
    t.faultVector = frame.vector;
    t.faultError = frame.errorCode;
    t.faultAddress = faultAddress;
    forceSignal(p, t, signal, code, address);
    return;
  }
  report(p, frame, signal, fault, faultAddress);
  enableInterrupts();
  processExit(signal);
}

/** `PID NAME: killed by SIGNAL: FAULT at RIP, address ADDR` */
function report(p: Process, frame: TrapFrame, signal: i32, fault: string, address: u64): void {
  begin(p, signal);
  logStr(': ');
  logStr(fault);
  logStr(' at ');
  logHex(frame.rip);
  logStr(', address ');
  logHex(address);
  logEnd();
}

/** `PID NAME: killed by SIGNAL (no core written)`: for the signals whose default action is a core. */
export function reportCore(p: Process, signal: i32): void {
  begin(p, signal);
  logStr(' (no core written)');
  logEnd();
}

function begin(p: Process, signal: i32): void {
  logBegin(LOG_WARN, 'proc');
  logDec(p.pid);
  logStr(' ');
  logCStr(processName(p));
  logStr(': killed by ');
  logStr(signalName(signal));
}
