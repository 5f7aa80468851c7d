/**
 * Far jumps, calls and returns, IRET (SDM vol. 2, JMP, CALL, RET, IRET; vol. 3, 5.8).
 *
 * - Handlers call these with CURRENT_UOP set and end with `leave(p, load<u64>(RIP))` after them.
 */
import { CPL, FLAG_SYSTEM, NMI_BLOCKED, REGS, RIP, SEG_BASE, SEG_LIMIT } from '../layout';
import {
  AC,
  ARITHMETIC,
  CS,
  DF,
  DS,
  ES,
  FS,
  GP_VECTOR,
  GS,
  ID,
  IF,
  IOPL,
  NP_VECTOR,
  NT,
  RF,
  RSP,
  SS,
  SS_VECTOR,
  TF,
  VIF,
  VIP,
  VM,
} from './bits';
import { raise } from './exceptions';
import { readEflags, writeEflagsMasked } from './flags';
import { beginInnerFrame, commitInnerFrame, legacyInnerStack, notExternal } from './interrupts';
import { readSystem } from './memory-slow';
import { isIa32e, isLong, isProtected, updateMode } from './mode';
import {
  ATTR_CODE,
  ATTR_CONFORMING,
  ATTR_LONG,
  ATTR_PRESENT,
  ATTR_SEGMENT,
  ATTR_WRITABLE,
  descriptorAttributes,
  descriptorDpl,
  descriptorLimit,
  dropPrivilegedSegments,
  loadFromDescriptor,
  loadV86,
  markAccessed,
  readDescriptor,
  segment,
  selectorOf,
  setSegment,
  upperDescriptor,
} from './segments';
import {
  frameBegin,
  frameBeginAt,
  frameCommit,
  frameEnd,
  framePush,
  peekSized,
  setStackPointer,
} from './stack';
import { systemTlb } from './paging';
import { gateTask, returnFromTask, switchTask, TASK_CALL, TASK_JUMP } from './task';
import { checkVirtualFlags, flagsAreVirtual } from './virtual-interrupts';

function bytesOf(operandSize: u32): u32 {
  return 2 << operandSize;
}

function isCanonical(address: u64): bool {
  return <u64>(((<i64>address) << 16) >> 16) == address;
}

/** Real and virtual-8086 mode. */
function loadCsReal(selector: u32, rip: u64): void {
  const s = segment(CS);
  store<u32>(s, selector & 0xffff);
  store<u64>(s, (<u64>(selector & 0xffff)) << 4, SEG_BASE);
  store<u64>(RIP, rip);
  updateMode();
}

function checkTarget(d: u64, rip: u64): void {
  const long = isIa32e() && (descriptorAttributes(d) & ATTR_LONG) != 0;
  if (long ? !isCanonical(rip) : (rip & 0xffffffff) > <u64>descriptorLimit(d)) raise(GP_VECTOR, 0);
}

/** Checks a code descriptor as the direct target of a jump or call. */
function checkDirectCode(selector: u32, d: u64): void {
  const attributes = descriptorAttributes(d);
  const cpl = load<u32>(CPL);
  const dpl = descriptorDpl(d);
  const error = selector & 0xfffc;
  if (attributes & ATTR_CONFORMING) {
    if (dpl > cpl) raise(GP_VECTOR, error);
  } else if ((selector & 3) > cpl || dpl != cpl) raise(GP_VECTOR, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  if (isIa32e() && (attributes & (ATTR_LONG | 0x4000)) == (ATTR_LONG | 0x4000)) raise(GP_VECTOR, error);
}

function loadCs(selector: u32, d: u64, cpl: u32, rip: u64): void {
  const marked = markAccessed(selector, d);
  loadFromDescriptor(CS, (selector & 0xfffc) | cpl, marked);
  store<u32>(CPL, cpl);
  store<u64>(RIP, rip);
  updateMode();
}

let gateSelector: u32 = 0;
let gateOffset: u64 = 0;
let gateSize: u32 = 0;
let gateParameters: u32 = 0;

/** Reads and checks a call gate; its code segment's descriptor is returned. */
function readCallGate(selector: u32, gate: u64): u64 {
  const error = selector & 0xfffc;
  const type = (<u32>(gate >> 40)) & 15;
  const dpl = descriptorDpl(gate);
  if (dpl < load<u32>(CPL) || dpl < (selector & 3)) raise(GP_VECTOR, error);
  if (((gate >> 47) & 1) == 0) raise(NP_VECTOR, error);
  gateSelector = (<u32>(gate >> 16)) & 0xffff;
  gateOffset = ((gate >> 32) & 0xffff0000) | (gate & 0xffff);
  gateSize = type == 12 ? 4 : 2;
  gateParameters = (<u32>(gate >> 32)) & 31;
  if (isIa32e()) {
    gateOffset |= upperDescriptor(selector) << 32;
    gateSize = 8;
    gateParameters = 0;
  } else if (gateSize == 2) gateOffset &= 0xffff;
  if ((gateSelector & 0xfffc) == 0) raise(GP_VECTOR, 0);
  const d = readDescriptor(gateSelector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  const codeError = gateSelector & 0xfffc;
  if ((attributes & (ATTR_SEGMENT | ATTR_CODE)) != (ATTR_SEGMENT | ATTR_CODE)) raise(GP_VECTOR, codeError);
  if (descriptorDpl(d) > load<u32>(CPL)) raise(GP_VECTOR, codeError);
  if (isIa32e() && (attributes & (ATTR_LONG | 0x4000)) != ATTR_LONG) raise(GP_VECTOR, codeError);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, codeError);
  return d;
}

/** A TSS or a task gate as the target; anything else is #GP. `next` is where the old task goes on. */
function systemTarget(selector: u32, d: u64, kind: u32, next: u64): void {
  const type = (<u32>(d >> 40)) & 31;
  const error = selector & 0xfffc;
  const isGate = type == 5;
  if (isIa32e() || (!isGate && type != 1 && type != 9)) raise(GP_VECTOR, error);
  const dpl = descriptorDpl(d);
  if (dpl < load<u32>(CPL) || dpl < (selector & 3)) raise(GP_VECTOR, error);
  if (isGate && ((d >> 47) & 1) == 0) raise(NP_VECTOR, error);
  switchTask(isGate ? gateTask(d) : selector, kind, next, readEflags());
}

function isCallGate(d: u64): bool {
  const type = (<u32>(d >> 40)) & 31;
  return type == 12 || (type == 4 && !isIa32e());
}

/** `next` is the return address, which a task switch saves. */
export function farJump(selector: u32, rip: u64, next: u64): void {
  if (!isProtected()) {
    if (rip > <u64>load<u32>(segment(CS), SEG_LIMIT)) raise(GP_VECTOR, 0);
    loadCsReal(selector, rip);
    return;
  }
  if ((selector & 0xfffc) == 0) raise(GP_VECTOR, 0);
  const d = readDescriptor(selector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  if (attributes & ATTR_SEGMENT) {
    if ((attributes & ATTR_CODE) == 0) raise(GP_VECTOR, selector & 0xfffc);
    checkDirectCode(selector, d);
    checkTarget(d, rip);
    loadCs(selector, d, load<u32>(CPL), rip);
    return;
  }
  if (!isCallGate(d)) {
    systemTarget(selector, d, TASK_JUMP, next);
    return;
  }
  const code = readCallGate(selector, d);
  if ((descriptorAttributes(code) & ATTR_CONFORMING) == 0 && descriptorDpl(code) != load<u32>(CPL)) {
    raise(GP_VECTOR, gateSelector & 0xfffc);
  }
  checkTarget(code, gateOffset);
  loadCs(gateSelector, code, load<u32>(CPL), gateOffset);
}

/** `next` is the return address; `operandSize` 0, 1, 2. */
export function farCall(selector: u32, rip: u64, next: u64, operandSize: u32): void {
  const size = bytesOf(operandSize);
  if (!isProtected()) {
    if (rip > <u64>load<u32>(segment(CS), SEG_LIMIT)) raise(GP_VECTOR, 0);
    frameBegin();
    framePush(selectorOf(CS), size);
    framePush(next, size);
    frameCommit();
    loadCsReal(selector, rip);
    return;
  }
  if ((selector & 0xfffc) == 0) raise(GP_VECTOR, 0);
  const d = readDescriptor(selector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  const cpl = load<u32>(CPL);
  if (attributes & ATTR_SEGMENT) {
    if ((attributes & ATTR_CODE) == 0) raise(GP_VECTOR, selector & 0xfffc);
    checkDirectCode(selector, d);
    checkTarget(d, rip);
    frameBegin();
    framePush(selectorOf(CS), size);
    framePush(next, size);
    frameCommit();
    loadCs(selector, d, cpl, rip);
    return;
  }
  if (!isCallGate(d)) {
    systemTarget(selector, d, TASK_CALL, next);
    return;
  }
  const code = readCallGate(selector, d);
  const level = descriptorAttributes(code) & ATTR_CONFORMING ? cpl : descriptorDpl(code);
  checkTarget(code, gateOffset);
  if (level < cpl) callInner(code, level, next);
  else {
    frameBegin();
    framePush(selectorOf(CS), gateSize);
    framePush(next, gateSize);
    frameCommit();
  }
  loadCs(gateSelector, code, level, gateOffset);
}

/** A call to a more privileged level: the TSS's stack, the old one's parameters copied. */
function callInner(code: u64, level: u32, next: u64): void {
  const oldSs = selectorOf(SS);
  const oldSp = load<u64>(REGS + RSP);
  if (isIa32e()) {
    const tss = load<u64>(segment(7), SEG_BASE);
    frameBeginAt(readSystem<u64>(tss + 4 + level * 8), 0, 0, 0, false, systemTlb(), 0);
    framePush(oldSs, 8);
    framePush(oldSp, 8);
    framePush(selectorOf(CS), 8);
    framePush(next, 8);
    setSegment(SS, level, 0x4000 | (level << 5), 0, 0xffffffff);
    store<u64>(REGS + RSP, frameEnd());
    return;
  }
  notExternal();
  beginInnerFrame(legacyInnerStack(level), level);
  framePush(oldSs, gateSize);
  framePush(oldSp, gateSize);
  for (let i = gateParameters; i > 0; i--) framePush(peekSized((i - 1) * gateSize, gateSize), gateSize);
  framePush(selectorOf(CS), gateSize);
  framePush(next, gateSize);
  commitInnerFrame();
}

/** Checks CS of a return; returns its descriptor. */
function returnCode(selector: u32): u64 {
  if ((selector & 0xfffc) == 0) raise(GP_VECTOR, 0);
  const error = selector & 0xfffc;
  const d = readDescriptor(selector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  const rpl = selector & 3;
  if ((attributes & (ATTR_SEGMENT | ATTR_CODE)) != (ATTR_SEGMENT | ATTR_CODE)) raise(GP_VECTOR, error);
  if (rpl < load<u32>(CPL)) raise(GP_VECTOR, error);
  if (attributes & ATTR_CONFORMING ? descriptorDpl(d) > rpl : descriptorDpl(d) != rpl)
    raise(GP_VECTOR, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  return d;
}

/**
 * Checks SS of a return to level `rpl`, which comes before the check of the target; returns its descriptor, 0 for a null
 * SS that 64-bit mode allows.
 */
function returnStack(selector: u32, rpl: u32, toLong: bool): u64 {
  if ((selector & 0xfffc) == 0) {
    if (!toLong || rpl == 3 || (selector & 3) != rpl) raise(GP_VECTOR, 0);
    return 0;
  }
  const error = selector & 0xfffc;
  const d = readDescriptor(selector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  if ((selector & 3) != rpl || descriptorDpl(d) != rpl) raise(GP_VECTOR, error);
  if ((attributes & (ATTR_SEGMENT | ATTR_CODE | ATTR_WRITABLE)) != (ATTR_SEGMENT | ATTR_WRITABLE)) {
    raise(GP_VECTOR, error);
  }
  if ((attributes & ATTR_PRESENT) == 0) raise(SS_VECTOR, error);
  return d;
}

/** Switches to SS:SP of an outer (or, in IA-32e mode, the same) level, after CS is loaded. */
function loadReturnStack(selector: u32, d: u64, rpl: u32, sp: u64): void {
  if (d == 0) setSegment(SS, selector, 0x4000 | (rpl << 5), 0, 0xffffffff);
  else loadFromDescriptor(SS, selector, markAccessed(selector, d));
  updateMode();
  setStackPointer(sp);
}

export function farReturn(operandSize: u32, release: u32): void {
  const size = bytesOf(operandSize);
  const rip = peekSized(0, size);
  const selector = (<u32>peekSized(size, size)) & 0xffff;
  const sp = load<u64>(REGS + RSP);
  if (!isProtected()) {
    if (rip > <u64>load<u32>(segment(CS), SEG_LIMIT)) raise(GP_VECTOR, 0);
    setStackPointer(sp + 2 * size + release);
    loadCsReal(selector, rip);
    return;
  }
  const d = returnCode(selector);
  const rpl = selector & 3;
  if (rpl == load<u32>(CPL)) {
    checkTarget(d, rip);
    setStackPointer(sp + 2 * size + release);
    loadCs(selector, d, rpl, rip);
    return;
  }
  const outerSp = peekSized(2 * size + release, size);
  const outerSs = (<u32>peekSized(3 * size + release, size)) & 0xffff;
  const stack = returnStack(outerSs, rpl, isIa32e() && (descriptorAttributes(d) & ATTR_LONG) != 0);
  checkTarget(d, rip);
  loadCs(selector, d, rpl, rip);
  loadReturnStack(outerSs, stack, rpl, outerSp + release);
  dropPrivilegedSegments(rpl);
}

function returnFlags(flags: u32, size: u32, cpl: u32): void {
  let mask = ARITHMETIC | TF | DF | NT;
  if (size > 2) mask |= RF | AC | ID;
  if (cpl <= (load<u32>(FLAG_SYSTEM) & IOPL) >>> 12) mask |= IF;
  if (cpl == 0) mask |= IOPL | (size > 2 ? VIF | VIP : 0);
  writeEflagsMasked(flags, mask);
}

function returnToV86(rip: u64, selector: u32, flags: u32): void {
  const sp = peekSized(12, 4);
  const ss = <u32>peekSized(16, 4);
  const es = <u32>peekSized(20, 4);
  const ds = <u32>peekSized(24, 4);
  const fs = <u32>peekSized(28, 4);
  const gs = <u32>peekSized(32, 4);
  writeEflagsMasked(flags, ARITHMETIC | TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID);
  store<u32>(CPL, 3);
  loadV86(CS, selector);
  loadV86(SS, ss & 0xffff);
  loadV86(ES, es & 0xffff);
  loadV86(DS, ds & 0xffff);
  loadV86(FS, fs & 0xffff);
  loadV86(GS, gs & 0xffff);
  store<u64>(REGS + RSP, sp);
  store<u64>(RIP, rip & 0xffff);
  updateMode();
}

/** `next` is the address behind the IRET, where a task that ends by it goes on. */
export function interruptReturn(operandSize: u32, next: u64): void {
  const size = bytesOf(operandSize);
  const system = load<u32>(FLAG_SYSTEM);
  if (isProtected() && (system & NT) != 0) {
    if (isIa32e()) raise(GP_VECTOR, 0);
    returnFromTask(next);
    store<u32>(NMI_BLOCKED, 0);
    return;
  }
  const virtual = flagsAreVirtual(size);
  const rip = peekSized(0, size);
  const selector = (<u32>peekSized(size, size)) & 0xffff;
  const flags = <u32>peekSized(2 * size, size);
  const sp = load<u64>(REGS + RSP);
  if (!isProtected()) {
    if (rip > <u64>load<u32>(segment(CS), SEG_LIMIT)) raise(GP_VECTOR, 0);
    if (virtual) {
      checkVirtualFlags(flags);
      writeEflagsMasked(flags & IF ? flags | VIF : flags, ARITHMETIC | TF | DF | NT | VIF);
    } else {
      const v86 = (system & VM) != 0;
      let mask = ARITHMETIC | TF | IF | DF | NT | (v86 ? 0 : IOPL);
      if (size > 2) mask |= RF | AC | ID;
      writeEflagsMasked(flags, mask);
    }
    setStackPointer(sp + 3 * size);
    loadCsReal(selector, rip);
    store<u32>(NMI_BLOCKED, 0);
    return;
  }
  const cpl = load<u32>(CPL);
  if (size == 4 && (flags & VM) != 0 && cpl == 0 && !isIa32e()) {
    returnToV86(rip, selector, flags);
    store<u32>(NMI_BLOCKED, 0);
    return;
  }
  const d = returnCode(selector);
  const rpl = selector & 3;
  if (rpl == cpl && !isLong()) {
    checkTarget(d, rip);
    setStackPointer(sp + 3 * size);
    returnFlags(flags, size, cpl);
    loadCs(selector, d, rpl, rip);
    store<u32>(NMI_BLOCKED, 0);
    return;
  }
  const outerSp = peekSized(3 * size, size);
  const outerSs = (<u32>peekSized(4 * size, size)) & 0xffff;
  const stack = returnStack(outerSs, rpl, (descriptorAttributes(d) & ATTR_LONG) != 0);
  checkTarget(d, rip);
  returnFlags(flags, size, cpl);
  loadCs(selector, d, rpl, rip);
  loadReturnStack(outerSs, stack, rpl, outerSp);
  if (rpl > cpl) dropPrivilegedSegments(rpl);
  store<u32>(NMI_BLOCKED, 0);
}
