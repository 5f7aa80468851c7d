/** System instructions. Rows: table/system.ts. Ports, MSRs and CPUID lie in core/ports.ts, msr.ts, cpuid.ts. */
import {
  CPL,
  CR0,
  CR2,
  CR3,
  CR4,
  DR0,
  DR6,
  DR7,
  EFER,
  FLAG_SYSTEM,
  MSR_FMASK,
  MSR_KERNEL_GS_BASE,
  MSR_LSTAR,
  MSR_STAR,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
  MSR_TSC_AUX,
  PENDING,
  REGS,
  SEG_BASE,
  UOP_IMMEDIATE,
  UOP_OP,
  UOP_OPERAND_SIZE,
  UOP_REG,
  UOP_RM,
  UOP_SEGMENT,
  UOP_SIZE,
} from '../../layout';
import { Address, addressPlus, effectiveOffset, linearAddress } from '../address';
import {
  AC,
  ARITHMETIC,
  CR0_ET,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_FSGSBASE,
  CR4_PAE,
  CR4_PCIDE,
  CR4_PGE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  CR4_TSD,
  CS,
  DF,
  EFER_LMA,
  EFER_LME,
  EFER_SCE,
  FS,
  GP_VECTOR,
  GS,
  ID,
  IF,
  IOPL,
  NT,
  R11,
  RAX,
  RCX,
  RDX,
  RF,
  RSP,
  SS,
  TF,
  UD_VECTOR,
  VM,
} from '../bits';
import { cpuidLeaf, CR4_SUPPORTED } from '../cpuid';
import { debugChanged, detectDebugAccess } from '../debug';
import { EVENT_HALT, EVENT_SHADOW, EVENT_STEP } from '../event-bits';
import { leave, leaveNext } from '../events';
import { nextRip, raise } from '../exceptions';
import { OP_RELOOKUP } from '../fixed-ops';
import { Flags, readEflags, writeEflagsMasked } from '../flags';
import { setTaskPriority, taskPriority } from '../host';
import { Memory } from '../memory';
import { isIa32e, isLong, isProtected, updateMode } from '../mode';
import { readMsr, writeMsr } from '../msr';
import { readRm, writeRm } from '../operands';
import { checkPdptes, isCanonical } from '../paging';
import { readPort, writePort } from '../ports';
import { Registers } from '../registers';
import { segment, setSegment } from '../segments';
import { flushPage, flushTlbs } from '../tlb';
import { interruptFlag, setVirtualIf, USES_VIF } from '../virtual-interrupts';
import { checkUmip } from './segment-loads';

export function requireLevel0(): void {
  if (load<u32>(CPL) != 0) raise(GP_VECTOR, 0);
}

export function cmc(p: usize): usize {
  Flags.carry(Flags.cf() ^ 1);
  return p + UOP_SIZE;
}
export function clc(p: usize): usize {
  Flags.carry(0);
  return p + UOP_SIZE;
}
export function stc(p: usize): usize {
  Flags.carry(1);
  return p + UOP_SIZE;
}
export function cld(p: usize): usize {
  store<u32>(FLAG_SYSTEM, load<u32>(FLAG_SYSTEM) & ~DF);
  return p + UOP_SIZE;
}
export function std(p: usize): usize {
  store<u32>(FLAG_SYSTEM, load<u32>(FLAG_SYSTEM) | DF);
  return p + UOP_SIZE;
}
/** SALC: undocumented, in every processor (AL = CF ? FF : 0). */
export function salc(p: usize): usize {
  store<u8>(REGS + RAX, Flags.cf() ? 0xff : 0);
  return p + UOP_SIZE;
}

export function cli(p: usize): usize {
  if (interruptFlag() == USES_VIF) setVirtualIf(false);
  else store<u32>(FLAG_SYSTEM, load<u32>(FLAG_SYSTEM) & ~IF);
  return p + UOP_SIZE;
}
export function sti(p: usize): usize {
  const virtual = interruptFlag() == USES_VIF;
  const system = load<u32>(FLAG_SYSTEM);
  if (virtual) setVirtualIf(true);
  else if ((system & IF) == 0) {
    store<u32>(FLAG_SYSTEM, system | IF);
    const pending = load<u32>(PENDING);
    // Nothing waits, and nothing is looked at before the next instruction of the block is over.
    if (pending == 0 && <u32>load<u16>(p + UOP_SIZE, UOP_OP) > OP_RELOOKUP) return p + UOP_SIZE;
    store<u32>(PENDING, pending | EVENT_SHADOW);
  }
  return leaveNext(p);
}

export function hlt(p: usize): usize {
  requireLevel0();
  store<u32>(PENDING, load<u32>(PENDING) | EVENT_HALT);
  return leaveNext(p);
}

export function inI<T>(p: usize): usize {
  return readPort<T>(p, load<u8>(p, UOP_IMMEDIATE));
}
export function inD<T>(p: usize): usize {
  return readPort<T>(p, load<u16>(REGS + RDX));
}
export function outI<T>(p: usize): usize {
  return writePort<T>(p, load<u8>(p, UOP_IMMEDIATE));
}
export function outD<T>(p: usize): usize {
  return writePort<T>(p, load<u16>(REGS + RDX));
}

const CR3_NO_FLUSH: u64 = 0x8000000000000000;
/** Bits above MAXPHYADDR. */
const CR3_RESERVED: u64 = 0xffffff0000000000;
const CR3_PCID: u64 = 0xfff;

/** Loads CR0 and what follows from it: leaving and entering paging switches IA-32e mode. */
function writeCr0(value: u64): void {
  const old = load<u64>(CR0);
  value = (value & 0xe005003f) | CR0_ET;
  if ((value & CR0_PG) != 0 && (value & CR0_PE) == 0) raise(GP_VECTOR, 0);
  if ((value & 0x60000000) == 0x20000000) raise(GP_VECTOR, 0);
  let efer = load<u64>(EFER);
  if ((value & CR0_PG) != 0 && (old & CR0_PG) == 0 && (efer & EFER_LME) != 0) {
    if ((load<u64>(CR4) & CR4_PAE) == 0) raise(GP_VECTOR, 0);
    if (load<u32>(segment(CS), 4) & 0x2000) raise(GP_VECTOR, 0);
    efer |= EFER_LMA;
  } else if ((value & CR0_PG) == 0) {
    if (isLong() || (load<u64>(CR4) & CR4_PCIDE) != 0) raise(GP_VECTOR, 0);
    efer &= ~EFER_LMA;
  }
  const paging = (value & ~old & CR0_PG) != 0;
  if (paging && (efer & EFER_LMA) == 0 && (load<u64>(CR4) & CR4_PAE) != 0) checkPdptes(load<u64>(CR3));
  store<u64>(EFER, efer);
  store<u64>(CR0, value);
  if ((value ^ old) & (CR0_PE | CR0_PG | CR0_WP)) flushTlbs(false);
  updateMode();
}

function writeCr4(value: u64): void {
  const old = load<u64>(CR4);
  if (value & ~CR4_SUPPORTED) raise(GP_VECTOR, 0);
  if (isIa32e() && (value & CR4_PAE) == 0) raise(GP_VECTOR, 0);
  if (value & ~old & CR4_PCIDE && (!isIa32e() || (load<u64>(CR3) & CR3_PCID) != 0)) raise(GP_VECTOR, 0);
  store<u64>(CR4, value);
  if ((value ^ old) & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_PCIDE | CR4_SMEP | CR4_SMAP)) flushTlbs(false);
  if ((value ^ old) & CR4_DE) debugChanged();
  updateMode();
}

/**
 * With PCIDs bit 63 allows to keep the entries of the new one. The TLBs hold those of one only: they are flushed all the
 * same, but for global pages (SDM vol. 3, 4.10.4.1 lets a processor invalidate more than it must).
 */
function writeCr3(value: u64): void {
  if (isIa32e()) {
    if (load<u64>(CR4) & CR4_PCIDE) value &= ~CR3_NO_FLUSH;
    if (value & CR3_RESERVED) raise(GP_VECTOR, 0);
  } else if (load<u64>(CR0) & CR0_PG && load<u64>(CR4) & CR4_PAE) checkPdptes(value);
  store<u64>(CR3, value);
  flushTlbs(true);
}

/** The full register, cut to 32 bits outside 64-bit mode. */
function controlOperand(p: usize): u64 {
  const value = Registers.rm<u64>(p);
  return isLong() ? value : value & 0xffffffff;
}

function setControlOperand(p: usize, value: u64): void {
  store<u64>(REGS + load<u8>(p, UOP_RM), isLong() ? value : value & 0xffffffff);
}

/** A register that does not exist is #UD before the privilege counts. */
function requireControlRegister(p: usize): void {
  const index = load<u8>(p, UOP_REG);
  if (index != 0 && index != 2 && index != 3 && index != 4 && index != 8) raise(UD_VECTOR, 0);
  requireLevel0();
}

export function movRC(p: usize): usize {
  requireControlRegister(p);
  switch (load<u8>(p, UOP_REG)) {
    case 0:
      setControlOperand(p, load<u64>(CR0));
      break;
    case 2:
      setControlOperand(p, load<u64>(CR2));
      break;
    case 3:
      setControlOperand(p, load<u64>(CR3));
      break;
    case 4:
      setControlOperand(p, load<u64>(CR4));
      break;
    default:
      setControlOperand(p, taskPriority());
  }
  return p + UOP_SIZE;
}

export function movCR(p: usize): usize {
  requireControlRegister(p);
  const value = controlOperand(p);
  const rip = nextRip(p);
  switch (load<u8>(p, UOP_REG)) {
    case 0:
      if (value >> 32) raise(GP_VECTOR, 0);
      writeCr0(value);
      break;
    case 2:
      store<u64>(CR2, value);
      break;
    case 3:
      writeCr3(value);
      break;
    case 4:
      writeCr4(value);
      break;
    default:
      if (value > 15) raise(GP_VECTOR, 0);
      setTaskPriority(<u32>value);
  }
  return leave(p, rip);
}

function debugRegister(p: usize): usize {
  let index = <usize>load<u8>(p, UOP_REG);
  if (index > 7) raise(UD_VECTOR, 0);
  requireLevel0();
  // DR4 and DR5 are DR6 and DR7 while CR4.DE is clear.
  if (index == 4 || index == 5) {
    if (load<u64>(CR4) & CR4_DE) raise(UD_VECTOR, 0);
    index += 2;
  }
  return DR0 + (index << 3);
}
export function movRD(p: usize): usize {
  const at = debugRegister(p);
  detectDebugAccess();
  setControlOperand(p, load<u64>(at));
  return p + UOP_SIZE;
}
export function movDR(p: usize): usize {
  const at = debugRegister(p);
  detectDebugAccess();
  let value = controlOperand(p);
  if (at == DR6 || at == DR7) {
    if (value >> 32) raise(GP_VECTOR, 0);
    value = at == DR6 ? (value & 0xe00f) | 0xffff0ff0 : (value & 0xffff23ff) | 0x400;
  }
  store<u64>(at, value);
  if (at != DR6) debugChanged();
  return leaveNext(p);
}

export function smsw<T>(p: usize): usize {
  checkUmip();
  writeRm<T>(p, <T>load<u64>(CR0));
  return p + UOP_SIZE;
}
/** LMSW can set PE but not clear it. */
export function lmsw(p: usize): usize {
  requireLevel0();
  const value = (<u64>readRm<u16>(p)) & 15;
  const old = load<u64>(CR0);
  const rip = nextRip(p);
  writeCr0((old & ~15) | value | (old & CR0_PE));
  return leave(p, rip);
}
export function clts(p: usize): usize {
  requireLevel0();
  store<u64>(CR0, load<u64>(CR0) & ~CR0_TS);
  return leaveNext(p);
}
/** Caches are not modelled: INVD and WBINVD have nothing to write back. */
export function invd(p: usize): usize {
  requireLevel0();
  return p + UOP_SIZE;
}
export function invlpg(p: usize): usize {
  requireLevel0();
  const index = (<u32>load<u8>(p, UOP_SEGMENT)) & 7;
  const linear = linearAddress(index, effectiveOffset(p), 0, false);
  const rip = nextRip(p);
  flushPage(linear);
  return leave(p, rip);
}

/** INVPCID (SDM vol. 2): entries of PCIDs other than the current one are not kept, so less is left to do. */
export function invpcid<T>(p: usize): usize {
  requireLevel0();
  const type = <u64>Registers.reg<T>(p);
  const pcid = Memory.read<u64>(p, Address.of(p));
  const linear = Memory.read<u64>(p, addressPlus(p, 8, 8));
  const usesPcid = type < 2;
  if (type > 3 || (usesPcid && (pcid & ~CR3_PCID) != 0)) raise(GP_VECTOR, 0);
  if (usesPcid && pcid != 0 && (load<u64>(CR4) & CR4_PCIDE) == 0) raise(GP_VECTOR, 0);
  if (type == 0 && !isCanonical(linear)) raise(GP_VECTOR, 0);
  const rip = nextRip(p);
  if (type == 0) flushPage(linear);
  else flushTlbs(type != 2);
  return leave(p, rip);
}

export function swapgs(p: usize): usize {
  requireLevel0();
  const gs = segment(GS);
  const base = load<u64>(gs, SEG_BASE);
  store<u64>(gs, load<u64>(MSR_KERNEL_GS_BASE), SEG_BASE);
  store<u64>(MSR_KERNEL_GS_BASE, base);
  return leaveNext(p);
}

function setAc(on: bool): void {
  const system = load<u32>(FLAG_SYSTEM);
  store<u32>(FLAG_SYSTEM, on ? system | AC : system & ~AC);
  updateMode();
}
export function clac(p: usize): usize {
  if (load<u32>(CPL) != 0 || !isProtected()) raise(UD_VECTOR, 0);
  setAc(false);
  return leaveNext(p);
}
export function stac(p: usize): usize {
  if (load<u32>(CPL) != 0 || !isProtected()) raise(UD_VECTOR, 0);
  setAc(true);
  return leaveNext(p);
}

function flatCode(selector: u32, level: u32, long: bool): void {
  setSegment(CS, (selector & 0xfffc) | level, (long ? 0xa09b : 0xc09b) | (level << 5), 0, 0xffffffff);
}
function flatStack(selector: u32, level: u32): void {
  setSegment(SS, (selector & 0xfffc) | level, 0xc093 | (level << 5), 0, 0xffffffff);
}

/** Of 64-bit mode only, as the SDM has it; its CSTAR and the legacy form are AMD's. */
export function syscall(p: usize): usize {
  if ((load<u64>(EFER) & EFER_SCE) == 0) raise(UD_VECTOR, 0);
  const selector = (<u32>(load<u64>(MSR_STAR) >> 32)) & 0xfffc;
  const target = load<u64>(MSR_LSTAR);
  const flags = readEflags() & ~RF;
  store<u64>(REGS + RCX, nextRip(p));
  store<u64>(REGS + R11, flags);
  writeEflagsMasked(0, (load<u32>(MSR_FMASK) | RF) & (ARITHMETIC | TF | IF | DF | IOPL | NT | RF | AC | ID));
  flatCode(selector, 0, true);
  flatStack(selector + 8, 0);
  store<u32>(CPL, 0);
  updateMode();
  stepByNewFlags();
  return leave(p, target);
}

/** SYSCALL and SYSRET trap by TF as it is after them: FMASK may clear it, R11 set it. */
function stepByNewFlags(): void {
  const pending = load<u32>(PENDING) & ~EVENT_STEP;
  store<u32>(PENDING, load<u32>(FLAG_SYSTEM) & TF ? pending | EVENT_STEP : pending);
}

export function sysret(p: usize): usize {
  if ((load<u64>(EFER) & EFER_SCE) == 0) raise(UD_VECTOR, 0);
  requireLevel0();
  const base = <u32>(load<u64>(MSR_STAR) >> 48);
  const wide = load<u8>(p, UOP_OPERAND_SIZE) == 2;
  const target = wide ? load<u64>(REGS + RCX) : load<u64>(REGS + RCX) & 0xffffffff;
  if (<u64>(((<i64>target) << 16) >> 16) != target) raise(GP_VECTOR, 0);
  const mask = ARITHMETIC | TF | IF | DF | IOPL | NT | RF | AC | ID;
  writeEflagsMasked(load<u32>(REGS + R11) & ~RF, mask);
  flatCode(wide ? base + 16 : base, 3, wide);
  flatStack(base + 8, 3);
  store<u32>(CPL, 3);
  updateMode();
  stepByNewFlags();
  return leave(p, target);
}

export function sysenter(p: usize): usize {
  const selector = load<u32>(MSR_SYSENTER_CS);
  if ((selector & 0xfffc) == 0) raise(GP_VECTOR, 0);
  const long = isIa32e();
  writeEflagsMasked(0, VM | IF | RF);
  flatCode(selector, 0, long);
  flatStack(selector + 8, 0);
  store<u32>(CPL, 0);
  updateMode();
  const sp = load<u64>(MSR_SYSENTER_ESP);
  store<u64>(REGS + RSP, long ? sp : sp & 0xffffffff);
  return leave(p, load<u64>(MSR_SYSENTER_EIP));
}

export function sysexit(p: usize): usize {
  const selector = load<u32>(MSR_SYSENTER_CS);
  if ((selector & 0xfffc) == 0) raise(GP_VECTOR, 0);
  requireLevel0();
  const wide = load<u8>(p, UOP_OPERAND_SIZE) == 2;
  const target = load<u64>(REGS + RDX);
  const sp = load<u64>(REGS + RCX);
  if (wide && !(isCanonical(target) && isCanonical(sp))) raise(GP_VECTOR, 0);
  flatCode(selector + (wide ? 32 : 16), 3, wide);
  flatStack(selector + (wide ? 40 : 24), 3);
  store<u32>(CPL, 3);
  updateMode();
  store<u64>(REGS + RSP, wide ? sp : sp & 0xffffffff);
  return leave(p, target);
}

function setEdxEax(value: u64): void {
  store<u64>(REGS + RAX, value & 0xffffffff);
  store<u64>(REGS + RDX, value >> 32);
}
function checkTimestamp(): void {
  if ((load<u64>(CR4) & CR4_TSD) != 0 && load<u32>(CPL) != 0) raise(GP_VECTOR, 0);
}
export function rdtsc(p: usize): usize {
  checkTimestamp();
  setEdxEax(readMsr(0x10));
  return p + UOP_SIZE;
}
export function rdtscp(p: usize): usize {
  checkTimestamp();
  setEdxEax(readMsr(0x10));
  store<u64>(REGS + RCX, load<u32>(MSR_TSC_AUX));
  return p + UOP_SIZE;
}
/** No performance counters (CPUID leaf 0x0A says so): whatever CR4.PCE allows, none has this number. */
export function rdpmc(p: usize): usize {
  raise(GP_VECTOR, 0);
  return p;
}
export function rdmsr(p: usize): usize {
  requireLevel0();
  setEdxEax(readMsr(load<u32>(REGS + RCX)));
  return p + UOP_SIZE;
}
export function wrmsr(p: usize): usize {
  requireLevel0();
  const rip = nextRip(p);
  writeMsr(load<u32>(REGS + RCX), (load<u64>(REGS + RDX) << 32) | load<u32>(REGS + RAX));
  return leave(p, rip);
}
export function cpuid(p: usize): usize {
  cpuidLeaf(load<u32>(REGS + RAX), load<u32>(REGS + RCX));
  return p + UOP_SIZE;
}

function checkFsgsbase(): void {
  if ((load<u64>(CR4) & CR4_FSGSBASE) == 0) raise(UD_VECTOR, 0);
}
function readBase<T>(p: usize, index: u32): usize {
  checkFsgsbase();
  Registers.setRm<T>(p, <T>load<u64>(segment(index), SEG_BASE));
  return p + UOP_SIZE;
}
function writeBase<T>(p: usize, index: u32): usize {
  checkFsgsbase();
  const value = <u64>Registers.rm<T>(p);
  if (<u64>(((<i64>value) << 16) >> 16) != value) raise(GP_VECTOR, 0);
  store<u64>(segment(index), value, SEG_BASE);
  return leaveNext(p);
}
export function rdfsbase<T>(p: usize): usize {
  return readBase<T>(p, FS);
}
export function rdgsbase<T>(p: usize): usize {
  return readBase<T>(p, GS);
}
export function wrfsbase<T>(p: usize): usize {
  return writeBase<T>(p, FS);
}
export function wrgsbase<T>(p: usize): usize {
  return writeBase<T>(p, GS);
}
