/*
 * Context switch between kernel stacks. Only callee-saved registers need saving: to the compiler this is a call
 * (System V ABI 3.2.1). Interrupts are off throughout; sched/scheduler.ts switches everything else.
 */
  .section .text
/* void context_switch(u64 *save_rsp (RDI), u64 next_rsp (RSI)) */
  .globl context_switch
context_switch:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret

/* First instruction of a kernel thread: R12 = function index, R13 = argument (sched/thread.ts laid them out). */
  .globl kernel_thread_start
kernel_thread_start:
  movl %r12d, %edi
  movq %r13, %rsi
  xorl %ebp, %ebp
  call kernelThreadStart
  ud2

/* First instruction of a user thread: the stack pointer is at its trap frame. */
  .globl user_thread_start
user_thread_start:
  xorl %ebp, %ebp
  call userThreadStart
  jmp trap_return
