/** Random operand values that reach the corners: integers around powers of two, floating-point classes of all formats. */
import type { Random } from './random.ts';

const MASK64 = (1n << 64n) - 1n;

export function randomInteger(random: Random): bigint {
  switch (random.below(6)) {
    case 0:
      return random.u64();
    case 1:
      return BigInt.asUintN(64, BigInt(random.below(256)) - 128n);
    case 2: {
      const bit = 1n << BigInt(random.below(64));
      return BigInt.asUintN(64, bit + BigInt(random.below(3)) - 1n);
    }
    case 3:
      return random.pick([
        0n,
        1n,
        0x7fn,
        0x80n,
        0xffn,
        0x7fffn,
        0x8000n,
        0x7fffffffn,
        0x80000000n,
        MASK64,
        1n << 63n,
      ]);
    case 4:
      return random.u64() & (MASK64 >> BigInt(random.below(64)));
    default:
      return (random.u64() << BigInt(random.below(64))) & MASK64;
  }
}

/** A fraction of `bits` bits: random, sparse, all ones, or zero. */
function fraction(random: Random, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n;
  switch (random.below(6)) {
    case 0:
      return 0n;
    case 1:
      return mask;
    case 2:
      return 1n << BigInt(random.below(bits));
    case 3:
      return (mask << BigInt(random.below(bits))) & mask;
    case 4:
      return random.u64() & mask & (mask << BigInt(random.below(bits)));
    default:
      return random.u64() & mask;
  }
}

function exponent(random: Random, bits: number): bigint {
  const max = (1 << bits) - 1;
  const bias = max >> 1;
  switch (random.below(10)) {
    case 0:
      return 0n;
    case 1:
      return BigInt(max);
    case 2:
      return BigInt(random.pick([1, 2, max - 1, max - 2]));
    case 3:
      return BigInt(random.below(max + 1));
    case 4:
      return BigInt(Math.max(0, Math.min(max, (bias >> 1) + random.below(5) - 2)));
    default:
      return BigInt(Math.max(0, Math.min(max, bias + random.below(80) - 8 - random.below(24))));
  }
}

export function randomSingle(random: Random): bigint {
  const sign = BigInt(random.below(2)) << 31n;
  return sign | (exponent(random, 8) << 23n) | fraction(random, 23);
}

export function randomDouble(random: Random): bigint {
  const sign = BigInt(random.below(2)) << 63n;
  return sign | (exponent(random, 11) << 52n) | fraction(random, 52);
}

/** An 80-bit number as [sign and exponent, significand]: mostly what the format calls valid, sometimes not. */
export function randomExtended(random: Random): [number, bigint] {
  const sign = random.below(2) << 15;
  if (random.oneIn(4)) {
    // A value that came from an integer or a double: many trailing zeros.
    const integer = BigInt(1 + random.below(1000));
    const length = integer.toString(2).length;
    return [sign | (16383 + length - 1), (integer << BigInt(64 - length)) & MASK64];
  }
  const e = Number(exponent(random, 15));
  let significand = fraction(random, 63);
  if (e !== 0 || random.oneIn(8)) significand |= 1n << 63n;
  // Unnormals and pseudo-infinities: the integer bit is missing.
  if (random.oneIn(40)) significand &= ~(1n << 63n);
  return [sign | e, significand];
}
