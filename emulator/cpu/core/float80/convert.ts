/**
 * Conversions of single and double precision: to and from integers, and into each other (SDM vol. 1, 4.8.4.2,
 * 11.5.2.1; vol. 2, CVTSD2SI and its like).
 */
import { Format, pack } from './pack';
import { Fp, INVALID, PRECISION, ROUND_ZERO } from './status';
import { Is, operand, significand, Unpacked } from './unpack';
import { Wide } from './wide';

/** A signed integer as a number of format T. */
export function fromInteger<T>(value: i64): u64 {
  if (value == 0) return 0;
  const sign = u32(value < 0);
  const magnitude = sign ? <u64>(0 - value) : <u64>value;
  const n = <i32>clz<u64>(magnitude);
  Wide.set(sign, 63 - n, magnitude << (<u64>n), 0);
  return pack<T>();
}

/**
 * The number in Wide (not zero), rounded to an integer of `bits` bits; out of range it is the indefinite
 * integer, whose only set bit is the sign.
 */
export function wideToInteger(bits: u32): i64 {
  const indefinite: i64 = (<i64>-1) << (bits - 1);
  const sign = Wide.sign;
  const exp = Wide.exp;
  if (exp >= 64) {
    Fp.raise(INVALID);
    return indefinite;
  }
  Wide.shiftRight(<u32>min<i32>(63 - exp, 130));
  let magnitude = Wide.hi;
  const rest = Wide.lo;
  const up = Fp.increments(sign, (magnitude & 1) != 0, rest >> 63 != 0, rest << 1 != 0);
  if (up) {
    magnitude++;
    if (magnitude == 0) {
      Fp.raise(INVALID);
      return indefinite;
    }
  }
  const limit = ((<u64>1) << (bits - 1)) - u64(sign == 0);
  if (magnitude > limit) {
    Fp.raise(INVALID);
    return indefinite;
  }
  if (rest) {
    Fp.raise(PRECISION);
    Fp.roundedUp = up;
  }
  return sign ? 0 - <i64>magnitude : <i64>magnitude;
}

/** A number of format T as a signed integer of `bits` bits; denormal operands raise nothing. */
export function toInteger<T>(value: u64, bits: u32, truncate: bool): i64 {
  if (Is.nan<T>(value) || Is.infinite<T>(value)) {
    Fp.raise(INVALID);
    return (<i64>-1) << (bits - 1);
  }
  if (Is.denormal<T>(value) && Fp.denormalsAreZero) return 0;
  const m = significand<T>(value);
  if (m == 0) return 0;
  Wide.set(Is.negative<T>(value), Unpacked.exp, m, 0);
  const rounding = Fp.rounding;
  if (truncate) Fp.rounding = ROUND_ZERO;
  const result = wideToInteger(bits);
  Fp.rounding = rounding;
  return result;
}

/** Single to double precision: exact but for NaNs. */
export function widen(value: u64): u64 {
  const sign = (value & 0x80000000) << 32;
  if (Is.nan<u32>(value)) {
    if (Is.signaling<u32>(value)) Fp.raise(INVALID);
    return sign | ((value & 0x7fffff) << 29) | 0x7ff8000000000000;
  }
  if (Is.infinite<u32>(value)) return sign | Format.infinity<u64>();
  value = operand<u32>(value);
  const m = significand<u32>(value);
  if (m == 0) return sign;
  Wide.set(u32(sign != 0), Unpacked.exp, m, 0);
  return pack<u64>();
}

export function narrow(value: u64): u64 {
  const sign = (value >> 32) & 0x80000000;
  if (Is.nan<u64>(value)) {
    if (Is.signaling<u64>(value)) Fp.raise(INVALID);
    return sign | ((value >> 29) & 0x7fffff) | 0x7fc00000;
  }
  if (Is.infinite<u64>(value)) return sign | Format.infinity<u32>();
  value = operand<u64>(value);
  const m = significand<u64>(value);
  if (m == 0) return sign;
  Wide.set(u32(sign != 0), Unpacked.exp, m, 0);
  return pack<u32>();
}
