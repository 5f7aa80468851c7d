/** Reads a row's syntax: which operands there are, and what the decoder must fetch for them. */
import * as F from '../core/decode-flags.ts';
import type { Row } from '../table/row.ts';

export interface RowPlan {
  readonly flags: number;
  readonly immediate: number;
  readonly regSource: number;
  readonly rmSource: number;
  /** What VEX.vvvv names. */
  readonly vvvvSource: number;
  readonly memorySize: number;
  /** AssemblyScript type of the first sized operand for operand sizes 16, 32, 64. */
  readonly types: readonly [string, string, string];
}

const TYPES: Readonly<Record<string, readonly [string, string, string]>> = {
  b: ['u8', 'u8', 'u8'],
  w: ['u16', 'u16', 'u16'],
  d: ['u32', 'u32', 'u32'],
  q: ['u64', 'u64', 'u64'],
  v: ['u16', 'u32', 'u64'],
  z: ['u16', 'u32', 'u32'],
  y: ['u32', 'u32', 'u64'],
};

const MEMORY_SIZES: Readonly<Record<string, number>> = {
  n: 0,
  b: 1,
  w: 2,
  d: 4,
  q: 8,
  o: 16,
  t: 10,
  v: F.MEMORY_V,
  p: F.MEMORY_FAR,
  s: F.MEMORY_TABLE,
  a: F.MEMORY_PAIR,
  y: F.MEMORY_Y,
};

const ATTRIBUTES: Readonly<Record<string, number>> = {
  lock: F.ROW_LOCK,
  w: F.ROW_WRITES,
  d64: F.ROW_DEFAULT_64,
  f64: F.ROW_FORCE_64,
  end: F.ROW_ENDS_BLOCK,
  i64: F.ROW_NOT_IN_64,
  o64: F.ROW_ONLY_IN_64,
  prot: F.ROW_PROTECTED,
  stack: F.ROW_STACK,
};

const IMMEDIATES: Readonly<Record<string, number>> = {
  Ib: F.IMM_SIGNED_8,
  Iu: F.IMM_UNSIGNED_8,
  Iw: F.IMM_16,
  Iz: F.IMM_Z,
  Iv: F.IMM_V,
  Ie: F.IMM_ENTER,
  I1: F.IMM_ONE,
  Jb: F.IMM_JUMP_8,
  Jz: F.IMM_JUMP_Z,
};

export function planRow(row: Row): RowPlan {
  const [opcode, syntax, , attributes = ''] = row;
  const complain = (what: string): never => {
    throw new Error(`instruction table: ${opcode} (${syntax}): ${what}`);
  };
  let flags = 0;
  let immediate = F.IMM_NONE;
  let regSource = F.SOURCE_NONE;
  let rmSource = F.SOURCE_NONE;
  let vvvvSource = F.SOURCE_NONE;
  let memorySize = 0;
  let types: readonly [string, string, string] | undefined;
  const operands = syntax.split(' ').slice(1).join('').split(',').filter(Boolean);
  for (const operand of operands) {
    const letter = operand.charAt(0);
    const size = operand.slice(1);
    if ('EGRZAFXYB'.includes(letter)) types ??= TYPES[size];
    switch (letter) {
      case 'E':
      case 'M':
      case 'R':
        flags |= F.ROW_MODRM;
        if (letter === 'M') flags |= F.ROW_MEMORY_ONLY;
        if (letter === 'R') flags |= F.ROW_REGISTER_ONLY;
        rmSource = size === 'b' && letter !== 'M' ? F.SOURCE_BYTE : F.SOURCE_GENERAL;
        memorySize = MEMORY_SIZES[size] ?? complain(`size ${size}`);
        if (size === 'n') flags |= F.ROW_ADDRESS_ONLY;
        break;
      case 'G':
        flags |= F.ROW_MODRM;
        regSource = size === 'b' ? F.SOURCE_BYTE : F.SOURCE_GENERAL;
        break;
      case 'B':
        vvvvSource = F.SOURCE_GENERAL;
        break;
      case 'S':
        flags |= F.ROW_MODRM;
        regSource = F.SOURCE_NUMBER;
        break;
      case 'C':
      case 'D':
        flags |= F.ROW_MODRM | F.ROW_MOD_IGNORED;
        regSource = F.SOURCE_NUMBER_REX;
        break;
      case 'P':
        if (size === 'p') {
          immediate = F.IMM_FAR;
          break;
        }
        flags |= F.ROW_MODRM;
        regSource = F.SOURCE_NUMBER;
        break;
      case 'Q':
      case 'N':
        flags |= F.ROW_MODRM | (letter === 'N' ? F.ROW_REGISTER_ONLY : 0);
        rmSource = F.SOURCE_NUMBER;
        memorySize = MEMORY_SIZES[size] ?? complain(`size ${size}`);
        break;
      case 'V':
        flags |= F.ROW_MODRM;
        regSource = F.SOURCE_XMM;
        break;
      case 'W':
      case 'U':
        flags |= F.ROW_MODRM | (letter === 'U' ? F.ROW_REGISTER_ONLY : 0);
        rmSource = F.SOURCE_XMM;
        memorySize = MEMORY_SIZES[size] ?? complain(`size ${size}`);
        break;
      case 'Z':
        rmSource = size === 'b' ? F.SOURCE_OPCODE_BYTE : F.SOURCE_OPCODE;
        break;
      case 'A':
      case 'F':
      case 'X':
      case 'Y':
        break;
      case 'O':
        immediate = F.IMM_OFFSET;
        break;
      case 'I':
      case 'J':
        immediate = IMMEDIATES[operand] ?? complain(`operand ${operand}`);
        break;
      default:
        complain(`operand ${operand}`);
    }
  }
  if (vvvvSource !== F.SOURCE_NONE && !opcode.startsWith('vex')) complain('vvvv without VEX');
  if (/\/m?\d/.test(opcode)) flags |= F.ROW_MODRM;
  for (const attribute of attributes.split(' ').filter(Boolean)) {
    if (attribute.startsWith('T=')) {
      types = TYPES[attribute.slice(2)] ?? complain(attribute);
      continue;
    }
    flags |= ATTRIBUTES[attribute] ?? complain(`attribute ${attribute}`);
  }
  return {
    flags,
    immediate,
    regSource,
    rmSource,
    vvvvSource,
    memorySize,
    types: types ?? ['u16', 'u32', 'u64'],
  };
}
