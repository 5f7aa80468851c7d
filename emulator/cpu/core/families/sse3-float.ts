/**
 * HADDPS HSUBPS ADDSUBPS (SSE3), ROUNDPS DPPS (SSE4.1) and RCPPS, RSQRTPS (SDM vol. 2). Rows: table/sse3-float.ts.
 * RCP and RSQRT give twelve good bits, as their definition allows; the last ones differ between processors.
 */
import { UOP_IMMEDIATE, UOP_SIZE } from '../../layout';
import { Address } from '../address';
import { ADD, binary, MUL, SUB } from '../float80/arithmetic';
import { roundIntegral } from '../float80/round-integral';
import { Fp, PRECISION } from '../float80/status';
import { Memory } from '../memory';
import { Mxcsr } from '../mxcsr';
import { Operand } from '../operands';
import { Packed, Sse, Xmm } from '../vectors';

// Two operands, then the result.
const spill = memory.data(48, 16);

function spillOperands(p: usize): void {
  const b = Packed.source<v128>(p);
  v128.store(spill, Packed.reg<v128>(p));
  v128.store(spill, b, 16);
}

/** Element i of the result is element 2i and 2i + 1 of both operands in a row, added or subtracted. */
function horizontal<T>(p: usize, operation: u32): usize {
  spillOperands(p);
  Mxcsr.begin();
  for (let i: usize = 0; i < 16; i += sizeof<T>()) {
    const first = <u64>load<T>(spill + i * 2);
    const second = <u64>load<T>(spill + i * 2 + sizeof<T>());
    store<T>(spill + i, <T>binary<T>(operation, first, second), 32);
  }
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill, 32));
}
export function hadd<T>(p: usize): usize {
  return horizontal<T>(p, ADD);
}
export function hsub<T>(p: usize): usize {
  return horizontal<T>(p, SUB);
}

/** Even elements are subtracted, odd ones added. */
export function addsub<T>(p: usize): usize {
  spillOperands(p);
  Mxcsr.begin();
  for (let i: usize = 0; i < 16; i += sizeof<T>()) {
    const odd = (i / sizeof<T>()) & 1;
    const value = binary<T>(odd ? ADD : SUB, <u64>load<T>(spill + i), <u64>load<T>(spill + i, 16));
    store<T>(spill + i, <T>value, 32);
  }
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill, 32));
}

function nextStep(): void {
  Mxcsr.commit();
  Mxcsr.begin();
}

/** Dot product: immediate bits 7-4 pick factors, 3-0 the places of the sum. */
export function dp<T>(p: usize): usize {
  spillOperands(p);
  const order = load<u32>(p, UOP_IMMEDIATE);
  Mxcsr.begin();
  for (let i: usize = 0; i < 16; i += sizeof<T>()) {
    const picked = (order >>> (4 + <u32>(i / sizeof<T>()))) & 1;
    const value = picked ? binary<T>(MUL, <u64>load<T>(spill + i), <u64>load<T>(spill + i, 16)) : 0;
    store<T>(spill + i, <T>value, 32);
  }
  // Each step reports its exceptions before the next is made.
  nextStep();
  const products = spill + 32;
  let sum = binary<T>(ADD, <u64>load<T>(products), <u64>load<T>(products, sizeof<T>()));
  if (sizeof<T>() == 4) {
    const high = binary<T>(ADD, <u64>load<T>(products, 8), <u64>load<T>(products, 12));
    nextStep();
    sum = binary<T>(ADD, sum, high);
  }
  Mxcsr.commit();
  const to = Xmm.reg(p);
  for (let i: u32 = 0; i < 16 / sizeof<T>(); i++) {
    store<T>(to + i * sizeof<T>(), (order >>> i) & 1 ? <T>sum : <T>0);
  }
  return p + UOP_SIZE;
}

/** Rounding by the immediate: bit 2 takes MXCSR's direction, bit 3 keeps the precision exception back. */
function roundingOf(order: u32): void {
  Mxcsr.begin();
  if ((order & 4) == 0) Fp.rounding = order & 3;
}
function roundingDone(order: u32): void {
  if (order & 8) Fp.flags &= ~PRECISION;
  Mxcsr.commit();
}
export function roundPacked<T>(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  const order = load<u32>(p, UOP_IMMEDIATE);
  roundingOf(order);
  for (let i: usize = 0; i < 16; i += sizeof<T>()) {
    store<T>(spill + i, <T>roundIntegral<T>(<u64>load<T>(spill + i)));
  }
  roundingDone(order);
  return Packed.put<v128>(p, v128.load(spill));
}
export function roundScalar<T>(p: usize): usize {
  Sse.ready();
  const value = Operand.inMemory(p) ? Memory.read<T>(p, Address.of(p)) : load<T>(Xmm.rm(p));
  const order = load<u32>(p, UOP_IMMEDIATE);
  roundingOf(order);
  const result = <T>roundIntegral<T>(<u64>value);
  roundingDone(order);
  store<T>(Xmm.reg(p), result);
  return p + UOP_SIZE;
}

/** Twelve bits of 1 / x or 1 / sqrt(x); denormals count as zeros, tiny results become zeros, nothing is raised. */
function estimate(bits: u32, root: bool): u32 {
  const sign = bits & 0x80000000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return bits | 0x400000;
  if (magnitude < 0x800000) return sign | 0x7f800000;
  if (root && sign) return 0xffc00000;
  if (magnitude == 0x7f800000) return sign;
  const x = <f64>reinterpret<f32>(magnitude);
  const exact = reinterpret<u32>(<f32>(root ? 1.0 / sqrt<f64>(x) : 1.0 / x));
  if (exact < 0x800000) return sign;
  return sign | ((exact + 0x400) & ~0x7ff);
}
function estimatePacked(p: usize, root: bool): usize {
  v128.store(spill, Packed.source<v128>(p));
  for (let i: usize = 0; i < 16; i += 4) store<u32>(spill + i, estimate(load<u32>(spill + i), root));
  return Packed.put<v128>(p, v128.load(spill));
}
function estimateScalar(p: usize, root: bool): usize {
  Sse.ready();
  const value = Operand.inMemory(p) ? Memory.read<u32>(p, Address.of(p)) : load<u32>(Xmm.rm(p));
  store<u32>(Xmm.reg(p), estimate(value, root));
  return p + UOP_SIZE;
}
export function rcpps(p: usize): usize {
  return estimatePacked(p, false);
}
export function rsqrtps(p: usize): usize {
  return estimatePacked(p, true);
}
export function rcpss(p: usize): usize {
  return estimateScalar(p, false);
}
export function rsqrtss(p: usize): usize {
  return estimateScalar(p, true);
}
