/** Linear addresses of memory operands: base + index * scale + displacement, then segment rules where needed. */
import {
  CURRENT_UOP,
  MODE,
  REGS,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_ATTRIBUTES,
  SEG_BASE,
  SEG_LIMIT,
  UOP_ADDRESS_SIZE,
  UOP_BASE,
  UOP_DISPLACEMENT,
  UOP_INDEX,
  UOP_MEMORY_SIZE,
  UOP_SCALE,
  UOP_SEGMENT,
} from '../layout';
import { FS, GP_VECTOR, SS, SS_VECTOR } from './bits';
import { raise } from './exceptions';
import { MODE_LONG, MODE_REAL, MODE_V86 } from './mode-bits';

/** Cuts an address to the address size: 0, 1, 2 for 16, 32, 64 bits. */
export function maskAddress(value: u64, size: u32): u64 {
  return size == 2 ? value : size ? value & 0xffffffff : value & 0xffff;
}

/**
 * The linear address of `size` bytes at `offset` of a segment, after the checks of SDM vol. 3, 5.3 and 5.4.
 * CURRENT_UOP must be set.
 */
export function linearAddress(segment: u32, offset: u64, size: u32, write: bool): u64 {
  const s = <usize>(SEGMENTS + segment * SEGMENT_SIZE);
  const mode = load<u32>(MODE);
  if (mode & MODE_LONG) return segment >= FS ? offset + load<u64>(s, SEG_BASE) : offset;
  const attributes = load<u32>(s, SEG_ATTRIBUTES);
  const limit = load<u32>(s, SEG_LIMIT);
  const last = offset + size - 1;
  let bad = false;
  if ((mode & (MODE_REAL | MODE_V86)) == 0) {
    const isCode = (attributes & 8) != 0;
    if ((attributes & 0x80) == 0) bad = true;
    else if (write) bad = isCode || (attributes & 2) == 0;
    else bad = isCode && (attributes & 2) == 0;
    if ((attributes & 0xc) == 4) {
      // Expand-down: valid offsets lie above the limit.
      const top: u64 = attributes & 0x4000 ? 0xffffffff : 0xffff;
      if (offset <= limit || last > top) bad = true;
    } else if (last > limit) bad = true;
  } else if (last > limit) bad = true;
  if (bad && size) raise(segment == SS ? SS_VECTOR : GP_VECTOR, 0);
  return (load<u64>(s, SEG_BASE) + offset) & 0xffffffff;
}

function finish(p: usize, value: u64, kind: u32): u64 {
  if (kind < 0x80) return value & 0xffffffff;
  if (kind >= 0xc0) return value + 0x100000000;
  store<u32>(CURRENT_UOP, p);
  const segment = load<u8>(p, UOP_SEGMENT);
  return linearAddress(
    segment & 7,
    maskAddress(value, load<u8>(p, UOP_ADDRESS_SIZE)),
    load<u8>(p, UOP_MEMORY_SIZE),
    (segment & 0x40) != 0,
  );
}

export class Address {
  /** The linear address of the memory operand, checked against its segment. */
  @inline static of(p: usize): u64 {
    const scale = load<u8>(p, UOP_SCALE);
    const value =
      load<u64>(load<u8>(p, UOP_BASE), REGS) +
      (load<u64>(load<u8>(p, UOP_INDEX), REGS) << (<u64>scale)) +
      <u64>(<i64>load<i32>(p, UOP_DISPLACEMENT));
    return scale < 0x40 ? value : finish(p, value, scale);
  }

  /** The offset alone, as LEA computes it. */
  @inline static offset(p: usize): u64 {
    const scale = load<u8>(p, UOP_SCALE);
    const value =
      load<u64>(load<u8>(p, UOP_BASE), REGS) +
      (load<u64>(load<u8>(p, UOP_INDEX), REGS) << u64(scale)) +
      u64(<i64>load<i32>(p, UOP_DISPLACEMENT));
    return scale < 0x40 ? value : effectiveOffset(p);
  }
}

/** The offset only, as LEA computes it. */
export function effectiveOffset(p: usize): u64 {
  const scale = load<u8>(p, UOP_SCALE);
  let value =
    load<u64>(load<u8>(p, UOP_BASE), REGS) +
    (load<u64>(load<u8>(p, UOP_INDEX), REGS) << u64(scale & 3)) +
    <u64>(<i64>load<i32>(p, UOP_DISPLACEMENT));
  if (scale >= 0xc0) value += 0x100000000;
  return maskAddress(value, load<u8>(p, UOP_ADDRESS_SIZE));
}

/** A second part of the operand, `more` bytes further on (wraps as the address size does). */
export function addressPlus(p: usize, more: u32, size: u32): u64 {
  store<u32>(CURRENT_UOP, p);
  const segment = load<u8>(p, UOP_SEGMENT);
  const offset = maskAddress(effectiveOffset(p) + more, load<u8>(p, UOP_ADDRESS_SIZE));
  return linearAddress(segment & 7, offset, size, (segment & 0x40) != 0);
}
