/**
 * The record in which a case goes to the real processor and to ours, and in which its result comes back
 * (native/runner.c has the same in C). 1280 bytes, little endian:
 *
 *    0 case: offset of the code in the code pages; result: vector of the trap that ended it
 *    4 case: length of the code; result: the trap's error code
 *    8 result: CR2 after a page fault
 *   16 sixteen general registers in encoding order, RFLAGS, RIP
 *  160 case: the code, at most 96 bytes; result: hash of the data outside the window
 *  256 FXSAVE image in its 64-bit form (SDM vol. 1, table 10-2)
 *  672 case: 1 in compatibility mode, 0 in 64-bit mode
 *  768 the window: the part of the data pages that holds the case's operands
 */
export const RECORD_SIZE = 1280;
export const AT_VECTOR = 0;
export const AT_CODE_OFFSET = 0;
export const AT_ERROR = 4;
export const AT_CODE_LENGTH = 4;
export const AT_CR2 = 8;
export const AT_REGS = 16;
export const AT_RFLAGS = 144;
export const AT_RIP = 152;
export const AT_CODE = 160;
export const AT_HASH = 160;
/** In our results alone: not 0 when the case wrote to its own code. */
export const AT_WROTE_CODE = 164;
export const CODE_MAX = 96;
export const AT_FX = 256;
export const FX_SIZE = 416;
export const AT_COMPATIBILITY = 672;
export const AT_WINDOW = 768;

export const CODE_BASE = 0x20000000;
export const CODE_SIZE = 0x2000;
export const DATA_BASE = 0x10000000;
export const DATA_SIZE = 0x2000;
export const WINDOW_OFFSET = 0xf00;
export const WINDOW_SIZE = 512;
/** Linear address of the window; it straddles the border of the two data pages. */
export const WINDOW = DATA_BASE + WINDOW_OFFSET;
/** GS points here. */
export const WINDOW_MIDDLE = WINDOW + WINDOW_SIZE / 2;

/** Vector of a result whose case did not end. */
export const TIMED_OUT = 0xff;

/** FNV-1a over the 32-bit words of the data pages outside the window. */
export function hashOutside(data: Int32Array): number {
  let hash = 0x811c9dc5 | 0;
  const skip = WINDOW_OFFSET / 4;
  for (let i = 0; i < skip; i++) hash = Math.imul(hash ^ (data[i] ?? 0), 0x01000193);
  for (let i = skip + WINDOW_SIZE / 4; i < DATA_SIZE / 4; i++)
    hash = Math.imul(hash ^ (data[i] ?? 0), 0x01000193);
  return hash >>> 0;
}

export const REGISTER_NAMES = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const;
