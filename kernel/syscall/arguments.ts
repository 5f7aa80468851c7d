/**
 * A system call's arguments: the trap frame, read as the Linux x86-64 ABI and Breenix's own gate both define it
 * (number in RAX; RDI RSI RDX R10 R8 R9). Handlers return the result or a negative errno.
 */
import { TrapFrame } from '../arch/x86_64/trap-frame';

@unmanaged
export class SyscallArgs extends TrapFrame {
  get a0(): u64 {
    return this.rdi;
  }
  get a1(): u64 {
    return this.rsi;
  }
  get a2(): u64 {
    return this.rdx;
  }
  get a3(): u64 {
    return this.r10;
  }
  get a4(): u64 {
    return this.r8;
  }
  get a5(): u64 {
    return this.r9;
  }
}
