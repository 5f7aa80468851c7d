/** Bits of PENDING: what the run loop must look at before the next block. */
export const EVENT_YIELD: u32 = 1;
export const EVENT_NMI: u32 = 2;
/** The level of the INTR line. */
export const EVENT_INTR: u32 = 4;
export const EVENT_HALT: u32 = 8;
/** The next instruction runs with interrupts held off (STI, MOV SS, POP SS). */
export const EVENT_SHADOW: u32 = 16;
/** The instruction that just ran was single-stepped. */
export const EVENT_STEP: u32 = 32;
export const EVENT_TRIPLE: u32 = 64;
/** FAULT_VECTOR waits for delivery. */
export const EVENT_FAULT: u32 = 128;
/** The slice is so short that instructions run one by one: `run(1)` is a single step. */
export const EVENT_SINGLE: u32 = 256;
