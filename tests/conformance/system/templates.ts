/**
 * The windows that cases start from: descriptor tables, task state, page tables of one kind of paging each. Every gate
 * leads to the runner's stub for its vector.
 */
import * as F from './format.ts';

export type Template = 'real' | 'legacy' | 'pae' | 'long' | 'legacy-paging';
export const TEMPLATE_NAMES: readonly Template[] = ['real', 'legacy', 'pae', 'long', 'legacy-paging'];

const STUBS = { 16: F.LOW_BASE, 32: F.LOW_BASE + 0x180, 64: F.LOW_BASE + 0x300 } as const;

export function stub(bits: 16 | 32 | 64, vector: number): number {
  return STUBS[bits] + vector * F.STUB_SIZE;
}

export interface DescriptorParts {
  readonly base?: number;
  /** In bytes or, with `pages`, in pages of 4 KiB. */
  readonly limit?: number;
  /** Type, S, DPL, P. */
  readonly access: number;
  readonly pages?: boolean;
  /** D/B and L. */
  readonly wide?: boolean;
  readonly long?: boolean;
}

export function descriptor({
  base = 0,
  limit = 0xfffff,
  access,
  pages,
  wide,
  long,
}: DescriptorParts): bigint {
  const flags = (pages ? 8 : 0) | (wide ? 4 : 0) | (long ? 2 : 0);
  return (
    BigInt(limit & 0xffff) |
    (BigInt(base & 0xffffff) << 16n) |
    (BigInt(access) << 40n) |
    (BigInt((limit >> 16) & 15) << 48n) |
    (BigInt(flags) << 52n) |
    (BigInt(base >>> 24) << 56n)
  );
}

export interface GateParts {
  readonly selector: number;
  readonly offset: number;
  readonly access: number;
  /** Parameters of a call gate, or the IST entry. */
  readonly count?: number;
}

export function gate({ selector, offset, access, count = 0 }: GateParts): bigint {
  return (
    BigInt(offset & 0xffff) |
    (BigInt(selector) << 16n) |
    (BigInt(count) << 32n) |
    (BigInt(access) << 40n) |
    (BigInt(offset >>> 16) << 48n)
  );
}

const flat = (access: number, long = false): bigint => descriptor({ access, pages: true, wide: !long, long });
const narrow = (access: number): bigint => descriptor({ access, limit: 0xffff });

function globalTable(template: Template): readonly (readonly [selector: number, value: bigint])[] {
  const long = template === 'long';
  return [
    [F.Sel.code32, flat(0x9b)],
    [F.Sel.data32, flat(0x93)],
    [F.Sel.code64, flat(0x9b, true)],
    [F.Sel.code16, narrow(0x9b)],
    [F.Sel.data16, narrow(0x93)],
    [F.Sel.code1, flat(0xbb)],
    [F.Sel.data1, flat(0xb3)],
    [F.Sel.code2, flat(0xdb)],
    [F.Sel.data2, flat(0xd3)],
    [F.Sel.userCode32, flat(0xfb)],
    [F.Sel.userData, flat(0xf3)],
    [F.Sel.userCode64, flat(0xfb, true)],
    [F.Sel.userCode16, narrow(0xfb)],
    [F.Sel.tss, descriptor({ base: F.At.tss, limit: F.IO_MAP + F.IO_MAP_BYTES, access: 0x89 })],
    [F.Sel.ldt, descriptor({ base: F.At.ldt, limit: F.LDT_ENTRIES * 8 - 1, access: 0x82 })],
    ...(long
      ? []
      : ([
          [F.Sel.otherTss, descriptor({ base: F.At.otherTss, limit: 0x67, access: 0x89 })],
          [F.Sel.narrowTss, descriptor({ base: F.At.narrowTss, limit: 0x2b, access: 0x81 })],
          [F.Sel.taskGate, gate({ selector: F.Sel.otherTss, offset: 0, access: 0xe5 })],
        ] as const)),
    [F.Sel.conforming, flat(0x9f)],
    [F.Sel.userData16, narrow(0xf3)],
  ];
}

/** The gate of a vector as templates have it; INT3, INTO and those above 31 are open to ring 3. */
function defaultGate(vector: number, long: boolean): bigint {
  const open = vector === 3 || vector === 4 || vector >= 32;
  return gate({
    selector: long ? F.Sel.code64 : F.Sel.code32,
    offset: stub(long ? 64 : 32, vector),
    access: open ? 0xee : 0x8e,
  });
}

const PRESENT_WRITE_USER = 7;
const ACCESSED_DIRTY = 0x60;

function pageTables(view: DataView, template: Template): void {
  const page = PRESENT_WRITE_USER | ACCESSED_DIRTY;
  if (template === 'legacy-paging') {
    view.setUint32(F.At.pd, F.At.pt | PRESENT_WRITE_USER, true);
    for (let i = 0; i < 1024; i++) view.setUint32(F.At.pt + i * 4, (i << 12) | rights(i, page), true);
    return;
  }
  const set = (at: number, value: number): void => {
    view.setBigUint64(at, BigInt(value), true);
  };
  if (template === 'long') set(F.At.pml4, F.At.pdpt | PRESENT_WRITE_USER);
  // Entries of the PDPT have no rights in PAE paging.
  set(F.At.pdpt, F.At.pd | (template === 'long' ? PRESENT_WRITE_USER : 1));
  set(F.At.pd, F.At.pt | PRESENT_WRITE_USER);
  for (let i = 0; i < 512; i++) set(F.At.pt + i * 8, i * 0x1000 + rights(i, page));
}

/** The runner's own pages are the supervisor's. */
function rights(page: number, user: number): number {
  return page === F.LOW_BASE >> 12 || page >= 0x100 ? user & ~4 : user;
}

function taskState(view: DataView, long: boolean): void {
  const { tss } = F.At;
  if (long) {
    [F.At.ring0Top, F.At.ring1Top, F.At.ring2Top].forEach((top, i) => {
      view.setBigUint64(tss + 4 + i * 8, BigInt(top), true);
    });
    for (let i = 0; i < 7; i++) view.setBigUint64(tss + 0x24 + i * 8, BigInt(F.At.istTop), true);
  } else {
    [
      [F.At.ring0Top, F.Sel.data32],
      [F.At.ring1Top, F.Sel.data1],
      [F.At.ring2Top, F.Sel.data2],
    ].forEach(([top, selector], i) => {
      view.setUint32(tss + 4 + i * 8, top ?? 0, true);
      view.setUint32(tss + 8 + i * 8, selector ?? 0, true);
    });
  }
  view.setUint16(tss + 0x66, F.IO_MAP, true);
  for (let i = 0; i <= F.IO_MAP_BYTES; i++) view.setUint8(tss + F.IO_MAP + i, 0xff);
}

/** Another task of 32 and one of 16 bits: they land on an int3. */
function otherTasks(view: DataView): void {
  const wide = F.At.otherTss;
  view.setUint32(wide + 4, F.At.ring0Top, true);
  view.setUint32(wide + 8, F.Sel.data32, true);
  view.setUint32(wide + 0x20, F.At.landing, true);
  view.setUint32(wide + 0x24, 2, true);
  for (let i = 0; i < 8; i++) view.setUint32(wide + 0x28 + i * 4, 0x1111 * (i + 1), true);
  view.setUint32(wide + 0x38, F.At.istTop, true);
  for (const at of [0x48, 0x50, 0x54, 0x58, 0x5c]) view.setUint32(wide + at, F.Sel.data32, true);
  view.setUint32(wide + 0x4c, F.Sel.code32, true);
  view.setUint16(wide + 0x66, 0x68, true);
  const narrow16 = F.At.narrowTss;
  view.setUint16(narrow16 + 2, F.At.ring0Top, true);
  view.setUint16(narrow16 + 4, F.Sel.data32, true);
  view.setUint16(narrow16 + 0x0e, F.At.landing, true);
  view.setUint16(narrow16 + 0x10, 2, true);
  for (let i = 0; i < 8; i++) view.setUint16(narrow16 + 0x12 + i * 2, 0x1111 * (i + 1), true);
  view.setUint16(narrow16 + 0x1a, F.At.istTop, true);
  for (const at of [0x22, 0x26, 0x28]) view.setUint16(narrow16 + at, F.Sel.data32, true);
  view.setUint16(narrow16 + 0x24, F.Sel.code32, true);
}

export function templateWindow(template: Template): Uint8Array {
  const bytes = new Uint8Array(F.WINDOW_SIZE);
  const view = new DataView(bytes.buffer);
  const long = template === 'long';
  bytes.fill(0xcc, F.At.code, F.At.codeEnd);
  if (template === 'real') {
    for (let vector = 0; vector < F.VECTORS; vector++) view.setUint16(vector * 4, stub(16, vector), true);
  } else {
    // Virtual-8086 mode reaches this table when its interrupts are redirected: it must not run the runner's stubs.
    for (let vector = 0; vector < F.VECTORS; vector++)
      view.setUint16(vector * 4, F.At.landing + vector, true);
  }
  for (const [selector, value] of globalTable(template))
    view.setBigUint64(F.At.gdt + (selector & ~7), value, true);
  view.setBigUint64(F.At.ldt, flat(0xfb), true);
  view.setBigUint64(F.At.ldt + 8, flat(0xf3), true);
  for (let vector = 0; vector < F.VECTORS; vector++) {
    view.setBigUint64(F.At.idt + vector * (long ? 16 : 8), defaultGate(vector, long), true);
  }
  taskState(view, long);
  if (!long) otherTasks(view);
  if (template === 'pae' || template === 'long' || template === 'legacy-paging') pageTables(view, template);
  return bytes;
}
