/** 128-bit helpers: product of two 64-bit numbers, quotient of 128 by 64 bits (Knuth, TAOCP vol. 2, 4.3.1). */

export class Product {
  static hi: u64 = 0;
  static lo: u64 = 0;
}

export function multiply64(a: u64, b: u64): void {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >> 32);
  const middle2 = a0 * b1 + (middle & 0xffffffff);
  Product.lo = (middle2 << 32) | (low & 0xffffffff);
  Product.hi = a1 * b1 + (middle >> 32) + (middle2 >> 32);
}

/** Remainder of the last `divide128`. */
export class Division {
  static remainder: u64 = 0;
}

/** One 32-bit digit: (rest:next) / divisor, where rest < divisor and divisor has bit 63 set. */
function digit(rest: u64, next: u64, divisor: u64): u64 {
  const d1 = divisor >> 32;
  const d0 = divisor & 0xffffffff;
  let q = rest / d1;
  let r = rest - q * d1;
  while (q > 0xffffffff || q * d0 > ((r << 32) | next)) {
    q--;
    r += d1;
    if (r > 0xffffffff) break;
  }
  Division.remainder = ((rest << 32) | next) - q * divisor;
  return q;
}

/** (hi:lo) / divisor; needs hi < divisor and bit 63 of the divisor set. */
export function divide128(hi: u64, lo: u64, divisor: u64): u64 {
  const high = digit(hi, lo >> 32, divisor);
  const low = digit(Division.remainder, lo & 0xffffffff, divisor);
  return (high << 32) | low;
}
