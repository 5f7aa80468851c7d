/*
 * The only instructions of the kernel that touch user addresses. A fault in one of them that cannot be resolved
 * (mm/fault.ts) continues at its fix-up, found through __ex_table (exception-table.ts).
 * SMAP (SDM 3A 4.6.1): STAC opens user pages, CLAC closes them; both only where the CPU has them.
 */
  .macro EXCEPTION_TABLE faulting, fixup
  .pushsection __ex_table, "a"
  .align 8
  .quad \faulting, \fixup
  .popsection
  .endm

  .section .text
/*
 * u64 user_copy(u64 to, u64 from, u64 length): bytes NOT copied.
 * Eight bytes at a time: an emulator counts and times iterations. A fault among them goes on byte by byte from there, so
 * that the answer is exact.
 */
  .globl user_copy
  .align 16
user_copy:
  movq %rdx, %rcx
  cmpb $0, smap_enabled(%rip)
  je 1f
  stac
1:
  andl $7, %edx
  shrq $3, %rcx
2:
  rep movsq
3:
  leaq (%rdx, %rcx, 8), %rcx
4:
  rep movsb
5:
  cmpb $0, smap_enabled(%rip)
  je 6f
  clac
6:
  movq %rcx, %rax
  ret
  EXCEPTION_TABLE 2b, 3b
  EXCEPTION_TABLE 4b, 5b

/* s64 user_load32(u64 from, u32 *to): 0 or -14 */
  .globl user_load32
  .align 16
user_load32:
  cmpb $0, smap_enabled(%rip)
  je 1f
  stac
1:
  movl (%rdi), %ecx
  movl %ecx, (%rsi)
  xorl %eax, %eax
2:
  cmpb $0, smap_enabled(%rip)
  je 3f
  clac
3:
  ret
4:
  movq $-14, %rax
  jmp 2b
  EXCEPTION_TABLE 1b, 4b

/* s64 user_exchange32(u64 at, u32 old, u32 new, u32 *found): LOCK CMPXCHG; 0 or -14 */
  .globl user_exchange32
  .align 16
user_exchange32:
  movl %esi, %eax
  cmpb $0, smap_enabled(%rip)
  je 1f
  stac
1:
  lock cmpxchgl %edx, (%rdi)
  movl %eax, (%rcx)
  xorl %eax, %eax
2:
  cmpb $0, smap_enabled(%rip)
  je 3f
  clac
3:
  ret
4:
  movq $-14, %rax
  jmp 2b
  EXCEPTION_TABLE 1b, 4b

/*
 * s64 user_string_copy(u64 to, u64 from, u64 limit): length without the NUL; limit when there is none in it;
 * -14 (EFAULT) on a fault.
 */
  .globl user_string_copy
  .align 16
user_string_copy:
  xorl %ecx, %ecx
  cmpb $0, smap_enabled(%rip)
  je 1f
  stac
1:
  cmpq %rdx, %rcx
  je 3f
2:
  movb (%rsi, %rcx), %al
  movb %al, (%rdi, %rcx)
  testb %al, %al
  je 3f
  incq %rcx
  jmp 1b
3:
  movq %rcx, %rax
4:
  cmpb $0, smap_enabled(%rip)
  je 5f
  clac
5:
  ret
6:
  movq $-14, %rax
  jmp 4b
  EXCEPTION_TABLE 2b, 6b
