/**
 * Exceptions 0–31: resolved (page faults that are due), turned into a signal (user code), redirected (the instructions of
 * user-access.S), or the end (the kernel itself). Source: Intel SDM 3A 6.15.
 */
import { EACCES, EFAULT, ENOMEM, ENXIO } from '../../lib/errno';
import { panicAt } from '../../lib/panic';
import { isStackGuard } from '../../mm/kernel-stacks';
import { spaceFault } from '../../mm/fault';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../mm/vma';
import { currentProcess, isNull } from '../../proc/process';
import {
  BUS_ADRALN,
  BUS_ADRERR,
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTDIV,
  ILL_ILLOPN,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SI_KERNEL,
  TRAP_TRACE,
} from '../../proc/signal-info';
import { SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGTRAP } from '../../proc/signal-numbers';
import { userFault } from '../../proc/user-fault';
import { currentThread } from '../../sched/scheduler';
import { disableInterrupts, enableInterrupts, fxsave, readCr2 } from './cpu';
import { findFixup } from './exception-table';
import { VECTOR_DOUBLE_FAULT, VECTOR_PAGE_FAULT } from './idt';
import { TrapFrame, fromUser } from './trap-frame';

const UNRESOLVED: i32 = -EFAULT;
const RFLAGS_INTERRUPTS: u64 = 1 << 9;
/** Page-fault error code (SDM 3A 4.7). */
const FAULT_PRESENT: u64 = 1;
const FAULT_WRITE: u64 = 1 << 1;
const FAULT_USER: u64 = 1 << 2;
const FAULT_RESERVED: u64 = 1 << 3;
const FAULT_FETCH: u64 = 1 << 4;

const NAMES: StaticArray<string> = [
  'divide error',
  'debug exception',
  'non-maskable interrupt',
  'breakpoint',
  'overflow',
  'bound range exceeded',
  'invalid opcode',
  'device not available',
  'double fault',
  'coprocessor segment overrun',
  'invalid TSS',
  'segment not present',
  'stack fault',
  'general protection fault',
  'page fault',
  'reserved exception',
  'x87 floating-point error',
  'alignment check',
  'machine check',
  'SIMD floating-point error',
  'virtualisation exception',
  'control protection exception',
];

/** What each does to user code; 0 where it is never user code's doing. */
const SIGNALS: StaticArray<u8> = [
  <u8>SIGFPE,
  <u8>SIGTRAP,
  0,
  <u8>SIGTRAP,
  <u8>SIGSEGV,
  <u8>SIGSEGV,
  <u8>SIGILL,
  <u8>SIGSEGV,
  0,
  <u8>SIGSEGV,
  <u8>SIGSEGV,
  <u8>SIGBUS,
  <u8>SIGBUS,
  <u8>SIGSEGV,
  <u8>SIGSEGV,
  0,
  <u8>SIGFPE,
  <u8>SIGBUS,
  0,
  <u8>SIGFPE,
  0,
  <u8>SIGSEGV,
];

export function exceptionName(vector: u32): string {
  return vector < <u32>NAMES.length ? NAMES[vector] : 'unexpected interrupt';
}

export function handleException(frame: TrapFrame): void {
  const vector = <u32>frame.vector;
  const address = vector == VECTOR_PAGE_FAULT ? readCr2() : 0;
  const result = vector == VECTOR_PAGE_FAULT ? resolvePageFault(frame, address) : UNRESOLVED;
  if (result == 0) return;
  if (result == -ENOMEM && fromUser(frame)) {
    userFault(frame, SIGKILL, SI_KERNEL, 'out of memory', address, address);
    return;
  }
  let signal: i32 = vector < <u32>SIGNALS.length ? SIGNALS[vector] : 0;
  if (result == -ENXIO) signal = SIGBUS;
  if (fromUser(frame) && signal != 0) {
    const code = codeOf(frame, vector, result);
    const where = vector == VECTOR_PAGE_FAULT ? address : code == SI_KERNEL ? 0 : frame.rip;
    userFault(frame, signal, code, exceptionName(vector), where, address);
    return;
  }
  if (vector == VECTOR_DOUBLE_FAULT && isStackGuard(readCr2())) panicAt('kernel stack overflow', frame);
  panicAt(exceptionName(vector), frame);
}

/** si_code of a fault in user code (sigaction(2)). */
function codeOf(frame: TrapFrame, vector: u32, result: i32): i32 {
  if (vector == 0) return FPE_INTDIV;
  if (vector == 1) return TRAP_TRACE;
  if (vector == 3) return SI_KERNEL;
  if (vector == 6) return ILL_ILLOPN;
  if (vector == 16 || vector == 19) return floatCode(vector);
  if (vector == 17) return BUS_ADRALN;
  if (vector != VECTOR_PAGE_FAULT) return SI_KERNEL;
  if (result == -ENXIO) return BUS_ADRERR;
  return result == -EACCES || (frame.errorCode & FAULT_PRESENT) != 0 ? SEGV_ACCERR : SEGV_MAPERR;
}

/** Which floating-point exception: the unmasked flags of the x87 status word or of MXCSR (SDM 1 8.5, 11.5). */
function floatCode(vector: u32): i32 {
  const state = currentThread().fpuState;
  fxsave(state);
  let raised: u32;
  if (vector == 16) raised = (<u32>load<u16>(state, 2)) & ~(<u32>load<u16>(state));
  else raised = load<u32>(state, 24) & ~(load<u32>(state, 24) >> 7);
  if ((raised & 1) != 0) return FPE_FLTINV;
  if ((raised & 4) != 0) return FPE_FLTDIV;
  if ((raised & 8) != 0) return FPE_FLTOVF;
  if ((raised & 0x12) != 0) return FPE_FLTUND;
  return (raised & 0x20) != 0 ? FPE_FLTRES : 0;
}

/** 0 when the access may be tried again, or was redirected to its fix-up. */
function resolvePageFault(frame: TrapFrame, address: u64): i32 {
  const user = fromUser(frame);
  const fixup = user ? 0 : findFixup(frame.rip);
  if (!user && fixup == 0) return UNRESOLVED;
  // The CPU itself read a table for user code (descriptors, interrupt stack): never a page that is due to appear.
  if (user && (frame.errorCode & FAULT_USER) == 0) return UNRESOLVED;
  const p = currentProcess();
  let result = UNRESOLVED;
  if (!user && currentThread().noFaults != 0) {
    frame.rip = fixup;
    return 0;
  }
  if (!isNull(p) && (frame.errorCode & FAULT_RESERVED) == 0) {
    // The page may have to be read: others go on meanwhile, if the interrupted code let them.
    const open = (frame.rflags & RFLAGS_INTERRUPTS) != 0;
    if (open) enableInterrupts();
    result = spaceFault(p.space, address, accessOf(frame.errorCode));
    if (open) disableInterrupts();
  }
  if (result == 0 || fixup == 0) return result;
  frame.rip = fixup;
  return 0;
}

function accessOf(errorCode: u64): u32 {
  if ((errorCode & FAULT_WRITE) != 0) return PROT_WRITE;
  return (errorCode & FAULT_FETCH) != 0 ? PROT_EXEC : PROT_READ;
}
