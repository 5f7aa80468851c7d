/** Sum and difference of unpacked non-zero numbers, exact to the sticky bit, into Wide. */
import { Fp, ROUND_DOWN } from './status';
import { Wide } from './wide';

/** The sign of an exact zero that is the difference of equal numbers (SDM vol. 1, 4.8.3.1). */
export function zeroSign(): u32 {
  return Fp.rounding == ROUND_DOWN ? 1 : 0;
}

export function addWide(signA: u32, expA: i32, a: u64, signB: u32, expB: i32, b: u64): void {
  if (expA < expB || (expA == expB && a < b)) {
    const sign = signA;
    const exp = expA;
    const m = a;
    signA = signB;
    expA = expB;
    a = b;
    signB = sign;
    expB = exp;
    b = m;
  }
  Wide.set(signB, expA, b, 0);
  Wide.shiftRight(<u32>(expA - expB));
  if (signA == signB) {
    const sum = a + Wide.hi;
    if (sum < a) {
      const lo = Wide.lo;
      Wide.hi = (sum >> 1) | 0x8000000000000000;
      Wide.lo = (lo >> 1) | (sum << 63) | (lo & 1);
      Wide.exp = expA + 1;
    } else Wide.hi = sum;
    Wide.sign = signA;
    return;
  }
  const lo = Wide.lo;
  Wide.hi = a - Wide.hi - u64(lo != 0);
  Wide.lo = 0 - lo;
  Wide.sign = signA;
  if ((Wide.hi | Wide.lo) == 0) {
    Wide.sign = zeroSign();
    return;
  }
  Wide.normalize();
}
