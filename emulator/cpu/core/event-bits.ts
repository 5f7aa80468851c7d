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
/** DEBUG_HITS waits: a data or I/O breakpoint, or the T flag of a task. */
export const EVENT_DEBUG: u32 = 512;
/** The instruction at RIP must run by itself, so that what it does is seen right after it. */
export const EVENT_ALONE: u32 = 1024;
/** Beside EVENT_SHADOW after MOV SS and POP SS: debug exceptions wait for the next instruction, too. */
export const EVENT_HOLD: u32 = 2048;
/** The slice is so short that instructions run one by one: `run(1)` is a single step. */
export const EVENT_SINGLE: u32 = 256;
