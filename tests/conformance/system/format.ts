/**
 * What the case runner (guest/runner.S) and this side agree on: the layout of physical memory, of a case and of a
 * result. guest/layout.h has the same numbers.
 *
 * - The window, below LOW_BASE, is all that a case sees besides the runner: tables, code, stacks, data.
 * - A case is 2048 bytes: state, then patches of the window (address, length, bytes padded to 4).
 */
export const RAM_SIZE = 16 << 20;
export const ROM_SIZE = 0x10000;
export const ROM_BASE = 0x1_0000_0000 - ROM_SIZE;
export const WINDOW_SIZE = 0xf000;
export const PAGE_SIZE = 0x1000;
export const LOW_BASE = 0xf000;
export const CONTROL_COUNT = 0x100000;
export const CONTROL_INDEX = 0x100004;
export const CONTROL_RUNNING = 0x100008;
export const TEMPLATES = 0x200000;
export const TEMPLATE_SIZE = 0x10000;
export const CASES = 0x400000;
export const CASE_SIZE = 2048;
export const RESULTS = 0xc00000;
export const RESULT_SIZE = 512;
export const MAX_CASES = (RESULTS - CASES) / CASE_SIZE;
export const EXIT_PORT = 0xf4;
export const VECTORS = 48;
/** Of 8 bytes each. */
export const STUB_SIZE = 8;

/** Offsets in a case. */
export const Case = {
  template: 0,
  mode: 4,
  patches: 8,
  cr0: 16,
  cr3: 20,
  cr4: 24,
  efer: 28,
  gdtr: 32,
  idtr: 40,
  ldtr: 48,
  tr: 50,
  ds: 52,
  es: 54,
  fs: 56,
  gs: 58,
  rip: 64,
  cs: 72,
  rflags: 80,
  rsp: 88,
  ss: 96,
  dr0: 112,
  dr6: 128,
  dr7: 132,
  regs: 144,
  msrs: 272,
  patchList: 384,
} as const;
export const MAX_MSRS = 9;

/** How the runner enters a case, and the template that its window starts from. */
export const MODES = { real: 0, protected: 1, long: 2 } as const;

/** Offsets in a result. */
export const Result = {
  outcome: 0,
  kind: 4,
  stack: 16,
  regs: 208,
  cr0: 336,
  cr2: 340,
  cr3: 348,
  cr4: 352,
  efer: 356,
  dr6: 360,
  dr7: 364,
  gdtr: 368,
  idtr: 384,
  ldtr: 400,
  tr: 402,
  ds: 404,
  es: 406,
  fs: 408,
  gs: 410,
  ss: 412,
  fsBase: 416,
  gsBase: 424,
  kernelGs: 432,
  dr0: 440,
  /** A word for each page of the window but the first. */
  hashes: 456,
} as const;

/** Of a result: never run, ended at a stub, by a reset, not at all (noted by the host). */
export const OUTCOMES = ['not run', 'ended', 'reset', 'hung'] as const;
export const OUTCOME_HUNG = 3;

/** Addresses in the window. */
export const At = {
  gdt: 0x1000,
  ldt: 0x1800,
  idt: 0x2000,
  tss: 0x3000,
  otherTss: 0x3400,
  narrowTss: 0x3800,
  pml4: 0x4000,
  pdpt: 0x5000,
  pd: 0x6000,
  pt: 0x7000,
  code: 0x8000,
  codeEnd: 0xa000,
  /** An int3 for those who jump there. */
  landing: 0x8f00,
  stackTop: 0xaf00,
  userStackTop: 0xbf00,
  data: 0xc000,
  ring0Top: 0xe400,
  ring1Top: 0xe800,
  ring2Top: 0xec00,
  istTop: 0xeec0,
} as const;

/** Selectors that every case has; 0xc0 to 0xf8 and the local table are the case's own. */
export const Sel = {
  code32: 0x08,
  data32: 0x10,
  code64: 0x18,
  code16: 0x20,
  data16: 0x28,
  code1: 0x31,
  data1: 0x39,
  code2: 0x42,
  data2: 0x4a,
  userCode32: 0x53,
  userData: 0x5b,
  userCode64: 0x63,
  userCode16: 0x6b,
  tss: 0x70,
  ldt: 0x80,
  otherTss: 0x90,
  narrowTss: 0x98,
  conforming: 0xa0,
  taskGate: 0xa8,
  userData16: 0xb3,
} as const;
export const FREE_SELECTORS = 0xc0;
export const FREE_SELECTOR_COUNT = 8;
export const GDT_LIMIT = 0xff;
export const LDT_ENTRIES = 8;
export const IO_MAP = 0x68;
export const IO_MAP_BYTES = 0x100;
