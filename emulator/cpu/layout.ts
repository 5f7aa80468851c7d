/**
 * Where everything of a processor lies in its WebAssembly.Memory. Read by the core (AssemblyScript), by the
 * wrapper and by code generators, so that nothing of a CPU is global and a translator can share the state.
 *
 * - Plain numeric constants only: both languages read this very file.
 * - Guest RAM begins at RAM_BASE; ROM and video backing follow it.
 */

/** Static data of the compiled core lies between here and STATE. */
export const STATIC_DATA = 0x1000;

// ---- Processor state ------------------------------------------------------------------------------------
export const STATE = 0x40000;
/** Sixteen 64-bit registers; then ZERO_REGISTER (always 0) and PAGE_BASE. Operands name them by byte offset. */
export const REGS = 0x40000;
export const ZERO_REGISTER = 128;
/** Linear address of the page whose code is being executed: the base of RIP-relative operands. */
export const PAGE_BASE_REGISTER = 136;
export const PAGE_BASE = 0x40088;
/** Instruction pointer (offset in CS); valid while CURRENT_UOP is 0. */
export const RIP = 0x400a0;
/** Lazy flags, see core/flags.ts. */
export const FLAG_RESULT = 0x400a8;
export const FLAG_AUX = 0x400b0;
/** The flags that are not arithmetic: TF IF DF IOPL NT RF VM AC VIF VIP ID. */
export const FLAG_SYSTEM = 0x400b4;
export const CURRENT_UOP = 0x400b8;
/** Instructions left until the run loop must look up. */
export const COUNTDOWN = 0x400bc;
/** What COUNTDOWN held when an event cut it short. */
export const COUNTDOWN_SAVED = 0x400c0;
/** Event bits, see core/events.ts. */
export const PENDING = 0x400c4;
/** Stamp of every cached link between blocks; raising it cuts them all. */
export const GENERATION = 0x400c8;
export const CODE_KEY = 0x400cc;
export const TLB_ACTIVE = 0x400d0;
/** Mode bits that decoding depends on, see core/mode.ts. */
export const MODE = 0x400d4;
export const CPL = 0x400d8;
export const ITLB_ACTIVE = 0x400dc;
export const EXIT_REASON = 0x400e0;
/** Vector being delivered, for double faults; 0xffffffff when none. */
export const DELIVERING = 0x400e4;
export const FAULT_VECTOR = 0x400e8;
export const FAULT_ERROR = 0x400ec;
export const A20_MASK = 0x400f0;
export const NMI_BLOCKED = 0x400f4;
export const INSTRUCTIONS = 0x400f8;
/** Instructions given to the current slice. */
export const SLICE = 0x40370;
/** Instructions between two samples of where the interpreter is, for the translator; 0 takes none. */
export const SAMPLE_PERIOD = 0x40374;
/** Raised whenever the whole store of decoded code is emptied. */
export const CODE_EPOCH = 0x40378;
/** Result of a page walk besides the host address: physical address and PAGE_* kind. */
export const WALK_PHYSICAL = 0x40360;
export const WALK_KIND = 0x40368;

/** Eight segments of 32 bytes: ES CS SS DS FS GS LDTR TR. */
export const SEGMENTS = 0x40100;
export const SEGMENT_SIZE = 32;
export const SEG_SELECTOR = 0;
/** Bytes 5 and 6 of the descriptor: type, S, DPL, P, then (from bit 12) AVL, L, D/B, G. */
export const SEG_ATTRIBUTES = 4;
export const SEG_BASE = 8;
export const SEG_LIMIT = 16;

export const GDTR_BASE = 0x40200;
export const GDTR_LIMIT = 0x40208;
export const IDTR_BASE = 0x40210;
export const IDTR_LIMIT = 0x40218;
export const CR0 = 0x40240;
export const CR2 = 0x40248;
export const CR3 = 0x40250;
export const CR4 = 0x40258;
export const EFER = 0x40268;
export const DR0 = 0x40280;
export const DR6 = 0x402b0;
export const DR7 = 0x402b8;
export const MSR_STAR = 0x402c0;
export const MSR_LSTAR = 0x402c8;
export const MSR_CSTAR = 0x402d0;
export const MSR_FMASK = 0x402d8;
export const MSR_KERNEL_GS_BASE = 0x402e0;
export const MSR_SYSENTER_CS = 0x402e8;
export const MSR_SYSENTER_ESP = 0x402f0;
export const MSR_SYSENTER_EIP = 0x402f8;
export const MSR_PAT = 0x40300;
export const MSR_TSC_OFFSET = 0x40308;
export const MSR_TSC_AUX = 0x40310;
export const MSR_APIC_BASE = 0x40318;
export const MSR_MISC_ENABLE = 0x40320;
export const MSR_SPEC_CTRL = 0x40328;
export const MSR_MTRR = 0x40340;

/** x87 and SSE state: control words, then eight 80-bit registers of 16 bytes, then sixteen XMM registers. */
export const FPU_CONTROL = 0x40400;
export const FPU_STATUS = 0x40402;
/** One bit a physical register, 1 valid, as in FXSAVE's abridged tag. */
export const FPU_TAGS = 0x40404;
export const FPU_OPCODE = 0x40406;
export const FPU_IP = 0x40408;
export const FPU_DP = 0x40410;
export const FPU_CS = 0x40418;
export const FPU_DS = 0x4041a;
export const MXCSR = 0x4041c;
/** Physical registers R0 to R7 (not relative to TOP), 10 bytes used of 16. */
export const FPU_REGS = 0x40440;
export const XMM = 0x40500;

/** What DR7 enables (DEBUG_* of core/debug.ts), and the DR6 bits that the current instruction has earned. */
export const DEBUG_ENABLED = 0x40a00;
export const DEBUG_HITS = 0x40a04;
export const XCR0 = 0x40a08;
/** Eleven fixed-range MTRRs, then eight pairs of base and mask. */
export const MSR_MTRR_FIXED = 0x40a10;
export const MSR_MTRR_VARIABLE = 0x40a80;
export const MSR_MCG_STATUS = 0x40b00;

/** Fetch window of the decoder for instructions that cross a page, and its scratch. */
export const FETCH_BUFFER = 0x40800;
export const DECODER = 0x40840;
/** Micro-ops of one instruction that must not be cached. */
export const SCRATCH_UOPS = 0x40900;

// ---- Decode tables, filled at instantiation from the instruction table ---------------------------------
export const DECODE_TREE = 0x41000;
export const DECODE_ROWS = 0x49000;

// ---- Translation caches ----------------------------------------------------------------------------------
/**
 * Three data TLBs (user, supervisor, supervisor barred from user pages) of 4096 entries of 32 bytes. The index
 * folds higher bits of the page number in: buffers a power of two apart must not share an entry (core/tlb.ts).
 * A fourth one stays empty: user code under alignment checks, whose every access goes the slow way.
 */
export const TLB = 0xe00000;
export const TLB_SIZE = 0x20000;
export const TLB_ENTRIES = 4096;
export const TLB_ALIGNED = 0xe60000;
/** Entries filled since the last full flush: how many, then their addresses. More than the maximum: not listed. */
export const TLB_FILLED = 0xe80000;
export const TLB_FILLED_LIST = 0xe80010;
export const TLB_FILLED_MAX = 4000;
export const TLB_TAG_READ = 0;
export const TLB_TAG_WRITE = 8;
export const TLB_HOST = 16;
export const TLB_FLAGS = 20;
/** Two instruction TLBs (user, supervisor) of 256 entries of 16 bytes: tag, host page. */
export const ITLB = 0x60000;
export const ITLB_SIZE = 0x1000;
export const ITLB_ENTRIES = 256;
/** Jump cache: 4096 entries of 32 bytes: linear address, generation, code key, micro-op, whether PAGE_TARGETS has it. */
export const JUMP_CACHE = 0x80000;
export const JUMP_CACHE_ENTRIES = 4096;
/** Hash of code pages by host page: 4096 list heads. */
export const CODE_BUCKETS = 0xa0000;
/** Interned code keys: mode bits, base and limit of CS, 16 bytes each. */
export const CODE_KEYS = 0xa8000;
export const CODE_KEYS_MAX = 512;
export const CODE_KEYS_COUNT = 0xaa000;
export const CODE_FREE_PAGES = 0xaa004;
export const CODE_UOPS_NEXT = 0xaa008;
export const CODE_PAGES_NEXT = 0xaa00c;
/** The serial number given to a code page last. */
export const CODE_SERIAL = 0xaa010;
/** Opcodes already named in the log: a byte for each of 7 maps of 256. */
export const LOGGED_OPCODES = 0xab000;
/** For each case of the run loop 16 words: its fusion with a Jcc of that condition, 0 for none. */
export const FUSED = 0xac000;
/** Samples since the host took them: how many, then code page and offset of each, a word each. */
export const SAMPLES = 0xd0000;
export const SAMPLES_MAX = 4000;
/** State of the pseudo-random lengths between samples. */
export const SAMPLE_SEED = 0xd0004;
/** What is left of the slice when the next sample is due; negative: in a later slice. Between slices: how far away. */
export const SAMPLE_DUE = 0xd7ff8;
/** While translated code is being checked: how many entries, then address and old 8 bytes of what it wrote. */
export const WRITE_LOG = 0xd8000;
export const WRITE_LOG_MAX = 8000;

// ---- A code page, see core/code-pages.ts -----------------------------------------------------------------
export const PAGE_NEXT = 0;
export const PAGE_HOST = 4;
export const PAGE_LINEAR = 8;
export const PAGE_KEY = 16;
/** Its own for each code page that was ever made; 0 when the page was dropped. */
export const PAGE_SERIAL = 20;
/** A word for each byte offset: the block decoded there, 0 for none. */
export const PAGE_MAP = 32;
/** A bit for each byte offset: a jump or call to a computed address led there. */
export const PAGE_TARGETS = 16416;
export const CODE_PAGE_SIZE = 16928;

// ---- Physical memory -------------------------------------------------------------------------------------
/** One word a physical page below 4 GiB: byte offset of its backing, the kind in the low bits. */
export const PHYSICAL_MAP = 0x100000;
export const PAGE_MMIO = 0;
export const PAGE_RAM = 1;
export const PAGE_ROM = 2;
export const PAGE_VIDEO = 3;
/** One 64-bit word a page of this memory: a bit for each 64 bytes that decoded code came from. */
export const CODE_BITS = 0x500000;
/** One byte a page of this memory: 1 when a video page was written. */
export const DIRTY = 0xd00000;

// ---- Micro-op cache --------------------------------------------------------------------------------------
export const CODE_CACHE = 0x1000000;
export const CODE_CACHE_END = 0x5000000;

export const RAM_BASE = 0x5000000;
/** Room for ROMs and video memory behind guest RAM. */
export const BACKING_RESERVE = 0x4000000;

// ---- A micro-op ------------------------------------------------------------------------------------------
export const UOP_SIZE = 40;
/** Index of its handler in the function table; the first ones are the cases of the run loop. */
export const UOP_OP = 0;
/** Byte offset in REGS of the register that ModRM.reg names (or another index the family defines). */
export const UOP_REG = 2;
/** The same for ModRM.rm when it is a register. */
export const UOP_RM = 3;
export const UOP_BASE = 4;
export const UOP_INDEX = 5;
/** Shift of the index in bits 0-1; how the address is finished in bits 6-7 (see core/address.ts). */
export const UOP_SCALE = 6;
/** Segment in bits 0-2; bit 7: the rm operand is in memory; bit 6: memory is written. */
export const UOP_SEGMENT = 7;
export const UOP_DISPLACEMENT = 8;
export const UOP_IMMEDIATE = 12;
/** Offset in its page of the instruction's first byte. */
export const UOP_OFFSET = 16;
export const UOP_LENGTH = 18;
/** Instructions of the block completed once this one is. */
export const UOP_COUNT = 19;
/** Operand size: 0, 1, 2 for 16, 32, 64 bits. */
export const UOP_OPERAND_SIZE = 20;
/** Address size likewise. */
export const UOP_ADDRESS_SIZE = 21;
/** Bytes of the memory operand, for segment limits. */
export const UOP_MEMORY_SIZE = 22;
/** Prefixes: bit 0 LOCK, 1 REP/REPE (F3), 2 REPNE (F2), 3 operand size (66); ModRM.mod in bits 6-7. */
export const UOP_PREFIXES = 23;
/** Micro-op that a jump leads to, valid while UOP_LINK_STAMP equals GENERATION. */
export const UOP_LINK = 24;
export const UOP_LINK_STAMP = 32;
/** Place of the register that VEX.vvvv names, as in UOP_REG. */
export const UOP_VVVV = 36;
/** A jump's target relative to PAGE_BASE; other families may use it. */
export const UOP_TARGET = 28;
