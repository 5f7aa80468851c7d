// Single instructions that ring 3 may or may not execute, for the tests of the kernel. Defined in imports.h.
//
// Rules: most of these end the program with a signal. Source: Intel SDM, volume 2; volume 3, 6.15.

/** #DE when the divisor is 0. */
export declare function divide(dividend: u64, divisor: u64): void;
/** UD2: #UD. */
export declare function undefined(): void;
/** INT3: #BP. */
export declare function breakpoint(): void;

// Privileged: #GP in ring 3.
export declare function cli(): void;
export declare function sti(): void;
export declare function hlt(): void;
export declare function inb(port: u64): void;
export declare function outb(port: u64): void;
export declare function readCr3(): void;
export declare function writeCr3(): void;
export declare function writeCr0(): void;
export declare function loadGdt(at: usize): void;
export declare function loadIdt(at: usize): void;
export declare function loadTask(): void;
export declare function readMsr(): void;
export declare function writeMsr(): void;
export declare function invlpg(at: usize): void;
export declare function swapgs(): void;
export declare function clts(): void;
export declare function wbinvd(): void;
export declare function sysret(): void;
export declare function interrupt8(): void;
export declare function interrupt14(): void;
export declare function interrupt32(): void;
export declare function jumpToRing0(): void;

export declare function stackPointer(): usize;
/** Pushes until there is no stack. */
export declare function overflowStack(): void;
/** Calls the code at an address. */
export declare function call(at: usize): void;
/** The 8 bytes at FS base + offset. */
export declare function loadFs(offset: u64): u64;
/** RFLAGS. */
export declare function flags(): u64;
export declare function pause(): void;
export declare function timestamp(): u64;

/** A bit for each register that the call changed and may not: rbx rcx rdx rsi rdi rbp r8–r15, flags. */
export declare function syscallChanges(number: u64): u64;
export declare function int80Changes(number: u64): u64;
/** Holds values in all registers for `rounds` turns of a loop; 0 when they were kept. */
export declare function holdRegisters(seed: u64, rounds: u64): u64;
