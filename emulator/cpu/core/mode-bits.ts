/** Bits of MODE: everything that decoding depends on. Plain numbers: the translator reads them too. */
/** CS.D: 32-bit default operand and address size. */
export const MODE_32 = 1;
/** 64-bit mode. */
export const MODE_LONG = 2;
/** SS.B: the stack pointer is ESP. */
export const MODE_STACK32 = 4;
/** Base 0, limit 4 GiB, writable, expand-up: no segment check needed. */
export const MODE_FLAT_ES = 16;
export const MODE_FLAT_SS = 32;
export const MODE_FLAT_DS = 64;
export const MODE_USER = 128;
/** CR0.PE clear. */
export const MODE_REAL = 256;
export const MODE_V86 = 512;
/** ESP addresses a flat stack. */
export const FLAT_STACK_32 = MODE_STACK32 | MODE_FLAT_SS;
