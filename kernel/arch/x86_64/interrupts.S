/*
 * Interrupt, exception and trap entry.
 *
 * Every vector has a 16-byte stub that pushes an error code (0 where the CPU pushes none) and the vector; the common
 * path saves the general registers in the layout of trap-frame.ts and calls trapEntry(frame).
 *
 * GS discipline: in the kernel GS base is this CPU's PerCpu (percpu.ts). SWAPGS runs exactly when the privilege
 * changes. NMI, double fault and machine check can arrive between a privilege change and its SWAPGS, so their path
 * looks at the GS base itself: kernel addresses are negative.
 *
 * Sources: Intel SDM 3A 6.12-6.14 (frames, IST), 3A 2.5 (SMAP: AC is not cleared on entry), 2B SWAPGS.
 */
#include "trap-frame.h"

  .macro SAVE_REGISTERS
  pushq %rax
  pushq %rbx
  pushq %rcx
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %rbp
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  .endm

  .macro RESTORE_REGISTERS
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rbp
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rbx
  popq %rax
  .endm

  .altmacro
  .macro STUB vector
  .align 16
  .if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30)
  .else
  pushq $0
  .endif
  pushq $\vector
  .if (\vector == 2) || (\vector == 8) || (\vector == 18)
  jmp paranoid_entry
  .else
  jmp common_entry
  .endif
  .endm

  .section .text
  .align 16
  .globl interrupt_stubs
interrupt_stubs:
  .set number, 0
  .rept 256
  STUB %number
  .set number, number + 1
  .endr

  .align 16
common_entry:
  testb $3, 24(%rsp)          /* CS, above vector, error code and RIP */
  jz 1f
  swapgs
1:
  SAVE_REGISTERS
  cld
  cmpb $0, smap_enabled(%rip)
  je 2f
  clac
2:
  testb $3, FRAME_CS(%rsp)
  jz 3f
  xorl %ebp, %ebp             /* the frame chain ends at user code */
3:
  movq %rsp, %rdi
  call trapEntry

/* Leave by a frame at RSP: also where a new user thread begins. */
  .globl trap_return
trap_return:
  cli
  testb $3, FRAME_CS(%rsp)
  jz 1f
  movq %rsp, %rdi
  call beforeUserReturn       /* returns with interrupts off */
  RESTORE_REGISTERS
  addq $16, %rsp
  swapgs
  iretq
1:
  RESTORE_REGISTERS
  addq $16, %rsp
  iretq

  .align 16
paranoid_entry:
  SAVE_REGISTERS
  cld
  movl $0xC0000101, %ecx      /* IA32_GS_BASE */
  rdmsr
  xorl %ebx, %ebx
  testl %edx, %edx
  js 1f
  swapgs
  movl $1, %ebx
1:
  movq %rsp, %rdi
  call trapEntry
  testl %ebx, %ebx
  jz 2f
  swapgs
2:
  RESTORE_REGISTERS
  addq $16, %rsp
  iretq

/*
 * SYSCALL (SDM 2B): RCX = return RIP, R11 = RFLAGS, RSP untouched, interrupts off by IA32_FMASK.
 * Builds the same frame as an interrupt; the error-code slot keeps the call number.
 */
  .align 16
  .globl syscall_entry
syscall_entry:
  swapgs
  movq %rsp, %gs:PERCPU_USER_RSP
  movq %gs:PERCPU_KERNEL_RSP, %rsp
  pushq $USER_DATA
  pushq %gs:PERCPU_USER_RSP
  pushq %r11
  pushq $USER_CODE
  pushq %rcx
  pushq %rax
  pushq $VECTOR_SYSCALL
  SAVE_REGISTERS
  xorl %ebp, %ebp
  sti
  movq %rsp, %rdi
  call linuxSyscall
  cli
  movq %gs:PERCPU_CURRENT, %rax
  cmpl $0, THREAD_WORK(%rax)
  jne 2f
  cmpl $0, %gs:PERCPU_NEED_RESCHED
  jne 2f
3:
  /* SYSRET only where it restores exactly what the frame says; a non-canonical RCX would fault in ring 0. */
  movq FRAME_RIP(%rsp), %rcx
  cmpq %rcx, FRAME_RCX(%rsp)
  jne 1f
  movq FRAME_RFLAGS(%rsp), %r11
  cmpq %r11, FRAME_R11(%rsp)
  jne 1f
  testq $0x10100, %r11        /* RF, TF */
  jnz 1f
  movq %rcx, %rax
  shrq $47, %rax
  jnz 1f
  cmpq $USER_CODE, FRAME_CS(%rsp)
  jne 1f
  RESTORE_REGISTERS
  movq 40(%rsp), %rsp         /* vector, error, RIP, CS, RFLAGS, then RSP */
  swapgs
  sysretq
1:
  RESTORE_REGISTERS
  addq $16, %rsp
  swapgs
  iretq
2:
  movq %rsp, %rdi
  call beforeUserReturn       /* returns with interrupts off */
  jmp 3b

/* Traps of translated code (division by zero, unreachable, bad indirect call). */
  .globl rt_trap
rt_trap:
  jmp kernelTrap

  .section .data
  .globl smap_enabled
smap_enabled: .byte 0
