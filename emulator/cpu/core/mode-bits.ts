/** Bits of MODE: everything that decoding depends on. */
/** CS.D: 32-bit default operand and address size. */
export const MODE_32: u32 = 1;
/** 64-bit mode. */
export const MODE_LONG: u32 = 2;
/** SS.B: the stack pointer is ESP. */
export const MODE_STACK32: u32 = 4;
/** Base 0, limit 4 GiB, writable, expand-up: no segment check needed. */
export const MODE_FLAT_ES: u32 = 16;
export const MODE_FLAT_SS: u32 = 32;
export const MODE_FLAT_DS: u32 = 64;
export const MODE_USER: u32 = 128;
/** CR0.PE clear. */
export const MODE_REAL: u32 = 256;
export const MODE_V86: u32 = 512;
/** ESP addresses a flat stack. */
export const FLAT_STACK_32: u32 = MODE_STACK32 | MODE_FLAT_SS;
