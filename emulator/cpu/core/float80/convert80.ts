/** 80-bit numbers from and to single and double precision, integers and packed BCD (SDM vol. 2, FLD, FST, FIST). */
import { wideToInteger } from './convert';
import { Ext, INTEGER_BIT, normalized, Parts, X } from './extended';
import { Format, pack } from './pack';
import { DENORMAL, Fp, INVALID, PRECISION } from './status';
import { Is, significand, Unpacked } from './unpack';
import { Wide } from './wide';

/** Whether the last `extend` met a denormal. */
export class Extended {
  static denormal: bool = false;
}

/** Exact; a NaN keeps its class. */
export function extend<T>(bits: u64): void {
  const sign = Is.negative<T>(bits) << 15;
  const fractionBits = <u64>(Format.bits<T>() - 1);
  Extended.denormal = false;
  if (Is.nan<T>(bits) || Is.infinite<T>(bits)) {
    X.set(sign | 0x7fff, INTEGER_BIT | (bits << (63 - fractionBits)));
    return;
  }
  Extended.denormal = Is.denormal<T>(bits);
  const m = significand<T>(bits);
  if (m == 0) X.zero(sign >>> 15);
  else X.set(sign | (<u32>(Unpacked.exp + 16383)), m);
}

/** To single or double precision, by Fp.rounding. */
export function shorten<T>(se: u32, m: u64): u64 {
  const sign: u64 = Ext.sign(se) ? Format.sign<T>() : 0;
  if (Ext.unsupported(se, m)) {
    Fp.raise(INVALID);
    return Format.indefinite<T>();
  }
  if (Ext.nan(se, m)) {
    if (Ext.signaling(se, m)) Fp.raise(INVALID);
    const drop = <u64>(64 - Format.bits<T>());
    return sign | Format.infinity<T>() | Format.quiet<T>() | ((m & ~INTEGER_BIT) >> drop);
  }
  if (Ext.infinite(se, m)) return sign | Format.infinity<T>();
  const n = normalized(se, m);
  if (n == 0) return sign;
  Wide.set(Ext.sign(se), Parts.exp, n, 0);
  return pack<T>();
}

/** Every 64-bit integer is an 80-bit number. */
export function integerTo80(value: i64): void {
  if (value == 0) {
    X.zero(0);
    return;
  }
  const sign = u32(value < 0);
  const magnitude = sign ? <u64>(0 - value) : <u64>value;
  const n = clz<u64>(magnitude);
  X.set((sign << 15) | (16383 + 63 - <u32>n), magnitude << n);
}

export function toInteger80(se: u32, m: u64, bits: u32): i64 {
  if ((se & 0x7fff) == 0x7fff || Ext.unsupported(se, m)) {
    Fp.raise(INVALID);
    return (<i64>-1) << (bits - 1);
  }
  const n = normalized(se, m);
  if (n == 0) return 0;
  Wide.set(Ext.sign(se), Parts.exp, n, 0);
  return wideToInteger(bits);
}

/** FRNDINT. */
export function roundToInteger80(se: u32, m: u64): void {
  if (Ext.unsupported(se, m)) {
    Fp.raise(INVALID);
    X.indefinite();
    return;
  }
  if (Ext.nan(se, m)) {
    if (Ext.signaling(se, m)) Fp.raise(INVALID);
    X.set(se, m | 0x4000000000000000);
    return;
  }
  const field = <i32>(se & 0x7fff);
  if (field >= 16383 + 63 || m == 0) {
    X.set(se, m);
    return;
  }
  if (Ext.denormal(se, m)) Fp.raise(DENORMAL);
  const sign = Ext.sign(se);
  const n = normalized(se, m);
  Wide.set(sign, Parts.exp, n, 0);
  Wide.shiftRight(<u32>min<i32>(63 - Parts.exp, 130));
  let value = Wide.hi;
  if (Wide.lo) {
    Fp.raise(PRECISION);
    Fp.roundedUp = Fp.increments(sign, (value & 1) != 0, Wide.lo >> 63 != 0, Wide.lo << 1 != 0);
    if (Fp.roundedUp) value++;
  }
  if (value == 0) {
    X.zero(sign);
    return;
  }
  const shift = clz<u64>(value);
  X.set((sign << 15) | (16383 + 63 - <u32>shift), value << shift);
}

// ---- packed BCD: eighteen digits in nine bytes, a sign byte -----------------------------------------------

const BCD_LIMIT: u64 = 1000000000000000000;

/** Digits of the low nine bytes, as the processor reads them: any nibble counts. */
export function bcdTo80(low: u64, high: u32): void {
  let value: u64 = high & 15;
  value += <u64>((high >>> 4) & 15) * 10;
  for (let i = 0; i < 16; i++) value = value * 10 + ((low >> (<u64>(60 - 4 * i))) & 15);
  integerTo80(<i64>value);
  if (high & 0x8000) X.se |= 0x8000;
}

export class Bcd {
  static low: u64 = 0;
  static high: u32 = 0;
}

export function toBcd80(se: u32, m: u64): void {
  const flags = Fp.flags;
  const value = toInteger80(se, m, 64);
  const magnitude = value < 0 ? <u64>(0 - value) : <u64>value;
  if (Fp.flags & INVALID & ~flags || magnitude >= BCD_LIMIT) {
    Fp.flags = flags | INVALID;
    Fp.roundedUp = false;
    Bcd.low = 0xc000000000000000;
    Bcd.high = 0xffff;
    return;
  }
  let rest = magnitude;
  let low: u64 = 0;
  for (let i: u64 = 0; i < 16; i++) {
    low |= (rest % 10) << (4 * i);
    rest /= 10;
  }
  Bcd.low = low;
  Bcd.high = (<u32>(rest % 10)) | ((<u32>(rest / 10)) << 4) | (Ext.sign(se) << 15);
}
