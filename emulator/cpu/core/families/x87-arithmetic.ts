/** FADD FSUB FMUL FDIV in all forms, FSQRT, FCHS, FABS, FRNDINT, FSCALE, FXTRACT, FPREM. Rows: table/x87-arithmetic.ts. */
import { FPU_STATUS, UOP_RM, UOP_SIZE } from '../../layout';
import { Address } from '../address';
import { ADD, DIV, MUL, SUB } from '../float80/arithmetic';
import { binary80, squareRoot80 } from '../float80/arithmetic80';
import { extend, Extended, integerTo80, roundToInteger80 } from '../float80/convert80';
import { X } from '../float80/extended';
import { remainder80, Remainder } from '../float80/remainder';
import { extract80, Extract, scale80 } from '../float80/scale';
import { Fp, PRE_COMPUTATION } from '../float80/status';
import { Memory } from '../memory';
import { C0, C1, C2, C3, Fpu } from '../x87';

/** Which operand comes first. */
const FORWARD: bool = false;
const REVERSED: bool = true;

/** ST(to) = ST(to) op (se, m), or the reverse. */
function withOperand(operation: u32, reversed: bool, se: u32, m: u64, denormal: bool): void {
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else if (reversed) binary80(operation, se, m, Fpu.se(0), Fpu.m(0), denormal);
  else binary80(operation, Fpu.se(0), Fpu.m(0), se, m, denormal);
  if (Fpu.commit()) Fpu.write(0);
}

/** `T` is the bit pattern of the memory operand. */
function real<T>(p: usize, operation: u32, reversed: bool): usize {
  const bits = memoryOperand<T>(p);
  extend<T>(<u64>bits);
  withOperand(operation, reversed, X.se, X.m, Extended.denormal);
  return p + UOP_SIZE;
}
/** `T` is the type of the integer in memory. */
function integer<T>(p: usize, operation: u32, reversed: bool): usize {
  const value = memoryOperand<T>(p);
  integerTo80(<i64>value);
  withOperand(operation, reversed, X.se, X.m, false);
  return p + UOP_SIZE;
}
/** A fault of the operand comes after #NM and #MF, and leaves the status word as it was but for C1. */
function memoryOperand<T>(p: usize): T {
  Fpu.begin(p);
  return Memory.read<T>(p, Address.of(p));
}

/** Register forms: ST(0) or ST(i) receives the result; `reversed` swaps the operands. */
function register(p: usize, operation: u32, reversed: bool, toI: bool, pop: bool): usize {
  Fpu.begin(p);
  const i = load<u8>(p, UOP_RM);
  if (Fpu.isEmpty(0) || Fpu.isEmpty(i)) Fpu.underflow();
  else if (reversed != toI) binary80(operation, Fpu.se(i), Fpu.m(i), Fpu.se(0), Fpu.m(0), false);
  else binary80(operation, Fpu.se(0), Fpu.m(0), Fpu.se(i), Fpu.m(i), false);
  if (Fpu.commit()) {
    Fpu.write(toI ? i : 0);
    if (pop) Fpu.pop();
  }
  return p + UOP_SIZE;
}

export function fadd<T>(p: usize): usize {
  return real<T>(p, ADD, FORWARD);
}
export function fiadd<T>(p: usize): usize {
  return integer<T>(p, ADD, FORWARD);
}
export function faddSt0(p: usize): usize {
  return register(p, ADD, FORWARD, false, false);
}
export function faddSti(p: usize): usize {
  return register(p, ADD, FORWARD, true, false);
}
export function faddp(p: usize): usize {
  return register(p, ADD, FORWARD, true, true);
}
export function fmul<T>(p: usize): usize {
  return real<T>(p, MUL, FORWARD);
}
export function fimul<T>(p: usize): usize {
  return integer<T>(p, MUL, FORWARD);
}
export function fmulSt0(p: usize): usize {
  return register(p, MUL, FORWARD, false, false);
}
export function fmulSti(p: usize): usize {
  return register(p, MUL, FORWARD, true, false);
}
export function fmulp(p: usize): usize {
  return register(p, MUL, FORWARD, true, true);
}
export function fsub<T>(p: usize): usize {
  return real<T>(p, SUB, FORWARD);
}
export function fisub<T>(p: usize): usize {
  return integer<T>(p, SUB, FORWARD);
}
export function fsubSt0(p: usize): usize {
  return register(p, SUB, FORWARD, false, false);
}
export function fsubSti(p: usize): usize {
  return register(p, SUB, FORWARD, true, false);
}
export function fsubp(p: usize): usize {
  return register(p, SUB, FORWARD, true, true);
}
export function fsubr<T>(p: usize): usize {
  return real<T>(p, SUB, REVERSED);
}
export function fisubr<T>(p: usize): usize {
  return integer<T>(p, SUB, REVERSED);
}
export function fsubrSt0(p: usize): usize {
  return register(p, SUB, REVERSED, false, false);
}
export function fsubrSti(p: usize): usize {
  return register(p, SUB, REVERSED, true, false);
}
export function fsubrp(p: usize): usize {
  return register(p, SUB, REVERSED, true, true);
}
export function fdiv<T>(p: usize): usize {
  return real<T>(p, DIV, FORWARD);
}
export function fidiv<T>(p: usize): usize {
  return integer<T>(p, DIV, FORWARD);
}
export function fdivSt0(p: usize): usize {
  return register(p, DIV, FORWARD, false, false);
}
export function fdivSti(p: usize): usize {
  return register(p, DIV, FORWARD, true, false);
}
export function fdivp(p: usize): usize {
  return register(p, DIV, FORWARD, true, true);
}
export function fdivr<T>(p: usize): usize {
  return real<T>(p, DIV, REVERSED);
}
export function fidivr<T>(p: usize): usize {
  return integer<T>(p, DIV, REVERSED);
}
export function fdivrSt0(p: usize): usize {
  return register(p, DIV, REVERSED, false, false);
}
export function fdivrSti(p: usize): usize {
  return register(p, DIV, REVERSED, true, false);
}
export function fdivrp(p: usize): usize {
  return register(p, DIV, REVERSED, true, true);
}

export function fsqrt(p: usize): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else squareRoot80(Fpu.se(0), Fpu.m(0));
  if (Fpu.commit()) Fpu.write(0);
  return p + UOP_SIZE;
}
export function frndint(p: usize): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else roundToInteger80(Fpu.se(0), Fpu.m(0));
  if (Fpu.commit()) Fpu.write(0);
  return p + UOP_SIZE;
}
/** FCHS and FABS change any bit pattern. */
export function fchs(p: usize): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0) ^ 0x8000, Fpu.m(0));
  if (Fpu.commit()) Fpu.write(0);
  return p + UOP_SIZE;
}
export function fabs(p: usize): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0) & 0x7fff, Fpu.m(0));
  if (Fpu.commit()) Fpu.write(0);
  return p + UOP_SIZE;
}
export function fscale(p: usize): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0) || Fpu.isEmpty(1)) Fpu.underflow();
  else scale80(Fpu.se(0), Fpu.m(0), Fpu.se(1), Fpu.m(1));
  if (Fpu.commit()) Fpu.write(0);
  return p + UOP_SIZE;
}
/** The exponent replaces ST(0), the significand is pushed. */
export function fxtract(p: usize): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0)) {
    Fpu.underflow();
    Extract.same();
  } else if (Fpu.overflows()) Extract.same();
  else extract80(Fpu.se(0), Fpu.m(0));
  if (Fpu.commit()) {
    const se = X.se;
    const m = X.m;
    X.set(Extract.se, Extract.m);
    Fpu.write(0);
    X.set(se, m);
    Fpu.push();
  }
  return p + UOP_SIZE;
}

function remainder(p: usize, toNearest: bool): usize {
  Fpu.begin(p);
  Remainder.numeric = false;
  if (Fpu.isEmpty(0) || Fpu.isEmpty(1)) Fpu.underflow();
  else remainder80(Fpu.se(0), Fpu.m(0), Fpu.se(1), Fpu.m(1), toNearest);
  const rounded = Fp.roundedUp;
  Fp.roundedUp = false;
  const complete = Remainder.numeric && (Fp.flags & ~Fp.masks & PRE_COMPUTATION) == 0;
  if (Fpu.commit()) Fpu.write(0);
  if (!complete) store<u16>(FPU_STATUS, load<u16>(FPU_STATUS) & ~C2);
  else {
    // The low bits of the quotient: C0 is Q2, C3 is Q1, C1 is Q0.
    const q = Remainder.quotient;
    let bits: u32 = Remainder.partial ? C2 : 0;
    if (q & 4) bits |= C0;
    if (q & 2) bits |= C3;
    Fpu.setCondition(bits);
    if (q & 1 || rounded) store<u16>(FPU_STATUS, load<u16>(FPU_STATUS) | C1);
  }
  return p + UOP_SIZE;
}
export function fprem(p: usize): usize {
  return remainder(p, false);
}
export function fprem1(p: usize): usize {
  return remainder(p, true);
}
