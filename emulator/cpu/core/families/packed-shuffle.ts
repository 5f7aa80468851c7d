/**
 * Packs, unpacks, shuffles, inserts and extracts of MMX, SSE and SSE2 (SDM vol. 2, PACKSSWB, PUNPCKLBW, PSHUFD,
 * SHUFPS and their like). Rows: table/packed-shuffle.ts.
 */
import { UOP_IMMEDIATE, UOP_REG, UOP_SIZE } from '../../layout';
import { readRm } from '../operands';
import { Registers } from '../registers';
import { Mmx, Packed, Sse, Xmm } from '../vectors';

/** Both 8-byte operands of an MMX instruction in one vector. */
function joined(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 0, 2);
}

// The source of a shuffle by immediate, so that elements are picked by address.
const spill = memory.data(32, 16);

export function packsswb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  if (sizeof<T>() == 16) return Packed.put<T>(p, i8x16.narrow_i16x8_s(a, b));
  const both = joined(a, b);
  return Packed.put<T>(p, i8x16.narrow_i16x8_s(both, both));
}
export function packuswb<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  if (sizeof<T>() == 16) return Packed.put<T>(p, i8x16.narrow_i16x8_u(a, b));
  const both = joined(a, b);
  return Packed.put<T>(p, i8x16.narrow_i16x8_u(both, both));
}
export function packssdw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  if (sizeof<T>() == 16) return Packed.put<T>(p, i16x8.narrow_i32x4_s(a, b));
  const both = joined(a, b);
  return Packed.put<T>(p, i16x8.narrow_i32x4_s(both, both));
}

export function punpcklbw<T>(p: usize): usize {
  const b = Packed.sourceLow<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
}
export function punpcklwd<T>(p: usize): usize {
  const b = Packed.sourceLow<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
}
export function punpckldq<T>(p: usize): usize {
  const b = Packed.sourceLow<T>(p);
  const a = Packed.reg<T>(p);
  return Packed.put<T>(p, i32x4.shuffle(a, b, 0, 4, 1, 5));
}
export function punpckhbw<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  if (sizeof<T>() == 8) {
    return Packed.put<T>(p, i8x16.shuffle(a, b, 4, 20, 5, 21, 6, 22, 7, 23, 0, 0, 0, 0, 0, 0, 0, 0));
  }
  return Packed.put<T>(p, i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
}
export function punpckhwd<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  if (sizeof<T>() == 8) return Packed.put<T>(p, i16x8.shuffle(a, b, 2, 10, 3, 11, 0, 0, 0, 0));
  return Packed.put<T>(p, i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
}
export function punpckhdq<T>(p: usize): usize {
  const b = Packed.source<T>(p);
  const a = Packed.reg<T>(p);
  if (sizeof<T>() == 8) return Packed.put<T>(p, i32x4.shuffle(a, b, 1, 5, 0, 0));
  return Packed.put<T>(p, i32x4.shuffle(a, b, 2, 6, 3, 7));
}
export function punpcklqdq(p: usize): usize {
  const b = Packed.source<v128>(p);
  return Packed.put<v128>(p, i64x2.shuffle(Packed.reg<v128>(p), b, 0, 2));
}
export function punpckhqdq(p: usize): usize {
  const b = Packed.source<v128>(p);
  return Packed.put<v128>(p, i64x2.shuffle(Packed.reg<v128>(p), b, 1, 3));
}
export function unpcklps(p: usize): usize {
  const b = Packed.source<v128>(p);
  return Packed.put<v128>(p, i32x4.shuffle(Packed.reg<v128>(p), b, 0, 4, 1, 5));
}
export function unpckhps(p: usize): usize {
  const b = Packed.source<v128>(p);
  return Packed.put<v128>(p, i32x4.shuffle(Packed.reg<v128>(p), b, 2, 6, 3, 7));
}

/** Element `order` selects, by two bits, among the four at `from`. */
class Pick {
  @inline static dword(from: usize, order: u32, lane: u32): u32 {
    return load<u32>(from + (((order >>> (lane * 2)) & 3) << 2));
  }
  @inline static word(from: usize, order: u32, lane: u32): u64 {
    return (<u64>load<u16>(from + (((order >>> (lane * 2)) & 3) << 1))) << (lane * 16);
  }
  /** Four words at `from` in another order. */
  @inline static words(from: usize, order: u32): u64 {
    return (
      Pick.word(from, order, 0) |
      Pick.word(from, order, 1) |
      Pick.word(from, order, 2) |
      Pick.word(from, order, 3)
    );
  }
}

export function pshufd(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  const order = load<u32>(p, UOP_IMMEDIATE);
  const to = Xmm.reg(p);
  store<u32>(to, Pick.dword(spill, order, 0));
  store<u32>(to, Pick.dword(spill, order, 1), 4);
  store<u32>(to, Pick.dword(spill, order, 2), 8);
  store<u32>(to, Pick.dword(spill, order, 3), 12);
  return p + UOP_SIZE;
}
export function pshuflw(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  store<u64>(spill, Pick.words(spill, load<u32>(p, UOP_IMMEDIATE)));
  return Packed.put<v128>(p, v128.load(spill));
}
export function pshufhw(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  store<u64>(spill, Pick.words(spill + 8, load<u32>(p, UOP_IMMEDIATE)), 8);
  return Packed.put<v128>(p, v128.load(spill));
}
export function pshufw(p: usize): usize {
  v128.store(spill, Packed.source<u64>(p));
  Mmx.put(load<u8>(p, UOP_REG), Pick.words(spill, load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function shufps(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p), 16);
  v128.store(spill, Packed.reg<v128>(p));
  const order = load<u32>(p, UOP_IMMEDIATE);
  const to = Xmm.reg(p);
  store<u32>(to, Pick.dword(spill, order, 0));
  store<u32>(to, Pick.dword(spill, order, 1), 4);
  store<u32>(to, Pick.dword(spill + 16, order, 2), 8);
  store<u32>(to, Pick.dword(spill + 16, order, 3), 12);
  return p + UOP_SIZE;
}
export function shufpd(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p), 16);
  v128.store(spill, Packed.reg<v128>(p));
  const order = load<u32>(p, UOP_IMMEDIATE);
  const to = Xmm.reg(p);
  store<u64>(to, load<u64>(spill + ((order & 1) << 3)));
  store<u64>(to, load<u64>(spill + 16 + ((order & 2) << 2)), 8);
  return p + UOP_SIZE;
}

/** PINSRW from the low word of a general register, or from memory. */
export function pinsrw<T>(p: usize): usize {
  if (sizeof<T>() == 16) Sse.ready();
  else Mmx.ready();
  const value = readRm<u16>(p);
  const lane = load<u32>(p, UOP_IMMEDIATE) & (sizeof<T>() / 2 - 1);
  if (sizeof<T>() == 16) store<u16>(Xmm.reg(p) + (lane << 1), value);
  else {
    Mmx.enter();
    const at = Mmx.at(load<u8>(p, UOP_REG));
    store<u16>(at + (lane << 1), value);
    store<u16>(at, 0xffff, 8);
  }
  return p + UOP_SIZE;
}
export function pextrw<T>(p: usize): usize {
  const lane = load<u32>(p, UOP_IMMEDIATE) & (sizeof<T>() / 2 - 1);
  if (sizeof<T>() == 16) {
    Sse.ready();
    Registers.setReg<u32>(p, load<u16>(Xmm.rm(p) + (lane << 1)));
  } else {
    Mmx.ready();
    Mmx.enter();
    v128.store(spill, Packed.rm<u64>(p));
    Registers.setReg<u32>(p, load<u16>(spill + (lane << 1)));
  }
  return p + UOP_SIZE;
}
