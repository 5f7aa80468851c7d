/**
 * Unsigned fixed-point numbers of 128 bits, value hi:lo / 2^127, so 0 to just below 2. Results are in Fixed; they are
 * cut, not rounded, and exact to a few units of 2^-127. For the series of transcendental.ts.
 */
import { multiply64, Product } from './integer128';

export const ONE: u64 = 0x8000000000000000;

export class Fixed {
  static hi: u64 = 0;
  static lo: u64 = 0;

  @inline static set(hi: u64, lo: u64): void {
    Fixed.hi = hi;
    Fixed.lo = lo;
  }

  static add(hi: u64, lo: u64): void {
    const sum = Fixed.lo + lo;
    Fixed.hi += hi + u64(sum < lo);
    Fixed.lo = sum;
  }

  /** Needs a difference that is not negative. */
  static subtract(hi: u64, lo: u64): void {
    Fixed.hi -= hi + u64(Fixed.lo < lo);
    Fixed.lo -= lo;
  }

  /** (hi:lo) - Fixed */
  static subtractFrom(hi: u64, lo: u64): void {
    const ownHi = Fixed.hi;
    const ownLo = Fixed.lo;
    Fixed.set(hi, lo);
    Fixed.subtract(ownHi, ownLo);
  }

  static multiply(hi: u64, lo: u64): void {
    const a1 = Fixed.hi;
    const a0 = Fixed.lo;
    multiply64(a0, lo);
    let p1 = Product.hi;
    multiply64(a1, hi);
    let p3 = Product.hi;
    let p2 = Product.lo;
    multiply64(a1, lo);
    p1 += Product.lo;
    let carry = Product.hi + u64(p1 < Product.lo);
    p2 += carry;
    p3 += u64(p2 < carry);
    multiply64(a0, hi);
    p1 += Product.lo;
    carry = Product.hi + u64(p1 < Product.lo);
    p2 += carry;
    p3 += u64(p2 < carry);
    Fixed.hi = (p3 << 1) | (p2 >> 63);
    Fixed.lo = (p2 << 1) | (p1 >> 63);
  }

  static divideSmall(divisor: u32): void {
    const d = <u64>divisor;
    const hi = Fixed.hi / d;
    let rest = Fixed.hi % d;
    const middle = (rest << 32) | (Fixed.lo >> 32);
    rest = middle % d;
    Fixed.lo = ((middle / d) << 32) | (((rest << 32) | (Fixed.lo & 0xffffffff)) / d);
    Fixed.hi = hi;
  }

  static shiftRight(count: u32): void {
    if (count == 0) return;
    if (count >= 128) Fixed.set(0, 0);
    else if (count >= 64) Fixed.set(0, Fixed.hi >> (<u64>count - 64));
    else Fixed.set(Fixed.hi >> (<u64>count), (Fixed.lo >> (<u64>count)) | (Fixed.hi << (64 - <u64>count)));
  }

  @inline static isZero(): bool {
    return (Fixed.hi | Fixed.lo) == 0;
  }

  /** Fixed / (hi:lo), the divisor with its top bit set and the quotient below 2. */
  static divide(hi: u64, lo: u64): void {
    let restHi = Fixed.hi;
    let restLo = Fixed.lo;
    let quotientHi: u64 = 0;
    let quotientLo: u64 = 0;
    let carry: u64 = 0;
    for (let i = 0; i < 128; i++) {
      quotientHi = (quotientHi << 1) | (quotientLo >> 63);
      quotientLo <<= 1;
      if (carry != 0 || restHi > hi || (restHi == hi && restLo >= lo)) {
        restHi -= hi + u64(restLo < lo);
        restLo -= lo;
        quotientLo |= 1;
      }
      carry = restHi >> 63;
      restHi = (restHi << 1) | (restLo >> 63);
      restLo <<= 1;
    }
    Fixed.set(quotientHi, quotientLo);
  }
}

/** A positive number: Fixed with its top bit set, times 2^exp. */
export class Real {
  static exp: i32 = 0;

  /** Makes Fixed * 2^exp such a number; zero stays. */
  static normalize(exp: i32): void {
    if (Fixed.isZero()) return;
    if (Fixed.hi == 0) {
      Fixed.set(Fixed.lo, 0);
      exp -= 64;
    }
    const n = <u64>clz<u64>(Fixed.hi);
    if (n) Fixed.set((Fixed.hi << n) | (Fixed.lo >> (64 - n)), Fixed.lo << n);
    Real.exp = exp - <i32>n;
  }

  /** Fixed * (hi:lo) * 2^exp; the product may reach 4, which Fixed does not hold. */
  static multiply(hi: u64, lo: u64, exp: i32): void {
    Fixed.shiftRight(1);
    Fixed.multiply(hi, lo);
    Real.normalize(exp + 1);
  }
}
