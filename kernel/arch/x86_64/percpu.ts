/**
 * What each CPU has for itself, reached through GS while in the kernel (interrupts.S swaps it in).
 * The offsets of `kernelRsp` and `userRsp` are known to the assembly (trap-frame.h).
 */
import { MSR_GS_BASE, writeMsr } from './cpu';

export declare function gsRead64(offset: usize): u64;
export declare function gsWrite64(offset: usize, value: u64): void;
export declare function gsRead32(offset: usize): u32;
export declare function gsWrite32(offset: usize, value: u32): void;

@unmanaged
export class PerCpu {
  self: usize;
  /** The Thread that runs here. */
  current: usize;
  /** Top of its kernel stack: where SYSCALL begins. */
  kernelRsp: u64;
  /** Scratch of syscall_entry. */
  userRsp: u64;
  id: u32;
  /** Set by whoever makes another thread worth running; looked at before each return to user code and in idle. */
  needResched: u32;
  /** The idle Thread. */
  idle: usize;
  /** The thread that this CPU just switched away from (scheduler.ts, finishSwitch). */
  previous: usize;
  /** Physical address of the PML4 in CR3. */
  cr3: u64;
  /** When the next tick is due, unless an idle processor has stopped them (tick.ts). */
  tickDueNs: u64;
  /** Ticks that met a thread in the kernel. */
  systemTicks: u64;
  /** 1 while the interrupt being handled came from user code. */
  interruptedUser: u32;
  tickStopped: u32;
  /** Up to when the running thread's time has been accounted (scheduler.ts). */
  accountedNs: u64;
  /** Thread whose x87 and SSE state the registers hold; what is in FS base and the swapped GS base. */
  fpuOwner: usize;
  fsBase: u64;
  gsBase: u64;
  /** Ticks that met user code; and how often another thread was switched to. */
  userTicks: u64;
  switches: u64;
}

export const MAX_CPUS: u32 = 64;
export const PERCPU_GDT: usize = 256;
export const PERCPU_TSS: usize = 384;
const PERCPU_SIZE: usize = 512;

const bootCpu = memory.data(512, 64);

/** Must come before anything that logs or takes a lock. */
export function percpuInitBoot(): void {
  percpuAttach(changetype<PerCpu>(bootCpu), 0);
}

function percpuAttach(cpu: PerCpu, id: u32): void {
  memory.fill(changetype<usize>(cpu), 0, PERCPU_SIZE);
  cpu.self = changetype<usize>(cpu);
  cpu.id = id;
  writeMsr(MSR_GS_BASE, <u64>cpu.self);
}

export function thisCpu(): PerCpu {
  return changetype<PerCpu>(<usize>gsRead64(offsetof<PerCpu>('self')));
}

export function cpuId(): u32 {
  return gsRead32(offsetof<PerCpu>('id'));
}

export function setNeedResched(): void {
  gsWrite32(offsetof<PerCpu>('needResched'), 1);
}
