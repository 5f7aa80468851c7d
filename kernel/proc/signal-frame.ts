/**
 * Entering and leaving a signal handler: the frame on the user stack, in Linux's x86-64 layout (struct rt_sigframe,
 * arch/x86/include/asm/sigframe.h; struct ucontext and sigcontext of the uapi headers), which C libraries know.
 */
import { fxrstor, fxsave } from '../arch/x86_64/cpu';
import { FPU_STATE_SIZE } from '../arch/x86_64/fpu';
import { USER_CODE, USER_DATA } from '../arch/x86_64/gdt';
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { kfree, kmalloc } from '../mm/kmalloc';
import { USER_END } from '../mm/layout';
import { currentThread } from '../sched/scheduler';
import { copyFromUser, copyToUser } from '../syscall/user-copy';
import { Process } from './process';
import { SignalAction } from './signal-actions';
import { UNBLOCKABLE } from './signal';

const SA_RESTORER: u64 = 0x04000000;

const FRAME_SIZE: usize = 440;
const CONTEXT: usize = 8;
const REGISTERS: usize = CONTEXT + 40;
const SIGNAL_MASK: usize = CONTEXT + 296;
const SIGNAL_INFO: usize = CONTEXT + 304;
const OFFSET_FLAGS: usize = REGISTERS + 136;
const OFFSET_SEGMENTS: usize = REGISTERS + 144;
const OFFSET_CR2: usize = REGISTERS + 176;
const OFFSET_FPU: usize = REGISTERS + 184;
const INFO_CODE: usize = SIGNAL_INFO + 8;
const INFO_ADDRESS: usize = SIGNAL_INFO + 16;
const SI_KERNEL: u32 = 0x80;
/** Leaf functions may use this much below RSP (System V ABI, AMD64 supplement 3.2.2). */
const RED_ZONE: u64 = 128;
/** CF PF AF ZF SF TF DF OF RF AC ID: what a program may set itself. */
const USER_FLAGS: u64 = 0x250dd5;
const RFLAGS_FIXED: u64 = 0x202;
const FPU_MXCSR: usize = 24;
const FPU_MXCSR_MASK: usize = 28;
const DEFAULT_MXCSR_MASK: u32 = 0xffbf;

/** Makes `frame` return into the handler; false when the user stack cannot take the frame. */
export function enterHandler(p: Process, frame: TrapFrame, signal: i32, action: SignalAction): bool {
  if ((action.flags & SA_RESTORER) == 0 || action.handler >= USER_END) return false;
  const fpu = (frame.rsp - RED_ZONE - <u64>FPU_STATE_SIZE) & ~63;
  const at = ((fpu - <u64>FRAME_SIZE) & ~15) - 8;
  const buffer = kmalloc(FRAME_SIZE);
  if (buffer == 0) return false;
  store<u64>(buffer, action.restorer);
  saveRegisters(buffer, frame);
  store<u64>(buffer, p.faultAddress, OFFSET_CR2);
  store<u64>(buffer, fpu, OFFSET_FPU);
  store<u64>(buffer, p.blockedSignals, SIGNAL_MASK);
  store<u32>(buffer, signal, SIGNAL_INFO);
  store<u32>(buffer, p.faultAddress != 0 ? SI_KERNEL : 0, INFO_CODE);
  store<u64>(buffer, p.faultAddress, INFO_ADDRESS);
  const state = currentThread().fpuState;
  fxsave(state);
  const good = copyToUser(fpu, state, FPU_STATE_SIZE) == 0 && copyToUser(at, buffer, FRAME_SIZE) == 0;
  kfree(buffer);
  if (!good) return false;
  frame.rsp = at;
  frame.rip = action.handler;
  frame.rdi = <u64>signal;
  frame.rsi = at + <u64>SIGNAL_INFO;
  frame.rdx = at + <u64>CONTEXT;
  frame.rax = 0;
  frame.rflags = RFLAGS_FIXED;
  return true;
}

/** rt_sigreturn: the state from before the handler; false when what lies on the stack is no such state. */
export function leaveHandler(p: Process, frame: TrapFrame): bool {
  const buffer = kmalloc(FRAME_SIZE);
  if (buffer == 0) return false;
  let good = copyFromUser(buffer, frame.rsp - 8, FRAME_SIZE) == 0;
  if (good) good = restoreFpu(load<u64>(buffer, OFFSET_FPU));
  if (good) {
    restoreRegisters(buffer, frame);
    p.blockedSignals = load<u64>(buffer, SIGNAL_MASK) & ~UNBLOCKABLE;
    good = frame.rip < USER_END;
  }
  kfree(buffer);
  return good;
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
