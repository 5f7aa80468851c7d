/**
 * SSSE3: shuffles, horizontal sums, signs, absolute values (SDM vol. 2, PSHUFB and its like). `T` is u64 for MMX
 * registers, v128 for XMM. Rows: table/ssse3.ts.
 */
import { UOP_IMMEDIATE } from '../../layout';
import { Packed } from '../vectors';

/** Elements at even places of both operands, then those at odd places. */
class Pairs {
  @inline static joined(a: v128, b: v128): v128 {
    return i64x2.shuffle(a, b, 0, 2);
  }
  static even16<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() == 8) b = a = Pairs.joined(a, b);
    return i16x8.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  }
  static odd16<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() == 8) b = a = Pairs.joined(a, b);
    return i16x8.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  }
  static even32<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() == 8) b = a = Pairs.joined(a, b);
    return i32x4.shuffle(a, b, 0, 2, 4, 6);
  }
  static odd32<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() == 8) b = a = Pairs.joined(a, b);
    return i32x4.shuffle(a, b, 1, 3, 5, 7);
  }
}

/** Unsigned bytes of a times signed bytes of b, neighbours added with saturation. */
function multiplyAddBytes(a: v128, b: v128): v128 {
  const evenA = v128.and(a, i16x8.splat(0xff));
  const evenB = i16x8.shr_s(i16x8.shl(b, 8), 8);
  const even = i16x8.mul(evenA, evenB);
  return i16x8.add_sat_s(even, i16x8.mul(i16x8.shr_u(a, 8), i16x8.shr_s(b, 8)));
}

/** Rounded high halves of the doubled products; -1 times -1 wraps, where WebAssembly saturates. */
function multiplyHighRounded(a: v128, b: v128): v128 {
  const lowest = i16x8.splat(-32768);
  const wraps = v128.and(i16x8.eq(a, lowest), i16x8.eq(b, lowest));
  return v128.xor(i16x8.q15mulr_sat_s(a, b), wraps);
}

function identity(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

export function palignr<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  const n = <u32>min<u32>(load<u32>(p, UOP_IMMEDIATE), 64);
  if (sizeof<T>() == 8) {
    const at = i8x16.add(identity(), i8x16.splat(<i8>n));
    return Packed.put<T>(p, i8x16.swizzle(Pairs.joined(b, a), at));
  }
  const low = i8x16.swizzle(b, i8x16.add(identity(), i8x16.splat(<i8>n)));
  const high = i8x16.swizzle(a, i8x16.add(identity(), i8x16.splat(<i8>(n - 16))));
  return Packed.put<T>(p, v128.or(low, high));
}
export function pshufb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.swizzle(a, v128.and(b, i8x16.splat(sizeof<T>() == 8 ? -121 : -113))));
}
export function phaddw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.add(Pairs.even16<T>(a, b), Pairs.odd16<T>(a, b)));
}
export function phaddd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.add(Pairs.even32<T>(a, b), Pairs.odd32<T>(a, b)));
}
export function phaddsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.add_sat_s(Pairs.even16<T>(a, b), Pairs.odd16<T>(a, b)));
}
export function pmaddubsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, multiplyAddBytes(a, b));
}
export function phsubw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.sub(Pairs.even16<T>(a, b), Pairs.odd16<T>(a, b)));
}
export function phsubd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.sub(Pairs.even32<T>(a, b), Pairs.odd32<T>(a, b)));
}
export function phsubsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.sub_sat_s(Pairs.even16<T>(a, b), Pairs.odd16<T>(a, b)));
}
export function psignb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(
    p,
    v128.and(i8x16.sub(v128.xor(a, i8x16.shr_s(b, 7)), i8x16.shr_s(b, 7)), i8x16.ne(b, i8x16.splat(0))),
  );
}
export function psignw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(
    p,
    v128.and(i16x8.sub(v128.xor(a, i16x8.shr_s(b, 15)), i16x8.shr_s(b, 15)), i16x8.ne(b, i16x8.splat(0))),
  );
}
export function psignd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(
    p,
    v128.and(i32x4.sub(v128.xor(a, i32x4.shr_s(b, 31)), i32x4.shr_s(b, 31)), i32x4.ne(b, i32x4.splat(0))),
  );
}
export function pmulhrsw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, multiplyHighRounded(a, b));
}
export function pabsb<T>(p: usize): usize {
  return Packed.put<T>(p, i8x16.abs(Packed.source<T>(p)));
}
export function pabsw<T>(p: usize): usize {
  return Packed.put<T>(p, i16x8.abs(Packed.source<T>(p)));
}
export function pabsd<T>(p: usize): usize {
  return Packed.put<T>(p, i32x4.abs(Packed.source<T>(p)));
}
