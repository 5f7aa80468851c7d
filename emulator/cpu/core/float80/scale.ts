/** FSCALE and FXTRACT (SDM vol. 2). */
import { integerTo80, toInteger80 } from './convert80';
import { BIAS, Ext, invalid80, normalized, pack80, Parts, propagate80, X } from './extended';
import { DENORMAL, Fp, ROUND_ZERO, ZERO_DIVIDE } from './status';
import { Wide } from './wide';

/** Scales beyond this leave every number too large or too small. */
const FAR: i64 = 0x10000;

/** a * 2^trunc(b), with all 64 bits of the significand whatever the precision control says. */
export function scale80(seA: u32, a: u64, seB: u32, b: u64): void {
  if (Ext.unsupported(seA, a) || Ext.unsupported(seB, b)) {
    invalid80();
    return;
  }
  if (Ext.nan(seA, a) || Ext.nan(seB, b)) {
    propagate80(seA, a, seB, b);
    return;
  }
  const sign = Ext.sign(seA);
  if (Ext.infinite(seB, b)) {
    if (Ext.sign(seB)) {
      if (Ext.infinite(seA, a)) invalid80();
      else {
        if (Ext.denormal(seA, a)) Fp.raise(DENORMAL);
        X.zero(sign);
      }
    } else if (Ext.zero(seA, a)) invalid80();
    else {
      if (Ext.denormal(seA, a)) Fp.raise(DENORMAL);
      X.infinity(sign);
    }
    return;
  }
  if (Ext.denormal(seA, a) || Ext.denormal(seB, b)) Fp.raise(DENORMAL);
  if (Ext.infinite(seA, a) || Ext.zero(seA, a)) {
    X.set(seA, a);
    return;
  }
  const rounding = Fp.rounding;
  const flags = Fp.flags;
  Fp.rounding = ROUND_ZERO;
  const count: i64 =
    (seB & 0x7fff) >= <u32>BIAS + 20 ? (Ext.sign(seB) ? -FAR : FAR) : toInteger80(seB, b, 64);
  Fp.rounding = rounding;
  Fp.flags = flags;
  Fp.roundedUp = false;
  const m = normalized(seA, a);
  const precision = Fp.precision;
  Fp.precision = 64;
  Wide.set(sign, Parts.exp + <i32>count, m, 0);
  pack80();
  Fp.precision = precision;
}

/** The exponent that FXTRACT leaves below the significand, which is in X. */
export class Extract {
  static se: u32 = 0;
  static m: u64 = 0;
  /** Both results are the one in X. */
  static same(): void {
    Extract.se = X.se;
    Extract.m = X.m;
  }
}

export function extract80(se: u32, m: u64): void {
  if (Ext.unsupported(se, m)) {
    invalid80();
    Extract.same();
  } else if (Ext.nan(se, m)) {
    propagate80(se, m, se, m);
    Extract.same();
  } else if (Ext.infinite(se, m)) {
    X.set(se, m);
    Extract.se = 0x7fff;
    Extract.m = m;
  } else if (Ext.zero(se, m)) {
    Fp.raise(ZERO_DIVIDE);
    X.set(se, m);
    Extract.se = 0xffff;
    Extract.m = 0x8000000000000000;
  } else {
    if (Ext.denormal(se, m)) Fp.raise(DENORMAL);
    const n = normalized(se, m);
    integerTo80(Parts.exp);
    Extract.same();
    X.set((se & 0x8000) | (<u32>BIAS), n);
  }
}
