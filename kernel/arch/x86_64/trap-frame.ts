/**
 * What interrupts.S pushes on the kernel stack at every entry, lowest address first. trap-frame.h has the offsets.
 */
@unmanaged
export class TrapFrame {
  r15: u64;
  r14: u64;
  r13: u64;
  r12: u64;
  r11: u64;
  r10: u64;
  r9: u64;
  r8: u64;
  rbp: u64;
  rdi: u64;
  rsi: u64;
  rdx: u64;
  rcx: u64;
  rbx: u64;
  rax: u64;
  /** 0–255, or VECTOR_SYSCALL. */
  vector: u64;
  /** The CPU's error code, or the call number (RAX at entry) for a SYSCALL. */
  errorCode: u64;
  rip: u64;
  cs: u64;
  rflags: u64;
  rsp: u64;
  ss: u64;
}

export const TRAP_FRAME_SIZE: usize = 176;
export const VECTOR_SYSCALL: u64 = 256;

export function fromUser(frame: TrapFrame): bool {
  return (frame.cs & 3) != 0;
}
