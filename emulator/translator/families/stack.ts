/** Pushes and pops of the stack's own width, where the stack needs no segment check. */
import type { Emitter } from '../emitter.ts';
import type { MicroOp } from '../micro-op.ts';
import { valueType } from '../flags.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

export const RSP = 32;
const RBP = 40;

/** Pushes register + `more` as an address of the stack's width. */
export function pushStackAddress(e: Emitter, register: number, more: number): void {
  const c = e.code;
  e.pushRegister(register, e.stackBits);
  if (more !== 0) c.constant(valueType(e.stackBits), more).integer(valueType(e.stackBits), 'add');
  if (e.stackBits === 32) c.extendUnsigned();
}

/** RSP += more. */
export function moveStack(e: Emitter, more: number): void {
  const type = valueType(e.stackBits);
  e.pushRegister(RSP, e.stackBits);
  e.code.constant(type, more).integer(type, 'add');
  e.popRegister(RSP, e.stackBits);
}

/** Pushes the value in `local` (of the stack's width) on the guest's stack. */
export function pushValue(e: Emitter, local: number): void {
  const bytes = e.stackBits / 8;
  pushStackAddress(e, RSP, -bytes);
  const place = e.placeOnStack(e.stackBits);
  e.storePlace(place, local);
  e.release(place);
  moveStack(e, -bytes);
}

function native(emit: InstructionEmitter): InstructionEmitter {
  return (e, op) => {
    if (e.flatStack && op.bits === e.stackBits) emit(e, op);
    else e.fallback(op);
  };
}

function pushing(push: (e: Emitter, op: MicroOp) => void): InstructionEmitter {
  return native((e, op) => {
    const type = valueType(op.bits);
    const value = e.code.borrow(type);
    push(e, op);
    e.code.set(value);
    pushValue(e, value);
    e.code.giveBack(type, value);
  });
}

const pop: InstructionEmitter = native((e, op) => {
  // A memory operand's address may depend on the moved pointer.
  if (op.inMemory) {
    e.fallback(op);
    return;
  }
  const type = valueType(op.bits);
  const value = e.code.borrow(type);
  pushStackAddress(e, RSP, 0);
  e.loadStack(op.bits);
  e.code.set(value);
  moveStack(e, op.bits / 8);
  e.code.get(value);
  e.popRegister(op.rm, op.bits);
  e.code.giveBack(type, value);
});

const leave: InstructionEmitter = native((e, op) => {
  const c = e.code;
  const type = valueType(op.bits);
  const value = c.borrow(type);
  pushStackAddress(e, RBP, 0);
  e.loadStack(op.bits);
  c.set(value);
  e.pushRegister(RBP, op.bits);
  c.constant(type, op.bits / 8).integer(type, 'add');
  e.popRegister(RSP, op.bits);
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
