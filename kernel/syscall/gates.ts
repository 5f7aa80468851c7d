/**
 * Switches the SYSCALL instruction on (SDM 2B SYSCALL, AMD APM 2 6.1.1). INT 0x80 is a gate in the IDT.
 */
import { MSR_FMASK, MSR_LSTAR, MSR_STAR, writeMsr } from '../arch/x86_64/cpu';
import { KERNEL_CODE, USER_CODE32 } from '../arch/x86_64/gdt';
import { syscallEntry } from '../arch/x86_64/image';
import { syscallTableInit } from './rows/all';

/** Cleared on entry: TF, IF, DF, IOPL, NT, RF, AC. */
const FLAGS_CLEARED: u64 = 0x100 | 0x200 | 0x400 | 0x3000 | 0x4000 | 0x10000 | 0x40000;

export function gatesInit(): void {
  syscallTableInit();
  writeMsr(MSR_STAR, (KERNEL_CODE << 32) | (USER_CODE32 << 48));
  writeMsr(MSR_LSTAR, <u64>syscallEntry());
  writeMsr(MSR_FMASK, FLAGS_CLEARED);
}
