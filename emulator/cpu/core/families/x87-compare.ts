/** FCOM FUCOM FCOMI FICOM FTST FXAM (SDM vol. 2). Rows: table/x87-compare.ts. */
import { FPU_STATUS, UOP_RM, UOP_SIZE } from '../../layout';
import { Address } from '../address';
import { CF, PF, ZF } from '../bits';
import { writeArithmeticFlags } from '../flags';
import { EQUAL, GREATER, LESS, UNORDERED } from '../float80/compare';
import { compare80 } from '../float80/compare80';
import { extend, Extended, integerTo80 } from '../float80/convert80';
import { Ext, X } from '../float80/extended';
import { Fp, INVALID } from '../float80/status';
import { Memory } from '../memory';
import { C0, C1, C2, C3, Fpu, STACK_FAULT } from '../x87';

/** Compares ST(0) with (se, m), unless a register is empty, and sets the condition codes. */
function compareWith(se: u32, m: u64, empty: bool, denormal: bool, quiet: bool, pops: u32): void {
  let order = UNORDERED;
  if (empty) Fp.raise(INVALID | STACK_FAULT);
  else order = compare80(Fpu.se(0), Fpu.m(0), se, m, denormal, quiet);
  const written = Fpu.commit();
  Fpu.setCondition(order == GREATER ? 0 : order == LESS ? C0 : order == EQUAL ? C3 : C0 | C2 | C3);
  if (written) for (let i: u32 = 0; i < pops; i++) Fpu.pop();
}

function withReal<T>(p: usize, pops: u32): usize {
  Fpu.begin(p);
  extend<T>(<u64>Memory.read<T>(p, Address.of(p)));
  compareWith(X.se, X.m, Fpu.isEmpty(0), Extended.denormal, false, pops);
  return p + UOP_SIZE;
}
function withInteger<T>(p: usize, pops: u32): usize {
  Fpu.begin(p);
  integerTo80(<i64>Memory.read<T>(p, Address.of(p)));
  compareWith(X.se, X.m, Fpu.isEmpty(0), false, false, pops);
  return p + UOP_SIZE;
}
function withRegister(p: usize, i: u32, quiet: bool, pops: u32): usize {
  Fpu.begin(p);
  compareWith(Fpu.se(i), Fpu.m(i), Fpu.isEmpty(0) || Fpu.isEmpty(i), false, quiet, pops);
  return p + UOP_SIZE;
}

export function fcom<T>(p: usize): usize {
  return withReal<T>(p, 0);
}
export function fcomp<T>(p: usize): usize {
  return withReal<T>(p, 1);
}
export function ficom<T>(p: usize): usize {
  return withInteger<T>(p, 0);
}
export function ficomp<T>(p: usize): usize {
  return withInteger<T>(p, 1);
}
export function fcomSti(p: usize): usize {
  return withRegister(p, load<u8>(p, UOP_RM), false, 0);
}
export function fcompSti(p: usize): usize {
  return withRegister(p, load<u8>(p, UOP_RM), false, 1);
}
export function fcompp(p: usize): usize {
  return withRegister(p, 1, false, 2);
}
export function fucom(p: usize): usize {
  return withRegister(p, load<u8>(p, UOP_RM), true, 0);
}
export function fucomp(p: usize): usize {
  return withRegister(p, load<u8>(p, UOP_RM), true, 1);
}
export function fucompp(p: usize): usize {
  return withRegister(p, 1, true, 2);
}
export function ftst(p: usize): usize {
  Fpu.begin(p);
  compareWith(0, 0, Fpu.isEmpty(0), false, false, 0);
  return p + UOP_SIZE;
}

/** FCOMI and its like: the order goes to ZF, PF and CF. */
function compareFlags(p: usize, quiet: bool, pop: bool): usize {
  Fpu.begin(p);
  const i = load<u8>(p, UOP_RM);
  let order = UNORDERED;
  if (Fpu.isEmpty(0) || Fpu.isEmpty(i)) Fp.raise(INVALID | STACK_FAULT);
  else order = compare80(Fpu.se(0), Fpu.m(0), Fpu.se(i), Fpu.m(i), false, quiet);
  const written = Fpu.commitKeepingC1();
  writeArithmeticFlags(order == GREATER ? 0 : order == LESS ? CF : order == EQUAL ? ZF : ZF | PF | CF);
  if (written && pop) Fpu.pop();
  return p + UOP_SIZE;
}
export function fcomi(p: usize): usize {
  return compareFlags(p, false, false);
}
export function fcomip(p: usize): usize {
  return compareFlags(p, false, true);
}
export function fucomi(p: usize): usize {
  return compareFlags(p, true, false);
}
export function fucomip(p: usize): usize {
  return compareFlags(p, true, true);
}

/** FXAM looks at any register, empty ones too (SDM vol. 2, FXAM). */
export function fxam(p: usize): usize {
  Fpu.begin(p);
  const se = Fpu.se(0);
  const m = Fpu.m(0);
  let bits: u32;
  if (Fpu.isEmpty(0)) bits = C3 | C0;
  else if (Ext.unsupported(se, m)) bits = 0;
  else if (Ext.nan(se, m)) bits = C0;
  else if (Ext.infinite(se, m)) bits = C2 | C0;
  else if (Ext.zero(se, m)) bits = C3;
  else if (Ext.denormal(se, m)) bits = C3 | C2;
  else bits = C2;
  Fpu.commit();
  Fpu.setCondition(bits);
  if (Ext.sign(se)) store<u16>(FPU_STATUS, load<u16>(FPU_STATUS) | C1);
  return p + UOP_SIZE;
}
