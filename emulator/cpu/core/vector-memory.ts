/**
 * 16-byte accesses to linear memory: the TLB test of memory.ts, then two halves of 8 bytes.
 *
 * - `readAligned` and `writeAligned` raise #GP(0) off a 16-byte boundary (SDM vol. 2, 2.4, exception type 1 to 4).
 */
import { CURRENT_UOP, TLB_ACTIVE, TLB_HOST, TLB_TAG_READ, TLB_TAG_WRITE } from '../layout';
import { raiseGp } from './exceptions';
import { probeWrite, readSlow, requireAligned, requireBelowWrap, writeSlow } from './memory-slow';
import { Tlb } from './tlb';

function readHalves(p: usize, address: u64): v128 {
  store<u32>(CURRENT_UOP, p);
  requireBelowWrap(address, 16);
  requireAligned(address, 16);
  const low = readSlow<u64>(p, address);
  return i64x2.replace_lane(i64x2.splat(<i64>low), 1, <i64>readSlow<u64>(p, address + 8));
}

function writeHalves(p: usize, address: u64, value: v128): void {
  store<u32>(CURRENT_UOP, p);
  probeWrite(address, 16);
  writeSlow<u64>(p, address, <u64>i64x2.extract_lane(value, 0));
  writeSlow<u64>(p, address + 8, <u64>i64x2.extract_lane(value, 1));
}

export class VectorMemory {
  @inline static read(p: usize, address: u64): v128 {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_READ);
    if (offset > 4080) return readHalves(p, address);
    return v128.load(<usize>load<u32>(entry, TLB_HOST) + <usize>offset);
  }

  @inline static write(p: usize, address: u64, value: v128): void {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_WRITE);
    if (offset > 4080) writeHalves(p, address, value);
    else v128.store(<usize>load<u32>(entry, TLB_HOST) + <usize>offset, value);
  }

  @inline static readAligned(p: usize, address: u64): v128 {
    if (address & 15) raiseGp(0);
    return VectorMemory.read(p, address);
  }

  @inline static writeAligned(p: usize, address: u64, value: v128): void {
    if (address & 15) raiseGp(0);
    VectorMemory.write(p, address, value);
  }
}
