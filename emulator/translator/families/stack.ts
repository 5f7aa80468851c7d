/** Pushes and pops: values of the operand's size, a pointer of the size that the mode and SS.B give it. */
import type { Emitter } from '../emitter.ts';
import type { MicroOp } from '../micro-op.ts';
import { valueType } from '../flags.ts';
import { pushLinear, SS } from '../segments.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

export const RSP = 32;
const RBP = 40;

/** Pushes the linear address of `bytes` bytes at register + `more` in the stack segment, or leaves. */
export function pushStackAddress(
  e: Emitter,
  register: number,
  more: number,
  bytes: number,
  write: boolean,
): void {
  const c = e.code;
  const bits = e.pointerBits;
  e.pushRegister(register, bits);
  if (more !== 0) {
    c.constant(valueType(bits), more).integer(valueType(bits), 'add');
    if (bits === 16) c.i32(0xffff).i32op('and');
  }
  if (bits !== 64) c.extendUnsigned();
  pushLinear(e, e.region.mode, SS, bytes, write);
}

/** RSP += more. */
export function moveStack(e: Emitter, more: number): void {
  const type = valueType(e.pointerBits);
  e.pushRegister(RSP, e.pointerBits);
  e.code.constant(type, more).integer(type, 'add');
  e.popRegister(RSP, e.pointerBits);
}

/** Pushes the value of `bits` bits in `local` on the guest's stack. */
export function pushValue(e: Emitter, local: number, bits: number): void {
  const bytes = bits / 8;
  pushStackAddress(e, RSP, -bytes, bytes, true);
  const place = e.placeOnStack(bits);
  e.storePlace(place, local);
  e.release(place);
  moveStack(e, -bytes);
}

/** Whether pushes and pops of this size are emitted: in 64-bit mode not those of 16 bits. */
export function canPush(e: Emitter, bits: number): boolean {
  return e.long ? bits === 64 : bits === 16 || bits === 32;
}

function native(emit: InstructionEmitter): InstructionEmitter {
  return (e, op) => {
    if (canPush(e, op.bits)) emit(e, op);
    else e.fallback(op);
  };
}

function pushing(push: (e: Emitter, op: MicroOp) => void): InstructionEmitter {
  return native((e, op) => {
    const type = valueType(op.bits);
    const value = e.code.borrow(type);
    push(e, op);
    e.code.set(value);
    pushValue(e, value, op.bits);
    e.code.giveBack(type, value);
  });
}

const pop: InstructionEmitter = native((e, op) => {
  // The address of a memory operand may depend on the moved pointer.
  if (op.inMemory && op.base === RSP) {
    e.fallback(op);
    return;
  }
  const c = e.code;
  const type = valueType(op.bits);
  const value = c.borrow(type);
  pushStackAddress(e, RSP, 0, op.bits / 8, false);
  e.loadStack(op.bits);
  c.set(value);
  const place = e.place(op, op.bits);
  moveStack(e, op.bits / 8);
  e.storePlace(place, value);
  e.release(place);
  c.giveBack(type, value);
});

const leave: InstructionEmitter = native((e, op) => {
  const c = e.code;
  const type = valueType(op.bits);
  const value = c.borrow(type);
  pushStackAddress(e, RBP, 0, op.bits / 8, false);
  e.loadStack(op.bits);
  c.set(value);
  const { pointerBits } = e;
  e.pushRegister(RBP, pointerBits);
  c.constant(valueType(pointerBits), op.bits / 8).integer(valueType(pointerBits), 'add');
  e.popRegister(RSP, pointerBits);
  c.get(value);
  e.popRegister(RBP, op.bits);
  c.giveBack(type, value);
});

export const stack: EmitterTable = {
  pushE: pushing((e, op) => {
    e.pushRm(op, op.bits);
  }),
  pushI: pushing((e, op) => {
    e.code.constant(valueType(op.bits), op.immediate);
  }),
  popE: pop,
  leave,
};
