/**
 * Single instructions: interrupt flag, halt, control registers, MSRs, time-stamp counter.
 * A loop that waits for another context must call `pause()`: it also keeps the compiler from hoisting loads.
 * Source: Intel SDM volumes 2 and 3A chapter 2.
 */
export declare function enableInterrupts(): void;
export declare function disableInterrupts(): void;
/** Returns RFLAGS from before; give it to `restoreInterrupts`. */
export declare function saveAndDisableInterrupts(): u64;
export declare function restoreInterrupts(flags: u64): void;
export declare function interruptsEnabled(): bool;
export declare function halt(): void;
/** STI; HLT without a window for an interrupt between them. */
export declare function enableAndHalt(): void;
export declare function pause(): void;
export declare function readCr0(): u64;
export declare function writeCr0(value: u64): void;
export declare function readCr2(): u64;
export declare function readCr3(): u64;
export declare function writeCr3(value: u64): void;
export declare function readCr4(): u64;
export declare function writeCr4(value: u64): void;
export declare function invalidatePage(address: u64): void;
export declare function readMsr(msr: u32): u64;
export declare function writeMsr(msr: u32, value: u64): void;
export declare function readTsc(): u64;
/** A number of the processor's own generator (RDRAND); 0 when it has none or it is not ready. */
export declare function hardwareRandom(): u64;
/** Writes EAX, EBX, ECX, EDX to the four u32 at `out`. */
export declare function cpuid(leaf: u32, subleaf: u32, out: usize): void;
export declare function loadGdt(base: usize, limit: u32): void;
export declare function loadIdt(base: usize, limit: u32): void;
export declare function loadTaskRegister(selector: u32): void;
/** INT3. */
export declare function breakpoint(): void;
/** Stores the general registers, RFLAGS and the segments in the TrapFrame at `frame`, as they are just now. */
export declare function captureRegisters(frame: usize): void;
/** RBP of the calling function. */
export declare function framePointer(): usize;
/** `area`: 512 bytes, 16-byte aligned. */
export declare function fxsave(area: usize): void;
export declare function fxrstor(area: usize): void;
/** (a * b) >> shift with a 128-bit product. */
export declare function multiplyShift(a: u64, b: u64, shift: u32): u64;

export const MSR_EFER: u32 = 0xc0000080;
export const MSR_STAR: u32 = 0xc0000081;
export const MSR_LSTAR: u32 = 0xc0000082;
export const MSR_FMASK: u32 = 0xc0000084;
export const MSR_FS_BASE: u32 = 0xc0000100;
export const MSR_GS_BASE: u32 = 0xc0000101;
export const MSR_KERNEL_GS_BASE: u32 = 0xc0000102;

/** Stops this CPU for good. */
export function haltForever(): void {
  while (true) {
    disableInterrupts();
    halt();
  }
}
