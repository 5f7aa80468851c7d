/** Shifts and rotates on values (SDM vol. 2, SAL/SHR, RCL/ROL). The count is masked here; 0 changes no flag. */
import { Flags } from './flags';

export class Shift {
  @inline static mask<T>(count: u32): u32 {
    return count & (sizeof<T>() == 8 ? 63 : 31);
  }

  static shl<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    const n = Shift.mask<T>(count);
    if (n == 0) return value;
    const wide = <u64>value;
    // Narrow operands may be shifted out altogether, by up to 31.
    const result = <T>(wide << n);
    const carry = n > bits ? 0 : (<u32>(wide >> (bits - n))) & 1;
    const top = (<u32>((<u64>result) >> (bits - 1))) & 1;
    Flags.result<T>(result, carry, top ^ carry);
    return result;
  }

  static shr<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    const n = Shift.mask<T>(count);
    if (n == 0) return value;
    const wide = <u64>value;
    const result = <T>(wide >> n);
    const carry = (<u32>(wide >> (n - 1))) & 1;
    // Defined for a count of 1: the old sign; processors compute it from the value before the last step.
    const top = (<u32>(wide >> (bits - 1))) & 1;
    Flags.result<T>(result, carry, n == 1 ? top : 0);
    return result;
  }

  static sar<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    const n = Shift.mask<T>(count);
    if (n == 0) return value;
    const wide = ((<i64>value) << (64 - bits)) >> (64 - bits);
    const result = <T>(wide >> n);
    Flags.result<T>(result, (<u32>(wide >> (n - 1))) & 1, 0);
    return result;
  }

  static rol<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    const n = Shift.mask<T>(count);
    if (n == 0) return value;
    const k = n & (bits - 1);
    const wide = <u64>value;
    const result = k ? <T>((wide << k) | (wide >> (bits - k))) : value;
    const carry = (<u32>result) & 1;
    Flags.carryOverflow(carry, ((<u32>((<u64>result) >> (bits - 1))) & 1) ^ carry);
    return result;
  }

  static ror<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    const n = Shift.mask<T>(count);
    if (n == 0) return value;
    const k = n & (bits - 1);
    const wide = <u64>value;
    const result = k ? <T>((wide >> k) | (wide << (bits - k))) : value;
    const top = (<u32>((<u64>result) >> (bits - 1))) & 1;
    Flags.carryOverflow(top, top ^ ((<u32>((<u64>result) >> (bits - 2))) & 1));
    return result;
  }

  static rcl<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    let n = Shift.mask<T>(count);
    if (bits == 8) n %= 9;
    else if (bits == 16) n %= 17;
    if (n == 0) return value;
    let wide = <u64>value;
    let carry = Flags.cf();
    for (let i: u32 = 0; i < n; i++) {
      const top = (<u32>(wide >> (bits - 1))) & 1;
      wide = (wide << 1) | carry;
      carry = top;
    }
    const result = <T>wide;
    Flags.carryOverflow(carry, ((<u32>((<u64>result) >> (bits - 1))) & 1) ^ carry);
    return result;
  }

  static rcr<T>(value: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    let n = Shift.mask<T>(count);
    if (bits == 8) n %= 9;
    else if (bits == 16) n %= 17;
    if (n == 0) return value;
    let wide = <u64>value;
    let carry = Flags.cf();
    for (let i: u32 = 0; i < n; i++) {
      const low = (<u32>wide) & 1;
      wide = (wide >> 1) | ((<u64>carry) << (bits - 1));
      carry = low;
    }
    const result = <T>wide;
    const top = (<u32>((<u64>result) >> (bits - 1))) & 1;
    Flags.carryOverflow(carry, top ^ ((<u32>((<u64>result) >> (bits - 2))) & 1));
    return result;
  }

  /** SHLD: `value` moves left, filled from the top of `filler`. */
  static shld<T>(value: T, filler: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    let n = Shift.mask<T>(count);
    if (n == 0) return value;
    let a = <u64>value;
    let b = <u64>filler;
    if (bits == 16 && n > 16) {
      // Undefined by the manual; processors go on with the operands as one 48-bit ring.
      n -= 16;
      const swap = a;
      a = b;
      b = swap;
    }
    const result = <T>((a << n) | (n == bits ? b : b >> (bits - n)));
    const carry = (<u32>(a >> (bits - n))) & 1;
    const top = (<u32>((<u64>result) >> (bits - 1))) & 1;
    Flags.result<T>(result, carry, top ^ ((<u32>(a >> (bits - 1))) & 1));
    return result;
  }

  static shrd<T>(value: T, filler: T, count: u32): T {
    const bits: u32 = sizeof<T>() * 8;
    let n = Shift.mask<T>(count);
    if (n == 0) return value;
    let a = <u64>value;
    let b = <u64>filler;
    if (bits == 16 && n > 16) {
      n -= 16;
      const swap = a;
      a = b;
      b = swap;
    }
    const result = <T>((a >> n) | (n == bits ? b : b << (bits - n)));
    const carry = (<u32>(a >> (n - 1))) & 1;
    const top = (<u32>((<u64>result) >> (bits - 1))) & 1;
    Flags.result<T>(result, carry, top ^ ((<u32>(a >> (bits - 1))) & 1));
    return result;
  }
}
