/**
 * ADD SUB MUL DIV SQRT MIN MAX of packed and scalar numbers, and COMIS and UCOMIS: the handlers of sse-arithmetic and
 * sse-compare. Where operands and results are normal numbers or exact zeros, the native operation is right and raises
 * no flag that MXCSR does not hold already (`Vectors.quick`); elsewhere the region is left before anything changed.
 */
import type { Emitter } from '../emitter.ts';
import type { MicroOp } from '../micro-op.ts';
import { OP, V128 } from '../wasm/opcodes.ts';
import type { FloatOp, SimdOp } from '../wasm/simd.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';
import {
  floatType,
  packedSettled,
  packedSource,
  type Precision,
  pushDenormal,
  pushInfinite,
  pushNonZero,
  pushScalar,
  pushSmall,
  putScalar,
  requireOrdinary,
  scalarSettled,
  type Vector,
} from './vector-operands.ts';

type Operation = 'Add' | 'Sub' | 'Mul' | 'Div';
const OPERATIONS: readonly Operation[] = ['Add', 'Sub', 'Mul', 'Div'];

const vectorOp = (bits: Precision, name: Operation | 'Sqrt' | 'PMin' | 'PMax'): SimdOp =>
  bits === 64 ? `f64x2${name}` : `f32x4${name}`;
const scalarOp = (bits: Precision, name: Operation | 'Sqrt' | 'Lt' | 'Gt' | 'Eq'): FloatOp =>
  bits === 64 ? `f64${name}` : `f32${name}`;

/** Pushes a mask of the results that are too small although no operand made them exactly zero. */
function pushUnderflow(
  e: Emitter,
  operation: Operation,
  r: number,
  a: number,
  b: number,
  bits: Precision,
): void {
  const c = e.code;
  if (operation === 'Add' || operation === 'Sub') {
    pushDenormal(e, r, bits);
    return;
  }
  pushSmall(e, r, bits);
  pushNonZero(e, a, bits);
  c.simd('and');
  if (operation === 'Div') return;
  pushNonZero(e, b, bits);
  c.simd('and');
}

/** Leaves when an operand that is not settled has a denormal element, or a result is none that is exact enough. */
function requirePacked(
  e: Emitter,
  operation: Operation,
  r: number,
  a: Vector,
  b: Vector,
  bits: Precision,
): void {
  const c = e.code;
  pushInfinite(e, r, bits);
  pushUnderflow(e, operation, r, a.local, b.local, bits);
  c.simd('or');
  for (const operand of a.local === b.local ? [a] : [a, b]) {
    if (operand.settled) continue;
    pushDenormal(e, operand.local, bits);
    c.simd('or');
  }
  c.simd('anyTrue');
  e.leaveIf();
}

function packed(operation: Operation, bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    e.vectors.ready();
    const b = packedSource(e, op, bits);
    const a = { local: e.vectors.local(op.reg), settled: e.vectors.isSettled(op.reg, packedSettled(bits)) };
    e.vectors.quick();
    const r = c.borrow(V128);
    c.get(a.local).get(b.local).simd(vectorOp(bits, operation)).set(r);
    requirePacked(e, operation, r, a, b, bits);
    c.get(r);
    e.vectors.pop(op.reg, packedSettled(bits));
    c.giveBack(V128, r);
    if (b.owned) c.giveBack(V128, b.local);
  };
}

/** MIN and MAX give the second operand where they are equal: pmin and pmax with the operands exchanged. */
function packedExtreme(name: 'PMin' | 'PMax', bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    e.vectors.ready();
    const b = packedSource(e, op, bits);
    const a = e.vectors.local(op.reg);
    e.vectors.plain();
    for (const [i, local] of [a, b.local].entries()) {
      pushInfinite(e, local, bits);
      pushDenormal(e, local, bits);
      c.simd('or');
      if (i === 1) c.simd('or');
    }
    c.simd('anyTrue');
    e.leaveIf();
    c.get(b.local).get(a).simd(vectorOp(bits, name));
    e.vectors.pop(op.reg, packedSettled(bits));
    if (b.owned) c.giveBack(V128, b.local);
  };
}

/** The two scalar operands in float locals, tested unless they are settled. */
function scalarOperands(e: Emitter, op: MicroOp, bits: Precision, test: boolean): { a: number; b: number } {
  const c = e.code;
  const b = c.borrow(floatType(bits));
  const a = c.borrow(floatType(bits));
  pushScalar(e, op, bits);
  c.set(b);
  e.vectors.push(op.reg);
  c.simd(bits === 64 ? 'f64x2Extract' : 'f32x4Extract', 0).set(a);
  if (test) {
    if (op.inMemory || !e.vectors.isSettled(op.rm, scalarSettled(bits))) requireOrdinary(e, b, bits);
    if (!e.vectors.isSettled(op.reg, scalarSettled(bits))) requireOrdinary(e, a, bits);
  }
  return { a, b };
}

function scalar(operation: Operation, bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const type = floatType(bits);
    e.vectors.ready();
    e.vectors.quick();
    const { a, b } = scalarOperands(e, op, bits, true);
    const r = c.borrow(type);
    c.get(a).get(b).float(scalarOp(bits, operation)).set(r);
    requireOrdinary(e, r, bits);
    if (operation === 'Mul' || operation === 'Div') requireExactZero(e, operation, r, a, b, bits);
    putScalar(e, op.reg, r, bits, true);
    c.giveBack(type, a, b, r);
  };
}

/** Leaves when a product or quotient is zero only because it is too small. */
function requireExactZero(
  e: Emitter,
  operation: Operation,
  r: number,
  a: number,
  b: number,
  bits: Precision,
): void {
  const c = e.code;
  const pushIsZero = (local: number): void => {
    c.get(local);
    if (bits === 64) c.i64(0).float('f64OfI64');
    else c.i32(0).float('f32OfI32');
    c.float(scalarOp(bits, 'Eq'));
  };
  e.prepareToLeave();
  pushIsZero(r);
  c.if();
  pushIsZero(a);
  if (operation === 'Mul') {
    pushIsZero(b);
    c.i32op('or');
  }
  c.i32op('eqz');
  e.leaveIf();
  c.end();
}

function scalarExtreme(comparison: 'Lt' | 'Gt', bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const type = floatType(bits);
    e.vectors.ready();
    e.vectors.plain();
    const { a, b } = scalarOperands(e, op, bits, true);
    c.get(a).get(b).get(a).get(b).float(scalarOp(bits, comparison)).op(OP.select).set(a);
    putScalar(e, op.reg, a, bits, true);
    c.giveBack(type, a, b);
  };
}

function packedRoot(bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    e.vectors.ready();
    const source = packedSource(e, op, bits);
    e.vectors.quick();
    const r = c.borrow(V128);
    c.get(source.local).simd(vectorOp(bits, 'Sqrt')).set(r);
    pushInfinite(e, r, bits);
    pushDenormal(e, source.local, bits);
    c.simd('or').simd('anyTrue');
    e.leaveIf();
    c.get(r);
    e.vectors.pop(op.reg, packedSettled(bits));
    c.giveBack(V128, r);
    if (source.owned) c.giveBack(V128, source.local);
  };
}

function scalarRoot(bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const type = floatType(bits);
    const r = c.borrow(type);
    e.vectors.ready();
    e.vectors.quick();
    pushScalar(e, op, bits);
    c.set(r);
    requireOrdinary(e, r, bits);
    c.get(r).float(scalarOp(bits, 'Sqrt')).set(r);
    // That of a negative number is none.
    requireOrdinary(e, r, bits);
    putScalar(e, op.reg, r, bits, true);
    c.giveBack(type, r);
  };
}

/** COMIS and UCOMIS of numbers that are no NaN: CF where the first is less, ZF where they are equal (core/flags.ts). */
function compareScalars(bits: Precision): InstructionEmitter {
  return (e, op) => {
    const c = e.code;
    const { flags } = e;
    const type = floatType(bits);
    e.vectors.ready();
    e.vectors.plain();
    const { a, b } = scalarOperands(e, op, bits, false);
    requireOrdinary(e, a, bits, true);
    requireOrdinary(e, b, bits, true);
    c.i32(0xc0000000 | 0)
      .i32(0)
      .get(a)
      .get(b)
      .float(scalarOp(bits, 'Lt'))
      .op(OP.select);
    c.get(a).get(b).float(scalarOp(bits, 'Eq')).i32(8).i32op('shl').i32op('or').set(flags.x);
    c.get(a).get(b).float(scalarOp(bits, 'Eq')).i32op('eqz').extendUnsigned().set(flags.r(64));
    flags.defineExplicit();
    c.giveBack(type, a, b);
  };
}

const PRECISIONS: readonly (readonly [packedName: string, scalarName: string, bits: Precision])[] = [
  ['ps', 'ss', 32],
  ['pd', 'sd', 64],
];

export const sseArithmetic: EmitterTable = Object.fromEntries(
  PRECISIONS.flatMap(([packedName, scalarName, bits]): [string, InstructionEmitter][] => [
    ...OPERATIONS.flatMap((operation): [string, InstructionEmitter][] => [
      [operation.toLowerCase() + packedName, packed(operation, bits)],
      [operation.toLowerCase() + scalarName, scalar(operation, bits)],
    ]),
    [`sqrt${packedName}`, packedRoot(bits)],
    [`sqrt${scalarName}`, scalarRoot(bits)],
    [`min${packedName}`, packedExtreme('PMin', bits)],
    [`max${packedName}`, packedExtreme('PMax', bits)],
    [`min${scalarName}`, scalarExtreme('Lt', bits)],
    [`max${scalarName}`, scalarExtreme('Gt', bits)],
  ]),
);

/** Of 32 or 64 bits by the handler's type. */
const compare: InstructionEmitter = (e, op) => {
  compareScalars(op.bits === 64 ? 64 : 32)(e, op);
};

export const sseCompare: EmitterTable = { comiQuiet: compare, comiSignaling: compare };
