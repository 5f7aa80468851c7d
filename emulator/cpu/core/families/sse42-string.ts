/** PCMPESTRI PCMPESTRM PCMPISTRI PCMPISTRM (SDM vol. 1, 12.10.3; vol. 2, 4.1). Rows: table/sse42-string.ts. */
import { UOP_IMMEDIATE, UOP_OPERAND_SIZE, UOP_SIZE, XMM } from '../../layout';
import { Address } from '../address';
import { CF, OF, RAX, RCX, RDX, SF, ZF } from '../bits';
import { writeArithmeticFlags } from '../flags';
import { Operand } from '../operands';
import { Registers } from '../registers';
import { VectorMemory } from '../vector-memory';
import { Sse, Xmm } from '../vectors';

const spill = memory.data(32, 16);

/** Element i of the string at `from`, as its format says: words in bit 0, signed in bit 1. */
function element(from: usize, i: u32, format: u32): i32 {
  if (format & 1) return format & 2 ? <i32>load<i16>(from + (i << 1)) : <i32>load<u16>(from + (i << 1));
  return format & 2 ? <i32>load<i8>(from + i) : <i32>load<u8>(from + i);
}

function implicitLength(from: usize, count: u32, format: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (element(from, i, format) == 0) return i;
  return count;
}

/** An explicit length: the magnitude of EAX or EDX (RAX, RDX with REX.W), at most the count. */
function explicitLength(p: usize, register: usize, count: u32): u32 {
  const wide = load<u8>(p, UOP_OPERAND_SIZE) == 2;
  const value = wide ? Registers.read<i64>(register) : <i64>Registers.read<i32>(register);
  const magnitude = value < 0 ? 0 - <u64>value : <u64>value;
  return magnitude > count ? count : <u32>magnitude;
}

/** The four aggregations of bits 2 and 3 for element j of the second string. */
function aggregate(kind: u32, j: u32, lengthA: u32, lengthB: u32, count: u32, format: u32): bool {
  const a = spill;
  const b = spill + 16;
  switch (kind) {
    case 0: {
      if (j >= lengthB) return false;
      for (let i: u32 = 0; i < lengthA; i++) if (element(a, i, format) == element(b, j, format)) return true;
      return false;
    }
    case 1: {
      if (j >= lengthB) return false;
      const x = element(b, j, format);
      for (let i: u32 = 0; i + 1 < lengthA; i += 2) {
        if (element(a, i, format) <= x && x <= element(a, i + 1, format)) return true;
      }
      return false;
    }
    case 2:
      if (j >= lengthA || j >= lengthB) return j >= lengthA && j >= lengthB;
      return element(a, j, format) == element(b, j, format);
    default:
      for (let i: u32 = 0; i < lengthA && i + j < count; i++) {
        if (i + j >= lengthB || element(a, i, format) != element(b, i + j, format)) return false;
      }
      return true;
  }
}

/** Compares, sets the flags and returns the bit mask of the result. */
function compareStrings(p: usize, explicit: bool): u32 {
  Sse.ready();
  // Memory operands need no alignment here.
  const second = Operand.inMemory(p) ? VectorMemory.read(p, Address.of(p)) : v128.load(Xmm.rm(p));
  v128.store(spill, v128.load(Xmm.reg(p)));
  v128.store(spill, second, 16);
  const control = load<u32>(p, UOP_IMMEDIATE);
  const format = control & 3;
  const count: u32 = format & 1 ? 8 : 16;
  const lengthA = explicit ? explicitLength(p, RAX, count) : implicitLength(spill, count, format);
  const lengthB = explicit ? explicitLength(p, RDX, count) : implicitLength(spill + 16, count, format);
  let mask: u32 = 0;
  for (let j: u32 = 0; j < count; j++) {
    if (aggregate((control >>> 2) & 3, j, lengthA, lengthB, count, format)) mask |= (<u32>1) << j;
  }
  // Polarity: 1 inverts all, 3 those within the second string.
  const all = ((<u32>1) << count) - 1;
  if (((control >>> 4) & 3) == 1) mask ^= all;
  else if (((control >>> 4) & 3) == 3) mask ^= ((<u32>1) << lengthB) - 1;
  writeArithmeticFlags(
    (mask ? CF : 0) | (lengthB < count ? ZF : 0) | (lengthA < count ? SF : 0) | (mask & 1 ? OF : 0),
  );
  return mask;
}

function index(p: usize, mask: u32): usize {
  const control = load<u32>(p, UOP_IMMEDIATE);
  let value: u32 = control & 1 ? 8 : 16;
  if (mask) value = control & 0x40 ? 31 - <u32>clz<u32>(mask) : <u32>ctz<u32>(mask);
  Registers.write<u32>(RCX, value);
  return p + UOP_SIZE;
}

function maskToXmm0(p: usize, mask: u32): usize {
  const control = load<u32>(p, UOP_IMMEDIATE);
  v128.store(XMM, i64x2.splat(0));
  if ((control & 0x40) == 0) store<u32>(XMM, mask);
  else if (control & 1)
    for (let i: u32 = 0; i < 8; i++) store<u16>(XMM + (i << 1), (mask >>> i) & 1 ? 0xffff : 0);
  else for (let i: u32 = 0; i < 16; i++) store<u8>(XMM + i, (mask >>> i) & 1 ? 0xff : 0);
  return p + UOP_SIZE;
}

export function pcmpestri(p: usize): usize {
  return index(p, compareStrings(p, true));
}
export function pcmpistri(p: usize): usize {
  return index(p, compareStrings(p, false));
}
export function pcmpestrm(p: usize): usize {
  return maskToXmm0(p, compareStrings(p, true));
}
export function pcmpistrm(p: usize): usize {
  return maskToXmm0(p, compareStrings(p, false));
}
