/** Multiplication, division, decimal adjustment. Rows: table/multiply-divide.ts. */
import { REGS, UOP_IMMEDIATE, UOP_SIZE } from '../../layout';
import { DE_VECTOR, RAX, RDX } from '../bits';
import { raise } from '../exceptions';
import { Flags } from '../flags';
import { highSigned, highUnsigned, Multiply } from '../multiply';
import { Operand, readRm } from '../operands';
import { Registers } from '../registers';

const AH: usize = 1;

function productFlags<T>(low: T, lost: bool): void {
  Flags.result<T>(low, u32(lost), u32(lost));
}

export function mul<T>(p: usize): usize {
  const b = readRm<T>(p);
  if (sizeof<T>() == 8) {
    const a = load<u64>(REGS + RAX);
    const low = a * <u64>b;
    const high = highUnsigned(a, <u64>b);
    store<u64>(REGS + RAX, low);
    store<u64>(REGS + RDX, high);
    productFlags<u64>(low, high != 0);
  } else if (sizeof<T>() == 1) {
    const wide = <u32>load<u8>(REGS + RAX) * <u32>b;
    store<u16>(REGS + RAX, <u16>wide);
    productFlags<u8>(<u8>wide, wide > 0xff);
  } else {
    const wide = <u64>Registers.read<T>(RAX) * <u64>b;
    const high = <T>(wide >> (sizeof<T>() * 8));
    Registers.write<T>(RAX, <T>wide);
    Registers.write<T>(RDX, high);
    productFlags<T>(<T>wide, high != 0);
  }
  return p + UOP_SIZE;
}

export function imul<T>(p: usize): usize {
  const b = readRm<T>(p);
  if (sizeof<T>() == 8) {
    const a = load<i64>(REGS + RAX);
    const low = a * <i64>b;
    const high = highSigned(a, <i64>b);
    store<i64>(REGS + RAX, low);
    store<i64>(REGS + RDX, high);
    productFlags<u64>(<u64>low, high != low >> 63);
  } else if (sizeof<T>() == 1) {
    const wide = <i32>load<i8>(REGS + RAX) * <i32>(<i8>b);
    store<u16>(REGS + RAX, <u16>wide);
    productFlags<u8>(<u8>wide, wide != <i32>(<i8>wide));
  } else {
    const shift = 64 - sizeof<T>() * 8;
    const wide = (((<i64>Registers.read<T>(RAX)) << shift) >> shift) * (((<i64>b) << shift) >> shift);
    Registers.write<T>(RAX, <T>wide);
    Registers.write<T>(RDX, <T>(wide >> (sizeof<T>() * 8)));
    productFlags<T>(<T>wide, wide != (wide << shift) >> shift);
  }
  return p + UOP_SIZE;
}

export function imulGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Multiply.signed<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function imulGEI<T>(p: usize): usize {
  Registers.setReg<T>(p, Multiply.signed<T>(readRm<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

let remainder: u64 = 0;

/** 128 by 64 bits, high < divisor: schoolbook with two 32-bit digits (Knuth, TAOCP vol. 2, 4.3.1, algorithm D). */
function divideWide(high: u64, low: u64, divisor: u64): u64 {
  if (high == 0) {
    remainder = low % divisor;
    return low / divisor;
  }
  const shift = clz<u64>(divisor);
  const d = divisor << shift;
  const dHigh = d >> 32;
  const dLow = d & 0xffffffff;
  const n32 = shift ? (high << shift) | (low >> (64 - shift)) : high;
  const n10 = low << shift;
  const n1 = n10 >> 32;
  const n0 = n10 & 0xffffffff;
  let q1 = n32 / dHigh;
  let rest = n32 - q1 * dHigh;
  while (q1 >= 0x100000000 || q1 * dLow > ((rest << 32) | n1)) {
    q1--;
    rest += dHigh;
    if (rest >= 0x100000000) break;
  }
  const n21 = (n32 << 32) + n1 - q1 * d;
  let q0 = n21 / dHigh;
  rest = n21 - q0 * dHigh;
  while (q0 >= 0x100000000 || q0 * dLow > ((rest << 32) | n0)) {
    q0--;
    rest += dHigh;
    if (rest >= 0x100000000) break;
  }
  remainder = ((n21 << 32) + n0 - q0 * d) >> shift;
  return (q1 << 32) + q0;
}

export function div<T>(p: usize): usize {
  const divisor = <u64>readRm<T>(p);
  if (divisor == 0) raise(DE_VECTOR, 0);
  if (sizeof<T>() == 8) {
    const high = load<u64>(REGS + RDX);
    if (high >= divisor) raise(DE_VECTOR, 0);
    store<u64>(REGS + RAX, divideWide(high, load<u64>(REGS + RAX), divisor));
    store<u64>(REGS + RDX, remainder);
  } else if (sizeof<T>() == 1) {
    const dividend = load<u16>(REGS + RAX);
    const quotient = <u32>dividend / <u32>divisor;
    if (quotient > 0xff) raise(DE_VECTOR, 0);
    store<u16>(REGS + RAX, <u16>(quotient | ((<u32>dividend % <u32>divisor) << 8)));
  } else {
    const bits = sizeof<T>() * 8;
    const dividend = ((<u64>Registers.read<T>(RDX)) << bits) | (<u64>Registers.read<T>(RAX));
    const quotient = dividend / divisor;
    if (quotient >> bits) raise(DE_VECTOR, 0);
    Registers.write<T>(RAX, <T>quotient);
    Registers.write<T>(RDX, <T>(dividend % divisor));
  }
  return p + UOP_SIZE;
}

function idiv64(divisor: i64): void {
  const low = load<u64>(REGS + RAX);
  const high = load<u64>(REGS + RDX);
  const negative = <i64>high < 0;
  let magnitudeLow = low;
  let magnitudeHigh = high;
  if (negative) {
    magnitudeLow = 0 - low;
    magnitudeHigh = ~high + u64(low == 0);
  }
  const d = divisor < 0 ? 0 - <u64>divisor : <u64>divisor;
  if (magnitudeHigh >= d) raise(DE_VECTOR, 0);
  const quotient = divideWide(magnitudeHigh, magnitudeLow, d);
  const quotientNegative = negative != divisor < 0;
  const limit: u64 = quotientNegative ? 0x8000000000000000 : 0x7fffffffffffffff;
  if (quotient > limit) raise(DE_VECTOR, 0);
  store<u64>(REGS + RAX, quotientNegative ? 0 - quotient : quotient);
  store<u64>(REGS + RDX, negative ? 0 - remainder : remainder);
}

export function idiv<T>(p: usize): usize {
  const raw = readRm<T>(p);
  if (sizeof<T>() == 8) {
    if (raw == 0) raise(DE_VECTOR, 0);
    idiv64(<i64>raw);
    return p + UOP_SIZE;
  }
  const shift = 64 - sizeof<T>() * 8;
  const divisor = ((<i64>raw) << shift) >> shift;
  if (divisor == 0) raise(DE_VECTOR, 0);
  let dividend: i64;
  if (sizeof<T>() == 1) dividend = load<i16>(REGS + RAX);
  else if (sizeof<T>() == 2) dividend = <i32>(((<u32>load<u16>(REGS + RDX)) << 16) | load<u16>(REGS + RAX));
  else dividend = <i64>((load<u64>(REGS + RDX) << 32) | load<u32>(REGS + RAX));
  if (divisor == -1 && dividend == i64.MIN_VALUE) raise(DE_VECTOR, 0);
  const quotient = dividend / divisor;
  if ((quotient << shift) >> shift != quotient) raise(DE_VECTOR, 0);
  const rest = dividend % divisor;
  if (sizeof<T>() == 1) store<u16>(REGS + RAX, <u16>(((<u32>quotient) & 0xff) | (((<u32>rest) & 0xff) << 8)));
  else {
    Registers.write<T>(RAX, <T>quotient);
    Registers.write<T>(RDX, <T>rest);
  }
  return p + UOP_SIZE;
}

/** Result flags of the decimal instructions: SF ZF PF by AL, CF and AF given. */
function decimalFlags(value: u8, carry: bool, adjust: bool): void {
  // An addition vector with bit 3 for AF, bit 7 for CF and bit 6 equal to it: OF clear.
  Flags.set<u8>(value, (carry ? 0xc0 : 0) | (adjust ? 8 : 0));
}

export function daa(p: usize): usize {
  const old = load<u8>(REGS + RAX);
  let al = <u32>old;
  let carry = Flags.cf() != 0;
  const adjust = (old & 15) > 9 || Flags.af() != 0;
  if (adjust) al += 6;
  if (old > 0x99 || carry) {
    al += 0x60;
    carry = true;
  } else carry = false;
  store<u8>(REGS + RAX, <u8>al);
  decimalFlags(<u8>al, carry, adjust);
  return p + UOP_SIZE;
}

export function das(p: usize): usize {
  const old = load<u8>(REGS + RAX);
  let al = <u32>old;
  const oldCarry = Flags.cf() != 0;
  let carry = false;
  const adjust = (old & 15) > 9 || Flags.af() != 0;
  if (adjust) {
    carry = oldCarry || old < 6;
    al -= 6;
  }
  if (old > 0x99 || oldCarry) {
    al -= 0x60;
    carry = true;
  }
  store<u8>(REGS + RAX, <u8>al);
  decimalFlags(<u8>al, carry, adjust);
  return p + UOP_SIZE;
}

export function aaa(p: usize): usize {
  const adjust = (load<u8>(REGS + RAX) & 15) > 9 || Flags.af() != 0;
  if (adjust) store<u16>(REGS + RAX, load<u16>(REGS + RAX) + 0x106);
  const al = load<u8>(REGS + RAX) & 15;
  store<u8>(REGS + RAX, al);
  decimalFlags(al, adjust, adjust);
  return p + UOP_SIZE;
}

export function aas(p: usize): usize {
  const adjust = (load<u8>(REGS + RAX) & 15) > 9 || Flags.af() != 0;
  if (adjust) {
    store<u16>(REGS + RAX, load<u16>(REGS + RAX) - 6);
    store<u8>(REGS + AH, load<u8>(REGS + AH) - 1);
  }
  const al = load<u8>(REGS + RAX) & 15;
  store<u8>(REGS + RAX, al);
  decimalFlags(al, adjust, adjust);
  return p + UOP_SIZE;
}

export function aam(p: usize): usize {
  const base = load<u8>(p, UOP_IMMEDIATE);
  if (base == 0) raise(DE_VECTOR, 0);
  const al = load<u8>(REGS + RAX);
  store<u8>(REGS + AH, al / base);
  store<u8>(REGS + RAX, al % base);
  Flags.logic<u8>(al % base);
  return p + UOP_SIZE;
}

export function aad(p: usize): usize {
  const al = <u8>(load<u8>(REGS + RAX) + load<u8>(REGS + AH) * load<u8>(p, UOP_IMMEDIATE));
  store<u16>(REGS + RAX, al);
  Flags.logic<u8>(al);
  return p + UOP_SIZE;
}
