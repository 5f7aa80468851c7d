/** Moves and exchanges. Rows: table/data-movement.ts. */
import {
  CURRENT_UOP,
  REGS,
  UOP_ADDRESS_SIZE,
  UOP_DISPLACEMENT,
  UOP_IMMEDIATE,
  UOP_SEGMENT,
  UOP_SIZE,
  UOP_TARGET,
} from '../../layout';
import { Address, addressPlus, effectiveOffset, linearAddress, maskAddress } from '../address';
import { Alu } from '../alu';
import { GP_VECTOR, RAX, RBX, RCX, RDX } from '../bits';
import { raise } from '../exceptions';
import { FLAG_BITS_OF_LAHF, Flags, readEflags, writeEflagsMasked } from '../flags';
import { Memory } from '../memory';
import { requireAligned } from '../memory-slow';
import { Operand, readRm, readRmForWrite, writeRm } from '../operands';
import { Registers } from '../registers';

export function movEG<T>(p: usize): usize {
  writeRm<T>(p, Registers.reg<T>(p));
  return p + UOP_SIZE;
}
export function movGE<T>(p: usize): usize {
  Registers.setReg<T>(p, readRm<T>(p));
  return p + UOP_SIZE;
}
export function movEI<T>(p: usize): usize {
  writeRm<T>(p, Operand.immediate<T>(p));
  return p + UOP_SIZE;
}
export function movZI<T>(p: usize): usize {
  if (sizeof<T>() == 8) Registers.setRm<T>(p, load<T>(p, UOP_DISPLACEMENT));
  else Registers.setRm<T>(p, load<T>(p, UOP_IMMEDIATE));
  return p + UOP_SIZE;
}

export function movAO<T>(p: usize): usize {
  const address = linearAddress(
    load<u8>(p, UOP_SEGMENT) & 7,
    load<u64>(p, UOP_DISPLACEMENT),
    sizeof<T>(),
    false,
  );
  Registers.write<T>(RAX, Memory.read<T>(p, address));
  return p + UOP_SIZE;
}
export function movOA<T>(p: usize): usize {
  const address = linearAddress(
    load<u8>(p, UOP_SEGMENT) & 7,
    load<u64>(p, UOP_DISPLACEMENT),
    sizeof<T>(),
    true,
  );
  Memory.write<T>(p, address, Registers.read<T>(RAX));
  return p + UOP_SIZE;
}

export function movzxB<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>readRm<u8>(p));
  return p + UOP_SIZE;
}
export function movzxW<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>readRm<u16>(p));
  return p + UOP_SIZE;
}
export function movsxB<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>(<i64>readRm<i8>(p)));
  return p + UOP_SIZE;
}
export function movsxW<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>(<i64>readRm<i16>(p)));
  return p + UOP_SIZE;
}
export function movsxD<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>(<i64>readRm<i32>(p)));
  return p + UOP_SIZE;
}

export function leaGM<T>(p: usize): usize {
  Registers.setReg<T>(p, <T>effectiveOffset(p));
  return p + UOP_SIZE;
}

export function xchgEG<T>(p: usize): usize {
  const old = readRmForWrite<T>(p);
  writeRm<T>(p, Registers.reg<T>(p));
  Registers.setReg<T>(p, old);
  return p + UOP_SIZE;
}
export function xchgZA<T>(p: usize): usize {
  const old = Registers.rm<T>(p);
  Registers.setRm<T>(p, Registers.read<T>(RAX));
  Registers.write<T>(RAX, old);
  return p + UOP_SIZE;
}

export function bswap<T>(p: usize): usize {
  // With a 16-bit operand the result is undefined; processors store 0.
  if (sizeof<T>() == 2) Registers.setRm<T>(p, 0);
  else Registers.setRm<T>(p, bswap_value<T>(Registers.rm<T>(p)));
  return p + UOP_SIZE;
}

function bswap_value<T>(value: T): T {
  if (sizeof<T>() == 2) return <T>((((<u32>value) >>> 8) & 0xff) | (((<u32>value) & 0xff) << 8));
  if (sizeof<T>() == 4) {
    const v = <u32>value;
    return <T>((v >>> 24) | ((v >>> 8) & 0xff00) | ((v << 8) & 0xff0000) | (v << 24));
  }
  let v = <u64>value;
  v = ((v & 0x00ff00ff00ff00ff) << 8) | ((v >> 8) & 0x00ff00ff00ff00ff);
  v = ((v & 0x0000ffff0000ffff) << 16) | ((v >> 16) & 0x0000ffff0000ffff);
  return <T>((v << 32) | (v >> 32));
}

export function movbeLoad<T>(p: usize): usize {
  Registers.setReg<T>(p, bswap_value<T>(readRm<T>(p)));
  return p + UOP_SIZE;
}
export function movbeStore<T>(p: usize): usize {
  writeRm<T>(p, bswap_value<T>(Registers.reg<T>(p)));
  return p + UOP_SIZE;
}

/** CBW, CWDE, CDQE. */
export function cbw<T>(p: usize): usize {
  if (sizeof<T>() == 2) Registers.write<u16>(RAX, <u16>(<i16>Registers.read<i8>(RAX)));
  else if (sizeof<T>() == 4) Registers.write<u32>(RAX, <u32>(<i32>Registers.read<i16>(RAX)));
  else Registers.write<u64>(RAX, <u64>(<i64>Registers.read<i32>(RAX)));
  return p + UOP_SIZE;
}

/** CWD, CDQ, CQO. */
export function cwd<T>(p: usize): usize {
  if (sizeof<T>() == 2) Registers.write<u16>(RDX, <u16>(Registers.read<i16>(RAX) >> 15));
  else if (sizeof<T>() == 4) Registers.write<u32>(RDX, <u32>(Registers.read<i32>(RAX) >> 31));
  else Registers.write<u64>(RDX, <u64>(Registers.read<i64>(RAX) >> 63));
  return p + UOP_SIZE;
}

export function xlat(p: usize): usize {
  const offset = maskAddress(
    load<u64>(REGS + RBX) + <u64>load<u8>(REGS + RAX),
    load<u8>(p, UOP_ADDRESS_SIZE),
  );
  const address = linearAddress(load<u8>(p, UOP_SEGMENT) & 7, offset, 1, false);
  store<u8>(REGS + RAX, Memory.read<u8>(p, address));
  return p + UOP_SIZE;
}

export function sahf(p: usize): usize {
  writeEflagsMasked(load<u8>(REGS + 1), FLAG_BITS_OF_LAHF);
  return p + UOP_SIZE;
}
export function lahf(p: usize): usize {
  store<u8>(REGS + 1, <u8>((readEflags() & FLAG_BITS_OF_LAHF) | 2));
  return p + UOP_SIZE;
}

/** The condition is the low nibble of the opcode, which the decoder leaves at UOP_TARGET. */
export function cmov<T>(p: usize): usize {
  const value = readRm<T>(p);
  if (Flags.condition(load<u32>(p, UOP_TARGET) & 15)) Registers.setReg<T>(p, value);
  else if (sizeof<T>() == 4) Registers.setReg<T>(p, Registers.reg<T>(p));
  return p + UOP_SIZE;
}
export function setcc(p: usize): usize {
  writeRm<u8>(p, <u8>Flags.condition(load<u32>(p, UOP_TARGET) & 15));
  return p + UOP_SIZE;
}

export function cmpxchg<T>(p: usize): usize {
  const old = readRmForWrite<T>(p);
  const accumulator = Registers.read<T>(RAX);
  const equal = old == accumulator;
  // Memory is written in either case, as the bus cycle of the real instruction is; a register only when equal.
  if (equal) writeRm<T>(p, Registers.reg<T>(p));
  else if (Operand.inMemory(p)) writeRm<T>(p, old);
  Alu.cmp<T>(accumulator, old);
  if (!equal) Registers.write<T>(RAX, old);
  return p + UOP_SIZE;
}

export function xadd<T>(p: usize): usize {
  const old = readRmForWrite<T>(p);
  const value = Registers.reg<T>(p);
  writeRm<T>(p, <T>(old + value));
  Registers.setReg<T>(p, old);
  // The destination wins when both operands are one register.
  if (!Operand.inMemory(p)) Registers.setRm<T>(p, <T>(old + value));
  Alu.add<T>(old, value);
  return p + UOP_SIZE;
}

/** CMPXCHG8B and CMPXCHG16B: only ZF changes. T is half the operand. */
export function cmpxchgPair<T>(p: usize): usize {
  const low = Address.of(p);
  if (sizeof<T>() == 8 && (low & 15) != 0) raise(GP_VECTOR, 0);
  const high = addressPlus(p, sizeof<T>(), sizeof<T>());
  store<u32>(CURRENT_UOP, p);
  requireAligned(low, 2 * sizeof<T>());
  const oldLow = Memory.readForWrite<T>(p, low);
  const oldHigh = Memory.readForWrite<T>(p, high);
  const equal = oldLow == Registers.read<T>(RAX) && oldHigh == Registers.read<T>(RDX);
  if (equal) {
    Memory.write<T>(p, low, Registers.read<T>(RBX));
    Memory.write<T>(p, high, Registers.read<T>(RCX));
  } else {
    Memory.write<T>(p, low, oldLow);
    Memory.write<T>(p, high, oldHigh);
    Registers.write<T>(RAX, oldLow);
    Registers.write<T>(RDX, oldHigh);
  }
  writeEflagsMasked(equal ? 0x40 : 0, 0x40);
  return p + UOP_SIZE;
}
