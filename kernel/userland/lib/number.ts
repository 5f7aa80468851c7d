// Numbers in byte strings.
//
// Rules: the whole string must be a number; the result is in parsed() when the function returns true.

let value: i64 = 0;

/** The number that the last successful parse found. */
export function parsed(): i64 {
  return value;
}

/** Decimal, with an optional sign; false for anything else, and beyond ±10^17. */
export function parseInteger(at: usize): bool {
  const negative = load<u8>(at) == 0x2d;
  if (negative || load<u8>(at) == 0x2b) at++;
  if (!parseDigits(at, 10)) return false;
  if (negative) value = -value;
  return true;
}

/** Digits of `radix` (at most 10) alone. */
export function parseDigits(at: usize, radix: i64): bool {
  if (!load<u8>(at)) return false;
  value = 0;
  for (; load<u8>(at); at++) {
    const digit = <i64>load<u8>(at) - 0x30;
    if (digit < 0 || digit >= radix || value > 10000000000000000) return false;
    value = value * radix + digit;
  }
  return true;
}

/** What a digit of base 16 stands for; 16 for any other byte. */
export function hexadecimalDigit(byte: i32): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : 16;
}

/** At most 15 digits of base 16 alone. */
export function parseHexadecimal(at: usize): bool {
  if (!load<u8>(at)) return false;
  value = 0;
  for (; load<u8>(at); at++) {
    const digit = hexadecimalDigit(load<u8>(at));
    if (digit > 15 || value >> 56) return false;
    value = value * 16 + digit;
  }
  return true;
}

/** Digits from `at`, as far as they go; returns the address after them. */
export function scanDigits(at: usize): usize {
  value = 0;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
    if (value < 100000000000000000) value = value * 10 + load<u8>(at) - 0x30;
  }
  return at;
}

/** Seconds with an optional fraction and an optional suffix s, m, h or d, as nanoseconds (sleep's operand). */
export function parseDuration(at: usize): bool {
  const start = at;
  at = scanDigits(at);
  let nanoseconds = value;
  let fraction: i64 = 0;
  let any = at > start;
  if (nanoseconds > 1000000000) return false;
  if (load<u8>(at) == 0x2e) {
    let unit: i64 = 100000000;
    for (at++; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
      fraction += unit * (<i64>load<u8>(at) - 0x30);
      unit /= 10;
      any = true;
    }
  }
  if (!any) return false;
  let scale: i64 = 1;
  const suffix = load<u8>(at);
  if (suffix == 0x6d) scale = 60;
  else if (suffix == 0x68) scale = 3600;
  else if (suffix == 0x64) scale = 86400;
  else if (suffix && suffix != 0x73) return false;
  if (suffix && load<u8>(at, 1)) return false;
  if (nanoseconds > 9000000000 / scale) return false;
  nanoseconds = (nanoseconds * 1000000000 + fraction) * scale;
  value = nanoseconds;
  return true;
}
