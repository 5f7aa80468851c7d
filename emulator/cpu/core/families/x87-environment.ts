/**
 * FNSTENV FLDENV FNSAVE FRSTOR (SDM vol. 1, 8.1.10, figures 8-9 to 8-12). Rows: table/x87-environment.ts.
 * The form goes by operand size and mode: 28 bytes, or 14 with 16 bits; in real and virtual-8086 mode the
 * pointers are linear and the opcode shares their words.
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
  UOP_OPERAND_SIZE,
  UOP_SIZE,
} from '../../layout';
import { addressPlus } from '../address';
import { Ext } from '../float80/extended';
import { requireFpu, requireFpuReady } from '../fpu-check';
import { updateSummary } from '../fpu-image';
import { Memory } from '../memory';
import { probeWrite, requireAligned } from '../memory-slow';
import { isProtected } from '../mode';
import { fninit } from './fpu-state';

const TAG_ZERO: u32 = 1;
const TAG_SPECIAL: u32 = 2;
const TAG_EMPTY: u32 = 3;
const REGISTERS_SIZE: u32 = 80;

/** The tag word of the old form: two bits a physical register. */
function fullTags(): u32 {
  let tags: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    let tag: u32 = TAG_EMPTY;
    if ((load<u8>(FPU_TAGS) >>> i) & 1) {
      const at = <usize>(FPU_REGS + (i << 4));
      const se = load<u16>(at, 8);
      const m = load<u64>(at);
      const field = se & 0x7fff;
      if (Ext.zero(se, m)) tag = TAG_ZERO;
      else if (field == 0 || field == 0x7fff || m >> 63 == 0) tag = TAG_SPECIAL;
      else tag = 0;
    }
    tags |= tag << (i * 2);
  }
  return tags;
}

function setFullTags(tags: u32): void {
  let short: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) if (((tags >>> (i * 2)) & 3) != TAG_EMPTY) short |= (<u32>1) << i;
  store<u8>(FPU_TAGS, <u8>short);
}

function environmentSize(p: usize): u32 {
  return load<u8>(p, UOP_OPERAND_SIZE) == 0 ? 14 : 28;
}

/** Where the environment lies: `size` bytes, aligned to its words where alignment is checked. */
function environmentBase(p: usize, size: u32): u64 {
  const base = addressPlus(p, 0, size);
  requireAligned(base, load<u8>(p, UOP_OPERAND_SIZE) == 0 ? 2 : 4);
  return base;
}

function linear(offset: u64, selector: u32): u32 {
  return <u32>offset + (selector << 4);
}

function writeEnvironment(p: usize, base: u64): void {
  const ip = load<u64>(FPU_IP);
  const dp = load<u64>(FPU_DP);
  const cs = <u32>load<u16>(FPU_CS);
  const ds = <u32>load<u16>(FPU_DS);
  const opcode = <u32>load<u16>(FPU_OPCODE);
  if (load<u8>(p, UOP_OPERAND_SIZE) == 0) {
    Memory.write<u16>(p, base, load<u16>(FPU_CONTROL));
    Memory.write<u16>(p, base + 2, load<u16>(FPU_STATUS));
    Memory.write<u16>(p, base + 4, <u16>fullTags());
    if (isProtected()) {
      Memory.write<u16>(p, base + 6, <u16>ip);
      Memory.write<u16>(p, base + 8, <u16>cs);
      Memory.write<u16>(p, base + 10, <u16>dp);
      Memory.write<u16>(p, base + 12, <u16>ds);
    } else {
      const code = linear(ip, cs);
      const data = linear(dp, ds);
      Memory.write<u16>(p, base + 6, <u16>code);
      Memory.write<u16>(p, base + 8, <u16>(((code >>> 4) & 0xf000) | opcode));
      Memory.write<u16>(p, base + 10, <u16>data);
      Memory.write<u16>(p, base + 12, <u16>((data >>> 4) & 0xf000));
    }
    return;
  }
  Memory.write<u32>(p, base, 0xffff0000 | (<u32>load<u16>(FPU_CONTROL)));
  Memory.write<u32>(p, base + 4, 0xffff0000 | (<u32>load<u16>(FPU_STATUS)));
  Memory.write<u32>(p, base + 8, 0xffff0000 | fullTags());
  if (isProtected()) {
    Memory.write<u32>(p, base + 12, <u32>ip);
    Memory.write<u32>(p, base + 16, cs | (opcode << 16));
    Memory.write<u32>(p, base + 20, <u32>dp);
    Memory.write<u32>(p, base + 24, 0xffff0000 | ds);
  } else {
    const code = linear(ip, cs);
    const data = linear(dp, ds);
    Memory.write<u32>(p, base + 12, 0xffff0000 | (code & 0xffff));
    Memory.write<u32>(p, base + 16, ((code >>> 4) & 0xffff000) | opcode);
    Memory.write<u32>(p, base + 20, 0xffff0000 | (data & 0xffff));
    Memory.write<u32>(p, base + 24, (data >>> 4) & 0xffff000);
  }
}

function readEnvironment(p: usize, base: u64): void {
  const short = load<u8>(p, UOP_OPERAND_SIZE) == 0;
  const step: u64 = short ? 2 : 4;
  const control = Memory.read<u16>(p, base);
  // All of it is read, and its end first: a fault there must leave everything as it was.
  const last: u32 = short ? Memory.read<u16>(p, base + 12) : Memory.read<u32>(p, base + 24);
  const status = Memory.read<u16>(p, base + step);
  const tags = Memory.read<u16>(p, base + 2 * step);
  let ip: u32 = short ? <u32>Memory.read<u16>(p, base + 6) : Memory.read<u32>(p, base + 12);
  const second = short ? <u32>Memory.read<u16>(p, base + 8) : Memory.read<u32>(p, base + 16);
  let dp: u32 = short ? <u32>Memory.read<u16>(p, base + 10) : Memory.read<u32>(p, base + 20);
  let cs: u32 = 0;
  let ds: u32 = 0;
  let opcode: u32 = 0;
  if (isProtected()) {
    cs = second & 0xffff;
    ds = last & 0xffff;
    if (!short) opcode = (second >>> 16) & 0x7ff;
  } else {
    const high = (last & (short ? 0xf000 : 0xffff000)) << 4;
    ip = (ip & 0xffff) | ((second & (short ? 0xf000 : 0xffff000)) << 4);
    dp = (dp & 0xffff) | high;
    opcode = second & 0x7ff;
  }
  store<u16>(FPU_CONTROL, (control & 0x1f3f) | 0x40);
  store<u16>(FPU_STATUS, status);
  setFullTags(tags);
  store<u64>(FPU_IP, ip);
  store<u16>(FPU_CS, <u16>cs);
  store<u64>(FPU_DP, dp);
  store<u16>(FPU_DS, <u16>ds);
  store<u16>(FPU_OPCODE, <u16>opcode);
  updateSummary();
}

/** Afterwards all exceptions are masked. */
export function fnstenv(p: usize): usize {
  requireFpu();
  const size = environmentSize(p);
  const base = environmentBase(p, size);
  probeWrite(base, size);
  writeEnvironment(p, base);
  store<u16>(FPU_CONTROL, load<u16>(FPU_CONTROL) | 0x3f);
  updateSummary();
  return p + UOP_SIZE;
}

export function fldenv(p: usize): usize {
  requireFpuReady();
  readEnvironment(p, environmentBase(p, environmentSize(p)));
  return p + UOP_SIZE;
}

export function fnsave(p: usize): usize {
  requireFpu();
  const size = environmentSize(p);
  const base = environmentBase(p, size + REGISTERS_SIZE);
  probeWrite(base, size + REGISTERS_SIZE);
  const top = (<u32>load<u16>(FPU_STATUS)) >>> 11;
  writeEnvironment(p, base);
  for (let i: u32 = 0; i < 8; i++) {
    const from = <usize>(FPU_REGS + (((top + i) & 7) << 4));
    for (let k: u32 = 0; k < 10; k += 2) Memory.write<u16>(p, base + size + i * 10 + k, load<u16>(from + k));
  }
  return fninit(p);
}

export function frstor(p: usize): usize {
  requireFpuReady();
  const size = environmentSize(p);
  const base = environmentBase(p, size + REGISTERS_SIZE);
  // Both ends first: a fault must leave everything as it was.
  Memory.read<u16>(p, base);
  Memory.read<u16>(p, base + size + REGISTERS_SIZE - 2);
  readEnvironment(p, base);
  const top = (<u32>load<u16>(FPU_STATUS)) >>> 11;
  for (let i: u32 = 0; i < 8; i++) {
    const to = <usize>(FPU_REGS + (((top + i) & 7) << 4));
    for (let k: u32 = 0; k < 10; k += 2) store<u16>(to + k, Memory.read<u16>(p, base + size + i * 10 + k));
  }
  return p + UOP_SIZE;
}
