/** Product of unpacked non-zero numbers, exact, into Wide. */
import { multiply64, Product } from './integer128';
import { Wide } from './wide';

export function multiplyWide(sign: u32, expA: i32, a: u64, expB: i32, b: u64): void {
  multiply64(a, b);
  const hi = Product.hi;
  const lo = Product.lo;
  if (hi >> 63) Wide.set(sign, expA + expB + 1, hi, lo);
  else Wide.set(sign, expA + expB, (hi << 1) | (lo >> 63), lo << 1);
}
