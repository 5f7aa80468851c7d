/** Pushes and pops. Rows: table/stack.ts. */
import {
  CPL,
  FLAG_SYSTEM,
  REGS,
  UOP_BASE,
  UOP_IMMEDIATE,
  UOP_MEMORY_SIZE,
  UOP_SEGMENT,
  UOP_SIZE,
  UOP_TARGET,
} from '../../layout';
import { Address, effectiveOffset, linearAddress } from '../address';
import {
  AC,
  ARITHMETIC,
  CS,
  DF,
  DS,
  ES,
  FS,
  GS,
  ID,
  IF,
  IOPL,
  NT,
  RBP,
  RF,
  RSP,
  SS,
  TF,
  VIF,
  VM,
} from '../bits';
import { eventsWait, leaveNext } from '../events';
import { readEflags, writeEflagsMasked } from '../flags';
import { Memory } from '../memory';
import { probeWrite, requireAligned } from '../memory-slow';
import { updateMode } from '../mode';
import { Operand, readRm } from '../operands';
import { Registers } from '../registers';
import { selectorOf } from '../segments';
import { frameBegin, frameCommit, framePush, peek, pop, push, setStackPointer, stackMask } from '../stack';
import { checkVirtualFlags, flagsAreVirtual, virtualFlags } from '../virtual-interrupts';

export function pushE<T>(p: usize): usize {
  push<T>(p, readRm<T>(p));
  return p + UOP_SIZE;
}

/** The address of a memory destination is computed with the stack pointer already moved (SDM vol. 2, POP). */
export function popE<T>(p: usize): usize {
  if (!Operand.inMemory(p)) {
    const value = pop<T>(p);
    Registers.setRm<T>(p, value);
    return p + UOP_SIZE;
  }
  const value = peek<T>(p, 0);
  const old = load<u64>(REGS + RSP);
  setStackPointer(old + sizeof<T>());
  const moved = load<u64>(REGS + RSP);
  const address = popAddress(p, old, moved);
  Memory.readForWrite<T>(p, address);
  store<u64>(REGS + RSP, moved);
  Memory.write<T>(p, address, value);
  return p + UOP_SIZE;
}

/** Leaves RSP at `old`: a fault must find it there. */
function popAddress(p: usize, old: u64, moved: u64): u64 {
  store<u64>(REGS + RSP, moved);
  const offset = effectiveOffset(p);
  store<u64>(REGS + RSP, old);
  // Only an address that uses RSP depends on the move.
  if (load<u8>(p, UOP_BASE) != RSP) return Address.of(p);
  return linearAddress(load<u8>(p, UOP_SEGMENT) & 7, offset, load<u8>(p, UOP_MEMORY_SIZE), true);
}

export function pushI<T>(p: usize): usize {
  push<T>(p, Operand.immediate<T>(p));
  return p + UOP_SIZE;
}

function pushSegment<T>(p: usize, segment: u32): usize {
  // Of 32 bits: SDM vol. 2, PUSH, allows to write 16 of them only, or zeros above.
  push<T>(p, <T>selectorOf(segment));
  return p + UOP_SIZE;
}
export function pushEs<T>(p: usize): usize {
  return pushSegment<T>(p, ES);
}
export function pushCs<T>(p: usize): usize {
  return pushSegment<T>(p, CS);
}
export function pushSs<T>(p: usize): usize {
  return pushSegment<T>(p, SS);
}
export function pushDs<T>(p: usize): usize {
  return pushSegment<T>(p, DS);
}
export function pushFs<T>(p: usize): usize {
  return pushSegment<T>(p, FS);
}
export function pushGs<T>(p: usize): usize {
  return pushSegment<T>(p, GS);
}

export function pusha<T>(p: usize): usize {
  const size: u32 = sizeof<T>();
  frameBegin();
  // AX CX DX BX, the old SP, BP SI DI.
  for (let i: usize = 0; i < 8; i++) framePush(<u64>load<T>(REGS + (i << 3)), size);
  frameCommit();
  return p + UOP_SIZE;
}

export function popa<T>(p: usize): usize {
  // Faults first, from the lowest address on.
  for (let i: u32 = 0; i < 8; i++) peek<T>(p, i * sizeof<T>());
  for (let i: usize = 0; i < 8; i++) {
    const value = peek<T>(p, <u32>(7 - i) * sizeof<T>());
    if (i != 4) Registers.write<T>(i << 3, value);
  }
  setStackPointer(load<u64>(REGS + RSP) + sizeof<T>() * 8);
  return p + UOP_SIZE;
}

export function pushf<T>(p: usize): usize {
  const flags = readEflags();
  const shown = flagsAreVirtual(sizeof<T>()) ? virtualFlags(flags) : flags;
  push<T>(p, <T>(shown & ~(VM | RF)));
  return p + UOP_SIZE;
}

/** Flags on which neither the mode nor how the next instruction runs depends. */
const QUIET: u32 = IF | DF | NT | IOPL | ID;

export function popf<T>(p: usize): usize {
  const system = load<u32>(FLAG_SYSTEM);
  const v86 = (system & VM) != 0;
  const iopl = (system & IOPL) >>> 12;
  const cpl = load<u32>(CPL);
  if (flagsAreVirtual(sizeof<T>())) return popVirtualFlags(p);
  const value = <u32>pop<T>(p);
  let mask = ARITHMETIC | TF | DF | NT;
  if (sizeof<T>() > 2) mask |= AC | ID | RF;
  if (cpl <= iopl) mask |= IF;
  if (cpl == 0 && !v86) mask |= IOPL;
  writeEflagsMasked(sizeof<T>() > 2 ? value & ~RF : value, mask);
  if (((system ^ load<u32>(FLAG_SYSTEM)) & ~QUIET) == 0 && !eventsWait()) return p + UOP_SIZE;
  updateMode();
  return leaveNext(p);
}

/** POPF of a virtual-8086 task that is not allowed IF: VIF takes its place, IOPL stays. */
function popVirtualFlags(p: usize): usize {
  const value = <u32>peek<u16>(p, 0);
  checkVirtualFlags(value);
  setStackPointer(load<u64>(REGS + RSP) + 2);
  writeEflagsMasked(value & IF ? value | VIF : value, ARITHMETIC | TF | DF | NT | VIF);
  return leaveNext(p);
}

export function enter<T>(p: usize): usize {
  const size: u32 = load<u16>(p, UOP_IMMEDIATE);
  const level = load<u32>(p, UOP_TARGET) & 31;
  const mask = stackMask();
  frameBegin();
  framePush(<u64>Registers.read<T>(RBP), sizeof<T>());
  const frame = (load<u64>(REGS + RSP) - sizeof<T>()) & mask;
  if (level) {
    for (let i: u32 = 1; i < level; i++) {
      const at = (load<u64>(REGS + RBP) - i * sizeof<T>()) & mask;
      framePush(<u64>Memory.read<T>(p, linearAddress(SS, at, sizeof<T>(), false)), sizeof<T>());
    }
    framePush(frame, sizeof<T>());
  }
  const end = load<u64>(REGS + RSP) - sizeof<T>() * (level + 1) - size;
  // The new top must be writable: the instruction faults here rather than its successor.
  const top = linearAddress(SS, end & mask, 1, true);
  requireAligned(top, sizeof<T>());
  probeWrite(top, 1);
  setStackPointer(end);
  Registers.write<T>(RBP, <T>((load<u64>(REGS + RBP) & ~mask) | frame));
  return p + UOP_SIZE;
}

export function leave<T>(p: usize): usize {
  const frame = load<u64>(REGS + RBP) & stackMask();
  const value = Memory.read<T>(p, linearAddress(SS, frame, sizeof<T>(), false));
  setStackPointer(frame + sizeof<T>());
  Registers.write<T>(RBP, value);
  return p + UOP_SIZE;
}
