/** Control words and the saved image of x87, MMX and SSE. Rows: table/fpu-state.ts. */
import { CR4, FPU_CONTROL, FPU_STATUS, MXCSR, REGS, UOP_OPERAND_SIZE, UOP_SIZE } from '../../layout';
import { Address, addressPlus } from '../address';
import { CR4_OSFXSR, GP_VECTOR, RAX } from '../bits';
import { raise } from '../exceptions';
import { requireFpu, requireFpuReady, requireSse, requireWait } from '../fpu-check';
import {
  checkedMxcsr,
  IMAGE_SIZE,
  MXCSR_MASK,
  resetX87Control,
  restoreX87,
  restoreXmm,
  saveMxcsr,
  saveX87,
  saveXmm,
  updateSummary,
} from '../fpu-image';
import { Memory } from '../memory';
import { requireAligned } from '../memory-slow';
import { readRm, writeRm } from '../operands';

export function fwait(p: usize): usize {
  requireWait();
  return p + UOP_SIZE;
}

export function fninit(p: usize): usize {
  requireFpu();
  resetX87Control();
  return p + UOP_SIZE;
}

export function fnclex(p: usize): usize {
  requireFpu();
  store<u16>(FPU_STATUS, load<u16>(FPU_STATUS) & 0x7f00);
  return p + UOP_SIZE;
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

function imageBase(p: usize): u64 {
  requireFpu();
  const base = addressPlus(p, 0, IMAGE_SIZE);
  // Under alignment checks #AC is allowed for any misalignment (SDM vol. 2, FXSAVE); processors check 4 bytes.
  requireAligned(base, 4);
  if (base & 15) raise(GP_VECTOR, 0);
  return base;
}

/** With REX.W the pointers are 64 bits wide. */
function isWide(p: usize): bool {
  return load<u8>(p, UOP_OPERAND_SIZE) == 2;
}

export function fxsave(p: usize): usize {
  const base = imageBase(p);
  Memory.readForWrite<u64>(p, base);
  Memory.readForWrite<u64>(p, base + 504);
  saveX87(p, base, isWide(p));
  saveMxcsr(p, base);
  if (load<u64>(CR4) & CR4_OSFXSR) saveXmm(p, base);
  return p + UOP_SIZE;
}

export function fxrstor(p: usize): usize {
  const base = imageBase(p);
  const sse = (load<u64>(CR4) & CR4_OSFXSR) != 0;
  const mxcsr: u32 = sse ? checkedMxcsr(p, base) : 0;
  Memory.read<u64>(p, base);
  Memory.read<u64>(p, base + 504);
  restoreX87(p, base, isWide(p));
  if (sse) {
    store<u32>(MXCSR, mxcsr);
    restoreXmm(p, base);
  }
  return p + UOP_SIZE;
}
