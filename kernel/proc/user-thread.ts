/**
 * A thread of a process: its first stack frame, laid out so that the first switch to it returns to user code.
 */
import { USER_CODE, USER_DATA } from '../arch/x86_64/gdt';
import { userThreadStart } from '../arch/x86_64/image';
import { TRAP_FRAME_SIZE, TrapFrame } from '../arch/x86_64/trap-frame';
import { fpuStateCreate } from '../arch/x86_64/fpu';
import { Thread, threadCreate, threadFree } from '../sched/tcb';
import { Process } from './process';

/** Interrupts on; bit 1 is always set. */
const RFLAGS_USER: u64 = 0x202;
/** contextSwitch pops six registers and returns. */
const SWITCH_FRAME: u64 = 56;

/**
 * A thread for `p`, whose space must be set, with the number `tid`; null when out of memory. Its trap frame is still to be
 * filled, and it is none of the process's threads yet (thread-group.ts).
 */
export function userThreadCreate(p: Process, tid: i32): Thread {
  const thread = threadCreate(tid);
  if (changetype<usize>(thread) == 0) return thread;
  thread.process = changetype<usize>(p);
  thread.fpuState = fpuStateCreate();
  if (thread.fpuState == 0) {
    threadFree(thread);
    return changetype<Thread>(<usize>0);
  }
  thread.groupTime = changetype<usize>(p) + offsetof<Process>('groupRunNs');
  thread.cr3 = p.space.pml4;
  thread.rsp = thread.stackTop - <u64>TRAP_FRAME_SIZE - SWITCH_FRAME;
  store<u64>(<usize>(thread.stackTop - <u64>TRAP_FRAME_SIZE - 8), <u64>userThreadStart());
  return thread;
}

/** Where a thread's registers lie while it is in the kernel. */
export function userFrame(thread: Thread): TrapFrame {
  return changetype<TrapFrame>(<usize>(thread.stackTop - <u64>TRAP_FRAME_SIZE));
}

/** Registers of a fresh program (System V ABI, AMD64 supplement 3.4.1): all zero but RIP and RSP. */
export function setEntryFrame(frame: TrapFrame, rip: u64, rsp: u64): void {
  memory.fill(changetype<usize>(frame), 0, TRAP_FRAME_SIZE);
  frame.rip = rip;
  frame.rsp = rsp;
  frame.cs = USER_CODE;
  frame.ss = USER_DATA;
  frame.rflags = RFLAGS_USER;
}
