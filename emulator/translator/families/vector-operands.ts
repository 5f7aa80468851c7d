/** Operands of SSE instructions: XMM registers, 16 bytes of memory, scalars, and the tests of their values. */
import type { Emitter } from '../emitter.ts';
import { logWrite, requireAligned } from '../memory.ts';
import type { MicroOp } from '../micro-op.ts';
import type { Settled } from '../vectors.ts';
import { F32, F64, I32, I64, LOAD, STORE, type ValueType, V128 } from '../wasm/opcodes.ts';
import type { SimdOp } from '../wasm/simd.ts';
import { directCall, MMX } from './direct.ts';
import type { InstructionEmitter } from './table.ts';

const VECTOR_BYTES = 16;

/** An emitter for XMM registers; the same handler on MMX registers has 64 bits. */
export function onXmm(emit: InstructionEmitter): InstructionEmitter {
  return (e, op) => {
    if (op.bits === 64) {
      directCall(e, op, MMX);
      return;
    }
    e.vectors.ready();
    emit(e, op);
  };
}

/** Pushes the host address of the memory operand; off a 16-byte boundary the interpreter raises #GP. */
function pushHost(e: Emitter, op: MicroOp, bytes: number, write: boolean, aligned: boolean): void {
  e.pushAddress(op);
  if (aligned) requireAligned(e, VECTOR_BYTES);
  e.hostAddress(op, bytes, write);
}

/** Pushes the rm operand as a vector. */
export function pushVector(e: Emitter, op: MicroOp, aligned = true): void {
  if (!op.inMemory) {
    e.vectors.push(op.rm);
    return;
  }
  pushHost(e, op, VECTOR_BYTES, false, aligned);
  e.code.vectorAccess('load');
}

/** Pushes the rm operand's low 4 or 8 bytes as a vector; the rest is 0 from memory, anything from a register. */
export function pushLow(e: Emitter, op: MicroOp, bytes: 4 | 8): void {
  if (!op.inMemory) {
    e.vectors.push(op.rm);
    return;
  }
  pushHost(e, op, bytes, false, false);
  e.code.vectorAccess(bytes === 8 ? 'load64Zero' : 'load32Zero');
}

/** Stores the vector register `from`, or its low bytes, to memory. */
export function storeVector(
  e: Emitter,
  op: MicroOp,
  from: number,
  bytes: 4 | 8 | 16,
  aligned: boolean,
): void {
  const c = e.code;
  const host = c.borrow(I32);
  pushHost(e, op, bytes, true, aligned);
  c.set(host);
  if (e.checked) logWrite(e, host);
  c.get(host);
  e.vectors.push(from);
  if (bytes === 16) c.vectorAccess('store');
  else if (bytes === 8) c.simd('i64x2Extract', 0).access(STORE.i64);
  else c.simd('i32x4Extract', 0).access(STORE.i32);
  c.giveBack(I32, host);
}

/** Pushes 8 bytes of memory as an i64. */
export function pushMemory64(e: Emitter, op: MicroOp): void {
  pushHost(e, op, 8, false, false);
  e.code.access(LOAD.i64);
}

// ---- Values ----------------------------------------------------------------------------------------------------
export type Precision = 32 | 64;

/** Twice the bits of a number lie in this range, from the lowest, when it is a normal one. */
const NORMAL = {
  32: { least: 2n ** 24n, count: 0xfen << 24n },
  64: { least: 2n ** 53n, count: 0x7fen << 53n },
} as const;
/** The smallest normal and the largest number in each element of a vector. */
const SMALLEST = { 32: 0x0080_0000_0080_0000n, 64: 0x0010_0000_0000_0000n } as const;
const LARGEST = { 32: 0x7f7f_ffff_7f7f_ffffn, 64: 0x7fef_ffff_ffff_ffffn } as const;

export const floatType = (bits: Precision): ValueType => (bits === 64 ? F64 : F32);
const integerType = (bits: Precision): typeof I32 | typeof I64 => (bits === 64 ? I64 : I32);

function constant(e: Emitter, bits: Precision, value: bigint): void {
  if (bits === 64) e.code.i64(BigInt.asIntN(64, value));
  else e.code.i32(Number(BigInt.asIntN(32, value)));
}

/** Leaves unless the number in the float local is normal or zero; with `orInfinite` that is as good. */
export function requireOrdinary(e: Emitter, local: number, bits: Precision, orInfinite = false): void {
  const c = e.code;
  const type = integerType(bits);
  const twice = c.borrow(type);
  const { least, count } = NORMAL[bits];
  e.prepareToLeave();
  c.get(local)
    .float(bits === 64 ? 'i64OfF64' : 'i32OfF32')
    .constant(type, 1)
    .integer(type, 'shl')
    .tee(twice);
  constant(e, bits, least);
  c.integer(type, 'sub');
  // One more: twice an infinity's bits are just behind the largest normal number's.
  constant(e, bits, orInfinite ? count + 1n : count);
  c.integer(type, 'geU').if();
  c.get(twice).constant(type, 0).integer(type, 'ne');
  e.leaveIf();
  c.end();
  c.giveBack(type, twice);
}

export interface Vector {
  readonly local: number;
  /** Known to hold normal numbers and zeros. */
  readonly settled: boolean;
}

const named = (bits: Precision, f32: SimdOp, f64: SimdOp): SimdOp => (bits === 64 ? f64 : f32);

/** Pushes a mask of the elements that are smaller than any normal number. */
export function pushSmall(e: Emitter, local: number, bits: Precision): void {
  const c = e.code;
  c.get(local).simd(named(bits, 'f32x4Abs', 'f64x2Abs'));
  c.v128(SMALLEST[bits], SMALLEST[bits]).simd(named(bits, 'f32x4Lt', 'f64x2Lt'));
}

/** Pushes a mask of the elements that are not zero. */
export function pushNonZero(e: Emitter, local: number, bits: Precision): void {
  e.code
    .get(local)
    .v128(0n, 0n)
    .simd(named(bits, 'f32x4Ne', 'f64x2Ne'));
}

/** Pushes a mask of the elements that are infinite or NaN. */
export function pushInfinite(e: Emitter, local: number, bits: Precision): void {
  const c = e.code;
  c.get(local).simd(named(bits, 'f32x4Abs', 'f64x2Abs'));
  c.v128(LARGEST[bits], LARGEST[bits])
    .simd(named(bits, 'f32x4Le', 'f64x2Le'))
    .simd('not');
}

/** Pushes a mask of the denormal elements. */
export function pushDenormal(e: Emitter, local: number, bits: Precision): void {
  pushSmall(e, local, bits);
  pushNonZero(e, local, bits);
  e.code.simd('and');
}

export const packedSettled = (bits: Precision): Settled => (bits === 64 ? 'f64x2' : 'f32x4');
export const scalarSettled = (bits: Precision): Settled => (bits === 64 ? 'f64' : 'f32');

/** The rm operand in a local of its own, and what is known of it; give the local back when `owned`. */
export function packedSource(e: Emitter, op: MicroOp, bits: Precision): Vector & { readonly owned: boolean } {
  if (!op.inMemory) {
    return {
      local: e.vectors.local(op.rm),
      settled: e.vectors.isSettled(op.rm, packedSettled(bits)),
      owned: false,
    };
  }
  const local = e.code.borrow(V128);
  pushVector(e, op);
  e.code.set(local);
  return { local, settled: false, owned: true };
}

/** Pushes the rm operand as a float. */
export function pushScalar(e: Emitter, op: MicroOp, bits: Precision): void {
  const c = e.code;
  if (!op.inMemory) {
    e.vectors.push(op.rm);
    c.simd(bits === 64 ? 'f64x2Extract' : 'f32x4Extract', 0);
    return;
  }
  pushHost(e, op, bits / 8, false, false);
  if (bits === 64) c.access(LOAD.i64).float('f64OfI64');
  else c.access(LOAD.i32).float('f32OfI32');
}

/** Puts the float in `local` into the low element of a register. */
export function putScalar(
  e: Emitter,
  register: number,
  local: number,
  bits: Precision,
  settled: boolean,
): void {
  e.vectors.push(register);
  e.code.get(local).simd(bits === 64 ? 'f64x2Replace' : 'f32x4Replace', 0);
  e.vectors.pop(register, settled ? scalarSettled(bits) : undefined);
}
