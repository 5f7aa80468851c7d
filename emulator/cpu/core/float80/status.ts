/**
 * What every floating-point operation reads and adds to: rounding direction, masks, raised exceptions
 * (SDM vol. 1, 4.8 and 4.9). Scratch of one instruction: its handler sets it up from MXCSR or the x87 control
 * word and takes the flags away at the end.
 */
export const INVALID: u32 = 1;
export const DENORMAL: u32 = 2;
export const ZERO_DIVIDE: u32 = 4;
export const OVERFLOW: u32 = 8;
export const UNDERFLOW: u32 = 0x10;
export const PRECISION: u32 = 0x20;
/** Exceptions found before anything is computed. */
export const PRE_COMPUTATION: u32 = 7;

export const ROUND_NEAREST: u32 = 0;
export const ROUND_DOWN: u32 = 1;
export const ROUND_UP: u32 = 2;
export const ROUND_ZERO: u32 = 3;

export class Fp {
  /** Exceptions raised so far. */
  static flags: u32 = 0;
  static rounding: u32 = 0;
  /** Masked exceptions: a bit for each flag. */
  static masks: u32 = 0x3f;
  /** Denormal operands count as zeros; tiny results become zeros. SSE only. */
  static denormalsAreZero: bool = false;
  static flushToZero: bool = false;
  /** The last rounding went away from zero: x87's C1. */
  static roundedUp: bool = false;
  /** Bits of the significand that x87 rounds to: 24, 53 or 64. */
  static precision: u32 = 64;
  /**
   * x87 only: the last result, with its exponent wrapped, is to be stored although the exception is unmasked.
   */
  static wrapped: bool = false;

  @inline static raise(flags: u32): void {
    Fp.flags |= flags;
  }

  /** Whether a discarded part, `half` and what is below it, increments the magnitude. */
  @inline static increments(sign: u32, odd: bool, half: bool, below: bool): bool {
    switch (Fp.rounding) {
      case ROUND_NEAREST:
        return half && (below || odd);
      case ROUND_DOWN:
        return sign != 0 && (half || below);
      case ROUND_UP:
        return sign == 0 && (half || below);
      default:
        return false;
    }
  }
}
