/**
 * Delivery of interrupts and exceptions through the IVT or the IDT (SDM vol. 3, 6.10 to 6.14, 20.1.4, 20.3).
 * RIP (or CURRENT_UOP) must be where a fault during delivery shall point.
 */
import {
  CPL,
  DELIVERING,
  FLAG_SYSTEM,
  IDTR_BASE,
  IDTR_LIMIT,
  MODE,
  PENDING,
  REGS,
  RIP,
  SEG_ATTRIBUTES,
  SEG_BASE,
  SEG_LIMIT,
  TLB,
} from '../layout';
import {
  AC,
  CS,
  DB_VECTOR,
  DS,
  ES,
  FS,
  GP_VECTOR,
  GS,
  IF,
  NP_VECTOR,
  NT,
  RF,
  RSP,
  SS,
  SS_VECTOR,
  TF,
  TR,
  TS_VECTOR,
  VM,
} from './bits';
import { allowDebugAccess } from './debug';
import { EVENT_STEP } from './event-bits';
import { hasErrorCode, NO_VECTOR, raise } from './exceptions';
import { readEflags } from './flags';
import { readSystem } from './memory-slow';
import { isIa32e, updateMode } from './mode';
import { MODE_REAL } from './mode-bits';
import { isCanonical, systemTlb } from './paging';
import {
  ATTR_CODE,
  ATTR_CONFORMING,
  ATTR_LONG,
  ATTR_PRESENT,
  ATTR_SEGMENT,
  ATTR_WRITABLE,
  descriptorAttributes,
  descriptorBase,
  descriptorDpl,
  descriptorLimit,
  loadFromDescriptor,
  markAccessed,
  readDescriptor,
  segment,
  selectorOf,
  setSegment,
} from './segments';
import { gateTask, pushTaskError, switchTask, TASK_CALL } from './task';
import { frameBegin, frameBeginAt, frameCommit, frameEnd, framePush } from './stack';

/** An event that no instruction asked for: bit 0 of error codes. */
let external: u32 = 0;
const BENIGN: u32 = 0x100;

function clearFlags(flags: u32): void {
  store<u32>(FLAG_SYSTEM, load<u32>(FLAG_SYSTEM) & ~flags);
}

function deliverReal(vector: u32, rip: u64): void {
  if (vector * 4 + 3 > load<u32>(IDTR_LIMIT)) raise(GP_VECTOR, 0);
  const entry = readSystem<u32>(load<u64>(IDTR_BASE) + vector * 4);
  frameBegin();
  framePush(readEflags(), 2);
  framePush(selectorOf(CS), 2);
  framePush(rip, 2);
  frameCommit();
  clearFlags(IF | TF | AC | RF);
  const s = segment(CS);
  store<u32>(s, entry >>> 16);
  store<u64>(s, (<u64>(entry >>> 16)) << 4, SEG_BASE);
  store<u64>(RIP, entry & 0xffff);
  updateMode();
}

/** The stack pointer (and SS) that the TSS holds for a privilege level, or an IST entry. */
function tssRsp(offset: u32): u64 {
  const tss = segment(TR);
  if (offset + 7 > load<u32>(tss, SEG_LIMIT)) raise(TS_VECTOR, selectorOf(TR) & 0xfffc);
  return readSystem<u64>(load<u64>(tss, SEG_BASE) + offset);
}

let innerSs: u32 = 0;
let innerSsDescriptor: u64 = 0;

/** SS:ESP of `level` from a 16- or 32-bit TSS; SS checked. */
export function legacyInnerStack(level: u32): u32 {
  const tss = segment(TR);
  const base = load<u64>(tss, SEG_BASE);
  const wide = (load<u32>(tss, SEG_ATTRIBUTES) & 8) != 0;
  const offset: u32 = wide ? 4 + level * 8 : 2 + level * 4;
  if (offset + (wide ? 5 : 3) > load<u32>(tss, SEG_LIMIT)) raise(TS_VECTOR, selectorOf(TR) & 0xfffc);
  let sp: u32;
  if (wide) {
    sp = readSystem<u32>(base + offset);
    innerSs = readSystem<u16>(base + offset + 4);
  } else {
    sp = readSystem<u16>(base + offset);
    innerSs = readSystem<u16>(base + offset + 2);
  }
  const error = (innerSs & 0xfffc) | external;
  if ((innerSs & 0xfffc) == 0) raise(TS_VECTOR, error);
  const d = readDescriptor(innerSs, TS_VECTOR);
  const attributes = descriptorAttributes(d);
  if ((innerSs & 3) != level || descriptorDpl(d) != level) raise(TS_VECTOR, error);
  if ((attributes & (ATTR_SEGMENT | ATTR_CODE | ATTR_WRITABLE)) != (ATTR_SEGMENT | ATTR_WRITABLE)) {
    raise(TS_VECTOR, error);
  }
  if ((attributes & ATTR_PRESENT) == 0) raise(SS_VECTOR, error);
  innerSsDescriptor = markAccessed(innerSs, d);
  return sp;
}

/** Starts a frame on the stack that legacyInnerStack found. */
export function beginInnerFrame(sp: u32, level: u32): void {
  const d = innerSsDescriptor;
  const tlb: u32 = level == 3 ? TLB : systemTlb();
  frameBeginAt(
    sp,
    descriptorBase(d),
    descriptorLimit(d),
    descriptorAttributes(d),
    true,
    tlb,
    innerSs & 0xfffc,
  );
}

/** Switches SS:ESP to the inner frame. The caller updates CPL and the mode. */
export function commitInnerFrame(): void {
  loadFromDescriptor(SS, innerSs, innerSsDescriptor);
  if (descriptorAttributes(innerSsDescriptor) & 0x4000) store<u64>(REGS + RSP, frameEnd() & 0xffffffff);
  else store<u16>(REGS + RSP, <u16>frameEnd());
}

function checkGate(vector: u32, present: bool, dpl: u32, software: bool): void {
  const error = vector * 8 + 2 + (software ? 0 : external);
  if (software && load<u32>(CPL) > dpl) raise(GP_VECTOR, error);
  if (!present) raise(NP_VECTOR, error);
}

/** The target code segment of a gate, checked; returns its descriptor. */
function gateCode(selector: u32): u64 {
  const error = (selector & 0xfffc) | external;
  if ((selector & 0xfffc) == 0) raise(GP_VECTOR, external);
  const d = readDescriptor(selector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  if ((attributes & (ATTR_SEGMENT | ATTR_CODE)) != (ATTR_SEGMENT | ATTR_CODE)) raise(GP_VECTOR, error);
  if (descriptorDpl(d) > load<u32>(CPL)) raise(GP_VECTOR, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  return markAccessed(selector, d);
}

function deliverLong(vector: u32, software: bool, hasError: bool, error: u32, rip: u64, flags: u32): void {
  const gateError = vector * 8 + 2 + (software ? 0 : external);
  if (vector * 16 + 15 > load<u32>(IDTR_LIMIT)) raise(GP_VECTOR, gateError);
  const at = load<u64>(IDTR_BASE) + vector * 16;
  const low = readSystem<u64>(at);
  const high = readSystem<u64>(at + 8);
  const type = (<u32>(low >> 40)) & 31;
  if (type != 14 && type != 15) raise(GP_VECTOR, gateError);
  checkGate(vector, ((low >> 47) & 1) != 0, (<u32>(low >> 45)) & 3, software);
  const selector = (<u32>(low >> 16)) & 0xffff;
  const d = gateCode(selector);
  const attributes = descriptorAttributes(d);
  if ((attributes & (ATTR_LONG | 0x4000)) != ATTR_LONG) raise(GP_VECTOR, (selector & 0xfffc) | external);
  const target = ((low >> 48) << 16) | (low & 0xffff) | (high << 32);
  if (!isCanonical(target)) raise(GP_VECTOR, external);
  const cpl = load<u32>(CPL);
  const level = attributes & ATTR_CONFORMING ? cpl : descriptorDpl(d);
  const ist = (<u32>(low >> 32)) & 7;
  let sp: u64;
  if (ist) sp = tssRsp(0x1c + ist * 8);
  else if (level < cpl) sp = tssRsp(4 + level * 8);
  else sp = load<u64>(REGS + RSP);
  const tlb: u32 = level == 3 ? TLB : systemTlb();
  frameBeginAt(sp & ~15, 0, 0, 0, false, tlb, software ? 0 : external);
  framePush(selectorOf(SS), 8);
  framePush(load<u64>(REGS + RSP), 8);
  framePush(flags, 8);
  framePush(selectorOf(CS), 8);
  framePush(rip, 8);
  if (hasError) framePush(error, 8);
  store<u64>(REGS + RSP, frameEnd());
  if (level < cpl) setSegment(SS, level, 0x4000 | (level << 5), 0, 0xffffffff);
  loadFromDescriptor(CS, (selector & 0xfffc) | level, d);
  store<u32>(CPL, level);
  store<u64>(RIP, target);
  clearFlags(TF | NT | RF | VM | (type == 14 ? IF : 0));
  updateMode();
}

function deliverProtected(
  vector: u32,
  software: bool,
  hasError: bool,
  error: u32,
  rip: u64,
  flags: u32,
): void {
  const gateError = vector * 8 + 2 + (software ? 0 : external);
  if (vector * 8 + 7 > load<u32>(IDTR_LIMIT)) raise(GP_VECTOR, gateError);
  const gate = readSystem<u64>(load<u64>(IDTR_BASE) + vector * 8);
  const type = (<u32>(gate >> 40)) & 31;
  if (type == 5) {
    checkGate(vector, ((gate >> 47) & 1) != 0, (<u32>(gate >> 45)) & 3, software);
    switchTask(gateTask(gate), TASK_CALL, rip, flags);
    if (hasError) pushTaskError(error);
    return;
  }
  if (type != 6 && type != 7 && type != 14 && type != 15) raise(GP_VECTOR, gateError);
  checkGate(vector, ((gate >> 47) & 1) != 0, (<u32>(gate >> 45)) & 3, software);
  const size: u32 = type >= 14 ? 4 : 2;
  const selector = (<u32>(gate >> 16)) & 0xffff;
  const d = gateCode(selector);
  const attributes = descriptorAttributes(d);
  const cpl = load<u32>(CPL);
  const v86 = (flags & VM) != 0;
  const level = attributes & ATTR_CONFORMING ? cpl : descriptorDpl(d);
  if (v86 && level != 0) raise(GP_VECTOR, (selector & 0xfffc) | external);
  const low = (<u32>gate) & 0xffff;
  const offset = size == 4 ? ((<u32>(gate >> 32)) & 0xffff0000) | low : low;
  if (offset > descriptorLimit(d)) raise(GP_VECTOR, external);
  const inner = level < cpl;
  const oldSs = selectorOf(SS);
  const oldSp = load<u64>(REGS + RSP);
  if (inner) {
    beginInnerFrame(legacyInnerStack(level), level);
    if (v86) {
      framePush(selectorOf(GS), size);
      framePush(selectorOf(FS), size);
      framePush(selectorOf(DS), size);
      framePush(selectorOf(ES), size);
    }
    framePush(oldSs, size);
    framePush(oldSp, size);
  } else frameBegin();
  framePush(flags, size);
  framePush(selectorOf(CS), size);
  framePush(rip, size);
  if (hasError) framePush(error, size);
  if (inner) commitInnerFrame();
  else frameCommit();
  if (v86) {
    for (let index: u32 = 0; index <= GS; index++) {
      if (index != CS && index != SS) setSegment(index, 0, 0, 0, 0);
    }
  }
  loadFromDescriptor(CS, (selector & 0xfffc) | level, d);
  store<u32>(CPL, level);
  store<u64>(RIP, offset);
  clearFlags(TF | NT | RF | VM | (type & 1 ? 0 : IF));
  updateMode();
}

function deliver(vector: u32, software: bool, hasError: bool, error: u32, rip: u64, flags: u32): void {
  if (load<u32>(MODE) & MODE_REAL) deliverReal(vector, rip);
  else if (isIa32e()) deliverLong(vector, software, hasError, error, rip, flags);
  else deliverProtected(vector, software, hasError, error, rip, flags);
  store<u32>(DELIVERING, NO_VECTOR);
  if (vector == DB_VECTOR && !software) allowDebugAccess();
}

export function deliverException(vector: u32, error: u32): void {
  external = 1;
  store<u32>(DELIVERING, vector);
  // Faults push RF set, so that an instruction breakpoint is not taken again; the debug exception for such a
  // breakpoint does not, its handler must (SDM vol. 3, 17.3.1.1).
  const fault = vector == DB_VECTOR ? error != 0 : vector != 3 && vector != 4 && vector != 8 && vector != 18;
  deliver(vector, false, hasErrorCode(vector), error, load<u64>(RIP), readEflags() | (fault ? RF : 0));
}

export function deliverInterrupt(vector: u32): void {
  external = 1;
  store<u32>(DELIVERING, BENIGN);
  deliver(vector, false, false, 0, load<u64>(RIP), readEflags());
}

/** INT n, INT3, INTO: `rip` is that of the next instruction. INT1 counts as hardware: no DPL check. */
export function softwareInterrupt(vector: u32, rip: u64, checked: bool): void {
  external = checked ? 0 : 1;
  store<u32>(DELIVERING, BENIGN);
  deliver(vector, checked, false, 0, rip, readEflags());
  // TF is clear in the handler, and the instruction itself is not trapped after.
  store<u32>(PENDING, load<u32>(PENDING) & ~EVENT_STEP);
}

/** For other users of the inner stack checks: their faults are the instruction's own. */
export function notExternal(): void {
  external = 0;
}
