/**
 * Moves of SSE and SSE2: whole vectors, halves, scalars, to and from general registers, non-temporal stores,
 * masks (SDM vol. 2, MOVAPS and its like). Rows: table/sse-move.ts.
 */
import { FPU_TAGS, REGS, UOP_ADDRESS_SIZE, UOP_REG, UOP_SEGMENT, UOP_SIZE } from '../../layout';
import { Address, linearAddress, maskAddress } from '../address';
import { RDI } from '../bits';
import { Memory } from '../memory';
import { probeWrite } from '../memory-slow';
import { Operand, readRm, writeRm } from '../operands';
import { Registers } from '../registers';
import { VectorMemory } from '../vector-memory';
import { Mmx, Packed, Sse, Xmm } from '../vectors';

export function movapsVW(p: usize): usize {
  return Packed.put<v128>(p, Packed.source<v128>(p));
}
export function movapsWV(p: usize): usize {
  Sse.ready();
  const value = v128.load(Xmm.reg(p));
  if (Operand.inMemory(p)) VectorMemory.writeAligned(p, Address.of(p), value);
  else v128.store(Xmm.rm(p), value);
  return p + UOP_SIZE;
}
export function movupsVW(p: usize): usize {
  Sse.ready();
  const value = Operand.inMemory(p) ? VectorMemory.read(p, Address.of(p)) : v128.load(Xmm.rm(p));
  return Packed.put<v128>(p, value);
}
export function movupsWV(p: usize): usize {
  Sse.ready();
  const value = v128.load(Xmm.reg(p));
  if (Operand.inMemory(p)) VectorMemory.write(p, Address.of(p), value);
  else v128.store(Xmm.rm(p), value);
  return p + UOP_SIZE;
}

/** MOVSS and MOVSD: a load clears the rest, a register move keeps it. */
export function movScalarVW<T>(p: usize): usize {
  Sse.ready();
  const to = Xmm.reg(p);
  if (Operand.inMemory(p)) {
    const value = Memory.read<T>(p, Address.of(p));
    v128.store(to, i64x2.splat(0));
    store<T>(to, value);
  } else store<T>(to, load<T>(Xmm.rm(p)));
  return p + UOP_SIZE;
}
export function movScalarWV<T>(p: usize): usize {
  Sse.ready();
  const value = load<T>(Xmm.reg(p));
  if (Operand.inMemory(p)) Memory.write<T>(p, Address.of(p), value);
  else store<T>(Xmm.rm(p), value);
  return p + UOP_SIZE;
}

/** MOVLPS, MOVLPD; MOVHLPS in the register form. */
export function movlpsVW(p: usize): usize {
  Sse.ready();
  store<u64>(Xmm.reg(p), Operand.inMemory(p) ? Memory.read<u64>(p, Address.of(p)) : load<u64>(Xmm.rm(p), 8));
  return p + UOP_SIZE;
}
export function movlpsMV(p: usize): usize {
  Sse.ready();
  Memory.write<u64>(p, Address.of(p), load<u64>(Xmm.reg(p)));
  return p + UOP_SIZE;
}
/** MOVHPS, MOVHPD; MOVLHPS in the register form. */
export function movhpsVW(p: usize): usize {
  Sse.ready();
  store<u64>(Xmm.reg(p), Operand.inMemory(p) ? Memory.read<u64>(p, Address.of(p)) : load<u64>(Xmm.rm(p)), 8);
  return p + UOP_SIZE;
}
export function movhpsMV(p: usize): usize {
  Sse.ready();
  Memory.write<u64>(p, Address.of(p), load<u64>(Xmm.reg(p), 8));
  return p + UOP_SIZE;
}

/** MOVD and MOVQ from a general register or memory to a vector register. */
export function movToXmm<T>(p: usize): usize {
  Sse.ready();
  const value = readRm<T>(p);
  const to = Xmm.reg(p);
  store<u64>(to, <u64>value);
  store<u64>(to, 0, 8);
  return p + UOP_SIZE;
}
export function movFromXmm<T>(p: usize): usize {
  Sse.ready();
  writeRm<T>(p, load<T>(Xmm.reg(p)));
  return p + UOP_SIZE;
}
export function movToMmx<T>(p: usize): usize {
  Mmx.ready();
  const value = readRm<T>(p);
  Mmx.enter();
  Mmx.put(load<u8>(p, UOP_REG), <u64>value);
  return p + UOP_SIZE;
}
export function movFromMmx<T>(p: usize): usize {
  Mmx.ready();
  writeRm<T>(p, load<T>(Mmx.at(load<u8>(p, UOP_REG))));
  Mmx.enter();
  return p + UOP_SIZE;
}

/** MOVQ between XMM registers or memory: the upper half becomes zero. */
export function movqVW(p: usize): usize {
  Sse.ready();
  const value = Operand.inMemory(p) ? Memory.read<u64>(p, Address.of(p)) : load<u64>(Xmm.rm(p));
  const to = Xmm.reg(p);
  store<u64>(to, value);
  store<u64>(to, 0, 8);
  return p + UOP_SIZE;
}
export function movqWV(p: usize): usize {
  Sse.ready();
  const value = load<u64>(Xmm.reg(p));
  if (Operand.inMemory(p)) Memory.write<u64>(p, Address.of(p), value);
  else {
    store<u64>(Xmm.rm(p), value);
    store<u64>(Xmm.rm(p), 0, 8);
  }
  return p + UOP_SIZE;
}
export function movqPQ(p: usize): usize {
  return Packed.put<u64>(p, Packed.source<u64>(p));
}
export function movqQP(p: usize): usize {
  Mmx.ready();
  const value = load<u64>(Mmx.at(load<u8>(p, UOP_REG)));
  if (!Operand.inMemory(p)) {
    Mmx.enter();
    return Packed.putRm<u64>(p, v128.load64_zero(Mmx.at(load<u8>(p, UOP_REG))));
  }
  Memory.write<u64>(p, Address.of(p), value);
  Mmx.enter();
  return p + UOP_SIZE;
}

/** MOVDDUP, MOVSLDUP, MOVSHDUP (SSE3). */
export function movddup(p: usize): usize {
  Sse.ready();
  const value = Operand.inMemory(p) ? Memory.read<u64>(p, Address.of(p)) : load<u64>(Xmm.rm(p));
  return Packed.put<v128>(p, i64x2.splat(<i64>value));
}
export function movsldup(p: usize): usize {
  const a = Packed.source<v128>(p);
  return Packed.put<v128>(p, i32x4.shuffle(a, a, 0, 0, 2, 2));
}
export function movshdup(p: usize): usize {
  const a = Packed.source<v128>(p);
  return Packed.put<v128>(p, i32x4.shuffle(a, a, 1, 1, 3, 3));
}

export function movmskps(p: usize): usize {
  Sse.ready();
  Registers.setReg<u32>(p, <u32>i32x4.bitmask(v128.load(Xmm.rm(p))));
  return p + UOP_SIZE;
}
export function movmskpd(p: usize): usize {
  Sse.ready();
  Registers.setReg<u32>(p, <u32>i64x2.bitmask(v128.load(Xmm.rm(p))));
  return p + UOP_SIZE;
}
export function pmovmskb<T>(p: usize): usize {
  let bits: u32;
  if (sizeof<T>() == 16) {
    Sse.ready();
    bits = <u32>i8x16.bitmask(v128.load(Xmm.rm(p)));
  } else {
    Mmx.ready();
    Mmx.enter();
    bits = <u32>i8x16.bitmask(Packed.rm<u64>(p));
  }
  Registers.setReg<u32>(p, bits);
  return p + UOP_SIZE;
}

/** MOVDQ2Q and MOVQ2DQ. */
export function movdq2q(p: usize): usize {
  Sse.ready();
  Mmx.ready();
  Mmx.enter();
  Mmx.put(load<u8>(p, UOP_REG), load<u64>(Xmm.rm(p)));
  return p + UOP_SIZE;
}
export function movq2dq(p: usize): usize {
  Sse.ready();
  Mmx.ready();
  Mmx.enter();
  return Packed.put<v128>(p, Packed.rm<u64>(p));
}

export function movntMV(p: usize): usize {
  Sse.ready();
  VectorMemory.writeAligned(p, Address.of(p), v128.load(Xmm.reg(p)));
  return p + UOP_SIZE;
}
export function movntq(p: usize): usize {
  Mmx.ready();
  Memory.write<u64>(p, Address.of(p), load<u64>(Mmx.at(load<u8>(p, UOP_REG))));
  Mmx.enter();
  return p + UOP_SIZE;
}

/** MASKMOVQ, MASKMOVDQU: bytes of the first operand whose mask byte is negative go to DS:rDI. */
export function maskmov<T>(p: usize): usize {
  if (sizeof<T>() == 16) Sse.ready();
  else {
    Mmx.ready();
    // Before the stores: a fault of theirs leaves the registers in MMX's state.
    Mmx.enter();
  }
  const value = sizeof<T>() == 16 ? Xmm.reg(p) : Mmx.at(load<u8>(p, UOP_REG));
  const mask = sizeof<T>() == 16 ? i8x16.bitmask(v128.load(Xmm.rm(p))) : i8x16.bitmask(Packed.rm<u64>(p));
  const offset = maskAddress(load<u64>(REGS + RDI), load<u8>(p, UOP_ADDRESS_SIZE));
  const segment = load<u8>(p, UOP_SEGMENT) & 7;
  // Bytes that the mask leaves out fault all the same (SDM vol. 2, MASKMOVDQU: up to the implementation); of sixteen
  // the first eight do so before anything of the others does, as on AMD's processors.
  const address = linearAddress(segment, offset, 8, true);
  probeWrite(address, 8);
  if (sizeof<T>() == 16) {
    linearAddress(segment, offset, 16, true);
    probeWrite(address + 8, 8);
  }
  for (let i: u32 = 0; i < sizeof<T>(); i++) {
    if ((mask >>> i) & 1) Memory.write<u8>(p, address + i, load<u8>(value + i));
  }
  return p + UOP_SIZE;
}

/** Gives the registers back to x87: all become empty. */
export function emms(p: usize): usize {
  Mmx.ready();
  Mmx.enter();
  store<u16>(FPU_TAGS, 0);
  return p + UOP_SIZE;
}
