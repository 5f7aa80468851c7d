/** Names of architectural bits: EFLAGS, CR0, CR4, EFER (SDM vol. 3, 2.3 to 2.5), segment indices, vectors. */

export const CF: u32 = 1;
export const PF: u32 = 4;
export const AF: u32 = 0x10;
export const ZF: u32 = 0x40;
export const SF: u32 = 0x80;
export const TF: u32 = 0x100;
export const IF: u32 = 0x200;
export const DF: u32 = 0x400;
export const OF: u32 = 0x800;
export const IOPL: u32 = 0x3000;
export const NT: u32 = 0x4000;
export const RF: u32 = 0x10000;
export const VM: u32 = 0x20000;
export const AC: u32 = 0x40000;
export const VIF: u32 = 0x80000;
export const VIP: u32 = 0x100000;
export const ID: u32 = 0x200000;
export const ARITHMETIC: u32 = 0x8d5;

export const CR0_PE: u64 = 1;
export const CR0_MP: u64 = 2;
export const CR0_EM: u64 = 4;
export const CR0_TS: u64 = 8;
export const CR0_ET: u64 = 0x10;
export const CR0_NE: u64 = 0x20;
export const CR0_WP: u64 = 0x10000;
export const CR0_AM: u64 = 0x40000;
export const CR0_NW: u64 = 0x20000000;
export const CR0_CD: u64 = 0x40000000;
export const CR0_PG: u64 = 0x80000000;

export const CR4_VME: u64 = 1;
export const CR4_PVI: u64 = 2;
export const CR4_TSD: u64 = 4;
export const CR4_DE: u64 = 8;
export const CR4_PSE: u64 = 0x10;
export const CR4_PAE: u64 = 0x20;
export const CR4_MCE: u64 = 0x40;
export const CR4_PGE: u64 = 0x80;
export const CR4_PCE: u64 = 0x100;
export const CR4_OSFXSR: u64 = 0x200;
export const CR4_OSXMMEXCPT: u64 = 0x400;
export const CR4_UMIP: u64 = 0x800;
export const CR4_FSGSBASE: u64 = 0x10000;
export const CR4_PCIDE: u64 = 0x20000;
export const CR4_OSXSAVE: u64 = 0x40000;
export const CR4_SMEP: u64 = 0x100000;
export const CR4_SMAP: u64 = 0x200000;

export const EFER_SCE: u64 = 1;
export const EFER_LME: u64 = 0x100;
export const EFER_LMA: u64 = 0x400;
export const EFER_NXE: u64 = 0x800;

export const ES: u32 = 0;
export const CS: u32 = 1;
export const SS: u32 = 2;
export const DS: u32 = 3;
export const FS: u32 = 4;
export const GS: u32 = 5;
export const LDTR: u32 = 6;
export const TR: u32 = 7;

export const DE_VECTOR: u32 = 0;
export const DB_VECTOR: u32 = 1;
export const NMI_VECTOR: u32 = 2;
export const BP_VECTOR: u32 = 3;
export const OF_VECTOR: u32 = 4;
export const BR_VECTOR: u32 = 5;
export const UD_VECTOR: u32 = 6;
export const NM_VECTOR: u32 = 7;
export const DF_VECTOR: u32 = 8;
export const TS_VECTOR: u32 = 10;
export const NP_VECTOR: u32 = 11;
export const SS_VECTOR: u32 = 12;
export const GP_VECTOR: u32 = 13;
export const PF_VECTOR: u32 = 14;
export const MF_VECTOR: u32 = 16;
export const AC_VECTOR: u32 = 17;
export const XM_VECTOR: u32 = 19;

/** Byte offsets of registers in REGS. */
export const RAX: usize = 0;
export const RCX: usize = 8;
export const RDX: usize = 16;
export const RBX: usize = 24;
export const RSP: usize = 32;
export const RBP: usize = 40;
export const RSI: usize = 48;
export const RDI: usize = 56;
export const R11: usize = 88;
