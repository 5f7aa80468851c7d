/**
 * MMX and XMM registers as operands. `T` says which: u64 for MMX, v128 for XMM; values travel as v128, those of
 * MMX registers in the low half.
 *
 * - `Sse.ready` or `Mmx.ready` comes first in every instruction (`Packed.source` does it): #UD by CR0.EM or
 *   CR4.OSFXSR, #NM by CR0.TS, #MF for a pending x87 exception (SDM vol. 3, 12.1 and 13.1.4).
 * - UOP_REG and UOP_RM are byte offsets in XMM, or numbers of MMX registers. MMX register n is the low half of
 *   physical x87 register n (SDM vol. 1, 9.2).
 */
import {
  CR0,
  CR4,
  FPU_CONTROL,
  FPU_REGS,
  FPU_STATUS,
  FPU_TAGS,
  UOP_REG,
  UOP_RM,
  UOP_SIZE,
  XMM,
} from '../layout';
import { Address } from './address';
import { CR0_EM, CR0_TS, CR4_OSFXSR, MF_VECTOR, NM_VECTOR, UD_VECTOR } from './bits';
import { raise } from './exceptions';
import { Memory } from './memory';
import { Operand } from './operands';
import { VectorMemory } from './vector-memory';

const BARS: u32 = <u32>(CR0_EM | CR0_TS);

function refuse(bars: u32): void {
  raise(bars & ~(<u32>CR0_TS) ? UD_VECTOR : NM_VECTOR, 0);
}

export class Sse {
  @inline static ready(): void {
    const bars = (load<u32>(CR0) & BARS) | (~load<u32>(CR4) & (<u32>CR4_OSFXSR));
    if (bars) refuse(bars);
  }
}

export class Mmx {
  @inline static ready(): void {
    const bars = load<u32>(CR0) & BARS;
    if (bars) refuse(bars);
    if (load<u8>(FPU_STATUS) & ~load<u8>(FPU_CONTROL) & 0x3f) raise(MF_VECTOR, 0);
  }
  /** Every MMX instruction but EMMS makes all registers valid and TOP zero. */
  @inline static enter(): void {
    store<u16>(FPU_TAGS, 0xff);
    store<u16>(FPU_STATUS, load<u16>(FPU_STATUS) & 0xc7ff);
  }
  @inline static at(number: u32): usize {
    return <usize>(FPU_REGS + (number << 4));
  }
  /** Writes a register: bits 64 to 79 become ones. */
  @inline static put(number: u32, value: u64): void {
    const at = Mmx.at(number);
    store<u64>(at, value);
    store<u16>(at, 0xffff, 8);
  }
}

/** XMM registers that ModRM names. */
export class Xmm {
  @inline static reg(p: usize): usize {
    return <usize>XMM + load<u8>(p, UOP_REG);
  }
  @inline static rm(p: usize): usize {
    return <usize>XMM + load<u8>(p, UOP_RM);
  }
}

export class Packed {
  @inline static reg<T>(p: usize): v128 {
    if (sizeof<T>() == 16) return v128.load(Xmm.reg(p));
    return v128.load64_zero(Mmx.at(load<u8>(p, UOP_REG)));
  }

  /** The rm operand when it is a register. */
  @inline static rm<T>(p: usize): v128 {
    if (sizeof<T>() == 16) return v128.load(Xmm.rm(p));
    return v128.load64_zero(Mmx.at(load<u8>(p, UOP_RM)));
  }

  /** The rm operand: an aligned 16-byte vector, or 8 bytes. */
  @inline static source<T>(p: usize): v128 {
    if (sizeof<T>() == 16) {
      Sse.ready();
      return Operand.inMemory(p) ? VectorMemory.readAligned(p, Address.of(p)) : v128.load(Xmm.rm(p));
    }
    Mmx.ready();
    if (!Operand.inMemory(p)) {
      Mmx.enter();
      return v128.load64_zero(Mmx.at(load<u8>(p, UOP_RM)));
    }
    const value = Memory.read<u64>(p, Address.of(p));
    Mmx.enter();
    return i64x2.replace_lane(i64x2.splat(0), 0, <i64>value);
  }

  /** A 4-byte memory operand (PUNPCKLBW and its like on MMX registers), or a register. */
  @inline static sourceLow<T>(p: usize): v128 {
    if (sizeof<T>() == 16 || !Operand.inMemory(p)) return Packed.source<T>(p);
    Mmx.ready();
    const value = Memory.read<u32>(p, Address.of(p));
    Mmx.enter();
    return i32x4.replace_lane(i32x4.splat(0), 0, value);
  }

  /** Writes the reg operand and ends the instruction. */
  @inline static put<T>(p: usize, value: v128): usize {
    if (sizeof<T>() == 16) v128.store(Xmm.reg(p), value);
    else Mmx.put(load<u8>(p, UOP_REG), <u64>i64x2.extract_lane(value, 0));
    return p + UOP_SIZE;
  }

  /** Writes the rm operand, a register, and ends the instruction. */
  @inline static putRm<T>(p: usize, value: v128): usize {
    if (sizeof<T>() == 16) v128.store(Xmm.rm(p), value);
    else Mmx.put(load<u8>(p, UOP_RM), <u64>i64x2.extract_lane(value, 0));
    return p + UOP_SIZE;
  }
}
