/** Addresses that the linker script and the assembly define. */
export declare function textStart(): usize;
export declare function rodataStart(): usize;
export declare function rodataEnd(): usize;
export declare function dataStart(): usize;
export declare function kernelEnd(): usize;
export declare function bootStack(): usize;
export declare function bootStackTop(): usize;
export declare function interruptStubs(): usize;
export declare function syscallEntry(): usize;
export declare function kernelThreadStart(): usize;
export declare function userThreadStart(): usize;
export declare function exceptionTableStart(): usize;
export declare function exceptionTableEnd(): usize;
/** A byte: user-access.S and interrupts.S use STAC/CLAC when it is not 0. */
export declare function smapEnabledFlag(): usize;
/** 64 KiB for lib/log-ring.ts. */
export declare function logRing(): usize;
/** Pairs of (function address, C string name), ended by zeroes: lib/symbols.ts. */
export declare function functionTable(): usize;
