/** Random descriptors in the free entries of both tables, and selectors of every kind. */
import type { Random } from '../../random.ts';
import type { SystemCase } from '../case.ts';
import * as F from '../format.ts';
import { descriptor, gate } from '../templates.ts';

/** Limits at the borders of what cases access (and whole pages). */
const LIMITS = [0, 0xf, 0xfff, 0x8eff, 0xc0ff, 0xffff, 0xfffff];

function randomSegment(random: Random, access: number): bigint {
  const code = (access & 8) !== 0;
  const long = code && random.oneIn(4);
  return descriptor({
    // Wherever a jump lands, there is an int3.
    base: random.pick([0, 0, 0, 0x1000, code ? 0 : random.u32()]),
    limit: random.pick(LIMITS),
    access,
    pages: !random.oneIn(3),
    wide: random.oneIn(10) || !long,
    long,
  });
}

/** Any type, any level, mostly present. */
export function randomDescriptor(random: Random, codeSelector: number, offset: number): bigint {
  const present = random.oneIn(8) ? 0 : 0x80;
  const level = random.below(4) << 5;
  if (!random.oneIn(3)) return randomSegment(random, present | level | 0x10 | random.below(16));
  const type = random.below(16);
  if (type === 4 || type === 12)
    return gate({ selector: codeSelector, offset, access: present | level | type, count: random.below(4) });
  return descriptor({
    base: random.pick([F.At.otherTss, F.At.ldt]),
    limit: random.pick([0x2b, 0x67, 0x66, 0xffff]),
    access: present | level | type,
  });
}

const SEGMENT = 1n << 44n;
const ACCESSED = 1n << 40n;
const BASE = 0xff00_00ff_ffff_0000n;

/** Bits that every segment of a case has. */
export const SEGMENT_BITS = {
  none: 0n,
  /** No segment is loaded for the first time: TCG does not mark code and stack segments. */
  accessed: ACCESSED,
  /** And none ends before 4 GiB: TCG does not check a gate's offset. */
  accessedAndLarge: ACCESSED | 0x008f_0000_0000_ffffn,
} as const;

/** Fills the free entries of the global and the local table. */
export function fillTables(
  random: Random,
  tested: SystemCase,
  targets: readonly number[],
  bits: bigint = SEGMENT_BITS.none,
): void {
  const make = (): bigint => {
    const value = randomDescriptor(random, random.pick(targets), F.At.landing);
    if ((value & SEGMENT) === 0n) return value;
    // A gate's offset is that of a stub: its segment must begin at 0.
    return (bits === SEGMENT_BITS.accessedAndLarge ? value & ~BASE : value) | bits;
  };
  tested.patch64(F.At.gdt + F.FREE_SELECTORS, ...Array.from({ length: F.FREE_SELECTOR_COUNT }, make));
  tested.patch64(F.At.ldt, ...Array.from({ length: F.LDT_ENTRIES }, make));
}

/** Mostly one of the free entries, at any requested level. */
export function randomSelector(random: Random): number {
  const rpl = random.below(4);
  switch (random.below(10)) {
    case 0:
      return rpl;
    case 1:
      return (F.GDT_LIMIT + 1 + random.below(64) * 8) | (random.below(2) << 2) | rpl;
    case 2:
      return (random.below(0x18) << 3) | rpl;
    case 3:
    case 4:
      return (random.below(F.LDT_ENTRIES) << 3) | 4 | rpl;
    default:
      return (F.FREE_SELECTORS + random.below(F.FREE_SELECTOR_COUNT) * 8) | rpl;
  }
}

export const CODE_TARGETS = [
  F.Sel.code32,
  F.Sel.code1,
  F.Sel.code2,
  F.Sel.userCode32,
  F.Sel.conforming,
  F.Sel.data32,
];
export const LONG_TARGETS = [F.Sel.code64, F.Sel.userCode64, F.Sel.code32, F.Sel.data32, F.Sel.conforming];

export function targetsOf(tested: SystemCase): readonly number[] {
  return tested.environment.mode === 'long' ? LONG_TARGETS : CODE_TARGETS;
}
