/**
 * Packed integer arithmetic, logic and compares of MMX and SSE2, on v128 (SDM vol. 2, PADDB and its like).
 * `T` is u64 for MMX registers, v128 for XMM. Rows: table/packed-integer.ts.
 */
import { Packed } from '../vectors';

/** The upper 16 bits of eight 32-bit products. */
function highHalves(low: v128, high: v128): v128 {
  return i16x8.shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
}

/** Sums of the absolute differences of eight unsigned bytes, one in each half. */
function absoluteDifferences(a: v128, b: v128): v128 {
  const difference = i8x16.sub(i8x16.max_u(a, b), i8x16.min_u(a, b));
  const quads = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(difference));
  return i64x2.add(v128.and(quads, i64x2.splat(0xffffffff)), i64x2.shr_u(quads, 32));
}

export function paddb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.add(a, b));
}
export function paddw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.add(a, b));
}
export function paddd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.add(a, b));
}
export function paddq<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i64x2.add(a, b));
}
export function psubb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.sub(a, b));
}
export function psubw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.sub(a, b));
}
export function psubd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.sub(a, b));
}
export function psubq<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i64x2.sub(a, b));
}
export function paddsb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.add_sat_s(a, b));
}
export function paddsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.add_sat_s(a, b));
}
export function paddusb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.add_sat_u(a, b));
}
export function paddusw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.add_sat_u(a, b));
}
export function psubsb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.sub_sat_s(a, b));
}
export function psubsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.sub_sat_s(a, b));
}
export function psubusb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.sub_sat_u(a, b));
}
export function psubusw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.sub_sat_u(a, b));
}
export function pmullw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.mul(a, b));
}
export function pmulhw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, highHalves(i32x4.extmul_low_i16x8_s(a, b), i32x4.extmul_high_i16x8_s(a, b)));
}
export function pmulhuw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, highHalves(i32x4.extmul_low_i16x8_u(a, b), i32x4.extmul_high_i16x8_u(a, b)));
}
export function pmuludq<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(
    p,
    i64x2.mul(v128.and(a, i64x2.splat(0xffffffff)), v128.and(b, i64x2.splat(0xffffffff))),
  );
}
export function pmaddwd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.dot_i16x8_s(a, b));
}
export function pavgb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.avgr_u(a, b));
}
export function pavgw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.avgr_u(a, b));
}
export function pminub<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.min_u(a, b));
}
export function pmaxub<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.max_u(a, b));
}
export function pminsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.min_s(a, b));
}
export function pmaxsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.max_s(a, b));
}
export function psadbw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, absoluteDifferences(a, b));
}
export function pand<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, v128.and(a, b));
}
export function pandn<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, v128.andnot(b, a));
}
export function por<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, v128.or(a, b));
}
export function pxor<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, v128.xor(a, b));
}
export function pcmpeqb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.eq(a, b));
}
export function pcmpeqw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.eq(a, b));
}
export function pcmpeqd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.eq(a, b));
}
export function pcmpgtb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.gt_s(a, b));
}
export function pcmpgtw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.gt_s(a, b));
}
export function pcmpgtd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.gt_s(a, b));
}
