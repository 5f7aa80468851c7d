/**
 * Offsets in segments to linear addresses, as linearAddress of core/address.ts. In 64-bit mode and for flat segments
 * there is nothing to check, and the region's key says so; elsewhere limit and rights are tested in the code, since a
 * region does not know which descriptors it runs with, and what does not pass is left to the interpreter.
 */
import { SEGMENTS, SEGMENT_SIZE, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT } from '../cpu/layout.ts';
import {
  MODE_FLAT_DS,
  MODE_FLAT_ES,
  MODE_FLAT_SS,
  MODE_LONG,
  MODE_REAL,
  MODE_V86,
} from '../cpu/core/mode-bits.ts';
import type { Emission } from './emission.ts';
import { I64, LOAD } from './wasm/opcodes.ts';

export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
const FS = 4;

const FLAT: Readonly<Record<number, number>> = { [ES]: MODE_FLAT_ES, [SS]: MODE_FLAT_SS, [DS]: MODE_FLAT_DS };

/** Type and present bits of a descriptor (SDM vol. 3, 3.4.5): which must be what. */
const WRITABLE_DATA = { mask: 0x8e, value: 0x82 } as const;
const DATA = { mask: 0x8c, value: 0x80 } as const;
const READABLE_CODE = { mask: 0x8a, value: 0x8a } as const;

/** Pops an offset of the address size (an i64); pushes the linear address, or leaves where `bytes` may not be accessed. */
export function pushLinear(e: Emission, mode: number, segment: number, bytes: number, write: boolean): void {
  const c = e.code;
  const at = SEGMENTS + segment * SEGMENT_SIZE;
  if (mode & MODE_LONG) {
    if (segment >= FS) c.loadAt(LOAD.i64, at + SEG_BASE).i64op('add');
    return;
  }
  if (mode & (FLAT[segment] ?? 0)) return;
  const offset = c.borrow(I64);
  c.tee(offset);
  c.i64(bytes - 1).i64op('add');
  c.loadAt(LOAD.i32, at + SEG_LIMIT)
    .extendUnsigned()
    .i64op('gtU');
  e.leaveIf();
  if (!(mode & (MODE_REAL | MODE_V86))) {
    const rights = write ? WRITABLE_DATA : segment === CS ? READABLE_CODE : DATA;
    c.loadAt(LOAD.i32, at + SEG_ATTRIBUTES)
      .i32(rights.mask)
      .i32op('and')
      .i32(rights.value)
      .i32op('ne');
    e.leaveIf();
  }
  c.get(offset)
    .loadAt(LOAD.i64, at + SEG_BASE)
    .i64op('add')
    .i64(0xffffffffn)
    .i64op('and');
  c.giveBack(I64, offset);
}
