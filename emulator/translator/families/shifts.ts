/** Shifts, rotates and bit tests: the handlers of core/families/shifts.ts. */
import {
  FLAGS_CARRY,
  FLAGS_CARRY_OVERFLOW,
  FLAGS_SAR,
  FLAGS_SHL,
  FLAGS_SHR,
} from '../../cpu/core/flag-classes.ts';
import type { Emitter } from '../emitter.ts';
import { UNKNOWN, valueType } from '../flags.ts';
import type { MicroOp } from '../micro-op.ts';
import { I32 } from '../wasm/opcodes.ts';
import { directCall, SHIFTED } from './direct.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

const RCX = 8;
const TOP_TWO = 0xc0000000 | 0;

type Shift = 'shl' | 'shr' | 'sar';
const CLASS: Readonly<Record<Shift, number>> = { shl: FLAGS_SHL, shr: FLAGS_SHR, sar: FLAGS_SAR };
const WASM = { shl: 'shl', shr: 'shrU', sar: 'shrS' } as const;

function countMask(bits: number): number {
  return bits === 64 ? 63 : 31;
}

/** Pops the value and the count (an i32 local); pushes the result. */
function shift(e: Emitter, kind: Shift, bits: number, count: number): void {
  const c = e.code;
  if (kind === 'sar' && bits < 32) c.i32op(bits === 8 ? 'extend8' : 'extend16');
  c.get(count);
  if (bits === 64) c.extendUnsigned();
  c.integer(valueType(bits), WASM[kind]);
}

function shiftImmediate(kind: Shift): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const n = op.immediate & countMask(bits);
    const place = e.place(op, bits);
    e.pushPlace(place);
    c.set(flags.s(bits));
    if (n !== 0) c.i32(n).set(flags.x);
    c.get(flags.s(bits));
    if (kind === 'sar' && bits < 32) c.i32op(bits === 8 ? 'extend8' : 'extend16');
    c.constant(valueType(bits), n).integer(valueType(bits), WASM[kind]).set(flags.r(bits));
    e.storePlace(place, flags.r(bits));
    e.release(place);
    flags.define(CLASS[kind], bits);
  };
}

/** By CL: a count of 0 changes no flag. */
function shiftByCl(kind: Shift): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const type = valueType(bits);
    const place = e.place(op, bits);
    const value = c.borrow(type);
    const result = c.borrow(type);
    const count = c.borrow(I32);
    e.pushRegister(RCX, 8);
    c.i32(countMask(bits)).i32op('and').set(count);
    e.pushPlace(place);
    c.tee(value);
    shift(e, kind, bits, count);
    c.set(result);
    e.storePlace(place, result);
    e.release(place);
    const { changed } = flags.state;
    c.get(count).if();
    c.get(value).set(flags.s(bits)).get(result).set(flags.r(bits)).get(count).set(flags.x);
    flags.define(CLASS[kind], bits);
    c.end();
    flags.state = { ...UNKNOWN, changed: changed === 0 ? 0 : -1 };
    c.giveBack(type, value, result);
    c.giveBack(I32, count);
  };
}

/** Pushes `value` rotated by `count` (a local below the operand size). */
function rotate(e: Emitter, left: boolean, bits: number, value: number, count: number): void {
  const c = e.code;
  const type = valueType(bits);
  if (bits >= 32) {
    c.get(value).get(count);
    if (bits === 64) c.extendUnsigned();
    c.integer(type, left ? 'rotl' : 'rotr');
    return;
  }
  // Twice the value side by side: the part that leaves on one side comes in on the other.
  c.get(value).get(value).i32(bits).i32op('shl').i32op('or');
  if (left) c.i32(bits).get(count).i32op('sub').i32op('shrU');
  else c.get(count).i32op('shrU');
}

/** Sets `carries` as ROL (CF the lowest bit) or ROR (CF the highest) leaves them. */
function rotateFlags(e: Emitter, left: boolean, bits: number, result: number): void {
  const c = e.code;
  c.get(result);
  if (left) {
    if (bits >= 32) c.constant(valueType(bits), 1).integer(valueType(bits), 'rotr');
    else
      c.i32(bits - 1)
        .i32op('shl')
        .get(result)
        .i32(1)
        .i32op('shrU')
        .i32((1 << (bits - 1)) - 1)
        .i32op('and')
        .i32op('or');
  }
  if (bits === 64) c.i64(32).i64op('shrU').wrap();
  else if (bits < 32) c.i32(32 - bits).i32op('shl');
  c.i32(TOP_TWO).i32op('and').set(e.flags.carries);
}

function rotateBy(left: boolean, byCl: boolean): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const type = valueType(bits);
    const place = e.place(op, bits);
    const value = c.borrow(type);
    const result = c.borrow(type);
    const count = c.borrow(I32);
    const masked = op.immediate & countMask(bits);
    if (byCl) {
      e.pushRegister(RCX, 8);
      c.i32(countMask(bits)).i32op('and');
    } else c.i32(masked & (bits - 1));
    c.set(count);
    e.pushPlace(place);
    c.set(value);
    if (byCl) {
      const inSize = c.borrow(I32);
      c.get(count)
        .i32(bits - 1)
        .i32op('and')
        .set(inSize);
      rotate(e, left, bits, value, inSize);
      c.giveBack(I32, inSize);
    } else rotate(e, left, bits, value, count);
    if (bits < 32) c.i32(bits === 8 ? 0xff : 0xffff).i32op('and');
    c.set(result);
    e.storePlace(place, result);
    e.release(place);
    if (byCl) {
      flags.settleChanges(FLAGS_CARRY);
      const { state } = flags;
      c.get(count).if();
      rotateFlags(e, left, bits, result);
      flags.change(FLAGS_CARRY_OVERFLOW);
      c.end();
      flags.state = { ...state, changed: -1, held: false };
    } else if (masked !== 0) {
      rotateFlags(e, left, bits, result);
      flags.change(FLAGS_CARRY_OVERFLOW);
    }
    c.giveBack(type, value, result);
    c.giveBack(I32, count);
  };
}

/** SHLD and SHRD by an immediate, 32 and 64 bits. */
function doubleShift(left: boolean): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const n = op.immediate & countMask(bits);
    if (bits === 16 || n === 0) {
      directCall(e, op, SHIFTED);
      return;
    }
    const type = valueType(bits);
    const place = e.place(op, bits);
    const a = c.borrow(type);
    const result = c.borrow(type);
    const carry = c.borrow(I32);
    e.pushPlace(place);
    c.tee(a)
      .constant(type, n)
      .integer(type, left ? 'shl' : 'shrU');
    e.pushRegister(op.reg, bits);
    c.constant(type, bits - n)
      .integer(type, left ? 'shrU' : 'shl')
      .integer(type, 'or')
      .set(result);
    c.get(a)
      .constant(type, left ? bits - n : n - 1)
      .integer(type, 'shrU');
    if (bits === 64) c.wrap();
    c.i32(1).i32op('and').set(carry);
    // CF in bit 31; bit 30 differs from it where the sign changed.
    c.get(a)
      .get(result)
      .integer(type, 'xor')
      .constant(type, bits - 1)
      .integer(type, 'shrU');
    if (bits === 64) c.wrap();
    c.get(carry).i32op('xor').i32(30).i32op('shl').get(carry).i32(31).i32op('shl').i32op('or').set(flags.x);
    c.get(result);
    if (bits === 32) c.extendSigned();
    c.set(flags.r(64));
    e.storePlace(place, result);
    e.release(place);
    flags.defineExplicit();
    c.giveBack(type, a, result);
    c.giveBack(I32, carry);
  };
}

type BitOperation = 'bt' | 'bts' | 'btr' | 'btc';

function bitTest(operation: BitOperation, immediate: boolean): InstructionEmitter {
  return (e, op) => {
    const { bits } = op;
    // A register names a bit anywhere behind the operand's address.
    if (op.inMemory && !immediate) {
      e.fallback(op);
      return;
    }
    const c = e.code;
    const { flags } = e;
    const type = valueType(bits);
    const value = c.borrow(type);
    const mask = c.borrow(type);
    const number = c.borrow(I32);
    const place = operation === 'bt' ? null : e.place(op, bits);
    if (place === null) e.pushRm(op, bits);
    else e.pushPlace(place);
    c.set(value);
    if (immediate) c.i32(op.immediate & (bits - 1));
    else {
      e.pushRegister(op.reg, bits);
      if (bits === 64) c.wrap();
      c.i32(bits - 1).i32op('and');
    }
    c.set(number);
    flags.settleChanges(FLAGS_CARRY);
    c.get(value).get(number);
    if (bits === 64) c.extendUnsigned();
    c.integer(type, 'shrU');
    if (bits === 64) c.wrap();
    c.i32(31).i32op('shl').set(flags.carries);
    if (place !== null) {
      c.constant(type, 1).get(number);
      if (bits === 64) c.extendUnsigned();
      c.integer(type, 'shl').set(mask);
      c.get(value).get(mask);
      if (operation === 'btr') c.constant(type, -1).integer(type, 'xor').integer(type, 'and');
      else c.integer(type, operation === 'bts' ? 'or' : 'xor');
      c.set(value);
      e.storePlace(place, value);
      e.release(place);
    }
    flags.change(FLAGS_CARRY);
    c.giveBack(type, value, mask);
    c.giveBack(I32, number);
  };
}

/** POPCNT: only ZF may be set; a zero result has PF clear, which core/flags.ts writes as a correction. */
const populationCount: InstructionEmitter = (e, op: MicroOp) => {
  const c = e.code;
  const { flags } = e;
  const type = valueType(op.bits);
  const value = c.borrow(type);
  e.pushRm(op, op.bits);
  c.tee(value).integer(type, 'popcnt');
  e.popRegister(op.reg, op.bits);
  const zero = c.borrow(I32);
  c.get(value).integer(type, 'eqz').tee(zero).i32(8).i32op('shl').set(flags.x);
  c.get(zero).i32op('eqz').extendUnsigned().set(flags.r(64));
  flags.defineExplicit();
  c.giveBack(type, value);
  c.giveBack(I32, zero);
};

export const shifts: EmitterTable = {
  ...Object.fromEntries(
    (['shl', 'shr', 'sar'] as const).flatMap((kind): [string, InstructionEmitter][] => {
      const immediate = shiftImmediate(kind);
      const byCl = shiftByCl(kind);
      return [
        [
          `${kind}EI`,
          (e, op) => {
            // A count of 0 writes the operand and no flag.
            if ((op.immediate & countMask(op.bits)) !== 0) immediate(e, op);
            else directCall(e, op, SHIFTED);
          },
        ],
        [`${kind}EC`, byCl],
      ];
    }),
  ),
  rolEI: rotateBy(true, false),
  rolEC: rotateBy(true, true),
  rorEI: rotateBy(false, false),
  rorEC: rotateBy(false, true),
  shldI: doubleShift(true),
  shrdI: doubleShift(false),
  ...Object.fromEntries(
    (['bt', 'bts', 'btr', 'btc'] as const).flatMap((name): [string, InstructionEmitter][] => [
      [`${name}EG`, bitTest(name, false)],
      [`${name}EI`, bitTest(name, true)],
    ]),
  ),
  popcount: populationCount,
};
