/** Quotient of unpacked non-zero numbers, 64 bits and a sticky part, into Wide. */
import { divide128, Division } from './integer128';
import { Wide } from './wide';

export function divideWide(sign: u32, expA: i32, a: u64, expB: i32, b: u64): void {
  let exp = expA - expB;
  let quotient: u64;
  if (a >= b) quotient = divide128(a >> 1, a << 63, b);
  else {
    quotient = divide128(a, 0, b);
    exp--;
  }
  const rest = Division.remainder;
  // The next 64 bits of the quotient serve as guard bits; what remains is sticky.
  const guard = divide128(rest, 0, b);
  Wide.set(sign, exp, quotient, guard | u64(Division.remainder != 0));
}
