/** Control words and the saved image of x87, MMX and SSE. Rows: table/fpu-state.ts. */
import {
  CR4,
  FPU_CONTROL,
  FPU_CS,
  FPU_DP,
  FPU_DS,
  FPU_IP,
  FPU_OPCODE,
  FPU_REGS,
  FPU_STATUS,
  FPU_TAGS,
  MXCSR,
  REGS,
  UOP_OPERAND_SIZE,
  UOP_SIZE,
  XMM,
} from '../../layout';
import { Address, addressPlus } from '../address';
import { CR4_OSFXSR, GP_VECTOR, RAX } from '../bits';
import { raise } from '../exceptions';
import { requireFpu, requireFpuReady, requireSse, requireWait } from '../fpu-check';
import { Memory } from '../memory';
import { requireAligned } from '../memory-slow';
import { isLong } from '../mode';
import { readRm, writeRm } from '../operands';

/** DAZ is implemented: all sixteen low bits of MXCSR may be set. */
export const MXCSR_MASK: u32 = 0xffff;
const IMAGE_SIZE: u32 = 512;

export function fwait(p: usize): usize {
  requireWait();
  return p + UOP_SIZE;
}

export function fninit(p: usize): usize {
  requireFpu();
  store<u16>(FPU_CONTROL, 0x37f);
  store<u16>(FPU_STATUS, 0);
  store<u8>(FPU_TAGS, 0);
  store<u16>(FPU_OPCODE, 0);
  store<u64>(FPU_IP, 0);
  store<u64>(FPU_DP, 0);
  store<u32>(FPU_CS, 0);
  return p + UOP_SIZE;
}

export function fnclex(p: usize): usize {
  requireFpu();
  store<u16>(FPU_STATUS, load<u16>(FPU_STATUS) & 0x7f00);
  return p + UOP_SIZE;
}

/** The summary bits ES and B follow the exception flags and their masks. */
export function updateSummary(): void {
  const status = load<u16>(FPU_STATUS);
  const pending = (status & ~load<u16>(FPU_CONTROL) & 0x3f) != 0;
  store<u16>(FPU_STATUS, pending ? status | 0x8080 : status & 0x7f7f);
}

export function fldcw(p: usize): usize {
  requireFpuReady();
  // Bit 6 always reads as 1; bits 7 and 13-15 as 0.
  store<u16>(FPU_CONTROL, (readRm<u16>(p) & 0x1f3f) | 0x40);
  updateSummary();
  return p + UOP_SIZE;
}
export function fnstcw(p: usize): usize {
  requireFpu();
  writeRm<u16>(p, load<u16>(FPU_CONTROL));
  return p + UOP_SIZE;
}
export function fnstsw(p: usize): usize {
  requireFpu();
  writeRm<u16>(p, load<u16>(FPU_STATUS));
  return p + UOP_SIZE;
}
export function fnstswAx(p: usize): usize {
  requireFpu();
  store<u16>(REGS + RAX, load<u16>(FPU_STATUS));
  return p + UOP_SIZE;
}

export function ldmxcsr(p: usize): usize {
  requireSse();
  const value = readRm<u32>(p);
  if (value & ~MXCSR_MASK) raise(GP_VECTOR, 0);
  store<u32>(MXCSR, value);
  return p + UOP_SIZE;
}
export function stmxcsr(p: usize): usize {
  requireSse();
  writeRm<u32>(p, load<u32>(MXCSR));
  return p + UOP_SIZE;
}

/** Faults as a load does; the caches are not modelled. */
export function clflush(p: usize): usize {
  Memory.read<u8>(p, Address.of(p));
  return p + UOP_SIZE;
}

/** Register i of the stack in the image is physical register (TOP + i) mod 8. */
function stackRegister(i: u32): usize {
  const top = ((<u32>load<u16>(FPU_STATUS)) >>> 11) & 7;
  return FPU_REGS + (((top + i) & 7) << 4);
}

function imageBase(p: usize): u64 {
  requireFpu();
  const base = addressPlus(p, 0, IMAGE_SIZE);
  // Under alignment checks #AC is allowed for any misalignment (SDM vol. 2, FXSAVE); processors check 4 bytes.
  requireAligned(base, 4);
  if (base & 15) raise(GP_VECTOR, 0);
  return base;
}

/** The image of SDM vol. 1, table 10-2. With REX.W the pointers are 64 bits wide. */
export function fxsave(p: usize): usize {
  const base = imageBase(p);
  const wide = load<u8>(p, UOP_OPERAND_SIZE) == 2;
  const sse = (load<u64>(CR4) & CR4_OSFXSR) != 0;
  Memory.readForWrite<u64>(p, base);
  Memory.readForWrite<u64>(p, base + 504);
  Memory.write<u16>(p, base, load<u16>(FPU_CONTROL));
  Memory.write<u16>(p, base + 2, load<u16>(FPU_STATUS));
  Memory.write<u16>(p, base + 4, load<u8>(FPU_TAGS));
  Memory.write<u16>(p, base + 6, load<u16>(FPU_OPCODE));
  if (wide) {
    Memory.write<u64>(p, base + 8, load<u64>(FPU_IP));
    Memory.write<u64>(p, base + 16, load<u64>(FPU_DP));
  } else {
    Memory.write<u32>(p, base + 8, load<u32>(FPU_IP));
    Memory.write<u32>(p, base + 12, load<u16>(FPU_CS));
    Memory.write<u32>(p, base + 16, load<u32>(FPU_DP));
    Memory.write<u32>(p, base + 20, load<u16>(FPU_DS));
  }
  Memory.write<u32>(p, base + 24, load<u32>(MXCSR));
  Memory.write<u32>(p, base + 28, MXCSR_MASK);
  for (let i: u32 = 0; i < 8; i++) {
    const at = stackRegister(i);
    Memory.write<u64>(p, base + 32 + i * 16, load<u64>(at));
    Memory.write<u64>(p, base + 40 + i * 16, load<u16>(at, 8));
  }
  if (sse) {
    const count: u32 = isLong() ? 16 : 8;
    for (let i: u32 = 0; i < count * 2; i++) Memory.write<u64>(p, base + 160 + i * 8, load<u64>(XMM + i * 8));
  }
  return p + UOP_SIZE;
}

export function fxrstor(p: usize): usize {
  const base = imageBase(p);
  const wide = load<u8>(p, UOP_OPERAND_SIZE) == 2;
  const sse = (load<u64>(CR4) & CR4_OSFXSR) != 0;
  const mxcsr = Memory.read<u32>(p, base + 24);
  Memory.read<u64>(p, base + 504);
  if (sse && (mxcsr & ~MXCSR_MASK) != 0) raise(GP_VECTOR, 0);
  store<u16>(FPU_CONTROL, (Memory.read<u16>(p, base) & 0x1f7f) | 0x40);
  store<u16>(FPU_STATUS, Memory.read<u16>(p, base + 2));
  store<u8>(FPU_TAGS, Memory.read<u8>(p, base + 4));
  store<u16>(FPU_OPCODE, Memory.read<u16>(p, base + 6) & 0x7ff);
  if (wide) {
    store<u64>(FPU_IP, Memory.read<u64>(p, base + 8));
    store<u64>(FPU_DP, Memory.read<u64>(p, base + 16));
  } else {
    store<u64>(FPU_IP, Memory.read<u32>(p, base + 8));
    store<u16>(FPU_CS, Memory.read<u16>(p, base + 12));
    store<u64>(FPU_DP, Memory.read<u32>(p, base + 16));
    store<u16>(FPU_DS, Memory.read<u16>(p, base + 20));
  }
  for (let i: u32 = 0; i < 8; i++) {
    const at = stackRegister(i);
    store<u64>(at, Memory.read<u64>(p, base + 32 + i * 16));
    store<u64>(at, Memory.read<u16>(p, base + 40 + i * 16), 8);
  }
  if (sse) {
    store<u32>(MXCSR, mxcsr);
    const count: u32 = isLong() ? 16 : 8;
    for (let i: u32 = 0; i < count * 2; i++) store<u64>(XMM + i * 8, Memory.read<u64>(p, base + 160 + i * 8));
  }
  updateSummary();
  return p + UOP_SIZE;
}
