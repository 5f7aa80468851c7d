/**
 * LZCNT, TZCNT, BMI1, BMI2. Rows: table/bit-manipulation.ts. Flags that the SDM leaves undefined follow from the result,
 * as after a logic operation.
 */
import { UOP_IMMEDIATE, UOP_SIZE } from '../../layout';
import { RDX } from '../bits';
import { Flags } from '../flags';
import { highUnsigned } from '../multiply';
import { readRm } from '../operands';
import { Registers } from '../registers';

class Bits {
  @inline static width<T>(): u32 {
    return <u32>sizeof<T>() * 8;
  }

  /** The lowest `count` bits of `value`; all of them from a count of the operand's width on. */
  @inline static lowest<T>(value: T, count: u32): T {
    return count < Bits.width<T>() ? <T>((<u64>value) & (((<u64>1) << count) - 1)) : value;
  }
}

export function tzcnt<T>(p: usize): usize {
  const value = <u64>readRm<T>(p);
  const result = <T>(value ? ctz<u64>(value) : Bits.width<T>());
  Registers.setReg<T>(p, result);
  Flags.result<T>(result, u32(value == 0), 0);
  return p + UOP_SIZE;
}

export function lzcnt<T>(p: usize): usize {
  const value = <u64>readRm<T>(p);
  const result = <T>(clz<u64>(value) - (64 - Bits.width<T>()));
  Registers.setReg<T>(p, result);
  Flags.result<T>(result, u32(value == 0), 0);
  return p + UOP_SIZE;
}

export function andn<T>(p: usize): usize {
  const result = <T>(~Registers.vvvv<T>(p) & readRm<T>(p));
  Registers.setReg<T>(p, result);
  Flags.logic<T>(result);
  return p + UOP_SIZE;
}

export function blsr<T>(p: usize): usize {
  const value = readRm<T>(p);
  const result = <T>(value & (value - 1));
  Registers.setVvvv<T>(p, result);
  Flags.result<T>(result, u32(value == 0), 0);
  return p + UOP_SIZE;
}

export function blsmsk<T>(p: usize): usize {
  const value = readRm<T>(p);
  const result = <T>(value ^ (value - 1));
  Registers.setVvvv<T>(p, result);
  Flags.result<T>(result, u32(value == 0), 0);
  return p + UOP_SIZE;
}

export function blsi<T>(p: usize): usize {
  const value = readRm<T>(p);
  const result = <T>(value & (0 - value));
  Registers.setVvvv<T>(p, result);
  Flags.result<T>(result, u32(value != 0), 0);
  return p + UOP_SIZE;
}

export function bzhi<T>(p: usize): usize {
  const count = (<u32>Registers.vvvv<T>(p)) & 0xff;
  const result = Bits.lowest<T>(readRm<T>(p), count);
  Registers.setReg<T>(p, result);
  Flags.result<T>(result, u32(count >= Bits.width<T>()), 0);
  return p + UOP_SIZE;
}

export function bextr<T>(p: usize): usize {
  const control = <u32>Registers.vvvv<T>(p);
  const start = control & 0xff;
  const value = <u64>readRm<T>(p);
  const result = start < Bits.width<T>() ? Bits.lowest<T>(<T>(value >> start), (control >>> 8) & 0xff) : <T>0;
  Registers.setReg<T>(p, result);
  Flags.logic<T>(result);
  return p + UOP_SIZE;
}

/** The lowest bits of the source go to where the mask has ones. */
export function pdep<T>(p: usize): usize {
  let mask = <u64>readRm<T>(p);
  let source = <u64>Registers.vvvv<T>(p);
  let result: u64 = 0;
  while (mask) {
    if (source & 1) result |= mask & (0 - mask);
    source >>= 1;
    mask &= mask - 1;
  }
  Registers.setReg<T>(p, <T>result);
  return p + UOP_SIZE;
}

/** The bits of the source where the mask has ones, side by side. */
export function pext<T>(p: usize): usize {
  let mask = <u64>readRm<T>(p);
  const source = <u64>Registers.vvvv<T>(p);
  let result: u64 = 0;
  let bit: u64 = 1;
  while (mask) {
    if (source & mask & (0 - mask)) result |= bit;
    bit <<= 1;
    mask &= mask - 1;
  }
  Registers.setReg<T>(p, <T>result);
  return p + UOP_SIZE;
}

/** The lower half is written first: it is lost when both halves go to one register. */
export function mulx<T>(p: usize): usize {
  const a = Registers.read<T>(RDX);
  const b = readRm<T>(p);
  Registers.setVvvv<T>(p, <T>(a * b));
  if (sizeof<T>() == 8) Registers.setReg<T>(p, <T>highUnsigned(<u64>a, <u64>b));
  else Registers.setReg<T>(p, <T>((<u64>a * <u64>b) >> 32));
  return p + UOP_SIZE;
}

/** Counts of the shifts are taken modulo the operand's width, as wasm takes them. */
export function shlx<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>(readRm<T>(p) << Registers.vvvv<T>(p)));
  return p + UOP_SIZE;
}
export function shrx<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>(readRm<T>(p) >> Registers.vvvv<T>(p)));
  return p + UOP_SIZE;
}
export function sarx<T>(p: usize): usize {
  if (sizeof<T>() == 8) Registers.setReg<i64>(p, readRm<i64>(p) >> Registers.vvvv<i64>(p));
  else Registers.setReg<i32>(p, readRm<i32>(p) >> Registers.vvvv<i32>(p));
  return p + UOP_SIZE;
}
export function rorx<T>(p: usize): usize {
  Registers.setReg<T>(p, rotr<T>(readRm<T>(p), <T>load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
