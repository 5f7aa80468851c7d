/**
 * A program that faulted: its signal, and the log line that names what happened.
 */
import { enableInterrupts } from '../arch/x86_64/cpu';
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { LOG_WARN, logBegin, logCStr, logDec, logEnd, logHex, logStr } from '../lib/log';
import { processExit } from './exit';
import { Process, currentProcess, processName } from './process';
import { signalHandler } from './signal-actions';
import { forceSignal } from './signal';
import { signalBit, signalName } from './signal-numbers';

/** Ends the current process, unless it handles the signal. */
export function userFault(frame: TrapFrame, signal: i32, fault: string, address: u64): void {
  const p = currentProcess();
  if (signalHandler(p, signal) != 0 && (p.blockedSignals & signalBit(signal)) == 0) {
    p.faultAddress = address;
    forceSignal(p, signal);
    return;
  }
  report(p, frame, signal, fault, address);
  enableInterrupts();
  processExit(signal);
}

/** `PID NAME: killed by SIGNAL: FAULT at RIP, address ADDR` */
function report(p: Process, frame: TrapFrame, signal: i32, fault: string, address: u64): void {
  logBegin(LOG_WARN, 'proc');
  logDec(p.pid);
  logStr(' ');
  logCStr(processName(p));
  logStr(': killed by ');
  logStr(signalName(signal));
  logStr(': ');
  logStr(fault);
  logStr(' at ');
  logHex(frame.rip);
  logStr(', address ');
  logHex(address);
  logEnd();
}
