/**
 * FSIN FCOS FPTAN FPATAN F2XM1 FYL2X FYL2XP1 on 80-bit numbers: operands that are not ordinary numbers (the tables of
 * SDM vol. 2), argument reduction, rounding. Results are in X; precision control does not apply (vol. 1, 8.1.5.2).
 */
import { Ext, INTEGER_BIT, invalid80, normalized, pack80, Parts, propagate80, X } from './extended';
import { Fixed, Real } from './fixed128';
import { DENORMAL, Fp, PRECISION, UNDERFLOW, ZERO_DIVIDE } from './status';
import {
  aroundPi,
  atanKernel,
  cosineKernel,
  expKernel,
  logKernel,
  logOnePlusKernel,
  Sign,
  sineKernel,
  tangentKernel,
} from './transcendental';
import { Wide } from './wide';

/** Arguments of 2^63 and above are not reduced (SDM vol. 2, FSIN). */
const REDUCIBLE: i32 = 63;
/** The processor's pi has 66 bits (SDM vol. 1, 8.3.8): half of it in units of 2^-65. */
const HALF_PI_HI: u64 = 0x3;
const HALF_PI_LO: u64 = 0x243f6a8885a308d3;
/** The range of FYL2XP1 is +-(1 - sqrt(1/2)); the series reach this far. */
const LOG_SERIES_LIMIT: u64 = 0xd700000000000000;

export class Trig {
  /** The argument is too large: nothing was computed. */
  static outOfRange: bool = false;
}

/** Rounds the inexact number at hand. */
function finish(sign: u32): void {
  Wide.set(sign, Real.exp, Fixed.hi, Fixed.lo | 1);
  pack80();
}

/** The same, of one that is exact by chance: processors report it as inexact all the same. */
function finishExact(sign: u32): void {
  Wide.set(sign, Real.exp, Fixed.hi, Fixed.lo);
  pack80();
  const denormal = (X.se & 0x7fff) == 0 && X.m != 0;
  Fp.raise(denormal ? PRECISION | UNDERFLOW : PRECISION);
}

function load80(se: u32, m: u64): void {
  Fixed.set(normalized(se, m), 0);
  Real.exp = Parts.exp;
}

/** One operand that has no ordinary result; then X is set. */
function special(se: u32, m: u64): bool {
  if (Ext.unsupported(se, m)) invalid80();
  else if (Ext.nan(se, m)) propagate80(se, m, se, m);
  else return false;
  return true;
}

function specialPair(seA: u32, a: u64, seB: u32, b: u64): bool {
  if (Ext.unsupported(seA, a) || Ext.unsupported(seB, b)) invalid80();
  else if (Ext.nan(seA, a) || Ext.nan(seB, b)) propagate80(seA, a, seB, b);
  else return false;
  return true;
}

function noteDenormals(seA: u32, a: u64, seB: u32, b: u64): void {
  if (Ext.denormal(seA, a) || Ext.denormal(seB, b)) Fp.raise(DENORMAL);
}

// ---- Sine, cosine, tangent -------------------------------------------------------------------------------
let quadrant: u32 = 0;
let reflected: bool = false;

/** Fixed and Real become the distance to the nearest multiple of pi / 2, which is number `quadrant`. */
function reduce(): void {
  quadrant = 0;
  reflected = false;
  const e = Real.exp;
  if (e < -1) return;
  let hi: u64 = 0;
  let lo = Fixed.hi;
  let q: u32 = 0;
  for (let i = 0; i < e + 2; i++) {
    hi = (hi << 1) | (lo >> 63);
    lo <<= 1;
    q <<= 1;
    if (hi > HALF_PI_HI || (hi == HALF_PI_HI && lo >= HALF_PI_LO)) {
      hi -= HALF_PI_HI + u64(lo < HALF_PI_LO);
      lo -= HALF_PI_LO;
      q |= 1;
    }
  }
  const twiceHi = (hi << 1) | (lo >> 63);
  if (twiceHi > HALF_PI_HI || (twiceHi == HALF_PI_HI && lo << 1 > HALF_PI_LO)) {
    hi = HALF_PI_HI - hi - u64(HALF_PI_LO < lo);
    lo = HALF_PI_LO - lo;
    reflected = true;
    q++;
  }
  quadrant = q & 3;
  Fixed.set(hi, lo);
  Real.normalize(127 - 65);
}

/** Whether se:m is a number to reduce; if not, X is the result of all three functions but for a zero's. */
function reducible(se: u32, m: u64): bool {
  Trig.outOfRange = false;
  if (special(se, m)) return false;
  if (Ext.infinite(se, m)) {
    invalid80();
    return false;
  }
  if (Ext.denormal(se, m)) Fp.raise(DENORMAL);
  load80(se, m);
  Trig.outOfRange = Real.exp >= REDUCIBLE && m != 0;
  return !Trig.outOfRange;
}

export function sine80(se: u32, m: u64): void {
  if (!reducible(se, m)) return;
  if (m == 0) {
    X.set(se, 0);
    return;
  }
  reduce();
  let negative = Ext.sign(se) ^ ((quadrant >>> 1) & 1);
  if (quadrant & 1) cosineKernel();
  else {
    if (reflected) negative ^= 1;
    sineKernel();
  }
  finish(negative);
}

export function cosine80(se: u32, m: u64): void {
  if (!reducible(se, m)) return;
  if (m == 0) {
    X.set(0x3fff, INTEGER_BIT);
    return;
  }
  reduce();
  let negative = ((quadrant + 1) >>> 1) & 1;
  if (quadrant & 1) {
    if (reflected) negative ^= 1;
    sineKernel();
  } else cosineKernel();
  finish(negative);
}

export function tangent80(se: u32, m: u64): void {
  if (!reducible(se, m)) return;
  if (m == 0) {
    X.set(se, 0);
    return;
  }
  reduce();
  tangentKernel();
  let negative = Ext.sign(se) ^ (reflected ? 1 : 0);
  if (quadrant & 1) {
    // -1 / tan
    negative ^= 1;
    const hi = Fixed.hi;
    const lo = Fixed.lo;
    const exp = Real.exp;
    Fixed.set(INTEGER_BIT, 0);
    Fixed.divide(hi, lo);
    Real.normalize(-exp);
  }
  finish(negative);
}

// ---- Arctangent ------------------------------------------------------------------------------------------
/** `quarters` * pi / 4 itself. */
function multipleOfPi(sign: u32, quarters: u32): void {
  Fixed.set(0, 0);
  Real.exp = 0;
  aroundPi(quarters, false);
  finish(sign);
}

/** The angle of the point (x, y). */
export function arctangent80(seY: u32, y: u64, seX: u32, x: u64): void {
  if (specialPair(seX, x, seY, y)) return;
  noteDenormals(seY, y, seX, x);
  const sign = Ext.sign(seY);
  const left = Ext.sign(seX) != 0;
  if (Ext.infinite(seY, y)) {
    multipleOfPi(sign, Ext.infinite(seX, x) ? (left ? 3 : 1) : 2);
    return;
  }
  if (Ext.zero(seY, y) || Ext.infinite(seX, x)) {
    if (left) multipleOfPi(sign, 4);
    else X.zero(sign);
    return;
  }
  if (Ext.zero(seX, x)) {
    multipleOfPi(sign, 2);
    return;
  }
  const mY = normalized(seY, y);
  const eY = Parts.exp;
  const mX = normalized(seX, x);
  const eX = Parts.exp;
  const steep = eY > eX || (eY == eX && mY > mX);
  Fixed.set(steep ? mX : mY, 0);
  Fixed.divide(steep ? mY : mX, 0);
  Real.normalize(steep ? eX - eY : eY - eX);
  atanKernel();
  if (steep) aroundPi(2, !left);
  else if (left) aroundPi(4, true);
  finish(sign);
}

// ---- Logarithms and powers -------------------------------------------------------------------------------
/** y times the logarithm at hand, `exact` when the logarithm is. */
function timesLogarithm(seY: u32, y: u64, exact: bool): void {
  const exp = Real.exp;
  const negative = Sign.negative;
  const m = normalized(seY, y);
  Real.multiply(m, 0, exp + Parts.exp);
  const sign = Ext.sign(seY) ^ (negative ? 1 : 0);
  if (exact) finishExact(sign);
  else finish(sign);
}

/** y * log2(x) where one of them is zero or infinite, or x is 1; false when both are ordinary. */
function logarithmLimits(seY: u32, y: u64, seX: u32, x: u64): bool {
  const sign = Ext.sign(seY);
  const isOne = seX == 0x3fff && x == INTEGER_BIT;
  const below = (seX & 0x7fff) < 0x3fff;
  if (Ext.zero(seX, x)) {
    if (Ext.zero(seY, y)) invalid80();
    else {
      if (!Ext.infinite(seY, y)) Fp.raise(ZERO_DIVIDE);
      X.infinity(sign ^ 1);
    }
  } else if (Ext.sign(seX)) invalid80();
  else if (Ext.infinite(seX, x)) {
    if (Ext.zero(seY, y)) invalid80();
    else X.infinity(sign);
  } else if (Ext.infinite(seY, y)) {
    if (isOne) invalid80();
    else X.infinity(below ? sign ^ 1 : sign);
  } else if (Ext.zero(seY, y)) X.zero(below ? sign ^ 1 : sign);
  else if (isOne) X.zero(sign);
  else return false;
  return true;
}

export function logarithm80(seY: u32, y: u64, seX: u32, x: u64): void {
  if (specialPair(seX, x, seY, y)) return;
  if (!logarithmLimits(seY, y, seX, x)) {
    load80(seX, x);
    const exact = Fixed.hi == INTEGER_BIT;
    logKernel();
    timesLogarithm(seY, y, exact);
  }
  if ((Fp.flags & 5) == 0) noteDenormals(seY, y, seX, x);
}

/** y * log2(x + 1). Beyond its range, where the manual promises nothing, it is as if it had none. */
export function logarithmPlusOne80(seY: u32, y: u64, seX: u32, x: u64): void {
  if (specialPair(seX, x, seY, y)) return;
  const negative = Ext.sign(seX) != 0;
  const sign = Ext.sign(seY);
  if (Ext.infinite(seX, x)) {
    if (negative || Ext.zero(seY, y)) invalid80();
    else {
      noteDenormals(seY, y, seX, x);
      X.infinity(sign);
    }
    return;
  }
  if (Ext.zero(seX, x)) {
    if (Ext.infinite(seY, y)) invalid80();
    else X.zero(sign ^ Ext.sign(seX));
  } else if (Ext.infinite(seY, y)) X.infinity(sign ^ Ext.sign(seX));
  else if (Ext.zero(seY, y)) X.zero(sign ^ Ext.sign(seX));
  else onePlus(seY, y, seX, x);
  if ((Fp.flags & 5) == 0) noteDenormals(seY, y, seX, x);
}

function onePlus(seY: u32, y: u64, seX: u32, x: u64): void {
  const negative = Ext.sign(seX) != 0;
  load80(seX, x);
  if (Real.exp < -2 || (Real.exp == -2 && Fixed.hi < LOG_SERIES_LIMIT)) {
    logOnePlusKernel(negative);
    timesLogarithm(seY, y, false);
    return;
  }
  if (negative && Real.exp >= 0) {
    // log2 of zero or less.
    if (Real.exp == 0 && Fixed.hi == INTEGER_BIT) {
      Fp.raise(ZERO_DIVIDE);
      X.infinity(Ext.sign(seY) ^ 1);
    } else invalid80();
    return;
  }
  const exp = Real.exp;
  if (exp >= 0) {
    // x + 1 in units of x's first bit.
    Fixed.shiftRight(1);
    const hi = Fixed.hi;
    const lo = Fixed.lo;
    Fixed.set(INTEGER_BIT >> 1, 0);
    Fixed.shiftRight(<u32>exp);
    Fixed.add(hi, lo);
    Real.normalize(exp + 1);
  } else {
    Fixed.shiftRight(<u32>-exp);
    if (negative) Fixed.subtractFrom(INTEGER_BIT, 0);
    else Fixed.add(INTEGER_BIT, 0);
    Real.normalize(0);
  }
  const exact = Fixed.hi == INTEGER_BIT && Fixed.lo == 0;
  logKernel();
  timesLogarithm(seY, y, exact);
}

/** 2^x - 1; beyond -1 to 1, where the manual promises nothing, x itself. */
export function power80(se: u32, m: u64): void {
  if (special(se, m)) return;
  if (Ext.infinite(se, m)) {
    if (Ext.sign(se)) X.set(0xbfff, INTEGER_BIT);
    else X.set(se, m);
    return;
  }
  if (Ext.denormal(se, m)) Fp.raise(DENORMAL);
  const negative = Ext.sign(se) != 0;
  load80(se, m);
  if (m == 0 || Real.exp > 0 || (Real.exp == 0 && m != INTEGER_BIT)) X.set(se, m);
  else if (Real.exp == 0) {
    X.set(negative ? 0xbffe : se, m);
    Fp.raise(PRECISION);
  } else {
    expKernel(negative);
    finish(negative ? 1 : 0);
  }
}
