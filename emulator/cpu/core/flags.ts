/**
 * Lazy arithmetic flags: an instruction stores its result and its vector of carries; a reader derives the flag.
 *
 * - FLAG_RESULT is the result sign-extended to 64 bits: ZF, SF and PF come from it.
 * - FLAG_AUX: bit 31 the carry out of the top bit (CF), bit 30 the carry into it (OF is their difference),
 *   bit 3 the carry out of bit 3 (AF), bits 8-15 a correction of the parity byte, bit 0 one of the sign, so
 *   that any combination of flags can be set.
 * - Carry vectors: Hacker's Delight, 2-13.
 */
import { FLAG_AUX, FLAG_RESULT, FLAG_SYSTEM } from '../layout';
import { AF, ARITHMETIC, CF, OF, PF, SF, ZF } from './bits';

const AUX_BITS: u32 = 0xc0000008;

export class Flags {
  @inline static set<T>(result: T, carries: T): void {
    if (sizeof<T>() == 8) {
      store<u64>(FLAG_RESULT, <u64>result);
      store<u32>(FLAG_AUX, ((<u32>((<u64>carries) >> 32)) & 0xc0000000) | ((<u32>carries) & 8));
    } else if (sizeof<T>() == 4) {
      store<i64>(FLAG_RESULT, <i64>(<i32>result));
      store<u32>(FLAG_AUX, (<u32>carries) & AUX_BITS);
    } else if (sizeof<T>() == 2) {
      store<i64>(FLAG_RESULT, <i64>(<i16>result));
      store<u32>(FLAG_AUX, (((<u32>carries) << 16) & 0xc0000000) | ((<u32>carries) & 8));
    } else {
      store<i64>(FLAG_RESULT, <i64>(<i8>result));
      store<u32>(FLAG_AUX, (((<u32>carries) << 24) & 0xc0000000) | ((<u32>carries) & 8));
    }
  }

  @inline static logic<T>(result: T): void {
    if (sizeof<T>() == 8) store<u64>(FLAG_RESULT, <u64>result);
    else if (sizeof<T>() == 4) store<i64>(FLAG_RESULT, <i64>(<i32>result));
    else if (sizeof<T>() == 2) store<i64>(FLAG_RESULT, <i64>(<i16>result));
    else store<i64>(FLAG_RESULT, <i64>(<i8>result));
    store<u32>(FLAG_AUX, 0);
  }

  /** result = a + b (+ carry) */
  @inline static add<T>(a: T, b: T, result: T): void {
    Flags.set<T>(result, <T>((a & b) | ((a | b) & ~result)));
  }

  /** result = a - b (- borrow) */
  @inline static sub<T>(a: T, b: T, result: T): void {
    Flags.set<T>(result, <T>((~a & b) | (~(a ^ b) & result)));
  }

  /** Like add or sub, but CF stays as it was. */
  @inline static keepCarry(carry: u32): void {
    const aux = load<u32>(FLAG_AUX);
    const overflow = aux ^ (aux << 1);
    store<u32>(FLAG_AUX, (aux & 8) | (carry << 31) | (((overflow >>> 31) ^ carry) << 30));
  }

  /** Sets CF and OF beside what the result gives; AF is cleared. */
  @inline static result<T>(result: T, carry: u32, overflow: u32): void {
    Flags.logic<T>(result);
    store<u32>(FLAG_AUX, (carry << 31) | ((carry ^ overflow) << 30));
  }

  /** Changes CF and OF only. */
  @inline static carryOverflow(carry: u32, overflow: u32): void {
    const aux = load<u32>(FLAG_AUX) & 0x3fffffff;
    store<u32>(FLAG_AUX, aux | (carry << 31) | ((carry ^ overflow) << 30));
  }

  @inline static carry(carry: u32): void {
    Flags.carryOverflow(carry, Flags.of());
  }

  @inline static cf(): u32 {
    return load<u32>(FLAG_AUX) >>> 31;
  }
  @inline static of(): u32 {
    const aux = load<u32>(FLAG_AUX);
    return (aux ^ (aux << 1)) >>> 31;
  }
  @inline static af(): u32 {
    return (load<u32>(FLAG_AUX) >>> 3) & 1;
  }
  @inline static zf(): u32 {
    return u32(load<u64>(FLAG_RESULT) == 0);
  }
  @inline static sf(): u32 {
    return (<u32>(load<u64>(FLAG_RESULT) >> 63)) ^ (load<u32>(FLAG_AUX) & 1);
  }
  @inline static pf(): u32 {
    return ~popcnt<u32>((load<u32>(FLAG_RESULT) ^ (load<u32>(FLAG_AUX) >>> 8)) & 0xff) & 1;
  }

  /** The condition of Jcc, SETcc and CMOVcc, by the low nibble of their opcode (SDM vol. 1, appendix B). */
  static condition(code: u32): bool {
    let value: u32;
    switch (code >>> 1) {
      case 0:
        value = Flags.of();
        break;
      case 1:
        value = Flags.cf();
        break;
      case 2:
        value = Flags.zf();
        break;
      case 3:
        value = Flags.cf() | Flags.zf();
        break;
      case 4:
        value = Flags.sf();
        break;
      case 5:
        value = Flags.pf();
        break;
      case 6:
        value = Flags.sf() ^ Flags.of();
        break;
      default:
        value = (Flags.sf() ^ Flags.of()) | Flags.zf();
    }
    return (value ^ (code & 1)) != 0;
  }
}

/** The whole register, with bit 1 set. */
export function readEflags(): u32 {
  return (
    load<u32>(FLAG_SYSTEM) |
    2 |
    Flags.cf() |
    (Flags.pf() << 2) |
    (Flags.af() << 4) |
    (Flags.zf() << 6) |
    (Flags.sf() << 7) |
    (Flags.of() << 11)
  );
}

/** The arithmetic flags of `value`; the others stay. */
export function writeArithmeticFlags(value: u32): void {
  const zero = (value & ZF) != 0;
  const sign = (value >>> 7) & 1;
  const carry = value & CF;
  const overflow = (value >>> 11) & 1;
  // The parity byte of a zero result is 0 (even); of the result 1 it is odd.
  const parity = (value >>> 2) & 1;
  const correction: u32 = zero ? (parity ^ 1) << 8 : parity << 8;
  store<u64>(FLAG_RESULT, zero ? 0 : 1);
  store<u32>(
    FLAG_AUX,
    (carry << 31) | ((carry ^ overflow) << 30) | (((value >>> 4) & 1) << 3) | correction | sign,
  );
}

/** Replaces the bits of `mask` in EFLAGS by those of `value`. */
export function writeEflagsMasked(value: u32, mask: u32): void {
  if (mask & ARITHMETIC) writeArithmeticFlags((readEflags() & ~mask) | (value & mask));
  const system = mask & ~(ARITHMETIC | 2);
  store<u32>(FLAG_SYSTEM, (load<u32>(FLAG_SYSTEM) & ~system) | (value & system));
}

export const FLAG_BITS_OF_LAHF: u32 = CF | PF | AF | ZF | SF;
export const FLAG_OVERFLOW: u32 = OF;
