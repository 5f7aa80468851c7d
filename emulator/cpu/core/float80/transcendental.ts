/**
 * The series behind the x87's transcendental instructions, in 128-bit fixed point: results are right to some 120 bits,
 * so that rounding them to 64 is nearly always correct rounding (SDM vol. 1, 8.3.10, promises an error below 1 ulp).
 *
 * Arguments and results are numbers of fixed128.ts: Fixed and Real.exp.
 */
import { Fixed, ONE, Real } from './fixed128';

/** atan(k/8) for k from 1 to 8. */
const ATAN = memory.data<u64>([
  0x0feadd4d5617b6e3, 0x2c897989f3e888ef, 0x1f5b75f92c80dd62, 0xadb8f3debef442fd, 0x2dec3283c9bde11c,
  0xe2a8c848b73f9121, 0x3b58ce0ac3769ed1, 0x5bf9117b2f0ea341, 0x47802eaf7bfacfcd, 0xae41af0b32e21ba4,
  0x525e3e8c9a7b8492, 0x0cd43f9522bed64f, 0x5c029f15e118cf39, 0xe596d2a90852221f, 0x6487ed5110b4611a,
  0x62633145c06e0e69,
]);
/** pi / 4 in the unit of Fixed, ln 2 normalized (exponent -1), log2 e. */
const QUARTER_PI_HI: u64 = 0x6487ed5110b4611a;
const QUARTER_PI_LO: u64 = 0x62633145c06e0e69;
const LN2_HI: u64 = 0xb17217f7d1cf79ab;
const LN2_LO: u64 = 0xc9e3b39803f2f6af;
const LOG2E_HI: u64 = 0xb8aa3b295c17f0bb;
const LOG2E_LO: u64 = 0xbe87fed0691d3e89;
/** Above this a significand is better taken as half of itself: sqrt 2. */
const SQRT2: u64 = 0xb504f333f9de6484;

/** How many terms leave less than 2^-127 for the largest argument of each series. */
const SINE_TERMS: u32 = 17;
const ATAN_TERMS: u32 = 17;
const LOG_TERMS: u32 = 27;
const EXP_TERMS: u32 = 33;

/** Whether the result just made is negative. */
export class Sign {
  static negative: bool = false;
}

/** The square of a number below 1, in zHi:zLo. */
let zHi: u64 = 0;
let zLo: u64 = 0;
function square(): void {
  Fixed.shiftRight(<u32>-Real.exp);
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  Fixed.multiply(hi, lo);
  zHi = Fixed.hi;
  zLo = Fixed.lo;
}

/** A sum that is 1 only because its terms were too small to show lies below 1: directed rounding must see it. */
function belowOne(): void {
  if (Fixed.hi >= ONE) Fixed.set(ONE - 1, ~(<u64>0));
}

/** sin r for 0 < r <= pi / 4 */
export function sineKernel(): void {
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  square();
  Fixed.set(ONE, 0);
  for (let k = SINE_TERMS; k > 0; k--) {
    Fixed.multiply(zHi, zLo);
    Fixed.divideSmall(2 * k * (2 * k + 1));
    Fixed.subtractFrom(ONE, 0);
  }
  belowOne();
  Real.multiply(hi, lo, exp);
}

/** cos r for 0 < r <= pi / 4 */
export function cosineKernel(): void {
  square();
  Fixed.set(ONE, 0);
  for (let k = SINE_TERMS; k > 0; k--) {
    Fixed.multiply(zHi, zLo);
    Fixed.divideSmall((2 * k - 1) * 2 * k);
    Fixed.subtractFrom(ONE, 0);
  }
  belowOne();
  Real.normalize(0);
}

/** tan r for 0 < r <= pi / 4 */
export function tangentKernel(): void {
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  if (exp < -64) {
    // Larger than r by less than a unit here: only directed rounding can tell.
    Fixed.set(hi, lo | 1);
    return;
  }
  cosineKernel();
  const cosineHi = Fixed.hi;
  const cosineLo = Fixed.lo;
  const cosineExp = Real.exp;
  Fixed.set(hi, lo);
  Real.exp = exp;
  sineKernel();
  const sineExp = Real.exp;
  Fixed.divide(cosineHi, cosineLo);
  Real.normalize(sineExp - cosineExp);
}

/** atan t for 0 < t <= 1/16 */
function smallAtan(): void {
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  square();
  Fixed.set(0, 0);
  for (let n = <i32>ATAN_TERMS; n >= 0; n--) {
    Fixed.multiply(zHi, zLo);
    const restHi = Fixed.hi;
    const restLo = Fixed.lo;
    Fixed.set(ONE, 0);
    Fixed.divideSmall(<u32>(2 * n + 1));
    Fixed.subtract(restHi, restLo);
  }
  belowOne();
  Real.multiply(hi, lo, exp);
}

/** atan q for 0 < q <= 1: about k/8, where the argument of the series is small. */
export function atanKernel(): void {
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  Fixed.shiftRight(<u32>-exp);
  const fixedHi = Fixed.hi;
  const fixedLo = Fixed.lo;
  const k = <u32>((fixedHi + (ONE >> 4)) >> 60);
  if (k == 0) {
    Fixed.set(hi, lo);
    Real.exp = exp;
    smallAtan();
    return;
  }
  // t = (q - c) / (1 + q c)
  const c = (<u64>k) << 60;
  const below = fixedHi < c;
  Fixed.multiply(c, 0);
  Fixed.add(ONE, 0);
  const divisorHi = Fixed.hi;
  const divisorLo = Fixed.lo;
  Fixed.set(fixedHi, fixedLo);
  if (below) Fixed.subtractFrom(c, 0);
  else Fixed.subtract(c, 0);
  if (!Fixed.isZero()) {
    Real.normalize(0);
    const top = Real.exp;
    Fixed.divide(divisorHi, divisorLo);
    Real.normalize(top);
    smallAtan();
    Fixed.shiftRight(<u32>-Real.exp);
  }
  const entry = ATAN + ((<usize>k - 1) << 4);
  if (below) Fixed.subtractFrom(load<u64>(entry), load<u64>(entry, 8));
  else Fixed.add(load<u64>(entry), load<u64>(entry, 8));
  Real.normalize(0);
}

/** `quarters` * pi / 4 minus the number at hand, or plus it. */
export function aroundPi(quarters: u32, minus: bool): void {
  // In units of 2^-125: pi does not fit Fixed.
  Fixed.shiftRight(<u32>(2 - Real.exp));
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  Fixed.set(QUARTER_PI_HI >> 2, (QUARTER_PI_LO >> 2) | (QUARTER_PI_HI << 62));
  const quarterHi = Fixed.hi;
  const quarterLo = Fixed.lo;
  for (let i: u32 = 1; i < quarters; i++) Fixed.add(quarterHi, quarterLo);
  if (minus) Fixed.subtract(hi, lo);
  else Fixed.add(hi, lo);
  Real.normalize(2);
}

/** 2 atanh(s) / ln 2 for 0 < s <= 0.18: log2((1 + s) / (1 - s)). */
function logSeries(): void {
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  square();
  Fixed.set(0, 0);
  for (let n = <i32>LOG_TERMS; n >= 0; n--) {
    Fixed.multiply(zHi, zLo);
    const restHi = Fixed.hi;
    const restLo = Fixed.lo;
    Fixed.set(ONE, 0);
    Fixed.divideSmall(<u32>(2 * n + 1));
    Fixed.add(restHi, restLo);
  }
  Fixed.multiply(LOG2E_HI, LOG2E_LO);
  // Up to 1.46 * 1.01: still below 2.
  Real.normalize(1);
  const factorExp = Real.exp;
  Real.multiply(hi, lo, exp + factorExp);
}

/** log2 of a positive number; zero when it is 1. Exact powers of two give exact results. */
export function logKernel(): void {
  let e = Real.exp;
  if (Fixed.hi > SQRT2) {
    Fixed.shiftRight(1);
    e++;
  }
  const negative = Fixed.hi < ONE;
  const mHi = Fixed.hi;
  const mLo = Fixed.lo;
  if (negative) Fixed.subtractFrom(ONE, 0);
  else Fixed.subtract(ONE, 0);
  const exact = Fixed.isZero();
  if (!exact) {
    // s = ((m - 1) / 2) / ((m + 1) / 2)
    Real.normalize(-1);
    const top = Real.exp;
    const topHi = Fixed.hi;
    const topLo = Fixed.lo;
    Fixed.set(mHi, mLo);
    Fixed.shiftRight(1);
    Fixed.add(ONE >> 1, 0);
    divideInto(topHi, topLo, top);
    logSeries();
  }
  if (e == 0) {
    Sign.negative = negative;
    return;
  }
  addInteger(e, exact, negative);
}

/** The number given, divided by Fixed (0.5 to 2). */
function divideInto(hi: u64, lo: u64, exp: i32): void {
  Real.normalize(0);
  const divisorHi = Fixed.hi;
  const divisorLo = Fixed.lo;
  const divisorExp = Real.exp;
  Fixed.set(hi, lo);
  Fixed.divide(divisorHi, divisorLo);
  Real.normalize(exp - divisorExp);
}

/** e plus the number at hand (or minus it), whose magnitude is at most 1/2. In units of 2^-111. */
function addInteger(e: i32, none: bool, negative: bool): void {
  if (none) Fixed.set(0, 0);
  else Fixed.shiftRight(<u32>(16 - Real.exp));
  const magnitude = (<u64>(e < 0 ? -e : e)) << 47;
  if (none || negative == e < 0) Fixed.add(magnitude, 0);
  else Fixed.subtractFrom(magnitude, 0);
  Sign.negative = e < 0;
  Real.normalize(16);
}

/** log2(1 + x) for |x| below 0.42, x not 0; `negative` is its sign. */
export function logOnePlusKernel(negative: bool): void {
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  Fixed.shiftRight(<u32>(1 - exp));
  if (negative) Fixed.subtractFrom(ONE, 0);
  else Fixed.add(ONE, 0);
  divideInto(hi, lo, exp - 1);
  logSeries();
  Sign.negative = negative;
}

/** |2^x - 1| for 0 < |x| < 1; `negative` is the sign of x, and of the result. */
export function expKernel(negative: bool): void {
  Real.multiply(LN2_HI, LN2_LO, Real.exp - 1);
  const hi = Fixed.hi;
  const lo = Fixed.lo;
  const exp = Real.exp;
  Fixed.shiftRight(<u32>-exp);
  const tHi = Fixed.hi;
  const tLo = Fixed.lo;
  Fixed.set(ONE, 0);
  for (let n = EXP_TERMS; n > 1; n--) {
    Fixed.multiply(tHi, tLo);
    Fixed.divideSmall(n);
    if (negative) Fixed.subtractFrom(ONE, 0);
    else Fixed.add(ONE, 0);
  }
  if (negative) belowOne();
  Real.multiply(hi, lo, exp);
}
