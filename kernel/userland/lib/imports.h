/*
 * What AssemblyScript cannot say: system-call instructions and single machine instructions, as inline C.
 * The name is the declaring file's base name, `_`, the function's name (docs/internals/contracts.md).
 */
#define INLINE static inline __attribute__((always_inline, unused))

/* lib/syscall.ts: the Linux gate (System V AMD64 supplement, A.2). RCX and R11 are lost. */
INLINE u64 syscall_linux(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  u64 result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* lib/native.ts: Breenix's own gate. Only RAX changes. */
INLINE u64 native_int80(u64 number, u64 a, u64 b, u64 c) {
  u64 result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "memory");
  return result;
}

/* lib/handler.ts: what the kernel calls for a signal, and where that returns to (crt0.S). */
void deliverSignal(u32 signal);
void signalReturn(void);
INLINE u64 handler_entry(void) { return (u64)deliverSignal; }
INLINE u64 handler_restorer(void) { return (u64)signalReturn; }

/* lib/machine.ts: single instructions that ring 3 may or may not execute, for the tests of the kernel. */
INLINE void machine_divide(u64 dividend, u64 divisor) {
  u64 quotient = dividend;
  __asm__ volatile("xorl %%edx, %%edx; divq %1" : "+a"(quotient) : "r"(divisor) : "rdx", "cc");
}
INLINE void machine_undefined(void) { __asm__ volatile("ud2"); }
INLINE void machine_breakpoint(void) { __asm__ volatile("int3"); }
INLINE void machine_cli(void) { __asm__ volatile("cli"); }
INLINE void machine_sti(void) { __asm__ volatile("sti"); }
INLINE void machine_hlt(void) { __asm__ volatile("hlt"); }
INLINE void machine_inb(u64 port) { __asm__ volatile("inb %%dx, %%al" : : "d"(port) : "rax"); }
INLINE void machine_outb(u64 port) { __asm__ volatile("outb %%al, %%dx" : : "d"(port), "a"(0x0aull)); }
INLINE void machine_readCr3(void) { __asm__ volatile("movq %%cr3, %%rax" : : : "rax"); }
INLINE void machine_writeCr3(void) { __asm__ volatile("movq %0, %%cr3" : : "r"(0ull)); }
INLINE void machine_writeCr0(void) { __asm__ volatile("movq %0, %%cr0" : : "r"(0ull)); }
INLINE void machine_loadGdt(u64 at) { __asm__ volatile("lgdt (%0)" : : "r"(at)); }
INLINE void machine_loadIdt(u64 at) { __asm__ volatile("lidt (%0)" : : "r"(at)); }
INLINE void machine_loadTask(void) { __asm__ volatile("ltr %w0" : : "r"(0x28ull)); }
INLINE void machine_readMsr(void) { __asm__ volatile("rdmsr" : : "c"(0xc0000080ull) : "rax", "rdx"); }
INLINE void machine_writeMsr(void) {
  __asm__ volatile("wrmsr" : : "c"(0xc0000080ull), "a"(0ull), "d"(0ull));
}
INLINE void machine_invlpg(u64 at) { __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory"); }
INLINE void machine_swapgs(void) { __asm__ volatile("swapgs"); }
INLINE void machine_clts(void) { __asm__ volatile("clts"); }
INLINE void machine_wbinvd(void) { __asm__ volatile("wbinvd"); }
INLINE void machine_sysret(void) { __asm__ volatile("sysretq"); }
/* Interrupt vectors whose gates belong to the kernel and to hardware. */
INLINE void machine_interrupt8(void) { __asm__ volatile("int $8"); }
INLINE void machine_interrupt14(void) { __asm__ volatile("int $14"); }
INLINE void machine_interrupt32(void) { __asm__ volatile("int $32"); }
/* A far jump to selector 0x10, ring 0's code on Breenix and on Linux. */
INLINE void machine_jumpToRing0(void) {
  struct { u32 offset; u16 selector; } __attribute__((packed)) target = {0x10000000, 0x10};
  __asm__ volatile("ljmp *%0" : : "m"(target));
}
INLINE u64 machine_stackPointer(void) {
  u64 at;
  __asm__ volatile("movq %%rsp, %0" : "=r"(at));
  return at;
}
/* Pushes for ever. */
INLINE void machine_overflowStack(void) { __asm__ volatile("1: pushq %%rax; jmp 1b" : : : "memory"); }
INLINE void machine_call(u64 at) { __asm__ volatile("call *%0" : : "r"(at) : "memory", "rax"); }
INLINE u64 machine_loadFs(u64 offset) {
  u64 value;
  __asm__ volatile("movq %%fs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
  return value;
}
INLINE u64 machine_flags(void) {
  u64 flags;
  __asm__ volatile("pushfq; popq %0" : "=r"(flags));
  return flags;
}
/* For loops that wait for memory that another process or the kernel changes. */
INLINE void machine_pause(void) { __asm__ volatile("pause" : : : "memory"); }
INLINE u64 machine_timestamp(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64)high << 32 | low;
}

/*
 * Loads known values into every register that a system call must preserve, sets the arithmetic flags and DF, makes
 * call `number` through `gate`, and returns a bit for each register that changed: bits 0-14 rbx rcx rdx rsi rdi rbp
 * r8-r15 (14: flags). SYSCALL itself loses RCX and R11.
 */
#define KEEPS_REGISTERS(name, gate, after)                                                                       \
  __attribute__((naked, noinline, unused)) static u64 name(u64 number) {                                         \
    __asm__ volatile("pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"                  \
                     "movq %rdi, %rax\n"                                                                         \
                     "movq $0x1b1b1b1b1b1b1b1b, %rbx; movq $0x1c1c1c1c1c1c1c1c, %rcx\n"                          \
                     "movq $0x1d1d1d1d1d1d1d1d, %rdx; movq $0x1e1e1e1e1e1e1e1e, %rsi\n"                          \
                     "movq $0x2b2b2b2b2b2b2b2b, %rdi; movq $0x2c2c2c2c2c2c2c2c, %rbp\n"                          \
                     "movq $0x0808080808080808, %r8; movq $0x0909090909090909, %r9\n"                            \
                     "movq $0x0a0a0a0a0a0a0a0a, %r10; movq $0x0b0b0b0b0b0b0b0b, %r11\n"                          \
                     "movq $0x0c0c0c0c0c0c0c0c, %r12; movq $0x0d0d0d0d0d0d0d0d, %r13\n"                          \
                     "movq $0x0e0e0e0e0e0e0e0e, %r14; movq $0x0f0f0f0f0f0f0f0f, %r15\n"                          \
                     "pushq $0xed7; popfq\n" gate "\n"                                                           \
                     "pushfq; cld\n" after "\n"                                                                  \
                     "movq $0x1b1b1b1b1b1b1b1b, %rax; xorq %rax, %rbx; movq $0x1c1c1c1c1c1c1c1c, %rax\n"         \
                     "xorq %rax, %rcx; movq $0x1d1d1d1d1d1d1d1d, %rax; xorq %rax, %rdx\n"                        \
                     "movq $0x1e1e1e1e1e1e1e1e, %rax; xorq %rax, %rsi; movq $0x2b2b2b2b2b2b2b2b, %rax\n"         \
                     "xorq %rax, %rdi; movq $0x2c2c2c2c2c2c2c2c, %rax; xorq %rax, %rbp\n"                        \
                     "movq $0x0808080808080808, %rax; xorq %rax, %r8; movq $0x0909090909090909, %rax\n"          \
                     "xorq %rax, %r9; movq $0x0a0a0a0a0a0a0a0a, %rax; xorq %rax, %r10\n"                         \
                     "movq $0x0b0b0b0b0b0b0b0b, %rax; xorq %rax, %r11; movq $0x0c0c0c0c0c0c0c0c, %rax\n"         \
                     "xorq %rax, %r12; movq $0x0d0d0d0d0d0d0d0d, %rax; xorq %rax, %r13\n"                        \
                     "movq $0x0e0e0e0e0e0e0e0e, %rax; xorq %rax, %r14; movq $0x0f0f0f0f0f0f0f0f, %rax\n"         \
                     "xorq %rax, %r15; xorl %eax, %eax\n"                                                        \
                     "testq %rbx, %rbx; jz 1f; btsl $0, %eax; 1: testq %rcx, %rcx; jz 1f; btsl $1, %eax\n"       \
                     "1: testq %rdx, %rdx; jz 1f; btsl $2, %eax; 1: testq %rsi, %rsi; jz 1f; btsl $3, %eax\n"    \
                     "1: testq %rdi, %rdi; jz 1f; btsl $4, %eax; 1: testq %rbp, %rbp; jz 1f; btsl $5, %eax\n"    \
                     "1: testq %r8, %r8; jz 1f; btsl $6, %eax; 1: testq %r9, %r9; jz 1f; btsl $7, %eax\n"        \
                     "1: testq %r10, %r10; jz 1f; btsl $8, %eax; 1: testq %r11, %r11; jz 1f; btsl $9, %eax\n"    \
                     "1: testq %r12, %r12; jz 1f; btsl $10, %eax; 1: testq %r13, %r13; jz 1f; btsl $11, %eax\n"  \
                     "1: testq %r14, %r14; jz 1f; btsl $12, %eax; 1: testq %r15, %r15; jz 1f; btsl $13, %eax\n"  \
                     "1: popq %rcx; andl $0xcd5, %ecx; cmpl $0xcd5, %ecx; je 1f; btsl $14, %eax; 1:\n"           \
                     "popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx; ret");                   \
  }
#define FORGET_RCX_R11 "movq $0x1c1c1c1c1c1c1c1c, %rcx; movq $0x0b0b0b0b0b0b0b0b, %r11"
KEEPS_REGISTERS(machine_syscallChanges, "syscall", FORGET_RCX_R11)
KEEPS_REGISTERS(machine_int80Changes, "int $0x80", "")

/*
 * Holds values made of `seed` in XMM0-15 and the general registers for `rounds` turns of a loop that makes no call;
 * returns 0 when they were still there at the end.
 */
__attribute__((naked, noinline, unused)) static u64 machine_holdRegisters(u64 seed, u64 rounds) {
  __asm__ volatile(
      "pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
      "movq %rdi, %xmm0; paddq %xmm0, %xmm0; movdqa %xmm0, %xmm1; paddq %xmm0, %xmm1\n"
      "movdqa %xmm1, %xmm2; paddq %xmm0, %xmm2; movdqa %xmm2, %xmm3; paddq %xmm0, %xmm3\n"
      "movdqa %xmm3, %xmm4; paddq %xmm0, %xmm4; movdqa %xmm4, %xmm5; paddq %xmm0, %xmm5\n"
      "movdqa %xmm5, %xmm6; paddq %xmm0, %xmm6; movdqa %xmm6, %xmm7; paddq %xmm0, %xmm7\n"
      "movdqa %xmm7, %xmm8; paddq %xmm0, %xmm8; movdqa %xmm8, %xmm9; paddq %xmm0, %xmm9\n"
      "movdqa %xmm9, %xmm10; paddq %xmm0, %xmm10; movdqa %xmm10, %xmm11; paddq %xmm0, %xmm11\n"
      "movdqa %xmm11, %xmm12; paddq %xmm0, %xmm12; movdqa %xmm12, %xmm13; paddq %xmm0, %xmm13\n"
      "movdqa %xmm13, %xmm14; paddq %xmm0, %xmm14; movdqa %xmm14, %xmm15; paddq %xmm0, %xmm15\n"
      "leaq 1(%rdi), %rax; leaq 2(%rdi), %rbx; leaq 3(%rdi), %rdx; leaq 4(%rdi), %rbp; leaq 5(%rdi), %r8\n"
      "leaq 6(%rdi), %r9; leaq 7(%rdi), %r10; leaq 8(%rdi), %r11; leaq 9(%rdi), %r12; leaq 10(%rdi), %r13\n"
      "leaq 11(%rdi), %r14; leaq 12(%rdi), %r15; movq %rsi, %rcx\n"
      "1: decq %rcx; jnz 1b\n"
      "subq %rdi, %rax; subq %rdi, %rbx; subq %rdi, %rdx; subq %rdi, %rbp; subq %rdi, %r8; subq %rdi, %r9\n"
      "subq %rdi, %r10; subq %rdi, %r11; subq %rdi, %r12; subq %rdi, %r13; subq %rdi, %r14; subq %rdi, %r15\n"
      "subq $1, %rax; subq $2, %rbx; subq $3, %rdx; subq $4, %rbp; subq $5, %r8; subq $6, %r9\n"
      "subq $7, %r10; subq $8, %r11; subq $9, %r12; subq $10, %r13; subq $11, %r14; subq $12, %r15\n"
      "orq %rbx, %rax; orq %rdx, %rax; orq %rbp, %rax; orq %r8, %rax; orq %r9, %rax; orq %r10, %rax\n"
      "orq %r11, %rax; orq %r12, %rax; orq %r13, %rax; orq %r14, %rax; orq %r15, %rax\n"
      "psubq %xmm0, %xmm1; psubq %xmm0, %xmm1; pxor %xmm3, %xmm2; psubq %xmm0, %xmm3\n"
      "movdqa %xmm15, %xmm2; psubq %xmm14, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm14, %xmm2; psubq %xmm13, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm13, %xmm2; psubq %xmm12, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm12, %xmm2; psubq %xmm11, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm11, %xmm2; psubq %xmm10, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm10, %xmm2; psubq %xmm9, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm9, %xmm2; psubq %xmm8, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm8, %xmm2; psubq %xmm7, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm7, %xmm2; psubq %xmm6, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm6, %xmm2; psubq %xmm5, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movdqa %xmm5, %xmm2; psubq %xmm4, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movq %rdi, %xmm2; paddq %xmm2, %xmm2; psubq %xmm0, %xmm2; por %xmm2, %xmm1\n"
      "movq %xmm1, %rbx; orq %rbx, %rax\n"
      "popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx; ret");
}
