/** LZCNT, TZCNT, BMI1 and BMI2: the handlers of core/families/bit-manipulation.ts. */
import { FLAGS_CARRY, FLAGS_LOGIC } from '../../cpu/core/flag-classes.ts';
import type { Emitter } from '../emitter.ts';
import { valueType } from '../flags.ts';
import type { MicroOp } from '../micro-op.ts';
import { I32, I64, type IntegerOp } from '../wasm/opcodes.ts';
import { directCall } from './direct.ts';
import { pushHigh } from './multiply-divide.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

const RDX = 16;

/** The result is in flags.r, the new CF on the stack; the other flags are as after a logic operation. */
function logicWithCarry(e: Emitter, bits: number): void {
  e.code.i32(31).i32op('shl').set(e.flags.carries);
  e.flags.define(FLAGS_LOGIC, bits);
  e.flags.change(FLAGS_CARRY);
}

/** CF says that the operand is 0. */
function countZeros(push: (e: Emitter, value: number, bits: number) => void): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { bits } = op;
    const type = valueType(bits);
    const value = c.borrow(type);
    e.pushRm(op, bits);
    c.set(value);
    push(e, value, bits);
    c.tee(e.flags.r(bits));
    e.popRegister(op.reg, bits);
    c.get(value).integer(type, 'eqz');
    logicWithCarry(e, bits);
    c.giveBack(type, value);
  };
}

function pushTrailing(e: Emitter, value: number, bits: number): void {
  const c = e.code.get(value);
  if (bits === 16) c.i32(0x10000).i32op('or');
  c.integer(valueType(bits), 'ctz');
}

function pushLeading(e: Emitter, value: number, bits: number): void {
  const c = e.code.get(value).integer(valueType(bits), 'clz');
  if (bits === 16) c.i32(16).i32op('sub');
}

const andNot: InstructionEmitter = (e, op) => {
  const type = valueType(op.bits);
  e.pushRm(op, op.bits);
  e.pushRegister(op.vvvv, op.bits);
  e.code.constant(type, -1).integer(type, 'xor').integer(type, 'and').tee(e.flags.r(op.bits));
  e.popRegister(op.reg, op.bits);
  e.flags.define(FLAGS_LOGIC, op.bits);
};

/** BLSR, BLSMSK, BLSI: of the operand and one less than it, or of it and its negative. */
function lowestSet(operation: IntegerOp, negative: boolean, carryIfZero: boolean): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { bits } = op;
    const type = valueType(bits);
    const value = c.borrow(type);
    e.pushRm(op, bits);
    c.tee(value);
    if (negative) c.constant(type, 0).get(value).integer(type, 'sub');
    else c.get(value).constant(type, 1).integer(type, 'sub');
    c.integer(type, operation).tee(e.flags.r(bits));
    e.popRegister(op.vvvv, bits);
    c.get(value).integer(type, 'eqz');
    if (!carryIfZero) c.i32op('eqz');
    logicWithCarry(e, bits);
    c.giveBack(type, value);
  };
}

/** Replaces the local's value by its lowest bits, as many as `count` (an i32 local below 256) says. */
function keepLowest(e: Emitter, value: number, count: number, bits: number): void {
  const c = e.code;
  const type = valueType(bits);
  c.get(value).constant(type, 1).get(count);
  if (bits === 64) c.extendUnsigned();
  c.integer(type, 'shl').constant(type, 1).integer(type, 'sub').integer(type, 'and');
  c.get(value).get(count).i32(bits).i32op('ltU').select().set(value);
}

/** Pushes a byte of VEX.vvvv's register. */
function pushControl(e: Emitter, op: MicroOp, shift: number): void {
  e.pushRegister(op.vvvv, 32);
  if (shift) e.code.i32(shift).i32op('shrU');
  e.code.i32(0xff).i32op('and');
}

const zeroHigh: InstructionEmitter = (e, op) => {
  const c = e.code;
  const { bits } = op;
  const type = valueType(bits);
  const value = c.borrow(type);
  const count = c.borrow(I32);
  e.pushRm(op, bits);
  c.set(value);
  pushControl(e, op, 0);
  c.set(count);
  keepLowest(e, value, count, bits);
  c.get(value).tee(e.flags.r(bits));
  e.popRegister(op.reg, bits);
  c.get(count).i32(bits).i32op('geU');
  logicWithCarry(e, bits);
  c.giveBack(type, value);
  c.giveBack(I32, count);
};

const extract: InstructionEmitter = (e, op) => {
  const c = e.code;
  const { bits } = op;
  const type = valueType(bits);
  const value = c.borrow(type);
  const count = c.borrow(I32);
  e.pushRm(op, bits);
  c.set(value);
  pushControl(e, op, 0);
  c.set(count);
  c.get(value).get(count);
  if (bits === 64) c.extendUnsigned();
  c.integer(type, 'shrU').constant(type, 0);
  c.get(count).i32(bits).i32op('ltU').select().set(value);
  pushControl(e, op, 8);
  c.set(count);
  keepLowest(e, value, count, bits);
  c.get(value).tee(e.flags.r(bits));
  e.popRegister(op.reg, bits);
  e.flags.define(FLAGS_LOGIC, bits);
  c.giveBack(type, value);
  c.giveBack(I32, count);
};

const multiply: InstructionEmitter = (e, op) => {
  const c = e.code;
  const { bits } = op;
  const a = c.borrow(I64);
  const b = c.borrow(I64);
  e.pushRm(op, bits);
  if (bits === 32) c.extendUnsigned();
  c.set(a);
  e.pushRegister(RDX, bits);
  if (bits === 32) c.extendUnsigned().set(b).get(a).get(b).i64op('mul').tee(a).wrap();
  else c.set(b).get(a).get(b).i64op('mul');
  e.popRegister(op.vvvv, bits);
  // The upper half is written last: it stays when both go to one register.
  if (bits === 32) c.get(a).i64(32).i64op('shrU').wrap();
  else pushHigh(e, a, b);
  e.popRegister(op.reg, bits);
  c.giveBack(I64, a, b);
};

/** Counts are taken modulo the operand's width, as wasm takes them. */
function shiftBy(operation: IntegerOp): InstructionEmitter {
  return (e, op) => {
    e.pushRm(op, op.bits);
    e.pushRegister(op.vvvv, op.bits);
    e.code.integer(valueType(op.bits), operation);
    e.popRegister(op.reg, op.bits);
  };
}

const rotate: InstructionEmitter = (e, op) => {
  const type = valueType(op.bits);
  e.pushRm(op, op.bits);
  e.code.constant(type, op.immediate & (op.bits - 1)).integer(type, 'rotr');
  e.popRegister(op.reg, op.bits);
};

/** A loop over the mask's bits: the handler has it. */
const byMask: InstructionEmitter = (e, op) => {
  directCall(e, op, { reads: ['rm', op.vvvv], writes: ['reg'] });
};

export const bitManipulation: EmitterTable = {
  tzcnt: countZeros(pushTrailing),
  lzcnt: countZeros(pushLeading),
  andn: andNot,
  blsr: lowestSet('and', false, true),
  blsmsk: lowestSet('xor', false, true),
  blsi: lowestSet('and', true, false),
  bzhi: zeroHigh,
  bextr: extract,
  pdep: byMask,
  pext: byMask,
  mulx: multiply,
  shlx: shiftBy('shl'),
  shrx: shiftBy('shrU'),
  sarx: shiftBy('shrS'),
  rorx: rotate,
};
