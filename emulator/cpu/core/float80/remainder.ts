/** FPREM and FPREM1: exact partial remainders, at most 63 bits of the quotient at a time (SDM vol. 2, FPREM). */
import { Ext, invalid80, normalized, pack80, Parts, propagate80, X } from './extended';
import { DENORMAL, Fp } from './status';
import { Wide } from './wide';

export class Remainder {
  /** Low bits of the quotient's magnitude, when the reduction is complete. */
  static quotient: u32 = 0;
  static partial: bool = false;
  /** There were two numbers to divide: no NaN, no invalid operation. */
  static numeric: bool = false;
}

export function remainder80(seA: u32, a: u64, seB: u32, b: u64, toNearest: bool): void {
  Remainder.quotient = 0;
  Remainder.partial = false;
  Remainder.numeric = false;
  if (Ext.unsupported(seA, a) || Ext.unsupported(seB, b)) {
    invalid80();
    return;
  }
  if (Ext.nan(seA, a) || Ext.nan(seB, b)) {
    propagate80(seA, a, seB, b);
    return;
  }
  if (Ext.infinite(seA, a) || Ext.zero(seB, b)) {
    invalid80();
    return;
  }
  Remainder.numeric = true;
  if (Ext.denormal(seA, a) || Ext.denormal(seB, b)) Fp.raise(DENORMAL);
  if (Ext.zero(seA, a) || Ext.infinite(seB, b)) {
    X.set(seA, a);
    if (Ext.denormal(seA, a)) {
      const n = normalized(seA, a);
      finish(Ext.sign(seA), Parts.exp, n);
    }
    return;
  }
  const ma = normalized(seA, a);
  const ea = Parts.exp;
  const mb = normalized(seB, b);
  const eb = Parts.exp;
  let sign = Ext.sign(seA);
  let distance = ea - eb;
  if (distance < 0) {
    // |a| < |b|: FPREM1 may still step to the nearest multiple, which is b itself.
    if (toNearest && distance == -1 && ma > mb) {
      // |a| > |b| / 2: the remainder is a - b.
      Remainder.quotient = 1;
      nearestBelow(sign, eb, ma, mb);
      return;
    }
    finish(sign, ea, ma);
    return;
  }
  const full = distance < 64;
  let steps = distance;
  let exp = eb;
  if (!full) {
    // Reduce the exponent by 32 to 63 (SDM: "an implementation-dependent number").
    const n = (distance & 31) | 32;
    steps = n;
    exp = ea - n;
    Remainder.partial = true;
  }
  let rest = ma;
  let quotient: u64 = 0;
  let carry: u64 = 0;
  for (let i = 0; i <= steps; i++) {
    quotient <<= 1;
    if (carry || rest >= mb) {
      rest -= mb;
      quotient |= 1;
    }
    if (i == steps) break;
    carry = rest >> 63;
    rest <<= 1;
  }
  if (full && toNearest) {
    // Round the quotient to nearest even: the rest is in units of 2^(eb - 63).
    const twice = rest >> 63 != 0 || rest << 1 > mb;
    const tie = rest >> 63 == 0 && rest << 1 == mb;
    if (twice || (tie && quotient & 1)) {
      quotient++;
      rest = mb - rest;
      sign ^= 1;
    }
  }
  if (full) Remainder.quotient = (<u32>quotient) & 7;
  if (rest == 0) {
    X.zero(Ext.sign(seA));
    return;
  }
  const n = clz<u64>(rest);
  finish(sign, exp - <i32>n, rest << n);
}

/** a - b for |b| / 2 < |a| < |b|, where b's exponent is one more: 2 * mb - ma in units of a's last place. */
function nearestBelow(sign: u32, eb: i32, ma: u64, mb: u64): void {
  Wide.set(sign ^ 1, eb - 1, (mb << 1) - ma, 0);
  Wide.normalize();
  finishWide();
}

function finish(sign: u32, exp: i32, m: u64): void {
  Wide.set(sign, exp, m, 0);
  finishWide();
}

/** Exact, whatever the precision control says. */
function finishWide(): void {
  const precision = Fp.precision;
  Fp.precision = 64;
  pack80();
  Fp.precision = precision;
}
