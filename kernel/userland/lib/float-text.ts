// A double as text in the form d.ddde±dd, rounded exactly.
//
// Source: IEEE 754; the value m·2^e is written out as an integer in base 10^9 (as in any textbook of multiple-precision
// arithmetic), and rounded to nearest, ties to even.

import { snprintf } from './printf';

const BASE: u64 = 1000000000;
const WORDS = 160;
const words = memory.data(1280, 8);
const digits = memory.data(1600);

/** Writes `value` with `significant` digits to `to`, which has room for 32 bytes. */
export function floatText(value: f64, significant: i32, to: usize): void {
  const bits = reinterpret<u64>(value);
  const negative = bits >> 63 != 0;
  const exponentBits = <i32>((bits >> 52) & 0x7ff);
  const fraction = bits & 0xfffffffffffff;
  if (negative) store<u8>(to++, 0x2d);
  if (exponentBits == 0x7ff) {
    const text = fraction ? 'nan' : 'inf';
    for (let i = 0; i < 3; i++) store<u8>(to + <usize>i, <u8>text.charCodeAt(i));
    store<u8>(to, 0, 3);
    return;
  }
  if (!exponentBits && !fraction) {
    store<u8>(to, 0x30);
    store<u8>(to, 0, 1);
    return;
  }
  const mantissa = exponentBits ? fraction | 0x10000000000000 : fraction;
  const exponent = (exponentBits ? exponentBits : 1) - 1075;
  // The value is an integer divided by 10^scale: 2^-k = 5^k / 10^k.
  memory.fill(words, 0, WORDS * 8);
  store<u64>(words, mantissa % BASE);
  store<u64>(words, (mantissa / BASE) % BASE, 8);
  let used = 2;
  const scale = exponent < 0 ? -exponent : 0;
  for (let i = exponent < 0 ? -exponent : exponent; i > 0; i--) used = multiply(exponent < 0 ? 5 : 2, used);
  let count = 0;
  for (let i = used - 1; i >= 0; i--) {
    let word = load<u64>(words + ((<usize>i) << 3));
    for (let place: u64 = BASE / 10; place; place /= 10) {
      const digit = <u8>(word / place);
      word %= place;
      if (!count && !digit) continue;
      store<u8>(digits + <usize>count, digit);
      count++;
    }
  }
  let power = count - 1 - scale;
  power += round(count, significant);
  let shown = min<i32>(significant, max<i32>(count, 1));
  while (shown > 1 && !load<u8>(digits + <usize>shown - 1)) shown--;
  write(to, shown, power, significant);
}

function multiply(factor: u64, used: i32): i32 {
  let carry: u64 = 0;
  for (let i = 0; i < used; i++) {
    const at = words + ((<usize>i) << 3);
    const product = load<u64>(at) * factor + carry;
    store<u64>(at, product % BASE);
    carry = product / BASE;
  }
  if (carry) {
    store<u64>(words + ((<usize>used) << 3), carry);
    used++;
  }
  return used;
}

/** Rounds the digits to `significant`; 1 when that made one more before the point. */
function round(count: i32, significant: i32): i32 {
  if (count <= significant) return 0;
  const next = load<u8>(digits + <usize>significant);
  let rest = false;
  for (let i = significant + 1; i < count && !rest; i++) rest = load<u8>(digits + <usize>i) != 0;
  const odd = (load<u8>(digits + <usize>significant - 1) & 1) != 0;
  if (next < 5 || (next == 5 && !rest && !odd)) return 0;
  let i = significant - 1;
  for (; i >= 0 && load<u8>(digits + <usize>i) == 9; i--) store<u8>(digits + <usize>i, 0);
  if (i >= 0) {
    store<u8>(digits + <usize>i, load<u8>(digits + <usize>i) + 1);
    return 0;
  }
  store<u8>(digits, 1);
  return 1;
}

/** As %g: without an exponent where it is short enough. */
function write(to: usize, shown: i32, power: i32, significant: i32): void {
  if (power < -4 || power >= significant) {
    store<u8>(to++, 0x30 + load<u8>(digits));
    if (shown > 1) store<u8>(to++, 0x2e);
    for (let i = 1; i < shown; i++) store<u8>(to++, 0x30 + load<u8>(digits + <usize>i));
    snprintf(to, 8, power < 0 ? 'e-%02d' : 'e+%02d', power < 0 ? -power : power);
    return;
  }
  if (power < 0) {
    store<u8>(to++, 0x30);
    store<u8>(to++, 0x2e);
    for (let i = -1; i > power; i--) store<u8>(to++, 0x30);
  }
  for (let i = 0; i < max<i32>(shown, power + 1); i++) {
    if (power >= 0 && i == power + 1) store<u8>(to++, 0x2e);
    store<u8>(to++, i < shown ? 0x30 + load<u8>(digits + <usize>i) : 0x30);
  }
  store<u8>(to, 0);
}
