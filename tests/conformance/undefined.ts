/**
 * What the architecture leaves undefined, and so is not compared. Page numbers are those of the Intel SDM,
 * order number 325462-079US, volume 2 (chapter and instruction stay when pages move).
 */
import type { Form } from './syntax.ts';

const CF = 0x1;
const PF = 0x4;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const OF = 0x800;
const ALL = CF | PF | AF | ZF | SF | OF;

interface Rule {
  readonly mask: number;
  readonly source: string;
}

/** Flags undefined after an instruction whatever its operands. */
const FLAGS: Readonly<Record<string, Rule>> = {
  and: { mask: AF, source: 'vol. 2A, AND, 3-81' },
  or: { mask: AF, source: 'vol. 2B, OR, 4-170' },
  xor: { mask: AF, source: 'vol. 2D, XOR, 6-39' },
  test: { mask: AF, source: 'vol. 2B, TEST, 4-739' },
  mul: { mask: SF | ZF | AF | PF, source: 'vol. 2B, MUL, 4-144' },
  imul: { mask: SF | ZF | AF | PF, source: 'vol. 2A, IMUL, 3-471' },
  div: { mask: ALL, source: 'vol. 2A, DIV, 3-317' },
  idiv: { mask: ALL, source: 'vol. 2A, IDIV, 3-468' },
  bt: { mask: OF | SF | AF | PF, source: 'vol. 2A, BT, 3-121' },
  bts: { mask: OF | SF | AF | PF, source: 'vol. 2A, BTS, 3-127' },
  btr: { mask: OF | SF | AF | PF, source: 'vol. 2A, BTR, 3-125' },
  btc: { mask: OF | SF | AF | PF, source: 'vol. 2A, BTC, 3-123' },
  daa: { mask: OF, source: 'vol. 2A, DAA, 3-313' },
  das: { mask: OF, source: 'vol. 2A, DAS, 3-315' },
  aaa: { mask: OF | SF | ZF | PF, source: 'vol. 2A, AAA, 3-18' },
  aas: { mask: OF | SF | ZF | PF, source: 'vol. 2A, AAS, 3-24' },
  aam: { mask: OF | AF | CF, source: 'vol. 2A, AAM, 3-22' },
  aad: { mask: OF | AF | CF, source: 'vol. 2A, AAD, 3-20' },
  bsf: { mask: ALL & ~ZF, source: 'vol. 2A, BSF, 3-117' },
  bsr: { mask: ALL & ~ZF, source: 'vol. 2A, BSR, 3-119' },
  tzcnt: { mask: OF | SF | PF | AF, source: 'vol. 2B, 4.3, TZCNT' },
  lzcnt: { mask: OF | SF | PF | AF, source: 'vol. 2A, 3.3, LZCNT' },
  andn: { mask: AF | PF, source: 'vol. 2A, 3.3, ANDN' },
  bextr: { mask: AF | SF | PF, source: 'vol. 2A, 3.3, BEXTR' },
  blsi: { mask: AF | PF, source: 'vol. 2A, 3.3, BLSI' },
  blsmsk: { mask: AF | PF, source: 'vol. 2A, 3.3, BLSMSK' },
  blsr: { mask: AF | PF, source: 'vol. 2A, 3.3, BLSR' },
  bzhi: { mask: AF | PF, source: 'vol. 2A, 3.3, BZHI' },
  shld: { mask: AF | OF | CF, source: 'vol. 2B, SHLD, 4-636' },
  shrd: { mask: AF | OF | CF, source: 'vol. 2B, SHRD, 4-639' },
};

/** Shifts: AF always; OF unless the count is 1; CF of SHL and SHR when the count reaches the operand's size. */
const SHIFTS = new Set(['shl', 'shr', 'sar']);
const ROTATES = new Set(['rol', 'ror', 'rcl', 'rcr']);
export const SHIFT_SOURCE = 'vol. 2B, SAL/SAR/SHL/SHR, 4-601, and RCL/RCR/ROL/ROR, 4-532';

/** Undefined flags of one instruction; `count` is a shift's immediate, null when it is CL. */
export function undefinedFlags(form: Form, count: number | null, sizeBytes: number): number {
  const { mnemonic } = form;
  const shift = SHIFTS.has(mnemonic);
  if (shift || ROTATES.has(mnemonic)) {
    if (count === 0) return 0;
    let mask = shift ? AF : 0;
    if (count !== 1) mask |= OF;
    if (shift && mnemonic !== 'sar' && (count === null ? sizeBytes < 4 : count >= sizeBytes * 8)) mask |= CF;
    return mask;
  }
  return FLAGS[mnemonic]?.mask ?? 0;
}

/**
 * Transcendental x87 instructions, which are right to 1 ulp: the last bit is not architectural, nor is C1 (vol. 1,
 * 8.3.10), and C0, C2 and C3 are undefined but for C2 of those that reduce their argument (vol. 2A, FSIN, 3-433, and
 * its like). `defined` tells from ST(0), as exponent and significand, whether the manual promises a result.
 */
export interface Estimate {
  readonly undefinedStatus: number;
  readonly defined: (st0: { exponent: number; significand: bigint }) => boolean;
  readonly source: string;
}

const CONDITIONS = 0x4700;
const always = (): boolean => true;
/** 1 - sqrt(1/2), the exponent -2 times this significand. */
const LOG_LIMIT = 0x95f619980c4336f7n;

export const ESTIMATES: Readonly<Record<string, Estimate>> = {
  fsin: { undefinedStatus: CONDITIONS & ~0x400, defined: always, source: 'vol. 2A, FSIN, 3-433' },
  fcos: { undefinedStatus: CONDITIONS & ~0x400, defined: always, source: 'vol. 2A, FCOS, 3-378' },
  fsincos: { undefinedStatus: CONDITIONS & ~0x400, defined: always, source: 'vol. 2A, FSINCOS, 3-435' },
  fptan: { undefinedStatus: CONDITIONS & ~0x400, defined: always, source: 'vol. 2A, FPTAN, 3-421' },
  fpatan: { undefinedStatus: CONDITIONS, defined: always, source: 'vol. 2A, FPATAN, 3-415' },
  fyl2x: { undefinedStatus: CONDITIONS, defined: always, source: 'vol. 2A, FYL2X, 3-461' },
  fyl2xp1: {
    undefinedStatus: CONDITIONS,
    defined: ({ exponent, significand }) =>
      exponent < 16381 || (exponent === 16381 && significand <= LOG_LIMIT) || exponent === 32767,
    source: 'vol. 2A, FYL2XP1, 3-463',
  },
  f2xm1: {
    undefinedStatus: CONDITIONS,
    defined: ({ exponent, significand }) =>
      exponent < 16383 || (exponent === 16383 && significand === 1n << 63n),
    source: 'vol. 2A, F2XM1, 3-355',
  },
};

/** SHLD and SHRD of 16 bits by more than 16 have no defined result: vol. 2B, SHLD, 4-636. */
export function resultUndefined(form: Form, sizeBytes: number): boolean {
  return (form.mnemonic === 'shld' || form.mnemonic === 'shrd') && sizeBytes === 2;
}
