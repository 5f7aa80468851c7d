/** FADD FSUB FMUL FDIV FSQRT on 80-bit numbers (SDM vol. 1, 8.3.5; vol. 2, FADD and its like). */
import { addWide, zeroSign } from './add';
import { ADD, MUL, SUB } from './arithmetic';
import { divideWide } from './divide';
import { Ext, invalid80, normalized, pack80, Parts, propagate80, X } from './extended';
import { multiplyWide } from './multiply';
import { squareRootWide } from './square-root';
import { DENORMAL, Fp, INVALID, ZERO_DIVIDE } from './status';
import { Wide } from './wide';

function add(seA: u32, a: u64, seB: u32, b: u64): void {
  const sa = Ext.sign(seA);
  const sb = Ext.sign(seB);
  if (Ext.infinite(seA, a)) {
    if (Ext.infinite(seB, b) && sa != sb) invalid80();
    else X.set(seA, a);
    return;
  }
  if (Ext.infinite(seB, b)) {
    X.set(seB, b);
    return;
  }
  const ma = normalized(seA, a);
  const ea = Parts.exp;
  const mb = normalized(seB, b);
  const eb = Parts.exp;
  if (ma == 0 && mb == 0) {
    X.zero(sa == sb ? sa : zeroSign());
    return;
  }
  if (ma == 0) Wide.set(sb, eb, mb, 0);
  else if (mb == 0) Wide.set(sa, ea, ma, 0);
  else addWide(sa, ea, ma, sb, eb, mb);
  pack80();
}

function multiply(seA: u32, a: u64, seB: u32, b: u64): void {
  const sign = Ext.sign(seA ^ seB);
  const zero = Ext.zero(seA, a) || Ext.zero(seB, b);
  if (Ext.infinite(seA, a) || Ext.infinite(seB, b)) {
    if (zero) invalid80();
    else X.infinity(sign);
    return;
  }
  if (zero) {
    X.zero(sign);
    return;
  }
  const ma = normalized(seA, a);
  const ea = Parts.exp;
  const mb = normalized(seB, b);
  multiplyWide(sign, ea, ma, Parts.exp, mb);
  pack80();
}

function divide(seA: u32, a: u64, seB: u32, b: u64): void {
  const sign = Ext.sign(seA ^ seB);
  if (Ext.infinite(seA, a)) {
    if (Ext.infinite(seB, b)) invalid80();
    else X.infinity(sign);
    return;
  }
  if (Ext.infinite(seB, b)) {
    X.zero(sign);
    return;
  }
  if (Ext.zero(seB, b)) {
    if (Ext.zero(seA, a)) invalid80();
    else {
      Fp.raise(ZERO_DIVIDE);
      X.infinity(sign);
    }
    return;
  }
  if (Ext.zero(seA, a)) {
    X.zero(sign);
    return;
  }
  const ma = normalized(seA, a);
  const ea = Parts.exp;
  const mb = normalized(seB, b);
  divideWide(sign, ea, ma, Parts.exp, mb);
  pack80();
}

/** `denormal`: an operand was a denormal in its memory format. */
export function binary80(operation: u32, seA: u32, a: u64, seB: u32, b: u64, denormal: bool): void {
  if (Ext.unsupported(seA, a) || Ext.unsupported(seB, b)) {
    invalid80();
    return;
  }
  if (Ext.nan(seA, a) || Ext.nan(seB, b)) {
    propagate80(seA, a, seB, b);
    return;
  }
  switch (operation) {
    case ADD:
      add(seA, a, seB, b);
      break;
    case SUB:
      add(seA, a, seB ^ 0x8000, b);
      break;
    case MUL:
      multiply(seA, a, seB, b);
      break;
    default:
      divide(seA, a, seB, b);
  }
  if (Fp.flags & (INVALID | ZERO_DIVIDE)) return;
  if (denormal || Ext.denormal(seA, a) || Ext.denormal(seB, b)) Fp.raise(DENORMAL);
}

export function squareRoot80(se: u32, m: u64): void {
  if (Ext.unsupported(se, m)) invalid80();
  else if (Ext.nan(se, m)) propagate80(se, m, se, m);
  else if (Ext.zero(se, m)) X.set(se, m);
  else if (Ext.sign(se)) invalid80();
  else if (Ext.infinite(se, m)) X.set(se, m);
  else {
    if (Ext.denormal(se, m)) Fp.raise(DENORMAL);
    const n = normalized(se, m);
    squareRootWide(Parts.exp, n);
    pack80();
  }
}
