/** Integer arithmetic, logic, shuffles and shifts of XMM registers; those of MMX registers stay with the interpreter. */
import type { Emitter } from '../emitter.ts';
import type { MicroOp } from '../micro-op.ts';
import { V128 } from '../wasm/opcodes.ts';
import type { SimdOp } from '../wasm/simd.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';
import { onXmm, pushVector } from './vector-operands.ts';

/** One instruction on the reg and the rm operand. */
function simple(name: SimdOp): InstructionEmitter {
  return onXmm((e, op) => {
    const source = e.code.borrow(V128);
    pushVector(e, op);
    e.code.set(source);
    e.vectors.push(op.reg);
    e.code.get(source).simd(name);
    e.vectors.pop(op.reg);
    e.code.giveBack(V128, source);
  });
}

/** PANDN complements the first operand, WebAssembly's andnot the second. */
const andNot: InstructionEmitter = onXmm((e, op) => {
  pushVector(e, op);
  e.vectors.push(op.reg);
  e.code.simd('andNot');
  e.vectors.pop(op.reg);
});

/** A register with itself is 0 whatever it held. */
const xor: InstructionEmitter = onXmm((e, op) => {
  if (!op.inMemory && op.reg === op.rm) {
    e.code.v128(0n, 0n);
    e.vectors.pop(op.reg, 'f64x2');
    return;
  }
  simple('xor')(e, op);
});

const multiplyUnsigned: InstructionEmitter = onXmm((e, op) => {
  const c = e.code;
  const low = 0xffffffffn;
  pushVector(e, op);
  c.v128(low, low).simd('and');
  e.vectors.push(op.reg);
  c.v128(low, low).simd('and').simd('i64x2Mul');
  e.vectors.pop(op.reg);
});

/** Elements of `bytes` bytes as indices of bytes. */
const lanes = (indices: readonly number[], bytes: number): number[] =>
  indices.flatMap((index) => Array.from({ length: bytes }, (_, i) => index * bytes + i));

/** Picks elements from the reg operand (0 on) and the rm operand behind it. */
function pick(indices: (op: MicroOp) => readonly number[], bytes: number): InstructionEmitter {
  return onXmm((e, op) => {
    const c = e.code;
    const source = c.borrow(V128);
    pushVector(e, op);
    c.set(source);
    e.vectors.push(op.reg);
    c.get(source).shuffle(lanes(indices(op), bytes));
    e.vectors.pop(op.reg);
    c.giveBack(V128, source);
  });
}

/** Elements of the low or high halves in turns. */
function interleave(bytes: number, high: boolean): InstructionEmitter {
  const count = 16 / bytes;
  const first = high ? count / 2 : 0;
  const indices = Array.from({ length: count / 2 }, (_, i) => [first + i, count + first + i]).flat();
  return pick(() => indices, bytes);
}

const field = (op: MicroOp, i: number, bits: number): number =>
  (op.immediate >> (i * bits)) & ((1 << bits) - 1);

/** Picks elements of the rm operand alone. */
function rearrange(indices: (op: MicroOp) => readonly number[], bytes: number): InstructionEmitter {
  return onXmm((e, op) => {
    const c = e.code;
    const source = c.borrow(V128);
    pushVector(e, op);
    c.tee(source)
      .get(source)
      .shuffle(lanes(indices(op), bytes));
    e.vectors.pop(op.reg);
    c.giveBack(V128, source);
  });
}

/** Shifts each element of the rm operand by the immediate; by its width or more gives 0, or the sign everywhere. */
function shift(name: SimdOp, width: number, arithmetic: boolean): InstructionEmitter {
  return onXmm((e, op) => {
    const c = e.code;
    const count = op.immediate & 0xff;
    if (count >= width && !arithmetic) c.v128(0n, 0n);
    else {
      e.vectors.push(op.rm);
      c.i32(Math.min(count, width - 1)).simd(name);
    }
    e.vectors.pop(op.rm);
  });
}

/** PSLLDQ and PSRLDQ: whole bytes. */
function shiftBytes(left: boolean): InstructionEmitter {
  return onXmm((e: Emitter, op) => {
    const count = Math.min(op.immediate & 0xff, 16);
    const first = left ? 16 - count : count;
    // The vector with zeros below it, or above.
    if (left) e.code.v128(0n, 0n);
    e.vectors.push(op.rm);
    if (!left) e.code.v128(0n, 0n);
    e.code.shuffle(Array.from({ length: 16 }, (_, i) => first + i));
    e.vectors.pop(op.rm);
  });
}

const SIMPLE: Readonly<Record<string, SimdOp>> = {
  paddb: 'i8x16Add',
  paddw: 'i16x8Add',
  paddd: 'i32x4Add',
  paddq: 'i64x2Add',
  psubb: 'i8x16Sub',
  psubw: 'i16x8Sub',
  psubd: 'i32x4Sub',
  psubq: 'i64x2Sub',
  paddsb: 'i8x16AddSatS',
  paddsw: 'i16x8AddSatS',
  paddusb: 'i8x16AddSatU',
  paddusw: 'i16x8AddSatU',
  psubsb: 'i8x16SubSatS',
  psubsw: 'i16x8SubSatS',
  psubusb: 'i8x16SubSatU',
  psubusw: 'i16x8SubSatU',
  pmullw: 'i16x8Mul',
  pmaddwd: 'i32x4Dot',
  pavgb: 'i8x16AverageU',
  pavgw: 'i16x8AverageU',
  pminub: 'i8x16MinU',
  pmaxub: 'i8x16MaxU',
  pminsw: 'i16x8MinS',
  pmaxsw: 'i16x8MaxS',
  pand: 'and',
  por: 'or',
  pcmpeqb: 'i8x16Eq',
  pcmpeqw: 'i16x8Eq',
  pcmpeqd: 'i32x4Eq',
  pcmpgtb: 'i8x16GtS',
  pcmpgtw: 'i16x8GtS',
  pcmpgtd: 'i32x4GtS',
  packsswb: 'i8x16NarrowS',
  packuswb: 'i8x16NarrowU',
  packssdw: 'i16x8NarrowS',
};

export const packedInteger: EmitterTable = {
  ...Object.fromEntries(Object.entries(SIMPLE).map(([name, operation]) => [name, simple(operation)])),
  pandn: andNot,
  pxor: xor,
  pmuludq: multiplyUnsigned,
  punpcklbw: interleave(1, false),
  punpcklwd: interleave(2, false),
  punpckldq: interleave(4, false),
  punpcklqdq: interleave(8, false),
  punpckhbw: interleave(1, true),
  punpckhwd: interleave(2, true),
  punpckhdq: interleave(4, true),
  punpckhqdq: interleave(8, true),
  unpcklps: interleave(4, false),
  unpckhps: interleave(4, true),
  pshufd: rearrange((op) => [0, 1, 2, 3].map((i) => field(op, i, 2)), 4),
  pshuflw: rearrange((op) => [0, 1, 2, 3].map((i) => field(op, i, 2)).concat([4, 5, 6, 7]), 2),
  pshufhw: rearrange((op) => [0, 1, 2, 3].concat([0, 1, 2, 3].map((i) => 4 + field(op, i, 2))), 2),
  shufps: pick((op) => [0, 1, 2, 3].map((i) => field(op, i, 2) + (i < 2 ? 0 : 4)), 4),
  shufpd: pick((op) => [0, 1].map((i) => field(op, i, 1) + i * 2), 8),
  psllwI: shift('i16x8Shl', 16, false),
  pslldI: shift('i32x4Shl', 32, false),
  psllqI: shift('i64x2Shl', 64, false),
  psrlwI: shift('i16x8ShrU', 16, false),
  psrldI: shift('i32x4ShrU', 32, false),
  psrlqI: shift('i64x2ShrU', 64, false),
  psrawI: shift('i16x8ShrS', 16, true),
  psradI: shift('i32x4ShrS', 32, true),
  pslldq: shiftBytes(true),
  psrldq: shiftBytes(false),
};
