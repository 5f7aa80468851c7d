/**
 * Single and double precision operands: classes, denormals as MXCSR treats them, NaNs (SDM vol. 1, 4.8.3).
 * `T` is u32 or u64: the format's bit pattern, which travels in a u64.
 */
import { Format } from './pack';
import { DENORMAL, Fp, INVALID } from './status';

export class Unpacked {
  /** Exponent of the last `significand`. */
  static exp: i32 = 0;
}

export class Is {
  @inline static magnitude<T>(bits: u64): u64 {
    return bits & (Format.sign<T>() - 1);
  }
  @inline static nan<T>(bits: u64): bool {
    return Is.magnitude<T>(bits) > Format.infinity<T>();
  }
  @inline static signaling<T>(bits: u64): bool {
    return Is.nan<T>(bits) && (bits & Format.quiet<T>()) == 0;
  }
  @inline static infinite<T>(bits: u64): bool {
    return Is.magnitude<T>(bits) == Format.infinity<T>();
  }
  @inline static zero<T>(bits: u64): bool {
    return Is.magnitude<T>(bits) == 0;
  }
  @inline static denormal<T>(bits: u64): bool {
    const smallest: u64 = sizeof<T>() == 4 ? 0x800000 : 0x10000000000000;
    return Is.magnitude<T>(bits) - 1 < smallest - 1;
  }
  @inline static negative<T>(bits: u64): u32 {
    return (<u32>(bits >> (sizeof<T>() * 8 - 1))) & 1;
  }
}

/** The significand of a finite number with bit 63 set, 0 for zero; its exponent in Unpacked.exp. */
export function significand<T>(bits: u64): u64 {
  const fractionBits = <u64>(Format.bits<T>() - 1);
  const field = <i32>(Is.magnitude<T>(bits) >> fractionBits);
  const fraction = bits & (((<u64>1) << fractionBits) - 1);
  if (field == 0) {
    if (fraction == 0) return 0;
    const n = clz<u64>(fraction);
    Unpacked.exp = Format.minExp<T>() + <i32>(63 - n) - <i32>fractionBits;
    return fraction << n;
  }
  Unpacked.exp = field - Format.maxExp<T>();
  return 0x8000000000000000 | (fraction << (63 - fractionBits));
}

/** An operand that is no NaN: a denormal raises DE, or is a zero under DAZ. */
export function operand<T>(bits: u64): u64 {
  if (!Is.denormal<T>(bits)) return bits;
  if (Fp.denormalsAreZero) return bits & Format.sign<T>();
  Fp.raise(DENORMAL);
  return bits;
}

/** The NaN that results of two operands of which one at least is a NaN: the first one, quieted (table 4-7). */
export function propagate<T>(a: u64, b: u64): u64 {
  if (Is.signaling<T>(a) || Is.signaling<T>(b)) Fp.raise(INVALID);
  return (Is.nan<T>(a) ? a : b) | Format.quiet<T>();
}

export function invalid<T>(): u64 {
  Fp.raise(INVALID);
  return Format.indefinite<T>();
}
