/** Segment registers and descriptor tables. Rows: table/segment-loads.ts. */
import {
  CPL,
  CR4,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
  PENDING,
  REGS,
  UOP_OPERAND_SIZE,
  UOP_REG,
  UOP_SIZE,
} from '../../layout';
import { Address, addressPlus } from '../address';
import { CR4_UMIP, CS, DS, ES, FS, GP_VECTOR, GS, LDTR, NP_VECTOR, RSP, SS, TR, UD_VECTOR } from '../bits';
import { EVENT_HOLD, EVENT_SHADOW } from '../event-bits';
import { leaveNext } from '../events';
import { raise } from '../exceptions';
import { writeEflagsMasked } from '../flags';
import { Memory } from '../memory';
import { readSystem, writeSystem } from '../memory-slow';
import { isIa32e, isLong } from '../mode';
import { Operand, readRm, writeRm } from '../operands';
import { Registers } from '../registers';
import {
  ATTR_CODE,
  ATTR_CONFORMING,
  ATTR_PRESENT,
  ATTR_SEGMENT,
  ATTR_WRITABLE,
  descriptorAddress,
  descriptorAttributes,
  descriptorBase,
  descriptorDpl,
  descriptorLimit,
  loadSegment,
  readDescriptor,
  selectorOf,
  setSegment,
  upperDescriptor,
} from '../segments';
import { peek, setStackPointer } from '../stack';

const ZF: u32 = 0x40;

function requireLevel0(): void {
  if (load<u32>(CPL) != 0) raise(GP_VECTOR, 0);
}

/** SGDT, SIDT, SLDT, STR, SMSW outside level 0 fault under CR4.UMIP. */
export function checkUmip(): void {
  if ((load<u64>(CR4) & CR4_UMIP) != 0 && load<u32>(CPL) != 0) raise(GP_VECTOR, 0);
}

export function movES<T>(p: usize): usize {
  const index = load<u8>(p, UOP_REG);
  if (index > GS) raise(UD_VECTOR, 0);
  if (Operand.inMemory(p)) Memory.write<u16>(p, Address.of(p), <u16>selectorOf(index));
  else Registers.setRm<T>(p, <T>selectorOf(index));
  return p + UOP_SIZE;
}

function shadow(): void {
  store<u32>(PENDING, load<u32>(PENDING) | EVENT_SHADOW | EVENT_HOLD);
}

export function movSE(p: usize): usize {
  const index = load<u8>(p, UOP_REG);
  if (index > GS || index == CS) raise(UD_VECTOR, 0);
  loadSegment(index, readRm<u16>(p));
  if (index == SS) shadow();
  return leaveNext(p);
}

function popSegment<T>(p: usize, index: u32): usize {
  const selector = <u32>peek<T>(p, 0);
  const sp = load<u64>(REGS + RSP) + sizeof<T>();
  if (index == SS) {
    // The pointer moves by the old stack's size before SS changes it.
    const old = load<u64>(REGS + RSP);
    loadSegment(index, selector);
    store<u64>(REGS + RSP, old);
  } else loadSegment(index, selector);
  setStackPointer(sp);
  if (index == SS) shadow();
  return leaveNext(p);
}
export function popEs<T>(p: usize): usize {
  return popSegment<T>(p, ES);
}
export function popSs<T>(p: usize): usize {
  return popSegment<T>(p, SS);
}
export function popDs<T>(p: usize): usize {
  return popSegment<T>(p, DS);
}
export function popFs<T>(p: usize): usize {
  return popSegment<T>(p, FS);
}
export function popGs<T>(p: usize): usize {
  return popSegment<T>(p, GS);
}

function loadFar<T>(p: usize, index: u32): usize {
  const offset = Memory.read<T>(p, Address.of(p));
  const selector = Memory.read<u16>(p, addressPlus(p, sizeof<T>(), 2));
  loadSegment(index, selector);
  Registers.setReg<T>(p, offset);
  return leaveNext(p);
}
export function les<T>(p: usize): usize {
  return loadFar<T>(p, ES);
}
export function lds<T>(p: usize): usize {
  return loadFar<T>(p, DS);
}
export function lss<T>(p: usize): usize {
  return loadFar<T>(p, SS);
}
export function lfs<T>(p: usize): usize {
  return loadFar<T>(p, FS);
}
export function lgs<T>(p: usize): usize {
  return loadFar<T>(p, GS);
}

export function sldt<T>(p: usize): usize {
  checkUmip();
  writeRm<T>(p, <T>selectorOf(LDTR));
  return p + UOP_SIZE;
}
export function strE<T>(p: usize): usize {
  checkUmip();
  writeRm<T>(p, <T>selectorOf(TR));
  return p + UOP_SIZE;
}

/** A system descriptor's base: 64 bits wide in IA-32e mode. */
function systemBase(selector: u32, d: u64): u64 {
  return isIa32e() ? descriptorBase(d) | (upperDescriptor(selector) << 32) : descriptorBase(d);
}

export function lldt(p: usize): usize {
  requireLevel0();
  const selector = <u32>readRm<u16>(p);
  if ((selector & 0xfffc) == 0) {
    setSegment(LDTR, selector, 0, 0, 0);
    return leaveNext(p);
  }
  const error = selector & 0xfffc;
  if (selector & 4) raise(GP_VECTOR, error);
  const d = readDescriptor(selector, GP_VECTOR);
  if ((descriptorAttributes(d) & 0x1f) != 2) raise(GP_VECTOR, error);
  if ((descriptorAttributes(d) & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  setSegment(LDTR, selector, descriptorAttributes(d), systemBase(selector, d), descriptorLimit(d));
  return leaveNext(p);
}

export function ltr(p: usize): usize {
  requireLevel0();
  const selector = <u32>readRm<u16>(p);
  const error = selector & 0xfffc;
  if (error == 0) raise(GP_VECTOR, 0);
  if (selector & 4) raise(GP_VECTOR, error);
  const d = readDescriptor(selector, GP_VECTOR);
  const type = descriptorAttributes(d) & 0x1f;
  if (type != 9 && (type != 1 || isIa32e())) raise(GP_VECTOR, error);
  if ((descriptorAttributes(d) & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  const base = systemBase(selector, d);
  // Busy.
  const address = descriptorAddress(selector, 8) + 5;
  writeSystem<u8>(address, readSystem<u8>(address) | 2);
  setSegment(TR, selector, descriptorAttributes(d) | 2, base, descriptorLimit(d));
  return leaveNext(p);
}

/** The descriptor of a selector for LAR and its like, 0 when it lies outside its table or is null. */
function visibleDescriptor(selector: u32): u64 {
  if ((selector & 0xfffc) == 0) return 0;
  const address = descriptorAddress(selector, 8);
  return address ? readSystem<u64>(address) : 0;
}

function isVisible(selector: u32, d: u64): bool {
  const attributes = descriptorAttributes(d);
  if (
    (attributes & (ATTR_SEGMENT | ATTR_CODE | ATTR_CONFORMING)) ==
    (ATTR_SEGMENT | ATTR_CODE | ATTR_CONFORMING)
  ) {
    return true;
  }
  const dpl = descriptorDpl(d);
  return load<u32>(CPL) <= dpl && (selector & 3) <= dpl;
}

function setZero(zero: bool): void {
  writeEflagsMasked(zero ? ZF : 0, ZF);
}

export function verr(p: usize): usize {
  const selector = <u32>readRm<u16>(p);
  const d = visibleDescriptor(selector);
  const attributes = descriptorAttributes(d);
  const readable = (attributes & ATTR_CODE) == 0 || (attributes & ATTR_WRITABLE) != 0;
  setZero(d != 0 && (attributes & ATTR_SEGMENT) != 0 && readable && isVisible(selector, d));
  return p + UOP_SIZE;
}
export function verw(p: usize): usize {
  const selector = <u32>readRm<u16>(p);
  const d = visibleDescriptor(selector);
  const attributes = descriptorAttributes(d);
  const writable =
    (attributes & (ATTR_SEGMENT | ATTR_CODE | ATTR_WRITABLE)) == (ATTR_SEGMENT | ATTR_WRITABLE);
  setZero(d != 0 && writable && isVisible(selector, d));
  return p + UOP_SIZE;
}

/** Types of system descriptors that LAR (and LSL) accept, a bit each (SDM vol. 2, LAR, table 3-53). */
function typeAllowed(attributes: u32, legacy: u32, ia32e: u32): bool {
  if (attributes & ATTR_SEGMENT) return true;
  return (((isIa32e() ? ia32e : legacy) >>> (attributes & 15)) & 1) != 0;
}

export function lar<T>(p: usize): usize {
  const selector = <u32>readRm<u16>(p);
  const d = visibleDescriptor(selector);
  const ok = d != 0 && typeAllowed(descriptorAttributes(d), 0x1a3e, 0x1a04) && isVisible(selector, d);
  setZero(ok);
  if (ok) Registers.setReg<T>(p, <T>((d >> 32) & 0x00ffff00));
  return p + UOP_SIZE;
}
export function lsl<T>(p: usize): usize {
  const selector = <u32>readRm<u16>(p);
  const d = visibleDescriptor(selector);
  const ok = d != 0 && typeAllowed(descriptorAttributes(d), 0x0a0e, 0x0a04) && isVisible(selector, d);
  setZero(ok);
  if (ok) Registers.setReg<T>(p, <T>descriptorLimit(d));
  return p + UOP_SIZE;
}

export function arpl(p: usize): usize {
  const selector = readRm<u16>(p);
  const rpl = Registers.reg<u16>(p) & 3;
  const raises = (selector & 3) < rpl;
  if (raises) writeRm<u16>(p, (selector & ~3) | rpl);
  setZero(raises);
  return p + UOP_SIZE;
}

function storeTable(p: usize, base: u64, limit: u32): usize {
  checkUmip();
  Memory.write<u16>(p, Address.of(p), <u16>limit);
  if (isLong()) Memory.write<u64>(p, addressPlus(p, 2, 8), base);
  else Memory.write<u32>(p, addressPlus(p, 2, 4), <u32>base);
  return p + UOP_SIZE;
}
export function sgdt(p: usize): usize {
  return storeTable(p, load<u64>(GDTR_BASE), load<u32>(GDTR_LIMIT));
}
export function sidt(p: usize): usize {
  return storeTable(p, load<u64>(IDTR_BASE), load<u32>(IDTR_LIMIT));
}

/** With a 16-bit operand only 24 bits of the base are loaded. */
function tableBase(p: usize): u64 {
  if (isLong()) {
    const base = Memory.read<u64>(p, addressPlus(p, 2, 8));
    if (<u64>(((<i64>base) << 16) >> 16) != base) raise(GP_VECTOR, 0);
    return base;
  }
  const base = Memory.read<u32>(p, addressPlus(p, 2, 4));
  return load<u8>(p, UOP_OPERAND_SIZE) ? base : base & 0xffffff;
}
export function lgdt(p: usize): usize {
  requireLevel0();
  const limit = Memory.read<u16>(p, Address.of(p));
  const base = tableBase(p);
  store<u64>(GDTR_BASE, base);
  store<u32>(GDTR_LIMIT, limit);
  return leaveNext(p);
}
export function lidt(p: usize): usize {
  requireLevel0();
  const limit = Memory.read<u16>(p, Address.of(p));
  const base = tableBase(p);
  store<u64>(IDTR_BASE, base);
  store<u32>(IDTR_LIMIT, limit);
  return leaveNext(p);
}
