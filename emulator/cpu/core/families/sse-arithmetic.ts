/**
 * ADD SUB MUL DIV MIN MAX SQRT RCP RSQRT of packed and scalar single and double precision (SDM vol. 2, ADDPD and
 * its like; vol. 1, 11.4.1). Rows: table/sse-arithmetic.ts.
 *
 * Where MXCSR says nothing unusual and operands and results are normal numbers, the native operation is the
 * answer; everything else goes through float80/arithmetic.ts, element by element. The smallest normal number counts as
 * unusual: a tiny result may have been rounded up to it, which is an underflow.
 */
import { UOP_SIZE } from '../../layout';
import { Address } from '../address';
import { ADD, DIV, MAX, MIN, MUL, SUB, binary, squareRoot } from '../float80/arithmetic';
import { Memory } from '../memory';
import { Mxcsr } from '../mxcsr';
import { Operand } from '../operands';
import { Packed, Sse, Xmm } from '../vectors';

const MIN_NORMAL_64: f64 = 2.2250738585072014e-308;
const MAX_64: f64 = 1.7976931348623157e308;
const MIN_NORMAL_32: f32 = 1.17549435e-38;
const MAX_32: f32 = 3.40282347e38;

class Settled {
  /** A normal number. */
  @inline static normal<T>(x: T): bool {
    const magnitude = abs<T>(x);
    if (sizeof<T>() == 8) return <f64>magnitude > MIN_NORMAL_64 && <f64>magnitude <= MAX_64;
    return <f32>magnitude > MIN_NORMAL_32 && <f32>magnitude <= MAX_32;
  }
  @inline static normalOrZero<T>(x: T): bool {
    return Settled.normal<T>(x) || x == 0;
  }
  @inline static all64(x: v128): bool {
    const magnitude = f64x2.abs(x);
    return i64x2.all_true(
      v128.and(f64x2.gt(magnitude, f64x2.splat(MIN_NORMAL_64)), f64x2.le(magnitude, f64x2.splat(MAX_64))),
    );
  }
  @inline static all32(x: v128): bool {
    const magnitude = f32x4.abs(x);
    return i32x4.all_true(
      v128.and(f32x4.gt(magnitude, f32x4.splat(MIN_NORMAL_32)), f32x4.le(magnitude, f32x4.splat(MAX_32))),
    );
  }
  @inline static allOrZero64(x: v128): bool {
    const magnitude = f64x2.abs(x);
    const normal = v128.and(
      f64x2.gt(magnitude, f64x2.splat(MIN_NORMAL_64)),
      f64x2.le(magnitude, f64x2.splat(MAX_64)),
    );
    return i64x2.all_true(v128.or(normal, f64x2.eq(x, f64x2.splat(0))));
  }
  @inline static allOrZero32(x: v128): bool {
    const magnitude = f32x4.abs(x);
    const normal = v128.and(
      f32x4.gt(magnitude, f32x4.splat(MIN_NORMAL_32)),
      f32x4.le(magnitude, f32x4.splat(MAX_32)),
    );
    return i32x4.all_true(v128.or(normal, f32x4.eq(x, f32x4.splat(0))));
  }
}

// Elements for the slow way: the operands are spilled here.
const spill = memory.data(32, 16);

function slow64(operation: u32, a: v128, b: v128): v128 {
  Mxcsr.begin();
  v128.store(spill, a);
  v128.store(spill + 16, b);
  const low = binary<u64>(operation, load<u64>(spill), load<u64>(spill, 16));
  const high = binary<u64>(operation, load<u64>(spill, 8), load<u64>(spill, 24));
  Mxcsr.commit();
  return i64x2.replace_lane(i64x2.splat(<i64>low), 1, <i64>high);
}

function slow32(operation: u32, a: v128, b: v128): v128 {
  Mxcsr.begin();
  v128.store(spill, a);
  v128.store(spill + 16, b);
  for (let i: usize = 0; i < 16; i += 4) {
    store<u32>(spill + i, <u32>binary<u32>(operation, load<u32>(spill + i), load<u32>(spill + i, 16)));
  }
  Mxcsr.commit();
  return v128.load(spill);
}

function slowScalar64(p: usize, operation: u32, b: u64): usize {
  Mxcsr.begin();
  const result = binary<u64>(operation, load<u64>(Xmm.reg(p)), b);
  Mxcsr.commit();
  store<u64>(Xmm.reg(p), result);
  return p + UOP_SIZE;
}

function slowScalar32(p: usize, operation: u32, b: u32): usize {
  Mxcsr.begin();
  const result = binary<u32>(operation, load<u32>(Xmm.reg(p)), b);
  Mxcsr.commit();
  store<u32>(Xmm.reg(p), <u32>result);
  return p + UOP_SIZE;
}

class Scalar {
  @inline static source<T>(p: usize): T {
    Sse.ready();
    return Operand.inMemory(p) ? Memory.read<T>(p, Address.of(p)) : load<T>(Xmm.rm(p));
  }
}

export function addpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f64x2.add(a, b);
    if (Settled.allOrZero64(r) && Settled.allOrZero64(a) && Settled.allOrZero64(b))
      return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow64(ADD, a, b));
}
export function addps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f32x4.add(a, b);
    if (Settled.allOrZero32(r) && Settled.allOrZero32(a) && Settled.allOrZero32(b))
      return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow32(ADD, a, b));
}
export function addsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f64>(source);
    const a = load<f64>(Xmm.reg(p));
    const r = a + b;
    if (Settled.normalOrZero<f64>(r) && Settled.normalOrZero<f64>(a) && Settled.normalOrZero<f64>(b)) {
      store<f64>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar64(p, ADD, source);
}
export function addss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f32>(source);
    const a = load<f32>(Xmm.reg(p));
    const r = a + b;
    if (Settled.normalOrZero<f32>(r) && Settled.normalOrZero<f32>(a) && Settled.normalOrZero<f32>(b)) {
      store<f32>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar32(p, ADD, source);
}
export function subpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f64x2.sub(a, b);
    if (Settled.allOrZero64(r) && Settled.allOrZero64(a) && Settled.allOrZero64(b))
      return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow64(SUB, a, b));
}
export function subps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f32x4.sub(a, b);
    if (Settled.allOrZero32(r) && Settled.allOrZero32(a) && Settled.allOrZero32(b))
      return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow32(SUB, a, b));
}
export function subsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f64>(source);
    const a = load<f64>(Xmm.reg(p));
    const r = a - b;
    if (Settled.normalOrZero<f64>(r) && Settled.normalOrZero<f64>(a) && Settled.normalOrZero<f64>(b)) {
      store<f64>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar64(p, SUB, source);
}
export function subss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f32>(source);
    const a = load<f32>(Xmm.reg(p));
    const r = a - b;
    if (Settled.normalOrZero<f32>(r) && Settled.normalOrZero<f32>(a) && Settled.normalOrZero<f32>(b)) {
      store<f32>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar32(p, SUB, source);
}
export function mulpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f64x2.mul(a, b);
    if (Settled.all64(r) && Settled.all64(a) && Settled.all64(b)) return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow64(MUL, a, b));
}
export function mulps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f32x4.mul(a, b);
    if (Settled.all32(r) && Settled.all32(a) && Settled.all32(b)) return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow32(MUL, a, b));
}
export function mulsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f64>(source);
    const a = load<f64>(Xmm.reg(p));
    const r = a * b;
    if (Settled.normal<f64>(r) && Settled.normal<f64>(a) && Settled.normal<f64>(b)) {
      store<f64>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar64(p, MUL, source);
}
export function mulss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f32>(source);
    const a = load<f32>(Xmm.reg(p));
    const r = a * b;
    if (Settled.normal<f32>(r) && Settled.normal<f32>(a) && Settled.normal<f32>(b)) {
      store<f32>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar32(p, MUL, source);
}
export function divpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f64x2.div(a, b);
    if (Settled.all64(r) && Settled.all64(a) && Settled.all64(b)) return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow64(DIV, a, b));
}
export function divps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.quick()) {
    const r = f32x4.div(a, b);
    if (Settled.all32(r) && Settled.all32(a) && Settled.all32(b)) return Packed.put<v128>(p, r);
  }
  return Packed.put<v128>(p, slow32(DIV, a, b));
}
export function divsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f64>(source);
    const a = load<f64>(Xmm.reg(p));
    const r = a / b;
    if (Settled.normal<f64>(r) && Settled.normal<f64>(a) && Settled.normal<f64>(b)) {
      store<f64>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar64(p, DIV, source);
}
export function divss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  if (Mxcsr.quick()) {
    const b = reinterpret<f32>(source);
    const a = load<f32>(Xmm.reg(p));
    const r = a / b;
    if (Settled.normal<f32>(r) && Settled.normal<f32>(a) && Settled.normal<f32>(b)) {
      store<f32>(Xmm.reg(p), r);
      return p + UOP_SIZE;
    }
  }
  return slowScalar32(p, DIV, source);
}
export function minpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.plain() && Settled.allOrZero64(a) && Settled.allOrZero64(b)) {
    return Packed.put<v128>(p, f64x2.pmin(b, a));
  }
  return Packed.put<v128>(p, slow64(MIN, a, b));
}
export function minps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.plain() && Settled.allOrZero32(a) && Settled.allOrZero32(b)) {
    return Packed.put<v128>(p, f32x4.pmin(b, a));
  }
  return Packed.put<v128>(p, slow32(MIN, a, b));
}
export function minsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  const b = reinterpret<f64>(source);
  const a = load<f64>(Xmm.reg(p));
  if (Mxcsr.plain() && Settled.normalOrZero<f64>(a) && Settled.normalOrZero<f64>(b)) {
    store<f64>(Xmm.reg(p), a < b ? a : b);
    return p + UOP_SIZE;
  }
  return slowScalar64(p, MIN, source);
}
export function minss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  const b = reinterpret<f32>(source);
  const a = load<f32>(Xmm.reg(p));
  if (Mxcsr.plain() && Settled.normalOrZero<f32>(a) && Settled.normalOrZero<f32>(b)) {
    store<f32>(Xmm.reg(p), a < b ? a : b);
    return p + UOP_SIZE;
  }
  return slowScalar32(p, MIN, source);
}
export function maxpd(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.plain() && Settled.allOrZero64(a) && Settled.allOrZero64(b)) {
    return Packed.put<v128>(p, f64x2.pmax(b, a));
  }
  return Packed.put<v128>(p, slow64(MAX, a, b));
}
export function maxps(p: usize): usize {
  const b = Packed.source<v128>(p);
  const a = Packed.reg<v128>(p);
  if (Mxcsr.plain() && Settled.allOrZero32(a) && Settled.allOrZero32(b)) {
    return Packed.put<v128>(p, f32x4.pmax(b, a));
  }
  return Packed.put<v128>(p, slow32(MAX, a, b));
}
export function maxsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  const b = reinterpret<f64>(source);
  const a = load<f64>(Xmm.reg(p));
  if (Mxcsr.plain() && Settled.normalOrZero<f64>(a) && Settled.normalOrZero<f64>(b)) {
    store<f64>(Xmm.reg(p), a > b ? a : b);
    return p + UOP_SIZE;
  }
  return slowScalar64(p, MAX, source);
}
export function maxss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  const b = reinterpret<f32>(source);
  const a = load<f32>(Xmm.reg(p));
  if (Mxcsr.plain() && Settled.normalOrZero<f32>(a) && Settled.normalOrZero<f32>(b)) {
    store<f32>(Xmm.reg(p), a > b ? a : b);
    return p + UOP_SIZE;
  }
  return slowScalar32(p, MAX, source);
}
export function sqrtpd(p: usize): usize {
  const a = Packed.source<v128>(p);
  if (Mxcsr.quick()) {
    const r = f64x2.sqrt(a);
    if (Settled.all64(r) && Settled.all64(a)) return Packed.put<v128>(p, r);
  }
  Mxcsr.begin();
  v128.store(spill, a);
  store<u64>(spill, squareRoot<u64>(load<u64>(spill)));
  store<u64>(spill, squareRoot<u64>(load<u64>(spill, 8)), 8);
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill));
}
export function sqrtps(p: usize): usize {
  const a = Packed.source<v128>(p);
  if (Mxcsr.quick()) {
    const r = f32x4.sqrt(a);
    if (Settled.all32(r) && Settled.all32(a)) return Packed.put<v128>(p, r);
  }
  Mxcsr.begin();
  v128.store(spill, a);
  for (let i: usize = 0; i < 16; i += 4) store<u32>(spill + i, <u32>squareRoot<u32>(load<u32>(spill + i)));
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill));
}
export function sqrtsd(p: usize): usize {
  const source = Scalar.source<u64>(p);
  const a = reinterpret<f64>(source);
  if (Mxcsr.quick() && a > 0 && Settled.normal<f64>(a)) {
    store<f64>(Xmm.reg(p), sqrt<f64>(a));
    return p + UOP_SIZE;
  }
  Mxcsr.begin();
  const result = squareRoot<u64>(source);
  Mxcsr.commit();
  store<u64>(Xmm.reg(p), result);
  return p + UOP_SIZE;
}
export function sqrtss(p: usize): usize {
  const source = Scalar.source<u32>(p);
  const a = reinterpret<f32>(source);
  if (Mxcsr.quick() && a > 0 && Settled.normal<f32>(a)) {
    store<f32>(Xmm.reg(p), sqrt<f32>(a));
    return p + UOP_SIZE;
  }
  Mxcsr.begin();
  const result = squareRoot<u32>(source);
  Mxcsr.commit();
  store<u32>(Xmm.reg(p), <u32>result);
  return p + UOP_SIZE;
}
