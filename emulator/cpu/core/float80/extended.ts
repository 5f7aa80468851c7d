/**
 * The 80-bit format (SDM vol. 1, 4.2.2 and table 8-3): sign and 15-bit exponent in one word, significand with
 * its integer bit. Functions take a number as (se, m) and leave their result in X.
 */
import { Fp, INVALID, OVERFLOW, PRECISION, ROUND_DOWN, ROUND_NEAREST, ROUND_UP, UNDERFLOW } from './status';
import { Wide } from './wide';

export const BIAS: i32 = 16383;
export const MIN_EXP: i32 = -16382;
export const INTEGER_BIT: u64 = 0x8000000000000000;
const QUIET_BIT: u64 = 0x4000000000000000;
/** Added to or taken from the exponent of a result whose underflow or overflow is not masked (vol. 1, 8.5.4). */
const WRAP: i32 = 24576;

/** The result of the last operation. */
export class X {
  static se: u32 = 0;
  static m: u64 = 0;

  @inline static set(se: u32, m: u64): void {
    X.se = se;
    X.m = m;
  }
  /** The default NaN ("real indefinite"). */
  @inline static indefinite(): void {
    X.set(0xffff, 0xc000000000000000);
  }
  @inline static infinity(sign: u32): void {
    X.set((sign << 15) | 0x7fff, INTEGER_BIT);
  }
  @inline static zero(sign: u32): void {
    X.set(sign << 15, 0);
  }
}

export class Ext {
  @inline static sign(se: u32): u32 {
    return (se >>> 15) & 1;
  }
  @inline static zero(se: u32, m: u64): bool {
    return (se & 0x7fff) == 0 && m == 0;
  }
  @inline static infinite(se: u32, m: u64): bool {
    return (se & 0x7fff) == 0x7fff && m == INTEGER_BIT;
  }
  @inline static nan(se: u32, m: u64): bool {
    return (se & 0x7fff) == 0x7fff && m > INTEGER_BIT;
  }
  @inline static signaling(se: u32, m: u64): bool {
    return Ext.nan(se, m) && (m & QUIET_BIT) == 0;
  }
  /** Unnormals, pseudo-infinities, pseudo-NaNs: the integer bit is missing (vol. 1, 8.2.2). */
  @inline static unsupported(se: u32, m: u64): bool {
    return (se & 0x7fff) != 0 && m >> 63 == 0;
  }
  /** Denormals and pseudo-denormals. */
  @inline static denormal(se: u32, m: u64): bool {
    return (se & 0x7fff) == 0 && m != 0;
  }
}

/** Exponent of the last `normalized`. */
export class Parts {
  static exp: i32 = 0;
}

/** The significand of a finite number with bit 63 set, 0 for zero; its exponent in Parts.exp. */
export function normalized(se: u32, m: u64): u64 {
  if (m == 0) return 0;
  const field = <i32>(se & 0x7fff);
  const n = <i32>clz<u64>(m);
  Parts.exp = (field ? field - BIAS : MIN_EXP) - n;
  return m << (<u64>n);
}

/** The NaN that results of two operands, one a NaN (vol. 1, table 4-7): quiet before signaling, then the larger. */
export function propagate80(seA: u32, a: u64, seB: u32, b: u64): void {
  const signalA = Ext.signaling(seA, a);
  const signalB = Ext.signaling(seB, b);
  if (signalA || signalB) Fp.raise(INVALID);
  const nanA = Ext.nan(seA, a);
  const nanB = Ext.nan(seB, b);
  let first: bool;
  if (!nanB) first = true;
  else if (!nanA) first = false;
  else if (signalA != signalB) first = signalB;
  else if (a << 1 != b << 1) first = a > b;
  else first = Ext.sign(seA) <= Ext.sign(seB);
  if (first) X.set(seA, a | QUIET_BIT);
  else X.set(seB, b | QUIET_BIT);
}

export function invalid80(): void {
  Fp.raise(INVALID);
  X.indefinite();
}

function overflow80(sign: u32): void {
  const toInfinity =
    Fp.rounding == ROUND_NEAREST ||
    (Fp.rounding == ROUND_UP && !sign) ||
    (Fp.rounding == ROUND_DOWN && sign != 0);
  Fp.raise(OVERFLOW | PRECISION);
  Fp.roundedUp = toInfinity;
  const drop = <u64>(64 - Fp.precision);
  const ones: u64 = 0xffffffffffffffff;
  if (toInfinity) X.infinity(sign);
  else X.set((sign << 15) | 0x7ffe, (ones >> drop) << drop);
}

/** Wide rounded to Fp.precision bits and the range of the format, into X. */
export function pack80(): void {
  const sign = Wide.sign;
  if ((Wide.hi | Wide.lo) == 0) {
    X.zero(sign);
    return;
  }
  const drop = <u64>(64 - Fp.precision);
  const unit: u64 = (<u64>1) << drop;
  let exp = Wide.exp;
  let tiny = false;
  if (exp < MIN_EXP) {
    const half = drop ? (Wide.hi >> (drop - 1)) & 1 : Wide.lo >> 63;
    const below = drop ? (Wide.hi & ((unit >> 1) - 1)) | Wide.lo : Wide.lo << 1;
    const full = Wide.hi >> drop == ~(<u64>0) >> drop;
    tiny = exp < MIN_EXP - 1 || !full || !Fp.increments(sign, true, half != 0, below != 0);
    if (tiny && (Fp.masks & UNDERFLOW) == 0) {
      Fp.raise(UNDERFLOW);
      if (exp + WRAP < MIN_EXP) {
        Fp.raise(PRECISION);
        X.zero(sign);
        return;
      }
      tiny = false;
      exp += WRAP;
    } else {
      Wide.shiftRight(<u32>(MIN_EXP - exp));
      exp = MIN_EXP;
    }
  }
  const half = drop ? (Wide.hi >> (drop - 1)) & 1 : Wide.lo >> 63;
  const below = drop ? (Wide.hi & ((unit >> 1) - 1)) | Wide.lo : Wide.lo << 1;
  let m = (Wide.hi >> drop) << drop;
  if ((half | below) != 0) {
    Fp.raise(tiny ? PRECISION | UNDERFLOW : PRECISION);
    Fp.roundedUp = Fp.increments(sign, (m & unit) != 0, half != 0, below != 0);
    if (Fp.roundedUp) {
      m += unit;
      if (m == 0) {
        m = INTEGER_BIT;
        exp++;
      }
    }
  }
  if (exp > BIAS) {
    if (Fp.masks & OVERFLOW) {
      overflow80(sign);
      return;
    }
    // FSCALE can go beyond even a wrapped exponent.
    if (exp - WRAP > BIAS) {
      Fp.raise(OVERFLOW | PRECISION);
      Fp.roundedUp = true;
      X.infinity(sign);
      return;
    }
    Fp.raise(OVERFLOW);
    exp -= WRAP;
  }
  X.set((sign << 15) | (m >> 63 ? <u32>(exp + BIAS) : 0), m);
}
