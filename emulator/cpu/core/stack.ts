/**
 * Implicit stack accesses. The stack pointer has 16, 32 or 64 bits by the mode and SS.B.
 *
 * - Handlers push and pop through `push` and `pop`; an instruction that pushes several things builds a frame
 *   (`frameBegin`, `framePush`, `frameCommit`), so that a fault in the middle leaves the pointer as it was.
 */
import { CURRENT_UOP, MODE, REGS, SEGMENTS, SEGMENT_SIZE, TLB_ACTIVE } from '../layout';
import { RSP, SS, SS_VECTOR } from './bits';
import { linearAddress } from './address';
import { raise } from './exceptions';
import { Memory } from './memory';
import { probeWrite, writeAt } from './memory-slow';
import { MODE_LONG, MODE_STACK32 } from './mode-bits';
import { isCanonical } from './paging';

export function stackMask(): u64 {
  const mode = load<u32>(MODE);
  if (mode & MODE_LONG) return ~(<u64>0);
  return mode & MODE_STACK32 ? 0xffffffff : 0xffff;
}

export function stackPointer(): u64 {
  return load<u64>(REGS + RSP) & stackMask();
}

export function setStackPointer(value: u64): void {
  const mode = load<u32>(MODE);
  if (mode & MODE_LONG) store<u64>(REGS + RSP, value);
  else if (mode & MODE_STACK32) store<u64>(REGS + RSP, value & 0xffffffff);
  else store<u16>(REGS + RSP, <u16>value);
}

export function push<T>(p: usize, value: T): void {
  const pointer = (load<u64>(REGS + RSP) - sizeof<T>()) & stackMask();
  Memory.writeStack<T>(p, linearAddress(SS, pointer, sizeof<T>(), true), value);
  setStackPointer(pointer);
}

/** Raises what a push would raise. */
export function probePush<T>(): void {
  const pointer = (load<u64>(REGS + RSP) - sizeof<T>()) & stackMask();
  const linear = linearAddress(SS, pointer, sizeof<T>(), true);
  if (!isCanonical(linear)) raise(SS_VECTOR, 0);
  probeWrite(linear, sizeof<T>());
}

/** What `pop` will return, without moving the pointer; `skip` bytes deeper. */
export function peek<T>(p: usize, skip: u32): T {
  const pointer = (load<u64>(REGS + RSP) + skip) & stackMask();
  return Memory.readStack<T>(p, linearAddress(SS, pointer, sizeof<T>(), false));
}

export function pop<T>(p: usize): T {
  const value = peek<T>(p, 0);
  setStackPointer(load<u64>(REGS + RSP) + sizeof<T>());
  return value;
}

// A frame under construction; scratch of one instruction.
let frameSp: u64 = 0;
let frameMask: u64 = 0;
let frameBase: u64 = 0;
let frameLimit: u32 = 0;
let frameAttributes: u32 = 0;
let frameTlb: u32 = 0;
let frameChecked: bool = false;
let frameError: u32 = 0;

/** A frame on the current stack. */
export function frameBegin(): void {
  const mode = load<u32>(MODE);
  frameSp = load<u64>(REGS + RSP);
  frameMask = stackMask();
  frameChecked = (mode & MODE_LONG) == 0;
  frameBase = frameChecked ? load<u64>(SEGMENTS + SS * SEGMENT_SIZE, 8) : 0;
  frameLimit = load<u32>(SEGMENTS + SS * SEGMENT_SIZE, 16);
  frameAttributes = load<u32>(SEGMENTS + SS * SEGMENT_SIZE, 4);
  frameTlb = load<u32>(TLB_ACTIVE);
  frameError = 0;
}

/** A frame on another stack: that of a more privileged level. */
export function frameBeginAt(
  sp: u64,
  base: u64,
  limit: u32,
  attributes: u32,
  checked: bool,
  tlb: u32,
  error: u32,
): void {
  frameSp = sp;
  frameMask = checked ? (attributes & 0x4000 ? 0xffffffff : 0xffff) : ~(<u64>0);
  frameChecked = checked;
  frameBase = base;
  frameLimit = limit;
  frameAttributes = attributes;
  frameTlb = tlb;
  frameError = error;
}

/** Pushes a value of `size` bytes: 2, 4 or 8. */
export function framePush(value: u64, size: u32): void {
  frameSp = (frameSp - size) & frameMask;
  let linear = frameSp;
  if (frameChecked) {
    const last = frameSp + size - 1;
    const down = (frameAttributes & 0xc) == 4;
    const bad = down
      ? frameSp <= frameLimit || last > (frameAttributes & 0x4000 ? 0xffffffff : 0xffff)
      : last > frameLimit;
    if (bad) raise(SS_VECTOR, frameError);
    linear = (frameBase + frameSp) & 0xffffffff;
  } else if (!isCanonical(linear)) raise(SS_VECTOR, frameError);
  if (size == 8) writeAt<u64>(linear, value, frameTlb);
  else if (size == 4) writeAt<u32>(linear, <u32>value, frameTlb);
  else writeAt<u16>(linear, <u16>value, frameTlb);
}

/** Where the frame ends: the new stack pointer. */
export function frameEnd(): u64 {
  return frameSp;
}

/** Moves the current stack's pointer to the end of the frame. */
export function frameCommit(): void {
  setStackPointer(frameSp);
}

/** Pops of `size` bytes at `skip` from the top, as a 64-bit number. */
export function peekSized(skip: u32, size: u32): u64 {
  const p = <usize>load<u32>(CURRENT_UOP);
  if (size == 8) return peek<u64>(p, skip);
  if (size == 4) return peek<u32>(p, skip);
  return peek<u16>(p, skip);
}
