/**
 * An unpacked number of 128 significant bits: (-1)^sign * (hi:lo / 2^127) * 2^exp, bit 63 of `hi` set unless it
 * is zero. Bit 0 of `lo` is sticky: it stands for everything below. The result of every operation before it is
 * rounded to a format (pack.ts).
 */
export class Wide {
  static sign: u32 = 0;
  static exp: i32 = 0;
  static hi: u64 = 0;
  static lo: u64 = 0;

  static set(sign: u32, exp: i32, hi: u64, lo: u64): void {
    Wide.sign = sign;
    Wide.exp = exp;
    Wide.hi = hi;
    Wide.lo = lo;
  }

  /** Shifts right, keeping what falls out as sticky. */
  static shiftRight(count: u32): void {
    if (count == 0) return;
    const hi = Wide.hi;
    const lo = Wide.lo;
    if (count < 64) {
      const lost = lo << (64 - count);
      Wide.lo = (lo >> count) | (hi << (64 - count)) | u64(lost != 0);
      Wide.hi = hi >> count;
    } else if (count < 128) {
      const n = count - 64;
      const lost = n ? lo | (hi << (64 - n)) : lo;
      Wide.lo = (hi >> n) | u64(lost != 0);
      Wide.hi = 0;
    } else {
      Wide.lo = u64((hi | lo) != 0);
      Wide.hi = 0;
    }
  }

  /** Shifts left until bit 63 of `hi` is set; nothing to do for zero. */
  static normalize(): void {
    if (Wide.hi == 0) {
      if (Wide.lo == 0) return;
      Wide.hi = Wide.lo;
      Wide.lo = 0;
      Wide.exp -= 64;
    }
    const n = <u32>clz<u64>(Wide.hi);
    if (n == 0) return;
    Wide.hi = (Wide.hi << n) | (Wide.lo >> (64 - n));
    Wide.lo <<= n;
    Wide.exp -= n;
  }
}
