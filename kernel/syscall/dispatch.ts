/**
 * Both gates end here: look the number up, check the addresses, call the handler, put the result into RAX.
 */
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { EFAULT, ENOSYS, ERESTARTSYS, ERESTART_RESTARTBLOCK } from '../lib/errno';
import { LOG_INFO, logBegin, logBytes, logCStr, logDec, logEnd, logHex, logStr } from '../lib/log';
import { USER_END } from '../mm/layout';
import { currentProcess, processName } from '../proc/process';
import { currentThread } from '../sched/scheduler';
import { WORK_RESTART } from '../sched/tcb';
import { LINUX_NAMES, linuxNameAt } from './names';
import { SyscallArgs } from './arguments';
import { gateTest } from './gate-test';
import { GATE_TEST, SyscallRow, breenixRow, linuxRow } from './table';

/** SYSCALL: called by interrupts.S with interrupts on and the frame's address. */
export function linuxSyscall(address: usize): void {
  const frame = changetype<TrapFrame>(address);
  const result = call(linuxRow(frame.rax), frame, 'SYSCALL');
  frame.rax = <u64>result;
  if (isRestart(result)) currentThread().work |= WORK_RESTART;
}

/** Bit n of the row's `pointers`: argument n must lie in user space. */
function arePointersGood(p: u32, f: TrapFrame): bool {
  if (p == 0) return true;
  if ((p & 1) != 0 && f.rdi >= USER_END) return false;
  if ((p & 2) != 0 && f.rsi >= USER_END) return false;
  if ((p & 60) == 0) return true;
  if ((p & 4) != 0 && f.rdx >= USER_END) return false;
  if ((p & 8) != 0 && f.r10 >= USER_END) return false;
  if ((p & 16) != 0 && f.r8 >= USER_END) return false;
  return (p & 32) == 0 || f.r9 < USER_END;
}

/** INT 0x80. */
export function breenixSyscall(frame: TrapFrame): void {
  frame.errorCode = frame.rax; // as for SYSCALL: what to start again after a signal
  if (frame.rax == GATE_TEST) frame.rax = <u64>gateTest();
  else frame.rax = <u64>call(breenixRow(frame.rax), frame, 'INT 0x80');
  if (isRestart(<i64>frame.rax)) currentThread().work |= WORK_RESTART;
}

/** One of the ERESTART numbers (lib/errno.ts): deliver.ts makes of it what user code sees. */
function isRestart(result: i64): bool {
  return result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK;
}

function call(row: SyscallRow, frame: TrapFrame, gate: string): i64 {
  if (row.handler == 0) return refuse(row, frame.rax, gate);
  if (!arePointersGood(row.pointers, frame)) return -EFAULT;
  return call_indirect<i64>(row.handler, changetype<SyscallArgs>(frame));
}

/** The name of a Linux call in brackets, where it has one. */
function logName(number: u64): void {
  let at = linuxNameAt(number);
  if (at < 0) return;
  logStr(' (');
  const text = changetype<usize>(LINUX_NAMES);
  // One byte a time: the literal is UTF-16, the log takes bytes.
  for (; LINUX_NAMES.charCodeAt(at) > 0x20; at++) logBytes(text + <usize>at * 2, 1);
  logStr(')');
}

/** Names an unknown call once, so that a program that probes does not flood the log. */
function refuse(row: SyscallRow, number: u64, gate: string): i64 {
  if (row.logged == 0) {
    row.logged = 1;
    const p = currentProcess();
    logBegin(LOG_INFO, 'syscall');
    logDec(p.pid);
    logStr(' ');
    logCStr(processName(p));
    logStr(': no call number ');
    if (number < 10000) logDec(number);
    else logHex(number);
    if (changetype<usize>(row) == changetype<usize>(linuxRow(number))) logName(number);
    logStr(' at the gate ');
    logStr(gate);
    logEnd();
  }
  return -ENOSYS;
}
