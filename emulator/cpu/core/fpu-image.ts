/**
 * The 512 bytes that FXSAVE and XSAVE share: x87 and SSE state in memory (SDM vol. 1, table 10-2 and 13.4.1).
 *
 * - Callers have checked privilege, alignment and that the whole image can be accessed, and set CURRENT_UOP.
 * - `wide`: REX.W; the x87 pointers have 64 bits.
 */
import {
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
  XMM,
} from '../layout';
import { GP_VECTOR } from './bits';
import { raise } from './exceptions';
import { Memory } from './memory';
import { isLong } from './mode';

/** DAZ is implemented: all sixteen low bits of MXCSR may be set. */
export const MXCSR_MASK: u32 = 0xffff;
export const IMAGE_SIZE: u32 = 512;
const AT_MXCSR: u64 = 24;
const AT_REGISTERS: u64 = 32;
const AT_XMM: u64 = 160;

/** The summary bits ES and B follow the exception flags and their masks. */
export function updateSummary(): void {
  const status = load<u16>(FPU_STATUS);
  const pending = (status & ~load<u16>(FPU_CONTROL) & 0x3f) != 0;
  store<u16>(FPU_STATUS, pending ? status | 0x8080 : status & 0x7f7f);
}

/** Register i of the stack in the image is physical register (TOP + i) mod 8. */
function stackRegister(i: u32): usize {
  const top = ((<u32>load<u16>(FPU_STATUS)) >>> 11) & 7;
  return FPU_REGS + (((top + i) & 7) << 4);
}

/** XMM registers of the mode, as halves. */
function xmmHalves(): u32 {
  return isLong() ? 32 : 16;
}

export function saveX87(p: usize, base: u64, wide: bool): void {
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
  for (let i: u32 = 0; i < 8; i++) {
    const at = stackRegister(i);
    Memory.write<u64>(p, base + AT_REGISTERS + i * 16, load<u64>(at));
    Memory.write<u64>(p, base + AT_REGISTERS + i * 16 + 8, load<u16>(at, 8));
  }
}

export function saveMxcsr(p: usize, base: u64): void {
  Memory.write<u32>(p, base + AT_MXCSR, load<u32>(MXCSR));
  Memory.write<u32>(p, base + AT_MXCSR + 4, MXCSR_MASK);
}

export function saveXmm(p: usize, base: u64): void {
  const count = xmmHalves();
  for (let i: u32 = 0; i < count; i++) Memory.write<u64>(p, base + AT_XMM + i * 8, load<u64>(XMM + i * 8));
}

/** MXCSR of an image; reserved bits raise #GP before anything is loaded. */
export function checkedMxcsr(p: usize, base: u64): u32 {
  const value = Memory.read<u32>(p, base + AT_MXCSR);
  if (value & ~MXCSR_MASK) raise(GP_VECTOR, 0);
  return value;
}

export function restoreX87(p: usize, base: u64, wide: bool): void {
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
    store<u64>(at, Memory.read<u64>(p, base + AT_REGISTERS + i * 16));
    store<u16>(at, Memory.read<u16>(p, base + AT_REGISTERS + i * 16 + 8), 8);
  }
  updateSummary();
}

export function restoreXmm(p: usize, base: u64): void {
  const count = xmmHalves();
  for (let i: u32 = 0; i < count; i++) store<u64>(XMM + i * 8, Memory.read<u64>(p, base + AT_XMM + i * 8));
}

/** As FNINIT leaves the control registers; the stack's contents stay. */
export function resetX87Control(): void {
  store<u16>(FPU_CONTROL, 0x37f);
  store<u16>(FPU_STATUS, 0);
  store<u8>(FPU_TAGS, 0);
  store<u16>(FPU_OPCODE, 0);
  store<u64>(FPU_IP, 0);
  store<u64>(FPU_DP, 0);
  store<u32>(FPU_CS, 0);
}

/** The initial configuration of XRSTOR (SDM vol. 1, 13.6). */
export function initializeX87(): void {
  resetX87Control();
  memory.fill(<usize>FPU_REGS, 0, 128);
}

export function initializeXmm(): void {
  memory.fill(<usize>XMM, 0, xmmHalves() * 8);
}
