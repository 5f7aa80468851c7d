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
