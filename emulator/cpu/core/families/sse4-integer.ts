/**
 * SSE4.1 and SSE4.2 on packed integers, and blends (SDM vol. 2, PMULLD and its like). Rows: table/sse4-integer.ts.
 * The blends by a variable mask take it from XMM0.
 */
import { UOP_IMMEDIATE, UOP_SIZE, XMM } from '../../layout';
import { Address } from '../address';
import { CF, ZF } from '../bits';
import { writeArithmeticFlags } from '../flags';
import { Memory } from '../memory';
import { Operand, readRm } from '../operands';
import { Registers } from '../registers';
import { Packed, Sse, Xmm } from '../vectors';

export function pmuldq(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i64x2.mul(i64x2.shr_s(i64x2.shl(a, 32), 32), i64x2.shr_s(i64x2.shl(b, 32), 32)));
}
export function pcmpeqq(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i64x2.eq(a, b));
}
export function packusdw(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i16x8.narrow_i32x4_u(a, b));
}
export function pcmpgtq(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i64x2.gt_s(a, b));
}
export function pminsb(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i8x16.min_s(a, b));
}
export function pminsd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i32x4.min_s(a, b));
}
export function pminuw(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i16x8.min_u(a, b));
}
export function pminud(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i32x4.min_u(a, b));
}
export function pmaxsb(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i8x16.max_s(a, b));
}
export function pmaxsd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i32x4.max_s(a, b));
}
export function pmaxuw(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i16x8.max_u(a, b));
}
export function pmaxud(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i32x4.max_u(a, b));
}
export function pmulld(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, i32x4.mul(a, b));
}
export function pblendvb(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, v128.bitselect(b, a, i8x16.shr_s(v128.load(XMM), 7)));
}
export function blendvps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, v128.bitselect(b, a, i32x4.shr_s(v128.load(XMM), 31)));
}
export function blendvpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  return Packed.put<v128>(p, v128.bitselect(b, a, i64x2.shr_s(v128.load(XMM), 63)));
}

/** PTEST: ZF when the operands share no bit, CF when the first covers the second. */
export function ptest(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  const zero = v128.any_true(v128.and(a, b)) ? 0 : ZF;
  writeArithmeticFlags(zero | (v128.any_true(v128.andnot(b, a)) ? 0 : CF));
  return p + UOP_SIZE;
}

/** PHMINPOSUW: the smallest of eight words, and where it is. */
export function phminposuw(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  let least: u32 = 0x10000;
  let at: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    const value = <u32>load<u16>(spill + (i << 1));
    if (value < least) {
      least = value;
      at = i;
    }
  }
  store<u64>(Xmm.reg(p), <u64>(least | (at << 16)));
  store<u64>(Xmm.reg(p), 0, 8);
  return p + UOP_SIZE;
}

/** MPSADBW: sums of absolute differences of four bytes at eight places. */
export function mpsadbw(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p), 16);
  v128.store(spill, Packed.reg<v128>(p));
  const order = load<u32>(p, UOP_IMMEDIATE);
  const from = spill + (order & 4);
  const block = spill + 16 + ((order & 3) << 2);
  const to = Xmm.reg(p);
  for (let i: usize = 0; i < 8; i++) {
    let sum: u32 = 0;
    for (let k: usize = 0; k < 4; k++)
      sum += <u32>abs<i32>(<i32>load<u8>(from + i + k) - <i32>load<u8>(block + k));
    store<u16>(to + (i << 1), <u16>sum);
  }
  return p + UOP_SIZE;
}

const spill = memory.data(32, 16);

/** Blends by immediate: bit i takes element i of the source; `T` is the element. */
export function blend<T>(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  const mask = load<u32>(p, UOP_IMMEDIATE);
  const to = Xmm.reg(p);
  for (let i: u32 = 0; i < 16 / sizeof<T>(); i++) {
    if ((mask >>> i) & 1) store<T>(to + i * sizeof<T>(), load<T>(spill + i * sizeof<T>()));
  }
  return p + UOP_SIZE;
}

/** Half, quarter or eighth of a vector as the source of a widening. */
class Narrow {
  @inline static source<T>(p: usize): v128 {
    Sse.ready();
    if (!Operand.inMemory(p)) return v128.load(Xmm.rm(p));
    return i64x2.splat(<i64>(<u64>Memory.read<T>(p, Address.of(p))));
  }
}
export function pmovsxbw(p: usize): usize {
  const v = Narrow.source<u64>(p);
  return Packed.put<v128>(p, i16x8.extend_low_i8x16_s(v));
}
export function pmovzxbw(p: usize): usize {
  const v = Narrow.source<u64>(p);
  return Packed.put<v128>(p, i16x8.extend_low_i8x16_u(v));
}
export function pmovsxbd(p: usize): usize {
  const v = Narrow.source<u32>(p);
  return Packed.put<v128>(p, i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v)));
}
export function pmovzxbd(p: usize): usize {
  const v = Narrow.source<u32>(p);
  return Packed.put<v128>(p, i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v)));
}
export function pmovsxbq(p: usize): usize {
  const v = Narrow.source<u16>(p);
  return Packed.put<v128>(p, i64x2.extend_low_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v))));
}
export function pmovzxbq(p: usize): usize {
  const v = Narrow.source<u16>(p);
  return Packed.put<v128>(p, i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v))));
}
export function pmovsxwd(p: usize): usize {
  const v = Narrow.source<u64>(p);
  return Packed.put<v128>(p, i32x4.extend_low_i16x8_s(v));
}
export function pmovzxwd(p: usize): usize {
  const v = Narrow.source<u64>(p);
  return Packed.put<v128>(p, i32x4.extend_low_i16x8_u(v));
}
export function pmovsxwq(p: usize): usize {
  const v = Narrow.source<u32>(p);
  return Packed.put<v128>(p, i64x2.extend_low_i32x4_s(i32x4.extend_low_i16x8_s(v)));
}
export function pmovzxwq(p: usize): usize {
  const v = Narrow.source<u32>(p);
  return Packed.put<v128>(p, i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(v)));
}
export function pmovsxdq(p: usize): usize {
  const v = Narrow.source<u64>(p);
  return Packed.put<v128>(p, i64x2.extend_low_i32x4_s(v));
}
export function pmovzxdq(p: usize): usize {
  const v = Narrow.source<u64>(p);
  return Packed.put<v128>(p, i64x2.extend_low_i32x4_u(v));
}

/** PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS: an element to a general register (zero-extended) or memory. */
export function pextr<T>(p: usize): usize {
  Sse.ready();
  const lane = load<u32>(p, UOP_IMMEDIATE) & (16 / sizeof<T>() - 1);
  const value = load<T>(Xmm.reg(p) + lane * sizeof<T>());
  if (Operand.inMemory(p)) Memory.write<T>(p, Address.of(p), value);
  else Registers.setRm<u64>(p, <u64>value);
  return p + UOP_SIZE;
}
export function extractps<T>(p: usize): usize {
  return pextr<u32>(p);
}
export function pinsr<T>(p: usize): usize {
  Sse.ready();
  const value = Operand.inMemory(p) ? Memory.read<T>(p, Address.of(p)) : <T>Registers.rm<u64>(p);
  const lane = load<u32>(p, UOP_IMMEDIATE) & (16 / sizeof<T>() - 1);
  store<T>(Xmm.reg(p) + lane * sizeof<T>(), value);
  return p + UOP_SIZE;
}
/** INSERTPS: bits 7-6 pick the source's element, 5-4 the place, 3-0 elements that become zero. */
export function insertps(p: usize): usize {
  Sse.ready();
  const order = load<u32>(p, UOP_IMMEDIATE);
  const value = Operand.inMemory(p)
    ? Memory.read<u32>(p, Address.of(p))
    : load<u32>(Xmm.rm(p) + ((order >>> 6) << 2));
  const to = Xmm.reg(p);
  store<u32>(to + (((order >>> 4) & 3) << 2), value);
  for (let i: u32 = 0; i < 4; i++) if ((order >>> i) & 1) store<u32>(to + (i << 2), 0);
  return p + UOP_SIZE;
}

/** CRC32 by the polynomial 11EDC6F41, reflected (SDM vol. 2, CRC32). */
export function crc32<T>(p: usize): usize {
  let value = <u64>readRm<T>(p);
  let crc = Registers.reg<u32>(p);
  for (let i: u32 = 0; i < sizeof<T>(); i++) {
    crc ^= (<u32>value) & 0xff;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    value >>= 8;
  }
  Registers.setReg<u32>(p, crc);
  return p + UOP_SIZE;
}
