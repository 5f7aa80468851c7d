/**
 * What a row of the instruction table tells the decoder; codegen/decode-tree.ts writes rows with these numbers.
 * Plain numeric constants: both languages read this file.
 */
/** A row: six handlers (size 16, 32, 64 x register, memory), then these bytes. */
export const ROW_SIZE = 32;
export const ROW_FLAGS = 16;
export const ROW_IMMEDIATE = 20;
export const ROW_REG_SOURCE = 21;
export const ROW_RM_SOURCE = 22;
export const ROW_MEMORY_SIZE = 23;
export const ROW_VVVV_SOURCE = 24;

export const ROW_MODRM = 1;
/** LOCK is allowed when the rm operand is memory. */
export const ROW_LOCK = 2;
/** The memory operand is written. */
export const ROW_WRITES = 4;
/** In 64-bit mode the operand size is 64 unless 66 makes it 16. */
export const ROW_DEFAULT_64 = 8;
/** In 64-bit mode the operand size is 64 whatever the prefixes. */
export const ROW_FORCE_64 = 16;
export const ROW_ENDS_BLOCK = 32;
export const ROW_NOT_IN_64 = 64;
export const ROW_ONLY_IN_64 = 128;
/** #UD in real and virtual-8086 mode. */
export const ROW_PROTECTED = 256;
export const ROW_MEMORY_ONLY = 512;
export const ROW_REGISTER_ONLY = 1024;
/** ModRM.mod is ignored: the rm operand is always a register (MOV to and from CRn and DRn). */
export const ROW_MOD_IGNORED = 2048;
/** Implicit stack access: faults and limits go by SS. */
export const ROW_STACK = 4096;
/** The memory operand is an address only: no segment base, no check. */
export const ROW_ADDRESS_ONLY = 8192;

export const IMM_NONE = 0;
export const IMM_SIGNED_8 = 1;
export const IMM_UNSIGNED_8 = 2;
export const IMM_16 = 3;
/** 16 or 32 bits by operand size, sign-extended. */
export const IMM_Z = 4;
/** 16, 32 or 64 bits by operand size; 64 bits lie at UOP_DISPLACEMENT. */
export const IMM_V = 5;
export const IMM_JUMP_8 = 6;
export const IMM_JUMP_Z = 7;
/** An offset of the address size, 64 bits at UOP_DISPLACEMENT. */
export const IMM_OFFSET = 8;
/** A far pointer: offset at UOP_IMMEDIATE, selector at UOP_TARGET. */
export const IMM_FAR = 9;
/** ENTER: 16 bits at UOP_IMMEDIATE, 8 bits at UOP_TARGET. */
export const IMM_ENTER = 10;
export const IMM_ONE = 11;

export const SOURCE_NONE = 0;
/** A general register by its byte offset in REGS. */
export const SOURCE_GENERAL = 1;
/** A byte register (AH to BH without REX). */
export const SOURCE_BYTE = 2;
/** The number in ModRM as it is, without REX: segment registers, MMX. */
export const SOURCE_NUMBER = 3;
/** The number with REX: control and debug registers. */
export const SOURCE_NUMBER_REX = 4;
/** An XMM register by its byte offset in XMM. */
export const SOURCE_XMM = 5;
/** For rm: the register in the opcode's low bits, and the accumulator. */
export const SOURCE_OPCODE = 6;
export const SOURCE_OPCODE_BYTE = 7;
export const SOURCE_ACCUMULATOR = 8;

/** Memory sizes that depend on the operand size: multiples of it, and a far pointer. */
export const MEMORY_V = 128;
export const MEMORY_FAR = 129;
/** Pseudo-descriptor of LGDT and its like: 6 bytes, 10 in 64-bit mode. */
export const MEMORY_TABLE = 130;
/** BOUND: twice the operand size. */
export const MEMORY_PAIR = 131;
/** 4 bytes, 8 with REX.W. */
export const MEMORY_Y = 132;

/** Nodes of the decode tree: kind in the top byte, index of the children (or the row) below. */
export const NODE_PREFIX = 1;
export const NODE_MODE = 2;
export const NODE_MODRM = 3;
export const NODE_RM = 4;
/** By VEX.L. */
export const NODE_LENGTH = 5;

/** Opcode maps: no escape, 0F, 0F 38, 0F 3A; then the last three under VEX, whose field mmmmm counts from 1. */
export const OPCODE_MAPS = 7;
export const VEX_MAPS = 3;
