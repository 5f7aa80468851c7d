/** Products: 128 bits out of 64 x 64, and the flags of MUL and IMUL (CF = OF = the upper half says something). */
import { Flags } from './flags';

/** The upper 64 bits of an unsigned product. */
export function highUnsigned(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

/** The upper 64 bits of a signed product. */
export function highSigned(a: i64, b: i64): i64 {
  let high = <i64>highUnsigned(<u64>a, <u64>b);
  if (a < 0) high -= b;
  if (b < 0) high -= a;
  return high;
}

export class Multiply {
  /** IMUL with a result of the operand size. SF is the result's; ZF, AF and PF are undefined. */
  @inline static signed<T>(a: T, b: T): T {
    let result: T;
    let lost: bool;
    if (sizeof<T>() == 8) {
      result = <T>(<i64>a * <i64>b);
      lost = highSigned(<i64>a, <i64>b) != (<i64>result) >> 63;
    } else if (sizeof<T>() == 4) {
      const wide = <i64>(<i32>a) * <i64>(<i32>b);
      result = <T>wide;
      lost = wide != <i64>(<i32>wide);
    } else {
      const wide = <i32>(<i16>a) * <i32>(<i16>b);
      result = <T>wide;
      lost = wide != <i32>(<i16>wide);
    }
    Flags.result<T>(result, u32(lost), u32(lost));
    return result;
  }
}
