/** Segment registers and descriptors (SDM vol. 3, 3.4, 5.4 to 5.8). */
import {
  CPL,
  GDTR_BASE,
  GDTR_LIMIT,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_ATTRIBUTES,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
} from '../layout';
import { CS, FS, GP_VECTOR, LDTR, NP_VECTOR, SS, SS_VECTOR } from './bits';
import { raise } from './exceptions';
import { readSystem, writeSystem } from './memory-slow';
import { isIa32e, isLong, isProtected, updateMode } from './mode';

export const ATTR_PRESENT: u32 = 0x80;
export const ATTR_SEGMENT: u32 = 0x10;
export const ATTR_CODE: u32 = 8;
export const ATTR_CONFORMING: u32 = 4;
export const ATTR_WRITABLE: u32 = 2;
export const ATTR_LONG: u32 = 0x2000;
export const ATTR_DEFAULT32: u32 = 0x4000;

export function segment(index: u32): usize {
  return <usize>(SEGMENTS + index * SEGMENT_SIZE);
}

export function selectorOf(index: u32): u32 {
  return load<u32>(segment(index), SEG_SELECTOR);
}

export function setSegment(index: u32, selector: u32, attributes: u32, base: u64, limit: u32): void {
  const s = segment(index);
  store<u32>(s, selector, SEG_SELECTOR);
  store<u32>(s, attributes, SEG_ATTRIBUTES);
  store<u64>(s, base, SEG_BASE);
  store<u32>(s, limit, SEG_LIMIT);
}

export function descriptorAttributes(d: u64): u32 {
  return (<u32>(d >> 40)) & 0xf0ff;
}

export function descriptorBase(d: u64): u64 {
  return ((d >> 16) & 0xffffff) | ((d >> 32) & 0xff000000);
}

export function descriptorLimit(d: u64): u32 {
  const limit = ((<u32>d) & 0xffff) | ((<u32>(d >> 32)) & 0xf0000);
  return (d >> 55) & 1 ? (limit << 12) | 0xfff : limit;
}

export function descriptorDpl(d: u64): u32 {
  return (<u32>(d >> 45)) & 3;
}

/** Linear address of a descriptor, or 0 when the selector lies outside its table. */
export function descriptorAddress(selector: u32, size: u32): u64 {
  const offset = selector & 0xfff8;
  if (selector & 4) {
    const ldt = segment(LDTR);
    if ((load<u32>(ldt, SEG_ATTRIBUTES) & ATTR_PRESENT) == 0) return 0;
    if (offset + size - 1 > load<u32>(ldt, SEG_LIMIT)) return 0;
    return load<u64>(ldt, SEG_BASE) + offset;
  }
  if (offset + size - 1 > load<u32>(GDTR_LIMIT)) return 0;
  const address = load<u64>(GDTR_BASE) + offset;
  return isIa32e() ? address : address & 0xffffffff;
}

/** The descriptor, or `vector` with the selector as error code. */
export function readDescriptor(selector: u32, vector: u32): u64 {
  const limit = selector & 4 ? load<u32>(segment(LDTR), SEG_LIMIT) : load<u32>(GDTR_LIMIT);
  const present = !(selector & 4) || (load<u32>(segment(LDTR), SEG_ATTRIBUTES) & ATTR_PRESENT) != 0;
  if (!present || (selector & 0xfff8) + 7 > limit) raise(vector, selector & 0xfffc);
  return readSystem<u64>(descriptorAddress(selector, 8));
}

/**
 * The upper half of a system descriptor of IA-32e mode. Its type field must be 0: it is no descriptor by itself (SDM
 * vol. 3, figures 5-9 and 8-4; vol. 2, CALL and JMP, 64-bit mode exceptions).
 */
export function upperDescriptor(selector: u32): u64 {
  const address = descriptorAddress(selector, 16);
  if (address == 0) raise(GP_VECTOR, selector & 0xfffc);
  const high = readSystem<u64>(address + 8);
  if ((high >> 40) & 0x1f) raise(GP_VECTOR, selector & 0xfffc);
  return high;
}

export function markAccessed(selector: u32, d: u64): u64 {
  if ((d >> 40) & 1) return d;
  const address = descriptorAddress(selector, 8) + 5;
  writeSystem<u8>(address, readSystem<u8>(address) | 1);
  return d | ((<u64>1) << 40);
}

export function loadFromDescriptor(index: u32, selector: u32, d: u64): void {
  setSegment(index, selector, descriptorAttributes(d), descriptorBase(d), descriptorLimit(d));
}

/** Real and virtual-8086 mode: base = selector * 16. In real mode the cached limit and rights stay (unreal mode). */
function loadReal(index: u32, selector: u32): void {
  const s = segment(index);
  store<u32>(s, selector, SEG_SELECTOR);
  store<u64>(s, (<u64>selector) << 4, SEG_BASE);
  if (index == CS) {
    // A far jump in real mode keeps the limit but makes the segment writable again, as processors do.
    store<u32>(s, (load<u32>(s, SEG_ATTRIBUTES) & 0xf000) | 0x93, SEG_ATTRIBUTES);
  }
}

export function loadV86(index: u32, selector: u32): void {
  setSegment(index, selector, 0xf3, (<u64>selector) << 4, 0xffff);
}

/** Loads ES, SS, DS, FS or GS with all checks of the mode. */
export function loadSegment(index: u32, selector: u32): void {
  selector &= 0xffff;
  if (!isProtected()) {
    loadReal(index, selector);
    updateMode();
    return;
  }
  const cpl = load<u32>(CPL);
  const rpl = selector & 3;
  if ((selector & 0xfffc) == 0) {
    if (index == SS) {
      if (!isLong() || cpl == 3 || rpl != cpl) raise(GP_VECTOR, 0);
      setSegment(SS, selector, 0x4093 | (cpl << 5), 0, 0xffffffff);
      // A null SS is unusable outside 64-bit mode, where it is never used.
      store<u32>(segment(SS), 0x4000 | (cpl << 5), SEG_ATTRIBUTES);
    } else setSegment(index, selector, 0, 0, 0);
    updateMode();
    return;
  }
  let d = readDescriptor(selector, GP_VECTOR);
  const attributes = descriptorAttributes(d);
  const dpl = descriptorDpl(d);
  const code = (attributes & ATTR_CODE) != 0;
  const error = selector & 0xfffc;
  if ((attributes & ATTR_SEGMENT) == 0) raise(GP_VECTOR, error);
  if (index == SS) {
    if (rpl != cpl || code || (attributes & ATTR_WRITABLE) == 0 || dpl != cpl) raise(GP_VECTOR, error);
    if ((attributes & ATTR_PRESENT) == 0) raise(SS_VECTOR, error);
  } else {
    if (code && (attributes & ATTR_WRITABLE) == 0) raise(GP_VECTOR, error);
    if (!(code && (attributes & ATTR_CONFORMING) != 0) && (rpl > dpl || cpl > dpl)) raise(GP_VECTOR, error);
    if ((attributes & ATTR_PRESENT) == 0) raise(NP_VECTOR, error);
  }
  d = markAccessed(selector, d);
  loadFromDescriptor(index, selector, d);
  updateMode();
}

/** On a return to an outer level: data segments it may not use become null. */
export function dropPrivilegedSegments(cpl: u32): void {
  for (let index: u32 = 0; index <= 5; index++) {
    if (index == CS || index == SS) continue;
    const s = segment(index);
    const attributes = load<u32>(s, SEG_ATTRIBUTES);
    const conforming = (attributes & 0x1c) == 0x1c;
    if (!conforming && ((attributes >>> 5) & 3) < cpl) {
      const base = isIa32e() && index >= FS ? load<u64>(s, SEG_BASE) : 0;
      setSegment(index, 0, 0, base, 0);
    }
  }
}
