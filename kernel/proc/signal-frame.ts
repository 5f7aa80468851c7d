/**
 * Entering and leaving a signal handler: the frame on the user stack, in Linux's x86-64 layout (struct rt_sigframe,
 * arch/x86/include/asm/sigframe.h; struct ucontext and sigcontext of the uapi headers), which C libraries know.
 */
import { fxrstor, fxsave } from '../arch/x86_64/cpu';
import { FPU_STATE_SIZE } from '../arch/x86_64/fpu';
import { USER_CODE, USER_DATA } from '../arch/x86_64/gdt';
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { USER_END } from '../mm/layout';
import { currentThread } from '../sched/scheduler';
import { Thread, WORK_SIGNAL, threadScratch } from '../sched/tcb';
import { copyFromUser, copyToUser } from '../syscall/user-copy';
import { SS_AUTODISARM, onAltStack, setAltStack } from './alt-stack';
import { Process, processLock } from './process';
import { setBlockedLocked } from './signal';
import { SA_ONSTACK, SA_RESTORER, SignalAction } from './signal-actions';
import { SIGNAL_INFO_SIZE } from './signal-info';
import { UNBLOCKABLE } from './signal-numbers';

const FRAME_SIZE: usize = 440;
const CONTEXT: usize = 8;
const OFFSET_STACK: usize = CONTEXT + 16;
const REGISTERS: usize = CONTEXT + 40;
const SIGNAL_MASK: usize = CONTEXT + 296;
const SIGNAL_INFO: usize = CONTEXT + 304;
const OFFSET_FLAGS: usize = REGISTERS + 136;
const OFFSET_SEGMENTS: usize = REGISTERS + 144;
const OFFSET_ERROR: usize = REGISTERS + 152;
const OFFSET_TRAP: usize = REGISTERS + 160;
const OFFSET_CR2: usize = REGISTERS + 176;
const OFFSET_FPU: usize = REGISTERS + 184;
/** The frame is built in the thread's scratch bytes: the signal's SignalInfo and SignalAction are to be at these places. */
export const INFO_IN_SCRATCH: usize = SIGNAL_INFO;
export const ACTION_IN_SCRATCH: usize = 448;
/** uc_flags: SS is saved and restored (uapi/asm/ucontext.h, UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS). */
const CONTEXT_FLAGS: u64 = 6;
/** Leaf functions may use this much below RSP (System V ABI, AMD64 supplement 3.2.2). */
const RED_ZONE: u64 = 128;
/** CF PF AF ZF SF TF DF OF RF AC ID: what a program may set itself. */
const USER_FLAGS: u64 = 0x250dd5;
const RFLAGS_FIXED: u64 = 0x202;
const FPU_MXCSR: usize = 24;
const FPU_MXCSR_MASK: usize = 28;
const DEFAULT_MXCSR_MASK: u32 = 0xffbf;

/**
 * Makes `frame` return into the handler; false when the user stack cannot take the frame. SignalInfo and SignalAction lie
 * in the thread's scratch bytes already; `mask` is what is blocked again after the handler.
 */
export function enterHandler(
  t: Thread,
  frame: TrapFrame,
  signal: i32,
  action: SignalAction,
  mask: u64,
): bool {
  if ((action.flags & SA_RESTORER) == 0 || action.handler >= USER_END) return false;
  const inside = onAltStack(t, frame.rsp);
  let top = frame.rsp - RED_ZONE;
  if ((action.flags & SA_ONSTACK) != 0 && t.altSize != 0 && !inside) top = t.altStack + t.altSize;
  const fpu = (top - <u64>FPU_STATE_SIZE) & ~63;
  const at = ((fpu - <u64>FRAME_SIZE) & ~15) - 8;
  // On the alternate stack, but no longer within it: it has overflowed.
  if (inside && !onAltStack(t, at)) return false;
  const buffer = threadScratch(t);
  memory.fill(buffer + SIGNAL_INFO + SIGNAL_INFO_SIZE, 0, FRAME_SIZE - SIGNAL_INFO - SIGNAL_INFO_SIZE);
  memory.fill(buffer, 0, OFFSET_STACK);
  store<u64>(buffer, action.restorer);
  store<u64>(buffer, CONTEXT_FLAGS, CONTEXT);
  store<u64>(buffer, t.altStack, OFFSET_STACK);
  store<u64>(buffer, t.altFlags | (t.altSize == 0 ? 2 : inside ? 1 : 0), OFFSET_STACK + 8);
  store<u64>(buffer, t.altSize, OFFSET_STACK + 16);
  saveRegisters(buffer, frame);
  store<u64>(buffer, t.faultError, OFFSET_ERROR);
  store<u64>(buffer, t.faultVector, OFFSET_TRAP);
  store<u64>(buffer, mask, OFFSET_TRAP + 8);
  store<u64>(buffer, t.faultAddress, OFFSET_CR2);
  store<u64>(buffer, fpu, OFFSET_FPU);
  memory.fill(buffer + OFFSET_FPU + 8, 0, SIGNAL_MASK - OFFSET_FPU - 8);
  store<u64>(buffer, mask, SIGNAL_MASK);
  const handler = action.handler;
  const disarm = (t.altFlags & SS_AUTODISARM) != 0;
  fxsave(t.fpuState);
  if (copyToUser(fpu, t.fpuState, FPU_STATE_SIZE) < 0 || copyToUser(at, buffer, FRAME_SIZE) < 0) return false;
  if (disarm) setAltStack(t, 0, 0, 0);
  frame.rsp = at;
  frame.rip = handler;
  frame.rdi = <u64>signal;
  frame.rsi = at + <u64>SIGNAL_INFO;
  frame.rdx = at + <u64>CONTEXT;
  frame.rax = 0;
  frame.rflags = RFLAGS_FIXED;
  return true;
}

/** rt_sigreturn: the state from before the handler; false when what lies on the stack is no such state. */
export function leaveHandler(t: Thread, frame: TrapFrame): bool {
  const buffer = threadScratch(t);
  if (copyFromUser(buffer, frame.rsp - 8, FRAME_SIZE) < 0) return false;
  const mask = load<u64>(buffer, SIGNAL_MASK) & ~UNBLOCKABLE;
  const stack = load<u64>(buffer, OFFSET_STACK);
  const stackFlags = load<u32>(buffer, OFFSET_STACK + 8);
  const stackSize = load<u64>(buffer, OFFSET_STACK + 16);
  if (load<u64>(buffer, REGISTERS + 128) >= USER_END) return false;
  if (!restoreFpu(load<u64>(buffer, OFFSET_FPU))) return false;
  restoreRegisters(buffer, frame);
  // As in Linux a stack that cannot be is left out, without an error.
  if (!onAltStack(t, frame.rsp)) setAltStack(t, stack, stackSize, stackFlags);
  const flags = lockIrqSave(processLock());
  setBlockedLocked(changetype<Process>(t.process), t, mask);
  t.work |= WORK_SIGNAL;
  unlockIrqRestore(processLock(), flags);
  return true;
}

function saveRegisters(buffer: usize, f: TrapFrame): void {
  const r = buffer + REGISTERS;
  store<u64>(r, f.r8);
  store<u64>(r, f.r9, 8);
  store<u64>(r, f.r10, 16);
  store<u64>(r, f.r11, 24);
  store<u64>(r, f.r12, 32);
  store<u64>(r, f.r13, 40);
  store<u64>(r, f.r14, 48);
  store<u64>(r, f.r15, 56);
  store<u64>(r, f.rdi, 64);
  store<u64>(r, f.rsi, 72);
  store<u64>(r, f.rbp, 80);
  store<u64>(r, f.rbx, 88);
  store<u64>(r, f.rdx, 96);
  store<u64>(r, f.rax, 104);
  store<u64>(r, f.rcx, 112);
  store<u64>(r, f.rsp, 120);
  store<u64>(r, f.rip, 128);
  store<u64>(buffer, f.rflags, OFFSET_FLAGS);
  store<u64>(buffer, USER_CODE | (USER_DATA << 48), OFFSET_SEGMENTS);
}

function restoreRegisters(buffer: usize, f: TrapFrame): void {
  const r = buffer + REGISTERS;
  f.r8 = load<u64>(r);
  f.r9 = load<u64>(r, 8);
  f.r10 = load<u64>(r, 16);
  f.r11 = load<u64>(r, 24);
  f.r12 = load<u64>(r, 32);
  f.r13 = load<u64>(r, 40);
  f.r14 = load<u64>(r, 48);
  f.r15 = load<u64>(r, 56);
  f.rdi = load<u64>(r, 64);
  f.rsi = load<u64>(r, 72);
  f.rbp = load<u64>(r, 80);
  f.rbx = load<u64>(r, 88);
  f.rdx = load<u64>(r, 96);
  f.rax = load<u64>(r, 104);
  f.rcx = load<u64>(r, 112);
  f.rsp = load<u64>(r, 120);
  f.rip = load<u64>(r, 128);
  f.rflags = (load<u64>(buffer, OFFSET_FLAGS) & USER_FLAGS) | RFLAGS_FIXED;
}

/** Reserved MXCSR bits would make FXRSTOR fault in the kernel (SDM 1 10.5.1.2): they are cleared. */
function restoreFpu(address: u64): bool {
  const state = currentThread().fpuState;
  fxsave(state);
  let mask = load<u32>(state, FPU_MXCSR_MASK);
  if (mask == 0) mask = DEFAULT_MXCSR_MASK;
  if (address == 0) return true;
  if (copyFromUser(state, address, FPU_STATE_SIZE) < 0) return false;
  store<u32>(state, load<u32>(state, FPU_MXCSR) & mask, FPU_MXCSR);
  fxrstor(state);
  return true;
}
