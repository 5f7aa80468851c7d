/**
 * ADD, SUB, MUL, DIV, SQRT, MIN, MAX of single and double precision by MXCSR's rules, for whatever the native
 * operations of WebAssembly do not settle: other rounding modes, exception flags, NaNs, denormals.
 */
import { addWide, zeroSign } from './add';
import { divideWide } from './divide';
import { multiplyWide } from './multiply';
import { Format, pack } from './pack';
import { squareRootWide } from './square-root';
import { DENORMAL, Fp, INVALID, ZERO_DIVIDE } from './status';
import { Is, invalid, operand, propagate, significand, Unpacked } from './unpack';
import { Wide } from './wide';

export const ADD: u32 = 0;
export const SUB: u32 = 1;
export const MUL: u32 = 2;
export const DIV: u32 = 3;
export const MIN: u32 = 4;
export const MAX: u32 = 5;
export const SQRT: u32 = 6;

function add<T>(a: u64, b: u64): u64 {
  if (Is.infinite<T>(a)) return Is.infinite<T>(b) && a != b ? invalid<T>() : a;
  if (Is.infinite<T>(b)) return b;
  const ma = significand<T>(a);
  const ea = Unpacked.exp;
  const mb = significand<T>(b);
  const eb = Unpacked.exp;
  const sa = Is.negative<T>(a);
  const sb = Is.negative<T>(b);
  if (ma == 0 && mb == 0) return (sa == sb ? sa : zeroSign()) ? Format.sign<T>() : 0;
  if (ma == 0) Wide.set(sb, eb, mb, 0);
  else if (mb == 0) Wide.set(sa, ea, ma, 0);
  else addWide(sa, ea, ma, sb, eb, mb);
  return pack<T>();
}

function multiply<T>(a: u64, b: u64): u64 {
  const sign = (a ^ b) & Format.sign<T>();
  if (Is.infinite<T>(a) || Is.infinite<T>(b)) {
    if (Is.zero<T>(a) || Is.zero<T>(b)) return invalid<T>();
    return sign | Format.infinity<T>();
  }
  if (Is.zero<T>(a) || Is.zero<T>(b)) return sign;
  const ma = significand<T>(a);
  const ea = Unpacked.exp;
  const mb = significand<T>(b);
  multiplyWide(u32(sign != 0), ea, ma, Unpacked.exp, mb);
  return pack<T>();
}

function divide<T>(a: u64, b: u64): u64 {
  const sign = (a ^ b) & Format.sign<T>();
  if (Is.infinite<T>(a)) return Is.infinite<T>(b) ? invalid<T>() : sign | Format.infinity<T>();
  if (Is.infinite<T>(b)) return sign;
  if (Is.zero<T>(b)) {
    if (Is.zero<T>(a)) return invalid<T>();
    Fp.raise(ZERO_DIVIDE);
    return sign | Format.infinity<T>();
  }
  if (Is.zero<T>(a)) return sign;
  const ma = significand<T>(a);
  const ea = Unpacked.exp;
  const mb = significand<T>(b);
  divideWide(u32(sign != 0), ea, ma, Unpacked.exp, mb);
  return pack<T>();
}

/** MIN and MAX return the second operand when either is a NaN or both are zeros. */
function select<T>(greater: bool, a: u64, b: u64): u64 {
  if (Is.zero<T>(a) && Is.zero<T>(b)) return b;
  // As integers: negative numbers count down.
  const sign = Format.sign<T>();
  const ka = a & sign ? ~a & (sign | (sign - 1)) : a | sign;
  const kb = b & sign ? ~b & (sign | (sign - 1)) : b | sign;
  return greater ? (ka > kb ? a : b) : ka < kb ? a : b;
}

export function binary<T>(operation: u32, a: u64, b: u64): u64 {
  if (Is.nan<T>(a) || Is.nan<T>(b)) {
    if (operation < MIN) return propagate<T>(a, b);
    Fp.raise(INVALID);
    return Fp.denormalsAreZero && Is.denormal<T>(b) ? b & Format.sign<T>() : b;
  }
  const flags = Fp.flags;
  Fp.flags = 0;
  a = operand<T>(a);
  b = operand<T>(b);
  let result: u64;
  switch (operation) {
    case ADD:
      result = add<T>(a, b);
      break;
    case SUB:
      result = add<T>(a, b ^ Format.sign<T>());
      break;
    case MUL:
      result = multiply<T>(a, b);
      break;
    case DIV:
      result = divide<T>(a, b);
      break;
    default:
      result = select<T>(operation == MAX, a, b);
  }
  // An invalid operation and a division by zero take precedence over a denormal operand (SDM vol. 1, 4.9.2).
  if (Fp.flags & (INVALID | ZERO_DIVIDE)) Fp.flags &= ~DENORMAL;
  Fp.flags |= flags;
  return result;
}

export function squareRoot<T>(a: u64): u64 {
  if (Is.nan<T>(a)) return propagate<T>(a, a);
  if (Is.denormal<T>(a) && Fp.denormalsAreZero) a &= Format.sign<T>();
  if (Is.zero<T>(a)) return a;
  if (Is.negative<T>(a)) return invalid<T>();
  if (Is.infinite<T>(a)) return a;
  operand<T>(a);
  const m = significand<T>(a);
  squareRootWide(Unpacked.exp, m);
  return pack<T>();
}
