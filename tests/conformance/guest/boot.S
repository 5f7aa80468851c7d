/*
 * What the emulated processor runs around the cases: from the reset vector to long mode with ring-3 segments,
 * then, for each case, IRETQ into it and one gate for whatever ends it. No firmware, no kernel.
 *
 * - Lies at ORIGIN in RAM; emulated.ts makes the page tables, GDT, IDT and TSS that are named here.
 * - `out %al, $PORT` hands the processor to the host, which reads the result and prepares the next IRETQ frame.
 */
#define GDTR 0x7f00
#define IDTR 0x7f10
#define PML4 0x1000
#define PORT 0xe0

  .code16
  .globl start
start:
  lgdtl GDTR
  /* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
  movl $0x40620, %eax
  movl %eax, %cr4
  movl $PML4, %eax
  movl %eax, %cr3
  /* SCE, LME, NXE */
  movl $0xc0000080, %ecx
  movl $0x901, %eax
  xorl %edx, %edx
  wrmsr
  /* PG, AM, WP, NE, ET, MP, PE */
  movl $0x80050033, %eax
  movl %eax, %cr0
  ljmpl $8, $long_mode

  .code64
long_mode:
  movw $0x10, %ax
  movw %ax, %ss
  xorl %eax, %eax
  movw %ax, %fs
  movw %ax, %gs
  movw $0x2b, %ax
  movw %ax, %ds
  movw %ax, %es
  lidt IDTR
  movw $0x38, %ax
  ltr %ax
  /* IA32_GS_BASE */
  movl $0xc0000101, %ecx
  movl $0x10001000, %eax
  xorl %edx, %edx
  wrmsr
next_case:
  outb %al, $PORT
  /* The classic jump after port access: the host's answer has come when it is done. */
  jmp 1f
1:
  iretq

  /* A stub for each vector, 16 bytes apart. */
  .balign 256
stubs:
  .set vector, 0
  .rept 32
  .balign 16
  pushq $vector
  jmp next_case
  .set vector, vector + 1
  .endr
