/** CVT* of SSE and SSE2 (SDM vol. 2, CVTSI2SD and its like). Rows: table/sse-convert.ts. */
import { UOP_REG, UOP_SIZE } from '../../layout';
import { Address } from '../address';
import { fromInteger, narrow, toInteger, widen } from '../float80/convert';
import { Memory } from '../memory';
import { Mxcsr } from '../mxcsr';
import { Operand, readRm } from '../operands';
import { Registers } from '../registers';
import { Mmx, Packed, Sse, Xmm } from '../vectors';

const spill = memory.data(32, 16);

/** A scalar or half-vector source of T's size. */
function source<T>(p: usize): T {
  Sse.ready();
  return Operand.inMemory(p) ? Memory.read<T>(p, Address.of(p)) : load<T>(Xmm.rm(p));
}

function isOrdinary64(x: f64): bool {
  const magnitude = abs(x);
  return (magnitude >= 2.2250738585072014e-308 && magnitude < Infinity) || magnitude == 0;
}

// ---- scalars ---------------------------------------------------------------------------------------------

/** CVTSI2SS and CVTSI2SD: `S` is the integer, `T` the result's bit pattern. */
function fromSigned<T>(p: usize, value: i64): usize {
  Mxcsr.begin();
  const result = <T>fromInteger<T>(value);
  Mxcsr.commit();
  store<T>(Xmm.reg(p), result);
  return p + UOP_SIZE;
}
export function cvtsi2ss<T>(p: usize): usize {
  Sse.ready();
  const value = sizeof<T>() == 8 ? <i64>readRm<u64>(p) : <i64>(<i32>readRm<u32>(p));
  return fromSigned<u32>(p, value);
}
export function cvtsi2sd<T>(p: usize): usize {
  Sse.ready();
  if (sizeof<T>() == 4) {
    // Every 32-bit integer is a double.
    store<f64>(Xmm.reg(p), <f64>(<i32>readRm<u32>(p)));
    return p + UOP_SIZE;
  }
  return fromSigned<u64>(p, <i64>readRm<u64>(p));
}

function toGeneral<T, U>(p: usize, truncate: bool): usize {
  const value = source<T>(p);
  Mxcsr.begin();
  const result = toInteger<T>(<u64>value, sizeof<U>() * 8, truncate);
  Mxcsr.commit();
  Registers.setReg<U>(p, <U>result);
  return p + UOP_SIZE;
}
export function cvtss2si<T>(p: usize): usize {
  return toGeneral<u32, T>(p, false);
}
export function cvttss2si<T>(p: usize): usize {
  return toGeneral<u32, T>(p, true);
}
export function cvtsd2si<T>(p: usize): usize {
  return toGeneral<u64, T>(p, false);
}
export function cvttsd2si<T>(p: usize): usize {
  const bits = source<u64>(p);
  const value = reinterpret<f64>(bits);
  if (Mxcsr.quick() && abs(value) < 2147483648.0 && isOrdinary64(value)) {
    Registers.setReg<T>(p, <T>(<i64>value));
    return p + UOP_SIZE;
  }
  Mxcsr.begin();
  const result = toInteger<u64>(bits, sizeof<T>() * 8, true);
  Mxcsr.commit();
  Registers.setReg<T>(p, <T>result);
  return p + UOP_SIZE;
}

export function cvtss2sd(p: usize): usize {
  const value = source<u32>(p);
  Mxcsr.begin();
  const result = widen(<u64>value);
  Mxcsr.commit();
  store<u64>(Xmm.reg(p), result);
  return p + UOP_SIZE;
}
export function cvtsd2ss(p: usize): usize {
  const value = source<u64>(p);
  Mxcsr.begin();
  const result = narrow(value);
  Mxcsr.commit();
  store<u32>(Xmm.reg(p), <u32>result);
  return p + UOP_SIZE;
}

// ---- vectors ---------------------------------------------------------------------------------------------

export function cvtps2pd(p: usize): usize {
  const value = source<u64>(p);
  Mxcsr.begin();
  store<u64>(spill, widen(value & 0xffffffff));
  store<u64>(spill, widen(value >> 32), 8);
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill));
}
export function cvtpd2ps(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  Mxcsr.begin();
  const low = narrow(load<u64>(spill));
  const high = narrow(load<u64>(spill, 8));
  Mxcsr.commit();
  store<u64>(Xmm.reg(p), low | (high << 32));
  store<u64>(Xmm.reg(p), 0, 8);
  return p + UOP_SIZE;
}
export function cvtdq2ps(p: usize): usize {
  v128.store(spill, Packed.source<v128>(p));
  Mxcsr.begin();
  for (let i: usize = 0; i < 16; i += 4)
    store<u32>(spill + i, <u32>fromInteger<u32>(<i64>load<i32>(spill + i)));
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill));
}
export function cvtdq2pd(p: usize): usize {
  const value = source<u64>(p);
  store<f64>(Xmm.reg(p), <f64>(<i32>value));
  store<f64>(Xmm.reg(p), <f64>(<i32>(value >> 32)), 8);
  return p + UOP_SIZE;
}

function singlesToIntegers(p: usize, truncate: bool): usize {
  v128.store(spill, Packed.source<v128>(p));
  Mxcsr.begin();
  for (let i: usize = 0; i < 16; i += 4) {
    store<i32>(spill + i, <i32>toInteger<u32>(load<u32>(spill + i), 32, truncate));
  }
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill));
}
export function cvtps2dq(p: usize): usize {
  return singlesToIntegers(p, false);
}
export function cvttps2dq(p: usize): usize {
  return singlesToIntegers(p, true);
}

/** Two doubles at `from` as two 32-bit integers. */
function doublesToIntegers(from: usize, truncate: bool): u64 {
  Mxcsr.begin();
  const low = <u64>(<u32>toInteger<u64>(load<u64>(from), 32, truncate));
  const high = (<u64>toInteger<u64>(load<u64>(from, 8), 32, truncate)) << 32;
  Mxcsr.commit();
  return low | high;
}
function doublesToVector(p: usize, truncate: bool): usize {
  v128.store(spill, Packed.source<v128>(p));
  const result = doublesToIntegers(spill, truncate);
  store<u64>(Xmm.reg(p), result);
  store<u64>(Xmm.reg(p), 0, 8);
  return p + UOP_SIZE;
}
export function cvtpd2dq(p: usize): usize {
  return doublesToVector(p, false);
}
export function cvttpd2dq(p: usize): usize {
  return doublesToVector(p, true);
}

// ---- MMX -------------------------------------------------------------------------------------------------

function singlesToMmx(p: usize, truncate: bool): usize {
  const value = source<u64>(p);
  Mmx.ready();
  // Even when #XM follows.
  Mmx.enter();
  Mxcsr.begin();
  const low = <u64>(<u32>toInteger<u32>(value & 0xffffffff, 32, truncate));
  const high = (<u64>toInteger<u32>(value >> 32, 32, truncate)) << 32;
  Mxcsr.commit();
  Mmx.put(load<u8>(p, UOP_REG), low | high);
  return p + UOP_SIZE;
}
export function cvtps2pi(p: usize): usize {
  return singlesToMmx(p, false);
}
export function cvttps2pi(p: usize): usize {
  return singlesToMmx(p, true);
}
function doublesToMmx(p: usize, truncate: bool): usize {
  v128.store(spill, Packed.source<v128>(p));
  Mmx.ready();
  Mmx.enter();
  const result = doublesToIntegers(spill, truncate);
  Mmx.put(load<u8>(p, UOP_REG), result);
  return p + UOP_SIZE;
}
export function cvtpd2pi(p: usize): usize {
  return doublesToMmx(p, false);
}
export function cvttpd2pi(p: usize): usize {
  return doublesToMmx(p, true);
}
/** A memory source leaves the x87 alone (SDM vol. 2, CVTPI2PD), a register source does not. */
function integerPair(p: usize): u64 {
  Sse.ready();
  if (Operand.inMemory(p)) return Memory.read<u64>(p, Address.of(p));
  return <u64>i64x2.extract_lane(Packed.source<u64>(p), 0);
}
export function cvtpi2pd(p: usize): usize {
  const value = integerPair(p);
  store<f64>(Xmm.reg(p), <f64>(<i32>value));
  store<f64>(Xmm.reg(p), <f64>(<i32>(value >> 32)), 8);
  return p + UOP_SIZE;
}
export function cvtpi2ps(p: usize): usize {
  const value = integerPair(p);
  Mxcsr.begin();
  const low = fromInteger<u32>(<i64>(<i32>value));
  const high = fromInteger<u32>(<i64>(<i32>(value >> 32)));
  Mxcsr.commit();
  store<u64>(Xmm.reg(p), low | (high << 32));
  return p + UOP_SIZE;
}
