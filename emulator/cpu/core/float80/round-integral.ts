/** ROUNDPS and its like: a number of single or double precision rounded to an integral one (SDM vol. 2, ROUNDPD). */
import { pack } from './pack';
import { Fp, PRECISION } from './status';
import { Is, propagate, significand, Unpacked } from './unpack';
import { Format } from './pack';
import { Wide } from './wide';

/** Rounds by Fp.rounding; denormals raise nothing. */
export function roundIntegral<T>(value: u64): u64 {
  if (Is.nan<T>(value)) return propagate<T>(value, value);
  const sign = value & Format.sign<T>();
  if (Is.infinite<T>(value)) return value;
  if (Is.zero<T>(value) || (Fp.denormalsAreZero && Is.denormal<T>(value))) return sign;
  const m = significand<T>(value);
  const exp = Unpacked.exp;
  if (exp >= Format.bits<T>() - 1) return value;
  const negative = Is.negative<T>(value);
  Wide.set(negative, exp, m, 0);
  Wide.shiftRight(<u32>min<i32>(63 - exp, 130));
  let whole = Wide.hi;
  if (Wide.lo) {
    Fp.raise(PRECISION);
    if (Fp.increments(negative, (whole & 1) != 0, Wide.lo >> 63 != 0, Wide.lo << 1 != 0)) whole++;
  }
  if (whole == 0) return sign;
  const n = clz<u64>(whole);
  Wide.set(negative, 63 - <i32>n, whole << n, 0);
  return pack<T>();
}
