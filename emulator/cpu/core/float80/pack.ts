/**
 * Rounds Wide to single or double precision (SDM vol. 1, 4.8.4, 4.9.1.4 to 4.9.1.6) and raises overflow,
 * underflow and precision. `T` is u32 or u64: the format's bit pattern.
 */
import { Fp, OVERFLOW, PRECISION, ROUND_DOWN, ROUND_NEAREST, ROUND_UP, UNDERFLOW } from './status';
import { Wide } from './wide';

export class Format {
  /** Bits of the significand with the leading one. */
  @inline static bits<T>(): i32 {
    return sizeof<T>() == 4 ? 24 : 53;
  }
  @inline static maxExp<T>(): i32 {
    return sizeof<T>() == 4 ? 127 : 1023;
  }
  @inline static minExp<T>(): i32 {
    return sizeof<T>() == 4 ? -126 : -1022;
  }
  @inline static infinity<T>(): u64 {
    return sizeof<T>() == 4 ? 0x7f800000 : 0x7ff0000000000000;
  }
  @inline static sign<T>(): u64 {
    return sizeof<T>() == 4 ? 0x80000000 : 0x8000000000000000;
  }
  /** The default NaN: negative and quiet. */
  @inline static indefinite<T>(): u64 {
    return sizeof<T>() == 4 ? 0xffc00000 : 0xfff8000000000000;
  }
  @inline static quiet<T>(): u64 {
    return sizeof<T>() == 4 ? 0x400000 : 0x8000000000000;
  }
}

function overflowed<T>(sign: u32): u64 {
  const s: u64 = sign ? Format.sign<T>() : 0;
  const toInfinity =
    Fp.rounding == ROUND_NEAREST ||
    (Fp.rounding == ROUND_UP && !sign) ||
    (Fp.rounding == ROUND_DOWN && sign != 0);
  Fp.raise(Fp.masks & OVERFLOW ? OVERFLOW | PRECISION : OVERFLOW);
  Fp.roundedUp = toInfinity;
  return s | (toInfinity ? Format.infinity<T>() : Format.infinity<T>() - 1);
}

/** Whether rounding to the format's precision loses something. */
function dropsBits<T>(): bool {
  return Wide.hi << (<u64>Format.bits<T>()) != 0 || Wide.lo != 0;
}

/** Whether the significand, rounded as if exponents were unbounded, reaches the next power of two. */
function carriesOut<T>(sign: u32, hi: u64, lo: u64): bool {
  const drop = <u64>(64 - Format.bits<T>());
  if (hi >> drop != ((<u64>1) << (<u64>Format.bits<T>())) - 1) return false;
  const half = (hi >> (drop - 1)) & 1;
  const below = (hi & (((<u64>1) << (drop - 1)) - 1)) | lo;
  return Fp.increments(sign, true, half != 0, below != 0);
}

/** The bit pattern of Wide; a zero keeps its sign. */
export function pack<T>(): u64 {
  const sign = Wide.sign;
  const s: u64 = sign ? Format.sign<T>() : 0;
  if ((Wide.hi | Wide.lo) == 0) return s;
  const minExp = Format.minExp<T>();
  let exp = Wide.exp;
  let tiny = false;
  if (exp < minExp) {
    // Tininess is detected after rounding (SDM vol. 1, 4.9.1.5).
    tiny = exp != minExp - 1 || !carriesOut<T>(sign, Wide.hi, Wide.lo);
    if (tiny) {
      // Unmasked, there will be no result, and precision is judged as if exponents were unbounded.
      if ((Fp.masks & UNDERFLOW) == 0) {
        Fp.raise(dropsBits<T>() ? UNDERFLOW | PRECISION : UNDERFLOW);
        return s;
      }
      if (Fp.flushToZero) {
        Fp.raise(UNDERFLOW | PRECISION);
        return s;
      }
    }
    Wide.shiftRight(<u32>(minExp - exp));
    exp = minExp;
  }
  const drop = <u64>(64 - Format.bits<T>());
  let m = Wide.hi >> drop;
  const half = (Wide.hi >> (drop - 1)) & 1;
  const below = (Wide.hi & (((<u64>1) << (drop - 1)) - 1)) | Wide.lo;
  if ((half | below) != 0) {
    Fp.raise(tiny ? PRECISION | UNDERFLOW : PRECISION);
    Fp.roundedUp = Fp.increments(sign, (m & 1) != 0, half != 0, below != 0);
    if (Fp.roundedUp) {
      m++;
      if (m >> (<u64>Format.bits<T>())) {
        m >>= 1;
        exp++;
      }
    }
  }
  if (exp > Format.maxExp<T>()) return overflowed<T>(sign);
  // The implicit one, where there is one, carries into the exponent field.
  const field = <u64>(exp - minExp);
  const shift = <u64>(Format.bits<T>() - 1);
  return s | ((field << shift) + m);
}
