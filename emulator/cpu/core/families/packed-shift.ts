/**
 * Packed shifts of MMX and SSE2 by a register, memory or immediate (SDM vol. 2, PSLLW and its like). A count
 * beyond the element gives zeros, or copies of the sign. Rows: table/packed-shift.ts.
 */
import { UOP_IMMEDIATE } from '../../layout';
import { Mmx, Packed, Sse } from '../vectors';

class Shift {
  @inline static sllw(a: v128, n: u64): v128 {
    return n > 15 ? i64x2.splat(0) : i16x8.shl(a, <i32>n);
  }
  @inline static slld(a: v128, n: u64): v128 {
    return n > 31 ? i64x2.splat(0) : i32x4.shl(a, <i32>n);
  }
  @inline static sllq(a: v128, n: u64): v128 {
    return n > 63 ? i64x2.splat(0) : i64x2.shl(a, <i32>n);
  }
  @inline static srlw(a: v128, n: u64): v128 {
    return n > 15 ? i64x2.splat(0) : i16x8.shr_u(a, <i32>n);
  }
  @inline static srld(a: v128, n: u64): v128 {
    return n > 31 ? i64x2.splat(0) : i32x4.shr_u(a, <i32>n);
  }
  @inline static srlq(a: v128, n: u64): v128 {
    return n > 63 ? i64x2.splat(0) : i64x2.shr_u(a, <i32>n);
  }
  @inline static sraw(a: v128, n: u64): v128 {
    return i16x8.shr_s(a, n > 15 ? 15 : <i32>n);
  }
  @inline static srad(a: v128, n: u64): v128 {
    return i32x4.shr_s(a, n > 31 ? 31 : <i32>n);
  }
}

/** The count of a shift by register or memory: the low 64 bits of the operand. */
class Count {
  @inline static source<T>(p: usize): u64 {
    return <u64>i64x2.extract_lane(Packed.source<T>(p), 0);
  }
  @inline static immediate<T>(p: usize): u64 {
    if (sizeof<T>() == 16) Sse.ready();
    else {
      Mmx.ready();
      Mmx.enter();
    }
    return <u64>load<u32>(p, UOP_IMMEDIATE);
  }
}

/** 0, 1, … 15: the identity for swizzle. */
function identity(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

export function pslldq(p: usize): usize {
  const n = <i8>min<u64>(Count.immediate<v128>(p), 16);
  return Packed.putRm<v128>(p, i8x16.swizzle(Packed.rm<v128>(p), i8x16.sub(identity(), i8x16.splat(n))));
}
export function psrldq(p: usize): usize {
  const n = <i8>min<u64>(Count.immediate<v128>(p), 16);
  return Packed.putRm<v128>(p, i8x16.swizzle(Packed.rm<v128>(p), i8x16.add(identity(), i8x16.splat(n))));
}

export function psllw<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.sllw(Packed.reg<T>(p), n));
}
export function psllwI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.sllw(Packed.rm<T>(p), n));
}
export function pslld<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.slld(Packed.reg<T>(p), n));
}
export function pslldI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.slld(Packed.rm<T>(p), n));
}
export function psllq<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.sllq(Packed.reg<T>(p), n));
}
export function psllqI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.sllq(Packed.rm<T>(p), n));
}
export function psrlw<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.srlw(Packed.reg<T>(p), n));
}
export function psrlwI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.srlw(Packed.rm<T>(p), n));
}
export function psrld<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.srld(Packed.reg<T>(p), n));
}
export function psrldI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.srld(Packed.rm<T>(p), n));
}
export function psrlq<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.srlq(Packed.reg<T>(p), n));
}
export function psrlqI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.srlq(Packed.rm<T>(p), n));
}
export function psraw<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.sraw(Packed.reg<T>(p), n));
}
export function psrawI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.sraw(Packed.rm<T>(p), n));
}
export function psrad<T>(p: usize): usize {
  const n = Count.source<T>(p);
  return Packed.put<T>(p, Shift.srad(Packed.reg<T>(p), n));
}
export function psradI<T>(p: usize): usize {
  const n = Count.immediate<T>(p);
  return Packed.putRm<T>(p, Shift.srad(Packed.rm<T>(p), n));
}
