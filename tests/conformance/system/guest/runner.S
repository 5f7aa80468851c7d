/*
 * The case runner: a ROM of 64 KiB at the top of 4 GiB that runs the same list of cases on any x86-64 processor, and
 * knows nothing of a board but RAM and the port that ends it. layout.h has the addresses.
 *
 * - It starts at the reset vector and works in flat 32-bit mode without paging. For each case it copies the window
 *   (memory below LOW_BASE) from a template, patches it, loads the case's state and enters it by IRET.
 * - A case ends with any exception or interrupt: the gates of its tables lead to the stubs below, one for each vector
 *   and for real, protected and long mode. They save what they find, return to the monitor, and hash the window.
 * - Everything that runs with the case's page tables lies in the page at LOW_BASE, which they map, like the second
 *   megabyte, one to one for the supervisor.
 * - A reset in the middle of a case (a triple fault) leads back here: CONTROL_RUNNING says so, and is the result.
 */
#include "layout.h"

/* ---- The page at LOW_BASE ------------------------------------------------------------------------------- */
  .section .low, "ax"
  .globl low_start
low_start:
  .macro stubs name
  .set vector, 0
  .rept 48
  .balign 8
  push $vector
  jmp \name
  .set vector, vector + 1
  .endr
  .balign 8
  .endm

  .code16
  stubs ended16
  .code32
  stubs ended32
  .code64
  stubs ended64

/* Real mode: on the stack lie vector, IP, CS, FLAGS. */
  .code16
ended16:
  pushal
  pushw %ds
  pushw %es
  pushw %fs
  pushw %gs
  pushw %ss
  pushw %ax
  subw $16, %sp
  movw %sp, %bp
  sgdtl (%bp)
  sidtl 8(%bp)
  xorl %ebx, %ebx
  movw %ss, %bx
  shll $4, %ebx
  movzwl %bp, %ebp
  addl %ebp, %ebx
  movl %cr0, %ecx
  lgdtl %cs:monitor_gdtr
  movl %ecx, %eax
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $CODE32, $after16
  .code32
after16:
  movw $DATA32, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $MONITOR_STACK, %esp
  cld
  movl %ebx, %esi
  movl $(RESULT + R_STACK), %edi
  movl %ecx, RESULT + R_CR0
  movl $(R_STACK_SIZE / 4), %ecx
  rep movsl
  movl $16, RESULT + R_KIND
  jmp finish

/* Protected mode, also out of virtual-8086 mode. */
ended32:
  pushal
  pushl %ds
  pushl %es
  pushl %fs
  pushl %gs
  pushl %ss
  /* The stack pointer has 16 bits if SS has. */
  movl %esp, %ebp
  movw %ss, %ax
  movzwl %ax, %eax
  larl %eax, %ecx
  jnz 1f
  testl $0x400000, %ecx
  jnz 1f
  movzwl %bp, %ebp
1:
  sgdtl %ss:-16(%ebp)
  sidtl %ss:-8(%ebp)
  lgdtl %cs:monitor_gdtr
  movw $DATA32, %ax
  movw %ax, %ds
  movw %ax, %es
  cld
  leal -16(%ebp), %esi
  movl $(RESULT + R_STACK), %edi
  movl $(R_STACK_SIZE / 4), %ecx
2:
  movl %ss:(%esi), %eax
  movl %eax, (%edi)
  addl $4, %esi
  addl $4, %edi
  loop 2b
  movw $DATA32, %ax
  movw %ax, %ss
  movl $MONITOR_STACK, %esp
  movl %cr0, %eax
  movl %eax, RESULT + R_CR0
  movl $32, RESULT + R_KIND
  jmp finish

  .code64
ended64:
  movq %rax, RESULT + R_REGS
  movq %rcx, RESULT + R_REGS + 8
  movq %rdx, RESULT + R_REGS + 16
  movq %rbx, RESULT + R_REGS + 24
  movq %rsp, RESULT + R_REGS + 32
  movq %rbp, RESULT + R_REGS + 40
  movq %rsi, RESULT + R_REGS + 48
  movq %rdi, RESULT + R_REGS + 56
  movq %r8, RESULT + R_REGS + 64
  movq %r9, RESULT + R_REGS + 72
  movq %r10, RESULT + R_REGS + 80
  movq %r11, RESULT + R_REGS + 88
  movq %r12, RESULT + R_REGS + 96
  movq %r13, RESULT + R_REGS + 104
  movq %r14, RESULT + R_REGS + 112
  movq %r15, RESULT + R_REGS + 120
  sgdt RESULT + R_GDTR
  sidt RESULT + R_IDTR
  movw %ds, RESULT + R_DS
  movw %es, RESULT + R_ES
  movw %fs, RESULT + R_FS
  movw %gs, RESULT + R_GS
  movw %ss, RESULT + R_SS
  cld
  movq %rsp, %rsi
  movl $(RESULT + R_STACK), %edi
  /* Vector, error code, RIP, CS, RFLAGS, RSP, SS. */
  movl $14, %ecx
  rep movsl
  movq %cr2, %rax
  movq %rax, RESULT + R_CR2
  movq %cr0, %rax
  movl %eax, RESULT + R_CR0
  movl $64, RESULT + R_KIND
  lgdt monitor_gdtr
  movw $DATA32, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $MONITOR_STACK, %esp
  pushq $CODE32
  pushq $finish
  lretq

  .code32
/* Flat 32-bit code, in protected or compatibility mode: what all results have; then back to the monitor. */
finish:
  sldt RESULT + R_LDTR
  str RESULT + R_TR
  movl %cr3, %eax
  movl %eax, RESULT + R_CR3
  movl %cr4, %eax
  movl %eax, RESULT + R_CR4
  cmpl $64, RESULT + R_KIND
  je 1f
  movl %cr2, %eax
  movl %eax, RESULT + R_CR2
1:
  movl %dr6, %eax
  movl %eax, RESULT + R_DR6
  movl %dr7, %eax
  movl %eax, RESULT + R_DR7
  movl %dr0, %eax
  movl %eax, RESULT + R_DR0
  movl %dr1, %eax
  movl %eax, RESULT + R_DR0 + 4
  movl %dr2, %eax
  movl %eax, RESULT + R_DR0 + 8
  movl %dr3, %eax
  movl %eax, RESULT + R_DR0 + 12
  movl $0x400, %eax
  movl %eax, %dr7
  movl $0xc0000080, %ecx
  rdmsr
  movl %eax, RESULT + R_EFER
  movl $0xc0000100, %ecx
  rdmsr
  movl %eax, RESULT + R_FS_BASE
  movl %edx, RESULT + R_FS_BASE + 4
  movl $0xc0000101, %ecx
  rdmsr
  movl %eax, RESULT + R_GS_BASE
  movl %edx, RESULT + R_GS_BASE + 4
  movl $0xc0000102, %ecx
  rdmsr
  movl %eax, RESULT + R_KERNEL_GS
  movl %edx, RESULT + R_KERNEL_GS + 4
  /* PCIDs go before paging. */
  movl %cr4, %eax
  andl $0x20, %eax
  movl %eax, %cr4
  movl $0x11, %eax
  movl %eax, %cr0
  xorl %eax, %eax
  movl %eax, %cr4
  xorl %edx, %edx
  movl $0xc0000080, %ecx
  wrmsr
  lldt %ax
  movl $ENDED, RESULT + R_OUTCOME
  ljmpl $CODE32, $case_done

/* Flat 32-bit code without paging, STATE filled, the case's GDTR and IDTR loaded. */
  .globl enter_case
enter_case:
  movl STATE + C_DR0, %eax
  movl %eax, %dr0
  movl STATE + C_DR0 + 4, %eax
  movl %eax, %dr1
  movl STATE + C_DR0 + 8, %eax
  movl %eax, %dr2
  movl STATE + C_DR0 + 12, %eax
  movl %eax, %dr3
  movl STATE + C_DR6, %eax
  movl %eax, %dr6
  xorl %eax, %eax
  movl %eax, %cr2
  movl STATE + C_CR4, %eax
  andl $~0x20000, %eax
  movl %eax, %cr4
  movl STATE + C_CR3, %eax
  movl %eax, %cr3
  xorl %edx, %edx
  movl STATE + C_EFER, %eax
  movl $0xc0000080, %ecx
  wrmsr
  xorl %eax, %eax
  movl $0xc0000102, %ecx
  wrmsr
  cmpl $MODE_REAL, STATE + C_MODE
  je enter_real
  movl STATE + C_CR0, %eax
  movl %eax, %cr0
  cmpl $MODE_LONG, STATE + C_MODE
  je 1f
  call write_msrs
1:
  lldt STATE + C_LDTR
  cmpw $0, STATE + C_TR
  je 2f
  ltr STATE + C_TR
2:
  movl STATE + C_DR7, %eax
  movl %eax, %dr7
  cmpl $MODE_LONG, STATE + C_MODE
  je enter_long

  movl $MONITOR_STACK, %esp
  testl $0x20000, STATE + C_RFLAGS
  jnz 3f
  testl $3, STATE + C_CS
  jnz 4f
  movw STATE + C_SS, %ss
  movl STATE + C_RSP, %esp
  jmp 5f
3:
  movzwl STATE + C_GS, %eax
  pushl %eax
  movzwl STATE + C_FS, %eax
  pushl %eax
  movzwl STATE + C_DS, %eax
  pushl %eax
  movzwl STATE + C_ES, %eax
  pushl %eax
4:
  pushl STATE + C_SS
  pushl STATE + C_RSP
5:
  pushl STATE + C_RFLAGS
  pushl STATE + C_CS
  pushl STATE + C_RIP
  pushl STATE + C_REGS
  pushl STATE + C_REGS + 8
  pushl STATE + C_REGS + 16
  pushl STATE + C_REGS + 24
  pushl STATE + C_REGS + 32
  pushl STATE + C_REGS + 40
  pushl STATE + C_REGS + 48
  pushl STATE + C_REGS + 56
  testl $0x20000, STATE + C_RFLAGS
  jnz 6f
  movw STATE + C_ES, %es
  movw STATE + C_FS, %fs
  movw STATE + C_GS, %gs
  movw STATE + C_DS, %ds
6:
  popal
  iretl

write_msrs:
  movl $(STATE + C_MSRS), %esi
1:
  movl (%esi), %ecx
  jecxz 2f
  movl 4(%esi), %eax
  movl 8(%esi), %edx
  wrmsr
  addl $12, %esi
  jmp 1b
2:
  ret

enter_real:
  call write_msrs
  movl STATE + C_DR7, %eax
  movl %eax, %dr7
  ljmpl $CODE16, $1f
  .code16
1:
  movw $DATA16, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  movw %ax, %ss
  /* The state lies beyond the first megabyte: its copy below LOW_BASE's end does not. */
  movl real_state, %eax
  movl %eax, %cr0
  ljmpw $0, $2f
2:
  xorw %ax, %ax
  movw %ax, %ds
  movw real_state + C_SS - C_CR0, %ss
  movl real_state + C_RSP - C_CR0, %esp
  pushl real_state + C_RFLAGS - C_CR0
  pushl real_state + C_CS - C_CR0
  pushl real_state + C_RIP - C_CR0
  pushl real_state + C_REGS - C_CR0
  pushl real_state + C_REGS + 8 - C_CR0
  pushl real_state + C_REGS + 16 - C_CR0
  pushl real_state + C_REGS + 24 - C_CR0
  pushl real_state + C_REGS + 32 - C_CR0
  pushl real_state + C_REGS + 40 - C_CR0
  pushl real_state + C_REGS + 48 - C_CR0
  pushl real_state + C_REGS + 56 - C_CR0
  movw real_state + C_ES - C_CR0, %es
  movw real_state + C_FS - C_CR0, %fs
  movw real_state + C_GS - C_CR0, %gs
  movw real_state + C_DS - C_CR0, %ds
  popal
  iretl

  .code32
enter_long:
  ljmpl $CODE64, $1f
  .code64
1:
  movl STATE + C_CR4, %eax
  movq %rax, %cr4
  movw $DATA32, %ax
  movw %ax, %ss
  movl $MONITOR_STACK, %esp
  movw STATE + C_DS, %ds
  movw STATE + C_ES, %es
  movw STATE + C_FS, %fs
  movw STATE + C_GS, %gs
  movl $(STATE + C_MSRS), %esi
2:
  movl (%rsi), %ecx
  jrcxz 3f
  movl 4(%rsi), %eax
  movl 8(%rsi), %edx
  wrmsr
  addl $12, %esi
  jmp 2b
3:
  pushq STATE + C_SS
  pushq STATE + C_RSP
  pushq STATE + C_RFLAGS
  pushq STATE + C_CS
  pushq STATE + C_RIP
  movq STATE + C_REGS, %rax
  movq STATE + C_REGS + 8, %rcx
  movq STATE + C_REGS + 16, %rdx
  movq STATE + C_REGS + 24, %rbx
  movq STATE + C_REGS + 40, %rbp
  movq STATE + C_REGS + 48, %rsi
  movq STATE + C_REGS + 56, %rdi
  movq STATE + C_REGS + 64, %r8
  movq STATE + C_REGS + 72, %r9
  movq STATE + C_REGS + 80, %r10
  movq STATE + C_REGS + 88, %r11
  movq STATE + C_REGS + 96, %r12
  movq STATE + C_REGS + 104, %r13
  movq STATE + C_REGS + 112, %r14
  movq STATE + C_REGS + 120, %r15
  iretq

  .balign 8
monitor_gdt:
  .quad 0
  .quad 0x00cf9a000000ffff
  .quad 0x00cf92000000ffff
  .quad 0x00af9a000000ffff
  .quad 0x00009a000000ffff
  .quad 0x000092000000ffff
monitor_gdtr:
  .word . - monitor_gdt - 1
  .quad monitor_gdt
  .balign 8
  .globl real_state
real_state:
  .fill C_MSRS - C_CR0, 1, 0
  .globl low_end
low_end:

/* ---- The ROM ---------------------------------------------------------------------------------------------- */
  .section .rom, "ax"
  .code32
rom_start:
  movw $DATA32, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $MONITOR_STACK, %esp
  movb $0xff, %al
  outb %al, $0x21
  outb %al, $0xa1
  cmpl $0, CONTROL_RUNNING
  je next_case
  call clear_result
  movl $RESET, RESULT + R_OUTCOME
  jmp store_result

clear_result:
  cld
  xorl %eax, %eax
  movl $RESULT, %edi
  movl $(RESULT_SIZE / 4), %ecx
  rep stosl
  ret

  .globl case_done
case_done:
  movw $DATA32, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $MONITOR_STACK, %esp
  /* Nested tasks, alignment checks and single steps end here. */
  pushl $2
  popfl
  /* FNV-1a over the words of each page of the window but the first. */
  movl $0x1000, %esi
  movl $(RESULT + R_HASHES), %edi
1:
  movl $0x811c9dc5, %eax
  movl $0x400, %ecx
2:
  xorl (%esi), %eax
  imull $0x01000193, %eax, %eax
  addl $4, %esi
  decl %ecx
  jnz 2b
  movl %eax, (%edi)
  addl $4, %edi
  cmpl $WINDOW_SIZE, %esi
  jb 1b
store_result:
  cld
  movl CONTROL_INDEX, %edi
  shll $9, %edi
  addl $RESULTS, %edi
  movl $RESULT, %esi
  movl $(RESULT_SIZE / 4), %ecx
  rep movsl
  movl $0, CONTROL_RUNNING
  incl CONTROL_INDEX

next_case:
  movl CONTROL_INDEX, %eax
  cmpl CONTROL_COUNT, %eax
  jae all_done
  movl $1, CONTROL_RUNNING
  cld
  movl %eax, %ebp
  shll $CASE_SHIFT, %ebp
  addl $CASES, %ebp
  call clear_result
  /* The window. */
  movl C_TEMPLATE(%ebp), %esi
  shll $16, %esi
  addl $TEMPLATES, %esi
  xorl %edi, %edi
  movl $(WINDOW_SIZE / 4), %ecx
  rep movsl
  /* The page behind it. */
  movl $low_load, %esi
  movl $low_start, %edi
  movl $low_words, %ecx
  rep movsl
  movl %ebp, %esi
  movl $STATE, %edi
  movl $(C_STATE_SIZE / 4), %ecx
  rep movsl
  leal C_CR0(%ebp), %esi
  movl $real_state, %edi
  movl $((C_MSRS - C_CR0) / 4), %ecx
  rep movsl
  movl C_PATCHES(%ebp), %ebx
  leal C_STATE_SIZE(%ebp), %esi
1:
  testl %ebx, %ebx
  jz 2f
  lodsl
  movl %eax, %edi
  lodsl
  movl %eax, %ecx
  movl %eax, %edx
  rep movsb
  negl %edx
  andl $3, %edx
  addl %edx, %esi
  decl %ebx
  jmp 1b
2:
  lgdtl STATE + C_GDTR
  lidtl STATE + C_IDTR
  ljmpl $CODE32, $enter_case

all_done:
  movb $0, %al
  outb %al, $EXIT_PORT
3:
  cli
  hlt
  jmp 3b

  .code16
  .globl start16
start16:
  cli
  /* CS begins at 4 GiB - 64 KiB. */
  movl $rom_gdtr, %ebx
  movzwl %bx, %ebx
  lgdtl %cs:(%ebx)
  movl $0x11, %eax
  movl %eax, %cr0
  ljmpl $CODE32, $rom_start
  .balign 8
rom_gdt:
  .quad 0
  .quad 0x00cf9a000000ffff
  .quad 0x00cf92000000ffff
rom_gdtr:
  .word . - rom_gdt - 1
  .long rom_gdt

  .section .reset, "ax"
  .code16
  jmp start16
