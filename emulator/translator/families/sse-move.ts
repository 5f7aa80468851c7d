/** Moves of XMM registers, and conversions that are exact: handlers of sse-move and sse-convert. */
import type { Emitter } from '../emitter.ts';
import type { MicroOp } from '../micro-op.ts';
import { directCall } from './direct.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';
import { F64, I32, I64 } from '../wasm/opcodes.ts';
import {
  onXmm,
  pushLow,
  pushMemory64,
  pushScalar,
  pushVector,
  requireOrdinary,
  storeVector,
} from './vector-operands.ts';

/** Bytes of the low 4 or 8 of the second vector, then the first's. */
const LOW_OF_SECOND: Readonly<Record<4 | 8, readonly number[]>> = {
  4: [16, 17, 18, 19, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  8: [16, 17, 18, 19, 20, 21, 22, 23, 8, 9, 10, 11, 12, 13, 14, 15],
};

function load(aligned: boolean): InstructionEmitter {
  return (e, op) => {
    e.vectors.ready();
    pushVector(e, op, aligned);
    e.vectors.pop(op.reg, op.inMemory ? undefined : e.vectors.settledOf(op.rm));
  };
}

function store(aligned: boolean): InstructionEmitter {
  return (e, op) => {
    e.vectors.ready();
    if (op.inMemory) storeVector(e, op, op.reg, 16, aligned);
    else {
      e.vectors.push(op.reg);
      e.vectors.pop(op.rm, e.vectors.settledOf(op.reg));
    }
  };
}

/** MOVSS and MOVSD between registers: the rest stays. */
function mergeLow(e: Emitter, to: number, from: number, bytes: 4 | 8): void {
  const settled = bytes === 8 && e.vectors.isSettled(from, 'f64') ? 'f64' : undefined;
  e.vectors.push(to);
  e.vectors.push(from);
  e.code.shuffle(LOW_OF_SECOND[bytes]);
  e.vectors.pop(to, settled);
}

const scalarBytes = (op: MicroOp): 4 | 8 => (op.bits === 64 ? 8 : 4);

const loadScalar: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  if (!op.inMemory) {
    mergeLow(e, op.reg, op.rm, scalarBytes(op));
    return;
  }
  pushLow(e, op, scalarBytes(op));
  e.vectors.pop(op.reg);
};

const storeScalar: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  if (op.inMemory) storeVector(e, op, op.reg, scalarBytes(op), false);
  else mergeLow(e, op.rm, op.reg, scalarBytes(op));
};

/** MOVLPS and MOVHPS: one half from memory, or the other half of a register. */
function loadHalf(half: 0 | 1): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    e.vectors.ready();
    const value = c.borrow(I64);
    if (op.inMemory) pushMemory64(e, op);
    else {
      e.vectors.push(op.rm);
      c.simd('i64x2Extract', 1 - half);
    }
    c.set(value);
    e.vectors.push(op.reg);
    c.get(value).simd('i64x2Replace', half);
    e.vectors.pop(op.reg);
    c.giveBack(I64, value);
  };
}

const storeLow: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  storeVector(e, op, op.reg, 8, false);
};

/** MOVD and MOVQ from a general register or memory. */
const fromGeneral: InstructionEmitter = (e, op) => {
  const c = e.code;
  e.vectors.ready();
  const value = c.borrow(I64);
  e.pushRm(op, op.bits);
  if (op.bits !== 64) c.extendUnsigned();
  c.set(value);
  c.v128(0n, 0n).get(value).simd('i64x2Replace', 0);
  e.vectors.pop(op.reg);
  c.giveBack(I64, value);
};

const toGeneral: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  if (op.inMemory) {
    storeVector(e, op, op.reg, scalarBytes(op), false);
    return;
  }
  e.vectors.push(op.reg);
  e.code.simd(op.bits === 64 ? 'i64x2Extract' : 'i32x4Extract', 0);
  e.popRegister(op.rm, op.bits);
};

/** The low half of a register alone: the upper one becomes 0. */
function moveLowHalf(e: Emitter, to: number, from: number): void {
  const c = e.code;
  const settled = e.vectors.isSettled(from, 'f64') ? 'f64x2' : undefined;
  e.vectors.push(from);
  c.i64(0).simd('i64x2Replace', 1);
  e.vectors.pop(to, settled);
}

const loadQuad: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  if (!op.inMemory) {
    moveLowHalf(e, op.reg, op.rm);
    return;
  }
  pushLow(e, op, 8);
  e.vectors.pop(op.reg);
};

const storeQuad: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  if (op.inMemory) storeVector(e, op, op.reg, 8, false);
  else moveLowHalf(e, op.rm, op.reg);
};

const duplicate: InstructionEmitter = (e, op) => {
  e.vectors.ready();
  if (op.inMemory) pushMemory64(e, op);
  else {
    e.vectors.push(op.rm);
    e.code.simd('i64x2Extract', 0);
  }
  e.code.simd('i64x2Splat');
  e.vectors.pop(op.reg);
};

/** MOVMSKPS, MOVMSKPD, PMOVMSKB: only registers. */
function mask(bitmask: 'i32x4Bitmask' | 'i64x2Bitmask' | 'i8x16Bitmask'): InstructionEmitter {
  return (e, op) => {
    e.vectors.push(op.rm);
    e.code.simd(bitmask);
    e.popRegister(op.reg, 32);
  };
}

/** CVTSI2SD of 32 bits: every such integer is a double. */
const doubleOfInteger: InstructionEmitter = (e, op) => {
  const c = e.code;
  if (op.bits === 64) {
    directCall(e, op, { sse: true, arithmetic: true, reads: ['rm'] });
    return;
  }
  e.vectors.ready();
  const value = c.borrow(I32);
  e.pushRm(op, 32);
  c.set(value);
  e.vectors.push(op.reg);
  c.get(value).float('f64FromI32').simd('f64x2Replace', 0);
  e.vectors.pop(op.reg, 'f64');
  c.giveBack(I32, value);
};

/** Bits of 2^31 as a double. */
const TWO_TO_31 = 0x41e0_0000_0000_0000n;

/** CVTTSD2SI of what fits in 32 bits; anything else is the interpreter's. */
const integerOfDouble: InstructionEmitter = (e, op) => {
  const c = e.code;
  e.vectors.ready();
  e.vectors.quick();
  const value = c.borrow(F64);
  pushScalar(e, op, 64);
  c.set(value);
  requireOrdinary(e, value, 64);
  c.get(value).float('f64Abs').i64(TWO_TO_31).float('f64OfI64').float('f64Lt').i32op('eqz');
  e.leaveIf();
  c.get(value).truncate();
  if (op.bits !== 64) c.wrap();
  e.popRegister(op.reg, op.bits);
  c.giveBack(F64, value);
};

export const sseMove: EmitterTable = {
  movapsVW: load(true),
  movapsWV: store(true),
  movupsVW: load(false),
  movupsWV: store(false),
  movntMV: store(true),
  movScalarVW: loadScalar,
  movScalarWV: storeScalar,
  movlpsVW: loadHalf(0),
  movhpsVW: loadHalf(1),
  movlpsMV: storeLow,
  movToXmm: fromGeneral,
  movFromXmm: toGeneral,
  movqVW: loadQuad,
  movqWV: storeQuad,
  movddup: duplicate,
  movmskps: onXmm(mask('i32x4Bitmask')),
  movmskpd: onXmm(mask('i64x2Bitmask')),
  pmovmskb: onXmm(mask('i8x16Bitmask')),
  cvtsi2sd: doubleOfInteger,
  cvttsd2si: integerOfDouble,
};
