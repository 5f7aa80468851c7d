/** Products and quotients: the handlers of core/families/multiply-divide.ts. */
import { FLAGS_IMUL } from '../../cpu/core/flag-classes.ts';
import type { Emitter } from '../emitter.ts';
import { valueType } from '../flags.ts';
import type { MicroOp } from '../micro-op.ts';
import { I64 } from '../wasm/opcodes.ts';
import { directCall } from './direct.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

const RAX = 0;
const RDX = 16;
/** The second byte of RAX. */
const AH = 1;

/** The operands are on the stack. */
function signedProduct(e: Emitter, op: MicroOp): void {
  const c = e.code;
  const { flags } = e;
  const { bits } = op;
  const type = valueType(bits);
  c.set(flags.b(bits)).set(flags.s(bits));
  c.get(flags.b(bits));
  if (bits !== 64) c.extendUnsigned();
  c.set(flags.m);
  c.get(flags.s(bits)).get(flags.b(bits)).integer(type, 'mul').tee(flags.r(bits));
  e.popRegister(op.reg, bits);
  flags.define(FLAGS_IMUL, bits);
}

/** Pushes the upper half of the unsigned product of two i64 locals (as highUnsigned of core/multiply.ts). */
export function pushHigh(e: Emitter, a: number, b: number): void {
  const c = e.code;
  const middle = c.borrow(I64);
  const other = c.borrow(I64);
  const low = (local: number): void => {
    c.get(local).i64(0xffffffffn).i64op('and');
  };
  const high = (local: number): void => {
    c.get(local).i64(32).i64op('shrU');
  };
  high(a);
  low(b);
  c.i64op('mul');
  low(a);
  low(b);
  c.i64op('mul').i64(32).i64op('shrU').i64op('add').set(middle);
  low(a);
  high(b);
  c.i64op('mul');
  low(middle);
  c.i64op('add').set(other);
  high(a);
  high(b);
  c.i64op('mul');
  high(middle);
  c.i64op('add');
  high(other);
  c.i64op('add');
  c.giveBack(I64, middle, other);
}

/** FLAG_AUX of a product: CF and OF alike. The condition is on the stack. */
function productFlags(e: Emitter): void {
  e.code.i32(31).i32op('shl').set(e.flags.x);
  e.flags.defineExplicit();
}

/** MUL and IMUL with one operand. */
function wideProduct(signed: boolean): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    if (op.bits < 32) {
      directCall(e, op, { flags: 'written', reads: ['rm'], writes: op.bits === 8 ? [RAX] : [RAX, RDX] });
      return;
    }
    const a = c.borrow(I64);
    const b = c.borrow(I64);
    const high = c.borrow(I64);
    e.pushRm(op, op.bits);
    if (op.bits === 32) {
      if (signed) c.extendSigned();
      else c.extendUnsigned();
      c.set(b);
      e.pushRegister(RAX, 32);
      if (signed) c.extendSigned();
      else c.extendUnsigned();
      c.get(b).i64op('mul').tee(a).wrap();
      e.popRegister(RAX, 32);
      c.get(a).i64(32).i64op('shrU').wrap();
      e.popRegister(RDX, 32);
      c.get(a).wrap().extendSigned().set(flags.r(64));
      c.get(a);
      if (signed) c.get(flags.r(64)).i64op('ne');
      else c.i64(32).i64op('shrU').i64(0).i64op('ne');
    } else {
      c.set(b);
      e.pushRegister(RAX, 64);
      c.set(a);
      pushHigh(e, a, b);
      if (signed) {
        for (const [sign, other] of [
          [a, b],
          [b, a],
        ] as const) {
          c.get(sign).i64(63).i64op('shrS').get(other).i64op('and').i64op('sub');
        }
      }
      c.set(high);
      c.get(a).get(b).i64op('mul').tee(flags.r(64));
      e.popRegister(RAX, 64);
      c.get(high);
      e.popRegister(RDX, 64);
      c.get(high);
      if (signed) c.get(flags.r(64)).i64(63).i64op('shrS');
      else c.i64(0);
      c.i64op('ne');
    }
    productFlags(e);
    c.giveBack(I64, a, b, high);
  };
}

/** Pops a value of `bits` bits, pushes it as an i64. */
function widen(e: Emitter, bits: number, signed: boolean): void {
  const c = e.code;
  if (bits === 64) return;
  if (signed && bits < 32) c.i32op(bits === 8 ? 'extend8' : 'extend16');
  if (signed) c.extendSigned();
  else c.extendUnsigned();
}

/** Pushes the dividend of up to 64 bits: AX, or the pair of RDX and RAX; leaves where it has more. */
function pushDividend(e: Emitter, bits: number, signed: boolean): void {
  const c = e.code;
  if (bits === 8) {
    e.pushRegister(RAX, 16);
    widen(e, 16, signed);
  } else if (bits === 64) {
    e.pushRegister(RDX, 64);
    if (signed) {
      e.pushRegister(RAX, 64);
      c.i64(63).i64op('shrS').i64op('ne');
    } else c.i64(0).i64op('ne');
    e.leaveIf();
    e.pushRegister(RAX, 64);
  } else {
    e.pushRegister(RDX, bits);
    widen(e, bits, signed);
    c.i64(bits).i64op('shl');
    e.pushRegister(RAX, bits);
    c.extendUnsigned().i64op('or');
  }
}

/** Leaves unless the quotient fits into `bits` bits. */
function requireFit(e: Emitter, quotient: number, bits: number, signed: boolean): void {
  const c = e.code;
  if (bits === 64) return;
  c.get(quotient);
  if (signed) {
    c.get(quotient)
      .i64(64 - bits)
      .i64op('shl')
      .i64(64 - bits)
      .i64op('shrS')
      .i64op('ne');
  } else c.i64(bits).i64op('shrU').i64(0).i64op('ne');
  e.leaveIf();
}

/** Zero divisors, quotients that do not fit and 128-bit dividends are left to the interpreter. */
function quotient(signed: boolean): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { bits } = op;
    const divisor = c.borrow(I64);
    const dividend = c.borrow(I64);
    const result = c.borrow(I64);
    e.pushRm(op, bits);
    widen(e, bits, signed);
    c.set(divisor);
    c.get(divisor).i64op('eqz');
    e.leaveIf();
    if (signed) {
      // The most negative dividend by -1 does not fit; wasm would trap.
      c.get(divisor).i64(-1).i64op('eq');
      e.leaveIf();
    }
    pushDividend(e, bits, signed);
    c.set(dividend);
    c.get(dividend)
      .get(divisor)
      .i64op(signed ? 'divS' : 'divU')
      .set(result);
    requireFit(e, result, bits, signed);
    c.get(result);
    if (bits !== 64) c.wrap();
    e.popRegister(RAX, bits);
    c.get(dividend).get(result).get(divisor).i64op('mul').i64op('sub');
    if (bits !== 64) c.wrap();
    e.popRegister(bits === 8 ? AH : RDX, bits);
    c.giveBack(I64, divisor, dividend, result);
  };
}

export const multiplyDivide: EmitterTable = {
  imulGE: (e, op) => {
    e.pushRegister(op.reg, op.bits);
    e.pushRm(op, op.bits);
    signedProduct(e, op);
  },
  imulGEI: (e, op) => {
    e.pushRm(op, op.bits);
    e.pushImmediate(op, op.bits);
    signedProduct(e, op);
  },
  mul: wideProduct(false),
  imul: wideProduct(true),
  div: quotient(false),
  idiv: quotient(true),
};
