/**
 * Hardware task switches: far jumps and calls to a TSS or through a task gate, interrupts through a task gate, IRET with
 * NT (SDM vol. 3, chapter 8; outside IA-32e mode only).
 *
 * - `switchTask` returns with the new task's registers, RIP among them; callers end with `leave(p, load<u64>(RIP))`.
 * - A fault while the old state is saved belongs to the old task; one while selectors are loaded to the new one.
 */
import {
  CPL,
  CR0,
  CR3,
  CURRENT_UOP,
  DEBUG_HITS,
  FLAG_SYSTEM,
  PENDING,
  REGS,
  RIP,
  SEG_ATTRIBUTES,
  SEG_BASE,
  SEG_LIMIT,
} from '../layout';
import {
  AC,
  ARITHMETIC,
  CR0_PG,
  CR0_TS,
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
  LDTR,
  NP_VECTOR,
  NT,
  RF,
  SS,
  SS_VECTOR,
  TF,
  TR,
  TS_VECTOR,
  VIF,
  VIP,
  VM,
} from './bits';
import { clearLocalBreakpoints, DR6_BT } from './debug';
import { EVENT_DEBUG } from './event-bits';
import { raise } from './exceptions';
import { readEflags, writeEflagsMasked } from './flags';
import { probeWriteAt, readSystem, writeSystem } from './memory-slow';
import { updateMode } from './mode';
import { systemTlb } from './paging';
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
  loadFromDescriptor,
  loadV86,
  markAccessed,
  readDescriptor,
  segment,
  selectorOf,
  setSegment,
} from './segments';
import { frameBegin, frameCommit, framePush } from './stack';
import { flushTlbs } from './tlb';

export const TASK_JUMP: u32 = 0;
export const TASK_CALL: u32 = 1;
export const TASK_RETURN: u32 = 2;

const TSS_BUSY: u32 = 2;
const TSS_WIDE: u32 = 8;
/** Least limits of a 32-bit and a 16-bit TSS. */
const WIDE_LIMIT: u32 = 0x67;
const NARROW_LIMIT: u32 = 0x2b;
/** Offsets in a TSS of 32 and of 16 bits: CR3 (32 only), EIP, EFLAGS, EAX, ES, LDT, T flag (32 only). */
const WIDE_CR3: u32 = 0x1c;
const WIDE_EIP: u32 = 0x20;
const WIDE_EAX: u32 = 0x28;
const WIDE_ES: u32 = 0x48;
const WIDE_LDT: u32 = 0x60;
const WIDE_TRAP: u32 = 0x64;
const NARROW_IP: u32 = 0x0e;
const NARROW_AX: u32 = 0x12;
const NARROW_ES: u32 = 0x22;
const NARROW_LDT: u32 = 0x2a;
const FLAGS: u32 = ARITHMETIC | TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;

/** What was read of the new TSS: eight registers, six selectors. */
const registers = memory.data(32);
const selectors = memory.data(24);

function isWide(attributes: u32): bool {
  return (attributes & TSS_WIDE) != 0;
}

function setBusy(selector: u32, busy: bool): void {
  const at = descriptorAddress(selector, 8) + 5;
  const old = readSystem<u8>(at);
  writeSystem<u8>(at, busy ? old | (<u8>TSS_BUSY) : old & ~(<u8>TSS_BUSY));
}

/** The TSS descriptor that a selector names, of a type that the switch allows; faults are the old task's. */
function tssDescriptor(selector: u32, returning: bool): u64 {
  const vector = returning ? TS_VECTOR : GP_VECTOR;
  const error = selector & 0xfffc;
  if ((selector & 4) != 0 || error == 0) raise(vector, error);
  const d = readDescriptor(selector, vector);
  const attributes = descriptorAttributes(d);
  // 1 and 9: available, 3 and 11: busy.
  if ((attributes & 0x15) != 1 || ((attributes & TSS_BUSY) != 0) != returning) raise(vector, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  if (descriptorLimit(d) < (isWide(attributes) ? WIDE_LIMIT : NARROW_LIMIT)) raise(TS_VECTOR, error);
  return d;
}

function saveTask(flags: u32, rip: u64): void {
  const tss = segment(TR);
  const base = load<u64>(tss, SEG_BASE);
  if (isWide(load<u32>(tss, SEG_ATTRIBUTES))) {
    probeWriteAt(base + WIDE_EIP, WIDE_LDT - WIDE_EIP, systemTlb());
    writeSystem<u32>(base + WIDE_EIP, <u32>rip);
    writeSystem<u32>(base + WIDE_EIP + 4, flags);
    for (let i: u32 = 0; i < 8; i++) writeSystem<u32>(base + WIDE_EAX + i * 4, load<u32>(REGS + (i << 3)));
    for (let i: u32 = 0; i < 6; i++) writeSystem<u16>(base + WIDE_ES + i * 4, <u16>selectorOf(i));
    return;
  }
  probeWriteAt(base + NARROW_IP, NARROW_LDT - NARROW_IP, systemTlb());
  writeSystem<u16>(base + NARROW_IP, <u16>rip);
  writeSystem<u16>(base + NARROW_IP + 2, <u16>flags);
  for (let i: u32 = 0; i < 8; i++) writeSystem<u16>(base + NARROW_AX + i * 2, load<u16>(REGS + (i << 3)));
  for (let i: u32 = 0; i < 4; i++) writeSystem<u16>(base + NARROW_ES + i * 2, <u16>selectorOf(i));
}

let newRip: u32 = 0;
let newFlags: u32 = 0;
let newLdt: u32 = 0;
let newCr3: u32 = 0;
let newTrap: bool = false;

function readTask(base: u64, wide: bool): void {
  if (wide) {
    newCr3 = readSystem<u32>(base + WIDE_CR3);
    newRip = readSystem<u32>(base + WIDE_EIP);
    newFlags = readSystem<u32>(base + WIDE_EIP + 4);
    newLdt = readSystem<u16>(base + WIDE_LDT);
    newTrap = (readSystem<u8>(base + WIDE_TRAP) & 1) != 0;
    for (let i: u32 = 0; i < 8; i++) store<u32>(registers + i * 4, readSystem<u32>(base + WIDE_EAX + i * 4));
    for (let i: u32 = 0; i < 6; i++) store<u32>(selectors + i * 4, readSystem<u16>(base + WIDE_ES + i * 4));
    return;
  }
  newTrap = false;
  newRip = readSystem<u16>(base + NARROW_IP);
  newFlags = readSystem<u16>(base + NARROW_IP + 2);
  newLdt = readSystem<u16>(base + NARROW_LDT);
  // The upper halves have no place in the TSS: they are all ones.
  for (let i: u32 = 0; i < 8; i++) {
    store<u32>(registers + i * 4, 0xffff0000 | (<u32>readSystem<u16>(base + NARROW_AX + i * 2)));
  }
  for (let i: u32 = 0; i < 4; i++) store<u32>(selectors + i * 4, readSystem<u16>(base + NARROW_ES + i * 2));
  store<u32>(selectors + FS * 4, 0);
  store<u32>(selectors + GS * 4, 0);
}

function selectorFor(index: u32): u32 {
  return load<u32>(selectors + index * 4);
}

function loadLdt(): void {
  const error = newLdt & 0xfffc;
  if (error == 0) return;
  if (newLdt & 4) raise(TS_VECTOR, error);
  const d = readDescriptor(newLdt, TS_VECTOR);
  const attributes = descriptorAttributes(d);
  if ((attributes & 0x1f) != 2 || (attributes & ATTR_PRESENT) == 0) raise(TS_VECTOR, error);
  setSegment(LDTR, newLdt, attributes, descriptorBase(d), descriptorLimit(d));
}

function loadCode(): void {
  const selector = selectorFor(CS);
  const error = selector & 0xfffc;
  if (error == 0) raise(TS_VECTOR, 0);
  const d = readDescriptor(selector, TS_VECTOR);
  const attributes = descriptorAttributes(d);
  const rpl = selector & 3;
  if ((attributes & (ATTR_SEGMENT | ATTR_CODE)) != (ATTR_SEGMENT | ATTR_CODE)) raise(TS_VECTOR, error);
  const dpl = descriptorDpl(d);
  if (attributes & ATTR_CONFORMING ? dpl > rpl : dpl != rpl) raise(TS_VECTOR, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  loadFromDescriptor(CS, selector, markAccessed(selector, d));
  store<u32>(CPL, rpl);
}

function loadStack(): void {
  const selector = selectorFor(SS);
  const error = selector & 0xfffc;
  if (error == 0) raise(TS_VECTOR, 0);
  const d = readDescriptor(selector, TS_VECTOR);
  const attributes = descriptorAttributes(d);
  const cpl = load<u32>(CPL);
  const writable =
    (attributes & (ATTR_SEGMENT | ATTR_CODE | ATTR_WRITABLE)) == (ATTR_SEGMENT | ATTR_WRITABLE);
  if (!writable || descriptorDpl(d) != cpl || (selector & 3) != cpl) raise(TS_VECTOR, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(SS_VECTOR, error);
  loadFromDescriptor(SS, selector, markAccessed(selector, d));
}

function loadData(index: u32): void {
  const selector = selectorFor(index);
  const error = selector & 0xfffc;
  if (error == 0) return;
  const d = readDescriptor(selector, TS_VECTOR);
  const attributes = descriptorAttributes(d);
  const code = (attributes & ATTR_CODE) != 0;
  if ((attributes & ATTR_SEGMENT) == 0 || (code && (attributes & ATTR_WRITABLE) == 0))
    raise(TS_VECTOR, error);
  const dpl = descriptorDpl(d);
  const conforming = code && (attributes & ATTR_CONFORMING) != 0;
  if (!conforming && (load<u32>(CPL) > dpl || (selector & 3) > dpl)) raise(TS_VECTOR, error);
  if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  loadFromDescriptor(index, selector, markAccessed(selector, d));
}

function loadSelectors(): void {
  // Until they are loaded, none can be used.
  setSegment(LDTR, newLdt, 0, 0, 0);
  for (let i: u32 = 0; i <= GS; i++) setSegment(i, selectorFor(i), 0, 0, 0);
  loadLdt();
  if (load<u32>(FLAG_SYSTEM) & VM) {
    store<u32>(CPL, 3);
    for (let i: u32 = 0; i <= GS; i++) loadV86(i, selectorFor(i));
    updateMode();
    return;
  }
  store<u32>(CPL, selectorFor(CS) & 3);
  loadCode();
  loadStack();
  updateMode();
  loadData(ES);
  loadData(DS);
  loadData(FS);
  loadData(GS);
  updateMode();
}

/** Switches to the task of a TSS selector; the old one goes on at `rip` with `flags` when it is switched to again. */
export function switchTask(selector: u32, kind: u32, rip: u64, flags: u32): void {
  const returning = kind == TASK_RETURN;
  const d = tssDescriptor(selector, returning);
  const attributes = descriptorAttributes(d);
  const wide = isWide(attributes);
  const base = descriptorBase(d);
  const old = selectorOf(TR);
  // All of the new state is read before anything changes.
  readTask(base, wide);
  if (kind == TASK_CALL) probeWriteAt(base, 2, systemTlb());
  saveTask(flags, rip);
  if (kind != TASK_CALL) setBusy(old, false);
  if (!returning) setBusy(selector, true);
  if (kind == TASK_CALL) {
    writeSystem<u16>(base, <u16>old);
    newFlags |= NT;
  }
  // From here on everything belongs to the new task.
  setSegment(TR, selector, attributes | TSS_BUSY, base, descriptorLimit(d));
  store<u64>(CR0, load<u64>(CR0) | CR0_TS);
  if (wide && (load<u64>(CR0) & CR0_PG) != 0) {
    store<u64>(CR3, newCr3);
    flushTlbs(true);
  }
  store<u32>(CURRENT_UOP, 0);
  store<u64>(RIP, newRip);
  writeEflagsMasked(newFlags, FLAGS);
  for (let i: u32 = 0; i < 8; i++) store<u64>(REGS + (i << 3), load<u32>(registers + i * 4));
  clearLocalBreakpoints();
  if (newTrap) {
    store<u32>(DEBUG_HITS, load<u32>(DEBUG_HITS) | DR6_BT);
    store<u32>(PENDING, load<u32>(PENDING) | EVENT_DEBUG);
  }
  loadSelectors();
  if (newRip > load<u32>(segment(CS), SEG_LIMIT)) raise(GP_VECTOR, 0);
}

/** The error code of an exception that came through a task gate, on the new task's stack. */
export function pushTaskError(error: u32): void {
  const size: u32 = isWide(load<u32>(segment(TR), SEG_ATTRIBUTES)) ? 4 : 2;
  frameBegin();
  framePush(error, size);
  frameCommit();
}

/** The TSS selector of a task gate; its own rights have been checked. */
export function gateTask(gate: u64): u32 {
  return (<u32>(gate >> 16)) & 0xffff;
}

/** IRET with NT: back to the task that the TSS names. */
export function returnFromTask(rip: u64): void {
  switchTask(readSystem<u16>(load<u64>(segment(TR), SEG_BASE)), TASK_RETURN, rip, readEflags() & ~NT);
}
