/**
 * Access to linear memory through the software TLB.
 *
 * - `p` is the micro-op on whose behalf the access is made: it becomes CURRENT_UOP before anything can fault.
 * - None of these returns after a fault (exceptions.ts), so read everything, and read for writing what will be
 *   written, before changing any register.
 * - One masked subtraction tests the tag, the privilege (each has its own TLB) and that the access stays in
 *   its page; everything else is in memory-slow.ts.
 */
import { TLB_ACTIVE, TLB_HOST, TLB_TAG_READ, TLB_TAG_WRITE } from '../layout';
import { readForWriteSlow, readSlow, readStackSlow, writeSlow, writeStackSlow } from './memory-slow';
import { Tlb } from './tlb';

export class Memory {
  @inline static read<T>(p: usize, address: u64): T {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_READ);
    if (offset > 4096 - sizeof<T>()) return readSlow<T>(p, address);
    return load<T>(<usize>load<u32>(entry, TLB_HOST) + <usize>offset);
  }

  @inline static write<T>(p: usize, address: u64, value: T): void {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_WRITE);
    if (offset > 4096 - sizeof<T>()) writeSlow<T>(p, address, value);
    else store<T>(<usize>load<u32>(entry, TLB_HOST) + <usize>offset, value);
  }

  /** Implicit accesses to the stack, beside which the micro-op may have another operand in memory. */
  @inline static readStack<T>(p: usize, address: u64): T {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_READ);
    if (offset > 4096 - sizeof<T>()) return readStackSlow<T>(p, address);
    return load<T>(<usize>load<u32>(entry, TLB_HOST) + <usize>offset);
  }

  @inline static writeStack<T>(p: usize, address: u64, value: T): void {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_WRITE);
    if (offset > 4096 - sizeof<T>()) writeStackSlow<T>(p, address, value);
    else store<T>(<usize>load<u32>(entry, TLB_HOST) + <usize>offset, value);
  }

  /** Reads what `write` will replace: faults as a write does. */
  @inline static readForWrite<T>(p: usize, address: u64): T {
    const entry = <usize>(load<u32>(TLB_ACTIVE) + Tlb.index(address));
    const offset = address - load<u64>(entry, TLB_TAG_WRITE);
    if (offset > 4096 - sizeof<T>()) return readForWriteSlow<T>(p, address);
    return load<T>(<usize>load<u32>(entry, TLB_HOST) + <usize>offset);
  }
}
