/**
 * Decodes one instruction to a micro-op, guided by the tables that codegen/ makes of the instruction table.
 *
 * - The variables below are scratch of one call, not state of the processor.
 * - An instruction that is not valid becomes a micro-op that raises the exception when it is reached.
 * - SDM vol. 2, chapter 2 (formats, prefixes, ModRM, SIB, REX, VEX).
 */
import {
  DECODE_ROWS,
  DECODE_TREE,
  FETCH_BUFFER,
  MODE,
  PAGE_BASE_REGISTER,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_BASE,
  SEG_LIMIT,
  UOP_ADDRESS_SIZE,
  UOP_BASE,
  UOP_DISPLACEMENT,
  UOP_IMMEDIATE,
  UOP_INDEX,
  UOP_MEMORY_SIZE,
  UOP_OP,
  UOP_OPERAND_SIZE,
  UOP_PREFIXES,
  UOP_REG,
  UOP_RM,
  UOP_SCALE,
  UOP_SEGMENT,
  UOP_TARGET,
  UOP_VVVV,
  ZERO_REGISTER,
} from '../layout';
import { CS, DS, FS, GS, SS } from './bits';
import {
  IMM_ENTER,
  IMM_FAR,
  IMM_16,
  IMM_JUMP_8,
  IMM_JUMP_Z,
  IMM_NONE,
  IMM_OFFSET,
  IMM_ONE,
  IMM_SIGNED_8,
  IMM_UNSIGNED_8,
  IMM_V,
  IMM_Z,
  MEMORY_FAR,
  MEMORY_PAIR,
  MEMORY_TABLE,
  MEMORY_V,
  MEMORY_Y,
  NODE_LENGTH,
  NODE_MODE,
  NODE_MODRM,
  NODE_PREFIX,
  ROW_ADDRESS_ONLY,
  ROW_DEFAULT_64,
  ROW_ENDS_BLOCK,
  ROW_FLAGS,
  ROW_FORCE_64,
  ROW_IMMEDIATE,
  ROW_LOCK,
  ROW_MEMORY_ONLY,
  ROW_MEMORY_SIZE,
  ROW_MOD_IGNORED,
  ROW_MODRM,
  ROW_NOT_IN_64,
  ROW_ONLY_IN_64,
  ROW_PROTECTED,
  ROW_REG_SOURCE,
  ROW_REGISTER_ONLY,
  ROW_RM_SOURCE,
  ROW_SIZE,
  ROW_VVVV_SOURCE,
  ROW_WRITES,
  SOURCE_BYTE,
  SOURCE_GENERAL,
  SOURCE_NONE,
  SOURCE_NUMBER,
  SOURCE_NUMBER_REX,
  SOURCE_OPCODE,
  SOURCE_OPCODE_BYTE,
  SOURCE_XMM,
  VEX_MAPS,
} from './decode-flags';
import { finishKind, implicitSegment, KIND_32, KIND_FAR_RIP } from './decode-segments';
import { fetchFromBus } from './fetch-window';
import { FETCH_FAULT_HANDLER, JUMP_LIMIT_HANDLER, UNDEFINED_HANDLER } from './generated';
import { MODE_32, MODE_LONG, MODE_REAL, MODE_V86 } from './mode-bits';
import { translateCode } from './paging';

export const PREFIX_LOCK: u32 = 1;
export const PREFIX_REP: u32 = 2;
export const PREFIX_REPNE: u32 = 4;
export const PREFIX_OPERAND: u32 = 8;

const VEX_PRESENT: u32 = 0x100;

let code: usize = 0;
let codeEnd: usize = 0;
let overrun: bool = false;
let crossing: bool = false;
let tailOnBus: bool = false;
let ends: bool = false;
/** As a REX prefix; a VEX prefix in 64-bit mode has the same bits. */
let rex: u32 = 0;
/** Of a VEX prefix VEX_PRESENT and its last byte: W, vvvv inverted, L, pp. Else 0. */
let vex: u32 = 0;
let ripRelative: bool = false;
/** The instruction is a near jump whose target lies beyond the limit of CS. */
let beyondLimit: bool = false;

export function crossesPage(): bool {
  return crossing;
}

/** Its second page is MMIO: what was read there may be something else the next time. */
export function crossesToBus(): bool {
  return tailOnBus;
}

export function decodedEnds(): bool {
  return ends;
}

function fetch8(): u32 {
  if (code >= codeEnd) {
    overrun = true;
    return 0;
  }
  return load<u8>(code++);
}

function fetch16(): u32 {
  if (code + 2 > codeEnd) {
    const low = fetch8();
    return low | (fetch8() << 8);
  }
  code += 2;
  return load<u16>(code - 2);
}

function fetch32(): u32 {
  if (code + 4 > codeEnd) {
    const low = fetch16();
    return low | (fetch16() << 16);
  }
  code += 4;
  return load<u32>(code - 4);
}

function fetch64(): u64 {
  const low = <u64>fetch32();
  return low | ((<u64>fetch32()) << 32);
}

/** Byte offset of a byte register: AH, CH, DH, BH for 4 to 7 when there is no REX prefix. */
function byteRegister(number: u32): u32 {
  return rex == 0 && number >= 4 ? ((number - 4) << 3) + 1 : number << 3;
}

function memoryOperand16(p: usize, mode: u32, modrm: u32, prefixSegment: i32): void {
  const rm = modrm & 7;
  let base: u32 = ZERO_REGISTER;
  let index: u32 = ZERO_REGISTER;
  let segment = DS;
  // SDM vol. 2, table 2-1: BX+SI BX+DI BP+SI BP+DI SI DI BP BX.
  switch (rm) {
    case 0:
    case 1:
    case 7:
      base = 24;
      break;
    case 2:
    case 3:
    case 6:
      base = 40;
      segment = SS;
      break;
    default:
  }
  switch (rm) {
    case 0:
    case 2:
    case 4:
      index = 48;
      break;
    case 1:
    case 3:
    case 5:
      index = 56;
      break;
    default:
  }
  let displacement: i32 = 0;
  if (modrm < 0x40) {
    if (rm == 6) {
      base = ZERO_REGISTER;
      segment = DS;
      displacement = <i32>fetch16();
    }
  } else if (modrm < 0x80) displacement = <i32>(<i8>fetch8());
  else displacement = <i32>(<i16>fetch16());
  if (prefixSegment >= 0) segment = prefixSegment;
  store<u8>(p, <u8>base, UOP_BASE);
  store<u8>(p, <u8>index, UOP_INDEX);
  store<i32>(p, displacement, UOP_DISPLACEMENT);
  finishKind(p, mode, 0, segment, 0);
}

function memoryOperand(p: usize, mode: u32, modrm: u32, prefixSegment: i32, addressSize: u32): void {
  let base = modrm & 7;
  let index: u32 = ZERO_REGISTER;
  let scale: u32 = 0;
  let segment = DS;
  let hasBase = true;
  const mod = modrm >>> 6;
  if (base == 4) {
    const sib = fetch8();
    scale = sib >>> 6;
    const number = ((sib >>> 3) & 7) | ((rex & 2) << 2);
    if (number != 4) index = number << 3;
    else scale = 0;
    base = sib & 7;
    if (base == 5 && mod == 0) hasBase = false;
  } else if (base == 5 && mod == 0) {
    hasBase = false;
    if (mode & MODE_LONG) ripRelative = true;
  }
  let displacement: i32 = 0;
  if (mod == 1) displacement = <i32>(<i8>fetch8());
  else if (mod == 2 || !hasBase) displacement = <i32>fetch32();
  if (hasBase) {
    base |= (rex & 1) << 3;
    if (base == 4 || base == 5) segment = SS;
    store<u8>(p, <u8>(base << 3), UOP_BASE);
  } else store<u8>(p, <u8>(ripRelative ? PAGE_BASE_REGISTER : ZERO_REGISTER), UOP_BASE);
  if (prefixSegment >= 0) segment = prefixSegment;
  store<u8>(p, <u8>index, UOP_INDEX);
  store<i32>(p, displacement, UOP_DISPLACEMENT);
  finishKind(p, mode, scale, segment, addressSize);
}

function memorySize(kind: u32, operandSize: u32, mode: u32): u32 {
  if (kind < 128) return kind;
  switch (kind) {
    case MEMORY_V:
      return 2 << operandSize;
    case MEMORY_FAR:
      return (2 << operandSize) + 2;
    case MEMORY_TABLE:
      return mode & MODE_LONG ? 10 : 6;
    case MEMORY_PAIR:
      return 4 << operandSize;
    case MEMORY_Y:
      return rex & 8 ? 8 : 4;
    default:
      return 0;
  }
}

function register(source: u32, low: u32, rexBit: u32): u32 {
  switch (source) {
    case SOURCE_GENERAL:
      return (low | (rexBit << 3)) << 3;
    case SOURCE_BYTE:
      return byteRegister(low | (rexBit << 3));
    case SOURCE_NUMBER:
      return low;
    case SOURCE_NUMBER_REX:
      return low | (rexBit << 3);
    case SOURCE_XMM:
      return (low | (rexBit << 3)) << 4;
    default:
      return 0;
  }
}

function immediate(p: usize, kind: u32, operandSize: u32, addressSize: u32): void {
  switch (kind) {
    case IMM_SIGNED_8:
    case IMM_JUMP_8:
      store<i32>(p, <i32>(<i8>fetch8()), UOP_IMMEDIATE);
      break;
    case IMM_UNSIGNED_8:
      store<u32>(p, fetch8(), UOP_IMMEDIATE);
      break;
    case IMM_16:
      store<u32>(p, fetch16(), UOP_IMMEDIATE);
      break;
    case IMM_Z:
    case IMM_JUMP_Z:
      store<i32>(p, operandSize ? <i32>fetch32() : <i32>(<i16>fetch16()), UOP_IMMEDIATE);
      break;
    case IMM_V:
      if (operandSize == 2) store<u64>(p, fetch64(), UOP_DISPLACEMENT);
      else store<u32>(p, operandSize ? fetch32() : fetch16(), UOP_IMMEDIATE);
      break;
    case IMM_OFFSET: {
      const offset = addressSize == 2 ? fetch64() : addressSize ? <u64>fetch32() : <u64>fetch16();
      store<u64>(p, offset, UOP_DISPLACEMENT);
      break;
    }
    case IMM_FAR:
      store<u32>(p, operandSize ? fetch32() : fetch16(), UOP_IMMEDIATE);
      store<u32>(p, fetch16(), UOP_TARGET);
      break;
    case IMM_ENTER:
      store<u32>(p, fetch16(), UOP_IMMEDIATE);
      store<u32>(p, fetch8(), UOP_TARGET);
      break;
    case IMM_ONE:
      store<u32>(p, 1, UOP_IMMEDIATE);
      break;
    default:
  }
}

/** A near jump's target, relative to the page: by operand size the offset in CS is cut to 16 or 32 bits. */
function jumpTarget(p: usize, mode: u32, linear: u64, length: u32, offset: u32, operandSize: u32): void {
  const relative = load<i32>(p, UOP_IMMEDIATE);
  if (mode & MODE_LONG) {
    store<i32>(p, <i32>(offset + length) + relative, UOP_TARGET);
    return;
  }
  const base = load<u32>(SEGMENTS + CS * SEGMENT_SIZE, SEG_BASE);
  let target = <u32>linear - base + length + relative;
  if (operandSize == 0) target &= 0xffff;
  beyondLimit = target > load<u32>(SEGMENTS + CS * SEGMENT_SIZE, SEG_LIMIT);
  store<u32>(p, target + base - ((<u32>linear) & ~4095), UOP_TARGET);
}

/**
 * Takes the rest of a VEX prefix that began with `opcode` and `second` (SDM vol. 2, 2.3.5). Outside of 64-bit mode there
 * are eight registers, and W is ignored. Returns its map of opcodes, 0 for a reserved one.
 */
function vexPrefix(opcode: u32, second: u32, long: bool): u32 {
  let extension = (~second >>> 5) & 7;
  let map: u32 = 1;
  if (opcode == 0xc4) {
    map = second & 31;
    vex = VEX_PRESENT | fetch8();
    extension |= (vex >>> 4) & 8;
  } else {
    // It has R only, and what else the last byte has but W.
    vex = VEX_PRESENT | (second & 0x7f);
    extension &= 4;
  }
  rex = long ? 0x40 | extension : 0;
  return map >= 1 && map <= <u32>VEX_MAPS ? map + VEX_MAPS : 0;
}

function invalid(p: usize, handler: u32): void {
  store<u16>(p, <u16>handler, UOP_OP);
  ends = true;
}

/** A known opcode in a form that is not valid. */
function invalidForm(p: usize): void {
  store<u32>(p, 0xffff, UOP_TARGET);
  invalid(p, UNDEFINED_HANDLER);
}

function decodeOne(p: usize, linear: u64, host: usize, offset: u32): void {
  store<u64>(p, 0);
  store<u64>(p, 0, 8);
  store<u64>(p, 0, 16);
  store<u64>(p, 0, 24);
  store<u64>(p, 0, 32);
  rex = 0;
  vex = 0;
  ripRelative = false;
  beyondLimit = false;
  overrun = false;
  ends = false;
  code = host;
  const mode = load<u32>(MODE);
  const long = (mode & MODE_LONG) != 0;
  let prefixes: u32 = 0;
  let prefixSegment: i32 = -1;
  let addressPrefix = false;
  let opcode = fetch8();
  // An if chain: asc 0.28 takes the code behind a loop around a switch of `continue`s for unreachable.
  while (code - host <= 15) {
    if (opcode == 0x66) prefixes |= PREFIX_OPERAND;
    else if (opcode == 0x67) addressPrefix = true;
    else if (opcode == 0xf0) prefixes |= PREFIX_LOCK;
    else if (opcode == 0xf2) prefixes = (prefixes & ~PREFIX_REP) | PREFIX_REPNE;
    else if (opcode == 0xf3) prefixes = (prefixes & ~PREFIX_REPNE) | PREFIX_REP;
    else if (opcode == 0x64) prefixSegment = FS;
    else if (opcode == 0x65) prefixSegment = GS;
    else if ((opcode & 0xe7) == 0x26) {
      // ES CS SS DS: ignored in 64-bit mode.
      if (!long) prefixSegment = (opcode >>> 3) & 3;
    } else if (long && (opcode & 0xf0) == 0x40) {
      rex = opcode;
      opcode = fetch8();
      continue;
    } else break;
    // A REX prefix counts only directly before the opcode.
    rex = 0;
    opcode = fetch8();
  }
  let map: u32 = 0;
  let modrm: u32 = 0;
  let haveModrm = false;
  if (opcode == 0x0f) {
    map = 1;
    opcode = fetch8();
    if (opcode == 0x38) {
      map = 2;
      opcode = fetch8();
    } else if (opcode == 0x3a) {
      map = 3;
      opcode = fetch8();
    }
  } else if ((opcode & 0xfe) == 0xc4) {
    // LES and LDS where these exist and take memory; what would be their register form is a VEX prefix.
    modrm = fetch8();
    haveModrm = true;
    if (long || (modrm >= 0xc0 && (mode & (MODE_REAL | MODE_V86)) == 0)) {
      const barred = (prefixes | rex) != 0;
      haveModrm = false;
      map = vexPrefix(opcode, modrm, long);
      opcode = fetch8();
      if (barred || map == 0) {
        invalidForm(p);
        return;
      }
    }
  }
  // For the log of unimplemented opcodes.
  store<u32>(p, (map << 8) | opcode, UOP_TARGET);
  store<u8>(p, <u8>prefixes, UOP_PREFIXES);
  let node = load<u32>(DECODE_TREE + (((map << 8) | opcode) << 2));
  while (node >>> 24) {
    let select: u32;
    switch (node >>> 24) {
      case NODE_PREFIX:
        if (vex) select = vex & 3;
        else
          select =
            prefixes & PREFIX_REPNE ? 3 : prefixes & PREFIX_REP ? 2 : prefixes & PREFIX_OPERAND ? 1 : 0;
        break;
      case NODE_MODE:
        select = long ? 1 : 0;
        break;
      case NODE_LENGTH:
        select = (vex >>> 2) & 1;
        break;
      default:
        if (!haveModrm) {
          modrm = fetch8();
          haveModrm = true;
        }
        if (node >>> 24 == NODE_MODRM) select = ((modrm >>> 3) & 7) | (modrm >= 0xc0 ? 8 : 0);
        else select = modrm & 7;
    }
    node = load<u32>(DECODE_TREE + (((node & 0xffffff) + select) << 2));
  }
  if (node == 0) {
    invalid(p, UNDEFINED_HANDLER);
    return;
  }
  const row = <usize>(DECODE_ROWS + node * ROW_SIZE);
  const flags = load<u32>(row, ROW_FLAGS);

  let addressSize: u32;
  let operandSize: u32;
  const toggle = (prefixes & PREFIX_OPERAND) != 0;
  if (long) {
    addressSize = addressPrefix ? 1 : 2;
    if (rex & 8 || flags & ROW_FORCE_64) operandSize = 2;
    else operandSize = toggle ? 0 : flags & ROW_DEFAULT_64 ? 2 : 1;
  } else {
    const wide = (mode & MODE_32) != 0;
    addressSize = wide != addressPrefix ? 1 : 0;
    operandSize = wide != toggle ? 1 : 0;
  }
  store<u8>(p, <u8>operandSize, UOP_OPERAND_SIZE);
  store<u8>(p, <u8>addressSize, UOP_ADDRESS_SIZE);

  let inMemory = false;
  const regSource = <u32>load<u8>(row, ROW_REG_SOURCE);
  const rmSource = <u32>load<u8>(row, ROW_RM_SOURCE);
  if (flags & ROW_MODRM) {
    if (!haveModrm) modrm = fetch8();
    store<u8>(p, <u8>register(regSource, (modrm >>> 3) & 7, (rex >>> 2) & 1), UOP_REG);
    if (modrm >= 0xc0 || flags & ROW_MOD_IGNORED) {
      store<u8>(p, <u8>register(rmSource, modrm & 7, rex & 1), UOP_RM);
      store<u8>(p, <u8>implicitSegment(flags, prefixSegment), UOP_SEGMENT);
    } else {
      inMemory = true;
      if (addressSize) memoryOperand(p, mode, modrm, prefixSegment, addressSize);
      else memoryOperand16(p, mode, modrm, prefixSegment);
      if (flags & ROW_WRITES) store<u8>(p, load<u8>(p, UOP_SEGMENT) | 0x40, UOP_SEGMENT);
      if ((flags & ROW_ADDRESS_ONLY) == 0) {
        store<u8>(p, <u8>memorySize(load<u8>(row, ROW_MEMORY_SIZE), operandSize, mode), UOP_MEMORY_SIZE);
      }
    }
  } else {
    store<u8>(p, <u8>implicitSegment(flags, prefixSegment), UOP_SEGMENT);
    switch (rmSource) {
      case SOURCE_OPCODE:
        store<u8>(p, <u8>(((opcode & 7) | ((rex & 1) << 3)) << 3), UOP_RM);
        break;
      case SOURCE_OPCODE_BYTE:
        store<u8>(p, <u8>byteRegister((opcode & 7) | ((rex & 1) << 3)), UOP_RM);
        break;
      default:
    }
  }
  const immediateKind = <u32>load<u8>(row, ROW_IMMEDIATE);
  if (immediateKind != IMM_NONE) immediate(p, immediateKind, operandSize, addressSize);
  const length = <u32>(code - host);
  if (immediateKind == IMM_JUMP_8 || immediateKind == IMM_JUMP_Z) {
    jumpTarget(p, mode, linear, length, offset, operandSize);
  }
  if (ripRelative) {
    const displacement = load<i32>(p, UOP_DISPLACEMENT);
    const adjusted = displacement + <i32>(offset + length);
    store<i32>(p, adjusted, UOP_DISPLACEMENT);
    if (adjusted < displacement && load<u8>(p, UOP_SCALE) < KIND_32) {
      store<u8>(p, load<u8>(p, UOP_SCALE) | (<u8>KIND_FAR_RIP), UOP_SCALE);
    }
  }
  let vvvvBad = false;
  if (vex) {
    const vvvvSource = <u32>load<u8>(row, ROW_VVVV_SOURCE);
    const vvvv = (~vex >>> 3) & 15;
    // What names nothing is 1111b, whatever the mode; of a register outside of 64-bit mode the highest bit is ignored.
    if (vvvvSource == SOURCE_NONE) vvvvBad = vvvv != 0;
    else store<u8>(p, <u8>register(vvvvSource, vvvv & 7, long ? vvvv >>> 3 : 0), UOP_VVVV);
  }
  const modeBad =
    (long ? flags & ROW_NOT_IN_64 : flags & ROW_ONLY_IN_64) != 0 ||
    ((flags & ROW_PROTECTED) != 0 && (mode & (MODE_REAL | MODE_V86)) != 0);
  const formBad =
    (flags & ROW_MEMORY_ONLY && !inMemory) ||
    (flags & ROW_REGISTER_ONLY && inMemory) ||
    (prefixes & PREFIX_LOCK && !(flags & ROW_LOCK && inMemory));
  if (modeBad || formBad || vvvvBad) {
    invalidForm(p);
    return;
  }
  store<u16>(p, load<u16>(row + ((operandSize * 2 + (inMemory ? 1 : 0)) << 1)), UOP_OP);
  ends = (flags & ROW_ENDS_BLOCK) != 0;
  if (beyondLimit) {
    store<u32>(p, (map << 8) | opcode, UOP_IMMEDIATE);
    invalid(p, JUMP_LIMIT_HANDLER);
  }
}

/**
 * Decodes the instruction at `host`, the copy of linear address `linear` at `offset` of its page. Returns its
 * length, or 0 when it crosses the page and is not the first of its block. Fetching the next page may fault.
 */
export function decodeInstruction(p: usize, linear: u64, host: usize, offset: u32, first: bool): u32 {
  crossing = false;
  tailOnBus = false;
  const inPage = <usize>(4096 - offset);
  codeEnd = host + inPage;
  if (host == FETCH_BUFFER) codeEnd = host + 15;
  decodeOne(p, linear, host, offset);
  if (overrun) {
    if (!first) return 0;
    crossing = true;
    memory.copy(FETCH_BUFFER, host, inPage);
    const next = translateCode((linear & ~4095) + 4096);
    tailOnBus = next == 0;
    if (next) memory.copy(FETCH_BUFFER + inPage, next, 16 - inPage);
    else fetchFromBus(FETCH_BUFFER + inPage, <u32>(15 - inPage));
    codeEnd = FETCH_BUFFER + 16;
    decodeOne(p, linear, FETCH_BUFFER, offset);
    host = FETCH_BUFFER;
  }
  let length = <u32>(code - host);
  const limitPassed =
    (load<u32>(MODE) & MODE_LONG) == 0 &&
    <u64>(<u32>linear - load<u32>(SEGMENTS + CS * SEGMENT_SIZE, SEG_BASE)) + length - 1 >
      <u64>load<u32>(SEGMENTS + CS * SEGMENT_SIZE, SEG_LIMIT);
  if (length > 15 || limitPassed) {
    if (length > 15) length = 15;
    invalid(p, FETCH_FAULT_HANDLER);
  }
  return length;
}
