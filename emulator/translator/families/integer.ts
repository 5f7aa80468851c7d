/** Moves and arithmetic on general registers: the handlers of data-movement and arithmetic. */
import {
  FLAGS_ADC,
  FLAGS_ADD,
  FLAGS_CARRY,
  FLAGS_DEC,
  FLAGS_INC,
  FLAGS_LOGIC,
  FLAGS_SBB,
  FLAGS_SUB,
} from '../../cpu/core/flag-classes.ts';
import type { Emitter, Place } from '../emitter.ts';
import { valueType } from '../flags.ts';
import type { MicroOp } from '../micro-op.ts';
import { I32, type IntegerOp, OP } from '../wasm/opcodes.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

const RAX = 0;
const RDX = 16;

/** Where the second operand comes from: EG and GE take ModRM's, EI an immediate. */
type Form = 'EG' | 'GE' | 'EI';

function pushSource(e: Emitter, op: MicroOp, form: Form): void {
  if (form === 'EG') e.pushRegister(op.reg, op.bits);
  else if (form === 'GE') e.pushRm(op, op.bits);
  else e.pushImmediate(op, op.bits);
}

function destination(e: Emitter, op: MicroOp, form: Form): Place {
  if (form === 'GE') return { host: null, register: op.reg, bits: op.bits };
  return e.place(op, op.bits);
}

/** Leaves the operands in s and b, the result in r. */
function arithmetic(what: number, operation: IntegerOp, form: Form): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const place = destination(e, op, form);
    e.pushPlace(place);
    pushSource(e, op, form);
    c.set(flags.b(bits)).set(flags.s(bits));
    c.get(flags.s(bits)).get(flags.b(bits)).integer(valueType(bits), operation).set(flags.r(bits));
    e.storePlace(place, flags.r(bits));
    e.release(place);
    flags.define(what, bits, true);
  };
}

function logic(operation: IntegerOp, form: Form): InstructionEmitter {
  return (e, op) => {
    const { flags } = e;
    const { bits } = op;
    const place = destination(e, op, form);
    e.pushPlace(place);
    pushSource(e, op, form);
    e.code.integer(valueType(bits), operation).set(flags.r(bits));
    e.storePlace(place, flags.r(bits));
    e.release(place);
    flags.define(FLAGS_LOGIC, bits);
  };
}

/** XOR and SUB of a register with itself: 0 whatever it held. */
function isZeroing(op: MicroOp): boolean {
  return !op.inMemory && op.reg === op.rm;
}

function xor(form: Form): InstructionEmitter {
  const general = logic('xor', form);
  return (e, op) => {
    if (form === 'EI' || !isZeroing(op)) {
      general(e, op);
      return;
    }
    e.code.constant(valueType(op.bits), 0).tee(e.flags.r(op.bits));
    e.popRegister(op.rm, op.bits);
    e.flags.define(FLAGS_LOGIC, op.bits);
  };
}

/** ADC and SBB: x is the carry that comes in. */
function withCarry(what: number, operation: 'add' | 'sub', form: Form): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const type = valueType(bits);
    const place = destination(e, op, form);
    const carry = c.borrow(I32);
    const a = c.borrow(type);
    const b = c.borrow(type);
    e.pushPlace(place);
    pushSource(e, op, form);
    c.set(b).set(a);
    flags.pushCarry();
    c.set(carry);
    c.get(a).get(b).integer(type, operation).get(carry);
    if (bits === 64) c.extendUnsigned();
    c.integer(type, operation).set(flags.r(bits));
    c.get(a).set(flags.s(bits)).get(carry).set(flags.x);
    e.storePlace(place, flags.r(bits));
    e.release(place);
    c.giveBack(I32, carry);
    c.giveBack(type, a, b);
    flags.define(what, bits);
  };
}

/** CMP and TEST: nothing is written. */
function compare(form: Form): InstructionEmitter {
  return (e, op) => {
    const { flags, code: c } = e;
    const { bits } = op;
    if (form === 'GE') e.pushRegister(op.reg, bits);
    else e.pushRm(op, bits);
    pushSource(e, op, form);
    c.set(flags.b(bits)).set(flags.s(bits));
    c.get(flags.s(bits)).get(flags.b(bits)).integer(valueType(bits), 'sub').set(flags.r(bits));
    flags.define(FLAGS_SUB, bits, true);
  };
}

function test(form: Form): InstructionEmitter {
  return (e, op) => {
    const { bits } = op;
    e.pushRm(op, bits);
    if (form !== 'EG' || op.inMemory || op.reg !== op.rm) {
      pushSource(e, op, form);
      e.code.integer(valueType(bits), 'and');
    }
    e.code.set(e.flags.r(bits));
    e.flags.define(FLAGS_LOGIC, bits);
  };
}

function step(what: number, operation: 'add' | 'sub'): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const { bits } = op;
    const type = valueType(bits);
    const place = e.place(op, bits);
    flags.pushCarry();
    c.set(flags.x);
    e.pushPlace(place);
    c.constant(type, 1).integer(type, operation).set(flags.r(bits));
    e.storePlace(place, flags.r(bits));
    e.release(place);
    flags.define(what, bits);
  };
}

const neg: InstructionEmitter = (e, op) => {
  const c = e.code;
  const { flags } = e;
  const { bits } = op;
  const type = valueType(bits);
  const place = e.place(op, bits);
  e.pushPlace(place);
  c.set(flags.b(bits)).constant(type, 0).set(flags.s(bits));
  c.get(flags.s(bits)).get(flags.b(bits)).integer(type, 'sub').set(flags.r(bits));
  e.storePlace(place, flags.r(bits));
  e.release(place);
  flags.define(FLAGS_SUB, bits, true);
};

const not: InstructionEmitter = (e, op) => {
  const type = valueType(op.bits);
  const place = e.place(op, op.bits);
  const value = e.code.borrow(type);
  e.pushPlace(place);
  e.code.constant(type, -1).integer(type, 'xor').set(value);
  e.storePlace(place, value);
  e.release(place);
  e.code.giveBack(type, value);
};

/** Stores what `push` pushes to the rm operand; `push` may not leave the region. */
function storeRm(e: Emitter, op: MicroOp, bits: number, push: () => void): void {
  if (!op.inMemory) {
    push();
    e.popRegister(op.rm, bits);
    return;
  }
  const place = e.place(op, bits);
  if (place.host !== null) e.code.get(place.host);
  push();
  e.storeHost(bits);
  e.release(place);
}

function extend(from: 8 | 16 | 32, signed: boolean): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    e.pushRm(op, from);
    if (signed && from < 32) c.i32op(from === 8 ? 'extend8' : 'extend16');
    if (op.bits === 64) {
      if (signed) c.extendSigned();
      else c.extendUnsigned();
    }
    e.popRegister(op.reg, op.bits);
  };
}

/** MOVSXD with a 16- or 32-bit destination is a plain move. */
const lea: InstructionEmitter = (e, op) => {
  e.pushOffset(op, op.bits !== 64 || op.addressSize !== 2);
  if (op.bits !== 64) e.code.wrap();
  e.popRegister(op.reg, op.bits);
};

const exchange: InstructionEmitter = (e, op) => {
  const c = e.code;
  const type = valueType(op.bits);
  const place = e.place(op, op.bits);
  const old = c.borrow(type);
  const value = c.borrow(type);
  e.pushPlace(place);
  c.set(old);
  e.pushRegister(op.reg, op.bits);
  c.set(value);
  e.storePlace(place, value);
  c.get(old);
  e.popRegister(op.reg, op.bits);
  e.release(place);
  c.giveBack(type, old, value);
};

const exchangeAccumulator: InstructionEmitter = (e, op) => {
  const c = e.code;
  const type = valueType(op.bits);
  const old = c.borrow(type);
  e.pushRegister(op.rm, op.bits);
  c.set(old);
  e.pushRegister(RAX, op.bits);
  e.popRegister(op.rm, op.bits);
  c.get(old);
  e.popRegister(RAX, op.bits);
  c.giveBack(type, old);
};

const conditionalMove: InstructionEmitter = (e, op) => {
  const c = e.code;
  const type = valueType(op.bits);
  const value = c.borrow(type);
  e.pushRm(op, op.bits);
  c.set(value);
  const condition = c.borrow(I32);
  e.flags.pushCondition(op.target & 15);
  c.set(condition);
  c.get(value);
  e.pushRegister(op.reg, op.bits);
  c.get(condition).op(OP.select);
  e.popRegister(op.reg, op.bits);
  c.giveBack(type, value);
  c.giveBack(I32, condition);
};

const setCondition: InstructionEmitter = (e, op) => {
  const place = e.place(op, 8);
  const value = e.code.borrow(I32);
  e.flags.pushCondition(op.target & 15);
  e.code.set(value);
  e.storePlace(place, value);
  e.release(place);
  e.code.giveBack(I32, value);
};

/** Pops a value, pushes it with its bytes in the opposite order. */
function reverseBytes(e: Emitter, bits: number): void {
  const c = e.code;
  const type = valueType(bits);
  const v = c.borrow(type);
  c.set(v);
  if (bits === 16) {
    c.get(v).i32(8).i32op('shrU').get(v).i32(8).i32op('shl').i32op('or').i32(0xffff).i32op('and');
    c.giveBack(type, v);
    return;
  }
  const wide = bits === 64;
  // Pairs of bytes, then of words: rotating by 8 puts one byte of each pair right, and back the other.
  const bytes = wide ? 0x00ff00ff00ff00ffn : 0x00ff00ffn;
  const mask = (): void => {
    if (wide) c.i64(bytes);
    else c.i32(Number(bytes));
    c.integer(type, 'and');
  };
  c.get(v);
  mask();
  c.constant(type, 8).integer(type, wide ? 'shl' : 'rotr');
  if (wide) {
    c.get(v).i64(8).i64op('shrU');
    mask();
    c.i64op('or').tee(v).i64(0x0000ffff0000ffffn).i64op('and').i64(16).i64op('shl');
    c.get(v).i64(16).i64op('shrU').i64(0x0000ffff0000ffffn).i64op('and').i64op('or');
    c.i64(32).i64op('rotl');
  } else {
    c.get(v).i32(8).i32op('rotl');
    mask();
    c.i32op('or');
  }
  c.giveBack(type, v);
}

const byteSwap: InstructionEmitter = (e, op) => {
  if (op.bits === 16) e.code.i32(0);
  else {
    e.pushRegister(op.rm, op.bits);
    reverseBytes(e, op.bits);
  }
  e.popRegister(op.rm, op.bits);
};

const loadReversed: InstructionEmitter = (e, op) => {
  e.pushRm(op, op.bits);
  reverseBytes(e, op.bits);
  e.popRegister(op.reg, op.bits);
};

const storeReversed: InstructionEmitter = (e, op) => {
  storeRm(e, op, op.bits, () => {
    e.pushRegister(op.reg, op.bits);
    reverseBytes(e, op.bits);
  });
};

/** CBW, CWDE, CDQE: the sign of the lower half fills the upper. */
const widen: InstructionEmitter = (e, op) => {
  const c = e.code;
  e.pushRegister(RAX, op.bits / 2);
  if (op.bits === 64) c.extendSigned();
  else c.i32op(op.bits === 16 ? 'extend8' : 'extend16');
  e.popRegister(RAX, op.bits);
};

/** CWD, CDQ, CQO. */
const spread: InstructionEmitter = (e, op) => {
  const type = valueType(op.bits);
  e.pushRegister(RAX, op.bits);
  if (op.bits === 16) e.code.i32op('extend16');
  e.code.constant(type, op.bits - 1).integer(type, 'shrS');
  e.popRegister(RDX, op.bits);
};

const exchangeAdd: InstructionEmitter = (e, op) => {
  const c = e.code;
  const { flags } = e;
  const { bits } = op;
  const place = e.place(op, bits);
  e.pushPlace(place);
  c.set(flags.s(bits));
  e.pushRegister(op.reg, bits);
  c.set(flags.b(bits));
  c.get(flags.s(bits)).get(flags.b(bits)).integer(valueType(bits), 'add').set(flags.r(bits));
  c.get(flags.s(bits));
  e.popRegister(op.reg, bits);
  e.storePlace(place, flags.r(bits));
  e.release(place);
  flags.define(FLAGS_ADD, bits, true);
};

const compareExchange: InstructionEmitter = (e, op) => {
  const c = e.code;
  const { flags } = e;
  const { bits } = op;
  const type = valueType(bits);
  const place = e.place(op, bits);
  const value = c.borrow(type);
  e.pushRegister(RAX, bits);
  c.set(flags.s(bits));
  e.pushPlace(place);
  c.set(flags.b(bits));
  c.get(flags.s(bits)).get(flags.b(bits)).integer(type, 'sub').set(flags.r(bits));
  c.get(flags.s(bits)).get(flags.b(bits)).integer(type, 'eq').if();
  e.pushRegister(op.reg, bits);
  c.set(value);
  e.storePlace(place, value);
  c.else();
  // Memory is written in either case; a register is not, and its upper half stays.
  if (place.host !== null) e.storePlace(place, flags.b(bits));
  c.get(flags.b(bits));
  e.popRegister(RAX, bits);
  c.end();
  e.release(place);
  c.giveBack(type, value);
  flags.define(FLAGS_SUB, bits, true);
};

/** CLC, STC, CMC. */
function setCarry(push: (e: Emitter) => void): InstructionEmitter {
  return (e) => {
    e.flags.settleChanges(FLAGS_CARRY);
    push(e);
    e.code.i32(31).i32op('shl').set(e.flags.carries);
    e.flags.change(FLAGS_CARRY);
  };
}

function forms(name: string, make: (form: Form) => InstructionEmitter): [string, InstructionEmitter][] {
  return (['EG', 'GE', 'EI'] as const).map((form) => [name + form, make(form)]);
}

export const integer: EmitterTable = {
  nop: () => undefined,
  movEG: (e, op) => {
    storeRm(e, op, op.bits, () => {
      e.pushRegister(op.reg, op.bits);
    });
  },
  movEI: (e, op) => {
    storeRm(e, op, op.bits, () => {
      e.pushImmediate(op, op.bits);
    });
  },
  movGE: (e, op) => {
    e.pushRm(op, op.bits);
    e.popRegister(op.reg, op.bits);
  },
  movZI: (e, op) => {
    if (op.bits === 64) e.code.i64(BigInt.asIntN(64, op.wide));
    else e.code.i32(op.immediate);
    e.popRegister(op.rm, op.bits);
  },
  movzxB: extend(8, false),
  movzxW: extend(16, false),
  movsxB: extend(8, true),
  movsxW: extend(16, true),
  movsxD: extend(32, true),
  leaGM: lea,
  xchgEG: exchange,
  xchgZA: exchangeAccumulator,
  bswap: byteSwap,
  movbeLoad: loadReversed,
  movbeStore: storeReversed,
  cbw: widen,
  cwd: spread,
  cmov: conditionalMove,
  setcc: setCondition,
  xadd: exchangeAdd,
  cmpxchg: compareExchange,
  ...Object.fromEntries([
    ...forms('add', (form) => arithmetic(FLAGS_ADD, 'add', form)),
    ...forms('sub', (form) => arithmetic(FLAGS_SUB, 'sub', form)),
    ...forms('adc', (form) => withCarry(FLAGS_ADC, 'add', form)),
    ...forms('sbb', (form) => withCarry(FLAGS_SBB, 'sub', form)),
    ...forms('and', (form) => logic('and', form)),
    ...forms('or', (form) => logic('or', form)),
    ...forms('xor', xor),
    ...forms('cmp', compare),
    ...forms('test', test),
  ]),
  incE: step(FLAGS_INC, 'add'),
  decE: step(FLAGS_DEC, 'sub'),
  negE: neg,
  notE: not,
  clc: setCarry((e) => e.code.i32(0)),
  stc: setCarry((e) => e.code.i32(1)),
  cmc: setCarry((e) => {
    e.flags.pushCondition(3);
  }),
};
