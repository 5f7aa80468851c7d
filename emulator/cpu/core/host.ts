/**
 * What the core asks of its host: the wrapper's side is emulator/cpu/vcpu.ts.
 * `unwind` never returns: it throws in JavaScript, which takes every frame of the core away; the wrapper then
 * calls `run` again, which delivers the exception that `raise` wrote down.
 */
export declare function portRead(port: u32, size: u32): u32;
/** Fills `bytes` bytes at `at` of this memory by reads of one port, as far as the device goes; how many bytes. */
export declare function portReadRun(port: u32, size: u32, at: usize, bytes: u32): u32;
export declare function portWrite(port: u32, size: u32, value: u32): void;
/** Writes `bytes` bytes at `at` of this memory to one port, as far as the device takes them; how many bytes. */
export declare function portWriteRun(port: u32, size: u32, at: usize, bytes: u32): u32;
export declare function mmioRead(address: f64, size: u32): u32;
export declare function mmioWrite(address: f64, size: u32, value: u32): void;
export declare function acknowledgeInterrupt(): u32;
/** CR8, IA32_APIC_BASE and IA32_TSC_DEADLINE live in the local APIC, which is the board's. */
export declare function taskPriority(): u32;
export declare function setTaskPriority(value: u32): void;
export declare function setApicBase(value: u64): void;
export declare function timestampDeadline(): u64;
export declare function setTimestampDeadline(value: u64): void;
export declare function timestamp(): u64;
export declare function unwind(): void;
/** Asks for a log line of kind `what` (see vcpu.ts) about `a` and `b`. */
export declare function report(what: u32, a: u64, b: u64): void;
