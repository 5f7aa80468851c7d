/**
 * Segments and the task-state segment, one set a CPU. The order is what SYSCALL and SYSRET demand (SDM 2B):
 * kernel code, kernel data; 32-bit user code, user data, 64-bit user code.
 * Source: Intel SDM 3A 3.4.5 (descriptors), 7.7 (64-bit TSS).
 */
import { loadGdt, loadTaskRegister } from './cpu';
import { PERCPU_GDT, PERCPU_TSS, thisCpu } from './percpu';

export const KERNEL_CODE: u64 = 0x10;
export const KERNEL_DATA: u64 = 0x18;
export const USER_CODE32: u64 = 0x23;
export const USER_DATA: u64 = 0x2b;
export const USER_CODE: u64 = 0x33;
const TSS_SELECTOR: u32 = 0x40;

const TSS_LIMIT: u64 = 103;
const TSS_RSP0: usize = 4;
const TSS_IST1: usize = 36;
const TSS_IOMAP: usize = 102;

/** Loads this CPU's own GDT and TSS. The data segments keep their selectors; CS is already right. */
export function gdtInit(): void {
  const cpu = changetype<usize>(thisCpu());
  const gdt = cpu + PERCPU_GDT;
  const tss = cpu + PERCPU_TSS;
  store<u64>(gdt, 0, 0x00);
  store<u64>(gdt, 0, 0x08);
  store<u64>(gdt, 0x00af9b000000ffff, 0x10);
  store<u64>(gdt, 0x00cf93000000ffff, 0x18);
  store<u64>(gdt, 0x00cffb000000ffff, 0x20);
  store<u64>(gdt, 0x00cff3000000ffff, 0x28);
  store<u64>(gdt, 0x00affb000000ffff, 0x30);
  store<u64>(gdt, 0, 0x38);
  const base = <u64>tss;
  const low = TSS_LIMIT | ((base & 0xffffff) << 16) | ((<u64>0x89) << 40) | (((base >> 24) & 0xff) << 56);
  store<u64>(gdt, low, 0x40);
  store<u64>(gdt, base >> 32, 0x48);
  store<u16>(tss, 104, TSS_IOMAP);
  loadGdt(gdt, 0x4f);
  loadTaskRegister(TSS_SELECTOR);
}

/** Where this CPU's stack begins when it enters the kernel from user code. */
export function setTssRsp0(rsp: u64): void {
  store<u64>(changetype<usize>(thisCpu()) + PERCPU_TSS + TSS_RSP0, rsp);
}

/** `ist` is 1 to 7. */
export function setTssIst(ist: u32, rsp: u64): void {
  store<u64>(changetype<usize>(thisCpu()) + PERCPU_TSS + TSS_IST1 + (<usize>ist - 1) * 8, rsp);
}
