/** XSAVE XRSTOR XGETBV XSETBV for x87 and SSE (SDM vol. 1, chapter 13). Rows: table/xsave.ts. */
import { CPL, CR0, CR4, MXCSR, REGS, UOP_OPERAND_SIZE, UOP_SIZE, XCR0 } from '../../layout';
import { addressPlus } from '../address';
import { CR0_TS, CR4_OSXSAVE, GP_VECTOR, NM_VECTOR, RAX, RCX, RDX, UD_VECTOR } from '../bits';
import { XCR0_SUPPORTED } from '../cpuid';
import { leaveNext } from '../events';
import { raise } from '../exceptions';
import {
  checkedMxcsr,
  IMAGE_SIZE,
  initializeX87,
  initializeXmm,
  restoreX87,
  restoreXmm,
  saveMxcsr,
  saveX87,
  saveXmm,
} from '../fpu-image';
import { Memory } from '../memory';
import { requireAligned } from '../memory-slow';

const COMPONENT_X87: u64 = 1;
const COMPONENT_SSE: u64 = 2;
const HEADER_SIZE: u32 = 64;
/** XSTATE_BV, XCOMP_BV and a word that must be 0. */
const AT_PRESENT: u64 = 512;
const AT_COMPACTED: u64 = 520;
const AT_RESERVED: u64 = 528;

function requireXsave(): void {
  if ((load<u64>(CR4) & CR4_OSXSAVE) == 0) raise(UD_VECTOR, 0);
}

/** EDX:EAX */
function operandPair(): u64 {
  return (load<u64>(REGS + RDX) << 32) | load<u32>(REGS + RAX);
}

export function xgetbv(p: usize): usize {
  requireXsave();
  if (load<u32>(REGS + RCX) != 0) raise(GP_VECTOR, 0);
  store<u64>(REGS + RAX, load<u32>(XCR0));
  store<u64>(REGS + RDX, 0);
  return p + UOP_SIZE;
}

export function xsetbv(p: usize): usize {
  requireXsave();
  const value = operandPair();
  const valid = (value & ~XCR0_SUPPORTED) == 0 && (value & COMPONENT_X87) != 0;
  if (load<u32>(CPL) != 0 || load<u32>(REGS + RCX) != 0 || !valid) raise(GP_VECTOR, 0);
  store<u64>(XCR0, value);
  return leaveNext(p);
}

function areaBase(p: usize): u64 {
  requireXsave();
  if (load<u64>(CR0) & CR0_TS) raise(NM_VECTOR, 0);
  const base = addressPlus(p, 0, IMAGE_SIZE + HEADER_SIZE);
  requireAligned(base, 4);
  if (base & 63) raise(GP_VECTOR, 0);
  return base;
}

function isWide(p: usize): bool {
  return load<u8>(p, UOP_OPERAND_SIZE) == 2;
}

/** No component is ever taken for being in its initial configuration: all that is asked for is written. */
export function xsave(p: usize): usize {
  const base = areaBase(p);
  const wanted = operandPair() & load<u64>(XCR0);
  const present = Memory.readForWrite<u64>(p, base + AT_PRESENT);
  Memory.readForWrite<u64>(p, base);
  if (wanted & COMPONENT_X87) saveX87(p, base, isWide(p));
  if (wanted & COMPONENT_SSE) {
    saveMxcsr(p, base);
    saveXmm(p, base);
  }
  Memory.write<u64>(p, base + AT_PRESENT, (present & ~wanted) | wanted);
  return p + UOP_SIZE;
}

/** What is asked for but not present goes to its initial configuration; MXCSR is loaded in any case. */
export function xrstor(p: usize): usize {
  const base = areaBase(p);
  const wanted = operandPair() & load<u64>(XCR0);
  Memory.read<u64>(p, base);
  const present = Memory.read<u64>(p, base + AT_PRESENT);
  const header = Memory.read<u64>(p, base + AT_COMPACTED) | Memory.read<u64>(p, base + AT_RESERVED);
  if (header != 0 || (present & ~load<u64>(XCR0)) != 0) raise(GP_VECTOR, 0);
  const mxcsr: u32 = wanted & COMPONENT_SSE ? checkedMxcsr(p, base) : 0;
  if (wanted & COMPONENT_X87) {
    if (present & COMPONENT_X87) restoreX87(p, base, isWide(p));
    else initializeX87();
  }
  if (wanted & COMPONENT_SSE) {
    store<u32>(MXCSR, mxcsr);
    if (present & COMPONENT_SSE) restoreXmm(p, base);
    else initializeXmm();
  }
  return p + UOP_SIZE;
}
