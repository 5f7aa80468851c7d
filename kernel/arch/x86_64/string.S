/*
 * memcpy, memmove, memset, memcmp: what the compiler may call for copies and fills (System V ABI registers).
 * REP string instructions: fast on hardware with ERMSB, one instruction for an emulator (SDM 1 7.3.9.3).
 */
  .section .text
  .globl memmove, memcpy, memset, memcmp
  .align 16
memmove:
  movq %rdi, %rax
  movq %rdi, %r8
  subq %rsi, %r8
  cmpq %rdx, %r8              /* unsigned: also "destination below source" */
  jae 1f
  leaq -1(%rdi, %rdx), %rdi
  leaq -1(%rsi, %rdx), %rsi
  movq %rdx, %rcx
  std
  rep movsb
  cld
  ret
  .align 16
memcpy:
  movq %rdi, %rax
1:
  movq %rdx, %rcx
  shrq $3, %rcx
  rep movsq
  movl %edx, %ecx
  andl $7, %ecx
  rep movsb
  ret
  .align 16
memset:
  movq %rdi, %r8
  movzbl %sil, %eax
  movabsq $0x0101010101010101, %rcx
  imulq %rcx, %rax
  movq %rdx, %rcx
  shrq $3, %rcx
  rep stosq
  movl %edx, %ecx
  andl $7, %ecx
  rep stosb
  movq %r8, %rax
  ret
  .align 16
memcmp:
  xorl %eax, %eax
  movq %rdx, %rcx
  testq %rcx, %rcx
  jz 2f
  repe cmpsb
  je 2f
  movzbl -1(%rdi), %eax
  movzbl -1(%rsi), %ecx
  subl %ecx, %eax
2:
  ret
