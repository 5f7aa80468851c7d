/**
 * String instructions. A repeated one runs in chunks: registers are right after each element or page-wise copy,
 * so that a fault or an interrupt in the middle leaves it restartable with RIP at the instruction. Single-stepped, it
 * traps after each element (SDM vol. 3, 17.3.1.4).
 * Rows: table/strings.ts.
 */
import {
  COUNTDOWN,
  DEBUG_ENABLED,
  FLAG_SYSTEM,
  PENDING,
  REGS,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_ATTRIBUTES,
  SEG_LIMIT,
  TLB_ACTIVE,
  TLB_TAG_READ,
  TLB_TAG_WRITE,
  UOP_ADDRESS_SIZE,
  UOP_PREFIXES,
  UOP_SEGMENT,
  UOP_SIZE,
} from '../../layout';
import { linearAddress, maskAddress } from '../address';
import { Alu } from '../alu';
import { DF, ES, RAX, RCX, RDI, RDX, RF, RSI } from '../bits';
import { PREFIX_REP, PREFIX_REPNE } from '../decoder';
import { EVENT_STEP } from '../event-bits';
import { leave } from '../events';
import { ripOf } from '../exceptions';
import { Flags } from '../flags';
import { portRead, portReadRun, portWrite, portWriteRun } from '../host';
import { Memory } from '../memory';
import { ACCESS_READ, ACCESS_WRITE, translate } from '../paging';
import { checkPort } from '../ports';
import { Registers } from '../registers';
import { Tlb } from '../tlb';

function readIndex(offset: usize, size: u32): u64 {
  return maskAddress(load<u64>(REGS + offset), size);
}

function writeIndex(offset: usize, value: u64, size: u32): void {
  if (size == 2) store<u64>(REGS + offset, value);
  else if (size == 1) store<u64>(REGS + offset, value & 0xffffffff);
  else store<u16>(REGS + offset, <u16>value);
}

function repeated(p: usize): bool {
  return (load<u8>(p, UOP_PREFIXES) & (PREFIX_REP | PREFIX_REPNE)) != 0;
}

function step<T>(): u64 {
  return load<u32>(FLAG_SYSTEM) & DF ? 0 - <u64>sizeof<T>() : sizeof<T>();
}

function advance<T>(offset: usize, size: u32): void {
  writeIndex(offset, load<u64>(REGS + offset) + step<T>(), size);
}

function source<T>(p: usize): u64 {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  return linearAddress(load<u8>(p, UOP_SEGMENT) & 7, readIndex(RSI, size), sizeof<T>(), false);
}

function destination<T>(p: usize, write: bool): u64 {
  return linearAddress(ES, readIndex(RDI, load<u8>(p, UOP_ADDRESS_SIZE)), sizeof<T>(), write);
}

function stepped(): bool {
  return (load<u32>(PENDING) & EVENT_STEP) != 0;
}

/** Whether elements may go together: upwards, and not one by one for a debugger. */
function inRuns(): bool {
  return (load<u32>(FLAG_SYSTEM) & DF) == 0 && !stepped();
}

/** Charges `elements` and says whether the slice (or an event) ends the instruction here. */
function charge(elements: u32): bool {
  const left = load<i32>(COUNTDOWN) - <i32>elements;
  store<i32>(COUNTDOWN, left);
  return left <= 0 || stepped();
}

/**
 * What `done` elements of `bytes` each are charged when `left` remain. A run is charged by what it moves; an element that
 * had to go alone (MMIO, ROM, backwards) is a whole step: else a count of 2^32 at a device would hold the host.
 */
function weight(done: u32, bytes: u32, left: u64): u32 {
  return done == 1 && left != 0 ? 1 : (done * bytes) >> 5;
}

/**
 * Leaves in the middle: RIP stays at the instruction, whose own count is not due yet. RF keeps a breakpoint at it from
 * being reported again (SDM vol. 3, 17.3.1.1).
 */
function interrupted(p: usize): usize {
  if (load<u32>(DEBUG_ENABLED)) store<u32>(FLAG_SYSTEM, load<u32>(FLAG_SYSTEM) | RF);
  store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) + 1);
  return leave(p, ripOf(p));
}

/**
 * Host address of memory that may be accessed directly at `linear`, 0 for MMIO, ROM, pages with code or breakpoints:
 * then go element by element. The element before went through, but the TLB may have forgotten it (the source and the
 * destination of a copy often share an entry).
 */
function direct(linear: u64, access: u32): usize {
  const tlb = load<u32>(TLB_ACTIVE);
  const host = translate(linear, access, tlb);
  if (host == 0) return 0;
  const entry = <usize>(tlb + Tlb.index(linear));
  const tag = access == ACCESS_READ ? load<u64>(entry, TLB_TAG_READ) : load<u64>(entry, TLB_TAG_WRITE);
  return tag == (linear & ~4095) ? host : 0;
}

/** How many whole elements lie from `linear` to the end of its page. */
function elementsInPage<T>(linear: u64): u32 {
  return (4096 - ((<u32>linear) & 4095)) / sizeof<T>();
}

export function movs<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  if (!repeated(p)) {
    const value = Memory.read<T>(p, source<T>(p));
    Memory.write<T>(p, destination<T>(p, true), value);
    advance<T>(RSI, size);
    advance<T>(RDI, size);
    return p + UOP_SIZE;
  }
  const runs = inRuns();
  for (let count = readIndex(RCX, size); count != 0; count = readIndex(RCX, size)) {
    // One element by the slow way fills the TLB, finds faults and MMIO; then as much as the pages allow at once.
    const from = source<T>(p);
    const to = destination<T>(p, true);
    Memory.write<T>(p, to, Memory.read<T>(p, from));
    advance<T>(RSI, size);
    advance<T>(RDI, size);
    writeIndex(RCX, count - 1, size);
    let done: u32 = 1;
    if (runs && count > 1) done += copyRun<T>(p, count - 1, size);
    const left = readIndex(RCX, size);
    if (charge(weight(done, sizeof<T>(), left)) && left != 0) return interrupted(p);
  }
  return p + UOP_SIZE;
}

/** Copies whole elements up to the nearer page end; returns how many. */
function copyRun<T>(p: usize, count: u64, size: u32): u32 {
  const segment = load<u8>(p, UOP_SEGMENT) & 7;
  const sourceIndex = readIndex(RSI, size);
  const targetIndex = readIndex(RDI, size);
  const from = linearAddress(segment, sourceIndex, 0, false);
  const to = linearAddress(ES, targetIndex, 0, true);
  let n = elementsInPage<T>(from);
  const inTarget = elementsInPage<T>(to);
  if (inTarget < n) n = inTarget;
  if (<u64>n > count) n = <u32>count;
  if (n == 0) return 0;
  const bytes = n * sizeof<T>();
  if (!fits(segment, sourceIndex, bytes, size) || !fits(ES, targetIndex, bytes, size)) return 0;
  const hostFrom = direct(from, ACCESS_READ);
  const hostTo = direct(to, ACCESS_WRITE);
  if (hostFrom == 0 || hostTo == 0) return 0;
  // A forward copy onto a higher overlapping address repeats the pattern: memory.copy would not.
  if (hostTo > hostFrom && hostTo < hostFrom + bytes) {
    for (let i: u32 = 0; i < bytes; i += sizeof<T>()) store<T>(hostTo + i, load<T>(hostFrom + i));
  } else memory.copy(hostTo, hostFrom, bytes);
  writeIndex(RSI, load<u64>(REGS + RSI) + bytes, size);
  writeIndex(RDI, load<u64>(REGS + RDI) + bytes, size);
  writeIndex(RCX, count - n, size);
  return n;
}

/** Whether a run lies inside its segment without wrapping; otherwise elements go one by one. */
function fits(segment: u32, index: u64, bytes: u32, size: u32): bool {
  const s = <usize>(SEGMENTS + segment * SEGMENT_SIZE);
  if (size == 2) return true;
  const last = index + bytes - 1;
  if (last >= (size ? 0x100000000 : 0x10000)) return false;
  if ((load<u32>(s, SEG_ATTRIBUTES) & 0xc) == 4) return false;
  return last <= <u64>load<u32>(s, SEG_LIMIT);
}

export function stos<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const value = Registers.read<T>(RAX);
  if (!repeated(p)) {
    Memory.write<T>(p, destination<T>(p, true), value);
    advance<T>(RDI, size);
    return p + UOP_SIZE;
  }
  const runs = inRuns();
  for (let count = readIndex(RCX, size); count != 0; count = readIndex(RCX, size)) {
    Memory.write<T>(p, destination<T>(p, true), value);
    advance<T>(RDI, size);
    writeIndex(RCX, count - 1, size);
    let done: u32 = 1;
    if (runs && count > 1) done += fillRun<T>(count - 1, value, size);
    const left = readIndex(RCX, size);
    if (charge(weight(done, sizeof<T>(), left)) && left != 0) return interrupted(p);
  }
  return p + UOP_SIZE;
}

function fillRun<T>(count: u64, value: T, size: u32): u32 {
  const index = readIndex(RDI, size);
  const to = linearAddress(ES, index, 0, true);
  let n = elementsInPage<T>(to);
  if (<u64>n > count) n = <u32>count;
  if (n == 0) return 0;
  const bytes = n * sizeof<T>();
  if (!fits(ES, index, bytes, size)) return 0;
  const host = direct(to, ACCESS_WRITE);
  if (host == 0) return 0;
  const wide = <u64>value;
  const first = wide & 0xff;
  const pattern = first * 0x0101010101010101;
  if (sizeof<T>() == 1 || <T>pattern == value) memory.fill(host, <u8>first, bytes);
  else for (let i: u32 = 0; i < bytes; i += sizeof<T>()) store<T>(host + i, value);
  writeIndex(RDI, load<u64>(REGS + RDI) + bytes, size);
  writeIndex(RCX, count - n, size);
  return n;
}

export function lods<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const rep = repeated(p);
  while (!rep || readIndex(RCX, size) != 0) {
    Registers.write<T>(RAX, Memory.read<T>(p, source<T>(p)));
    advance<T>(RSI, size);
    if (!rep) break;
    const left = readIndex(RCX, size) - 1;
    writeIndex(RCX, left, size);
    if (charge(1) && left != 0) return interrupted(p);
  }
  return p + UOP_SIZE;
}

/** Whether a repeated compare goes on after this element. */
function goesOn(p: usize, size: u32): bool {
  const left = readIndex(RCX, size) - 1;
  writeIndex(RCX, left, size);
  if (left == 0) return false;
  const equal = Flags.zf() != 0;
  return (load<u8>(p, UOP_PREFIXES) & PREFIX_REP) != 0 ? equal : !equal;
}

export function cmps<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const rep = repeated(p);
  if (rep && readIndex(RCX, size) == 0) return p + UOP_SIZE;
  let more = true;
  while (more) {
    const from = source<T>(p);
    // Where both pages fault, processors name the destination.
    const b = Memory.read<T>(p, destination<T>(p, false));
    const a = Memory.read<T>(p, from);
    Alu.cmp<T>(a, b);
    advance<T>(RSI, size);
    advance<T>(RDI, size);
    more = rep && goesOn(p, size);
    if (more && charge(1)) return interrupted(p);
  }
  return p + UOP_SIZE;
}

export function scas<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const rep = repeated(p);
  if (rep && readIndex(RCX, size) == 0) return p + UOP_SIZE;
  let more = true;
  while (more) {
    Alu.cmp<T>(Registers.read<T>(RAX), Memory.read<T>(p, destination<T>(p, false)));
    advance<T>(RDI, size);
    more = rep && goesOn(p, size);
    if (more && charge(1)) return interrupted(p);
  }
  return p + UOP_SIZE;
}

export function ins<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const port = load<u16>(REGS + RDX);
  checkPort(port, sizeof<T>());
  const rep = repeated(p);
  let runs = rep && inRuns();
  while (!rep || readIndex(RCX, size) != 0) {
    const to = destination<T>(p, true);
    // The device's data must not be lost to a fault: check the page before reading the port.
    Memory.readForWrite<T>(p, to);
    Memory.write<T>(p, to, <T>portRead(port, sizeof<T>()));
    advance<T>(RDI, size);
    if (!rep) break;
    const left = readIndex(RCX, size) - 1;
    writeIndex(RCX, left, size);
    let done: u32 = 1;
    if (runs && left != 0) {
      const n = readRun<T>(port, left, size);
      runs = n != 0;
      done += n;
    }
    if (charge(done) && readIndex(RCX, size) != 0) return interrupted(p);
  }
  return p + UOP_SIZE;
}

/** Reads elements up to the page's end, as far as the device gives them at once; returns how many. */
function readRun<T>(port: u32, count: u64, size: u32): u32 {
  const index = readIndex(RDI, size);
  const to = linearAddress(ES, index, 0, true);
  let n = elementsInPage<T>(to);
  if (<u64>n > count) n = <u32>count;
  if (n == 0 || !fits(ES, index, n * sizeof<T>(), size)) return 0;
  const host = direct(to, ACCESS_WRITE);
  if (host == 0) return 0;
  const bytes = portReadRun(port, sizeof<T>(), host, n * sizeof<T>());
  n = bytes / sizeof<T>();
  writeIndex(RDI, load<u64>(REGS + RDI) + bytes, size);
  writeIndex(RCX, count - n, size);
  return n;
}

export function outs<T>(p: usize): usize {
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const port = load<u16>(REGS + RDX);
  checkPort(port, sizeof<T>());
  const rep = repeated(p);
  let runs = rep && (load<u32>(FLAG_SYSTEM) & DF) == 0;
  while (!rep || readIndex(RCX, size) != 0) {
    const value = Memory.read<T>(p, source<T>(p));
    portWrite(port, sizeof<T>(), <u32>value);
    advance<T>(RSI, size);
    if (!rep) break;
    const left = readIndex(RCX, size) - 1;
    writeIndex(RCX, left, size);
    let done: u32 = 1;
    if (runs && left != 0) {
      const n = writeRun<T>(p, port, left, size);
      runs = n != 0;
      done += n;
    }
    if (charge(done) && readIndex(RCX, size) != 0) return interrupted(p);
  }
  return p + UOP_SIZE;
}

/** Writes elements up to the page's end, as far as the device takes them at once; returns how many. */
function writeRun<T>(p: usize, port: u32, count: u64, size: u32): u32 {
  const segment = load<u8>(p, UOP_SEGMENT) & 7;
  const index = readIndex(RSI, size);
  const from = linearAddress(segment, index, 0, false);
  let n = elementsInPage<T>(from);
  if (<u64>n > count) n = <u32>count;
  if (n == 0 || !fits(segment, index, n * sizeof<T>(), size)) return 0;
  const host = direct(from, ACCESS_READ);
  if (host == 0) return 0;
  const bytes = portWriteRun(port, sizeof<T>(), host, n * sizeof<T>());
  n = bytes / sizeof<T>();
  writeIndex(RSI, load<u64>(REGS + RSI) + bytes, size);
  writeIndex(RCX, count - n, size);
  return n;
}
