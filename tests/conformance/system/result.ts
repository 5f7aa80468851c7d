/** A result as named values, and the differences between two. */
import * as F from './format.ts';

/** Offsets in the stack that a stub found; see guest/runner.S. */
const PUSHED_16 = { ss: 18, gs: 20, fs: 22, es: 24, ds: 26, registers: 28, vector: 60, frame: 62 } as const;
const PUSHED_32 = { ss: 16, gs: 20, fs: 24, es: 28, ds: 32, registers: 36, vector: 68, frame: 72 } as const;
const PUSHED_REGISTERS = ['edi', 'esi', 'ebp', 'esp', 'ebx', 'edx', 'ecx', 'eax'] as const;
const SEGMENTS = ['ds', 'es', 'fs', 'gs', 'ss'] as const;
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17, 21]);
/** Words of a frame and of what lies above it that are compared. */
const FRAME_WORDS = 14;
/** Their content is compared as the frame: flags in it may differ for reasons of their own (leniencies.ts). */
const STACK_PAGES = new Set([0xa, 0xb, 0xe]);
const PAGES = F.WINDOW_SIZE / F.PAGE_SIZE;

export type Values = ReadonlyMap<string, bigint>;

const hex = (value: bigint): string => value.toString(16);

function frameNames(kind: number, hasError: boolean): string[] {
  const names = kind === 16 ? ['ip', 'cs', 'flags'] : ['rip', 'cs', 'flags', 'frame.rsp', 'frame.ss'];
  return hasError && kind !== 16 ? ['error', ...names] : names;
}

function frameOf(
  view: DataView,
  at: number,
  kind: number,
  vector: number,
  values: Map<string, bigint>,
): void {
  const names = frameNames(kind, WITH_ERROR.has(vector));
  const size = kind / 8;
  const end = F.Result.stack + (kind === 64 ? 56 : 192);
  for (let i = 0; i < FRAME_WORDS && at + (i + 1) * size <= end; i++) {
    const from = at + i * size;
    const value =
      size === 8
        ? view.getBigUint64(from, true)
        : BigInt(size === 4 ? view.getUint32(from, true) : view.getUint16(from, true));
    values.set(names[i] ?? `stack+${i * size}`, value);
  }
}

/** Everything that a result says, by name. */
export function valuesOf(view: DataView): Values {
  const { Result } = F;
  const values = new Map<string, bigint>();
  const outcome = view.getUint32(Result.outcome, true);
  values.set('outcome', BigInt(outcome));
  if (F.OUTCOMES[outcome] !== 'ended') return values;
  const kind = view.getUint32(Result.kind, true);
  values.set('kind', BigInt(kind));
  const base = Result.stack;
  const u16 = (at: number): bigint => BigInt(view.getUint16(at, true));
  const u32 = (at: number): bigint => BigInt(view.getUint32(at, true));
  let vector: number;
  if (kind === 64) {
    vector = view.getUint32(base, true);
    values.set('vector', BigInt(vector));
    frameOf(view, base + 8, kind, vector, values);
    for (let i = 0; i < 16; i++) values.set(`r${i}`, view.getBigUint64(Result.regs + i * 8, true));
    for (const name of SEGMENTS) values.set(name, u16(Result[name]));
    for (const table of ['gdtr', 'idtr'] as const) {
      values.set(`${table}.limit`, u16(Result[table]));
      values.set(`${table}.base`, view.getBigUint64(Result[table] + 2, true));
    }
    values.set('cr2', view.getBigUint64(Result.cr2, true));
  } else {
    const pushed = kind === 16 ? PUSHED_16 : PUSHED_32;
    vector = view.getUint16(base + pushed.vector, true);
    values.set('vector', BigInt(vector));
    frameOf(view, base + pushed.frame, kind, vector, values);
    PUSHED_REGISTERS.forEach((name, i) => values.set(name, u32(base + pushed.registers + i * 4)));
    for (const name of SEGMENTS) values.set(name, u16(base + pushed[name]));
    (['gdtr', 'idtr'] as const).forEach((table, i) => {
      values.set(`${table}.limit`, u16(base + i * 8));
      values.set(`${table}.base`, u32(base + i * 8 + 2));
    });
    values.set('cr2', u32(Result.cr2));
  }
  for (const name of ['cr0', 'cr3', 'cr4', 'efer', 'dr6', 'dr7'] as const)
    values.set(name, u32(Result[name]));
  for (let i = 0; i < 4; i++) values.set(`dr${i}`, u32(Result.dr0 + i * 4));
  // Real mode has neither, and keeps what the case before left.
  if (kind !== 16) values.set('ldtr', u16(Result.ldtr)).set('tr', u16(Result.tr));
  for (const name of ['fsBase', 'gsBase', 'kernelGs'] as const)
    values.set(name, view.getBigUint64(Result[name], true));
  for (let page = 1; page < PAGES; page++) {
    if (!STACK_PAGES.has(page)) values.set(`page ${hex(BigInt(page))}`, u32(Result.hashes + (page - 1) * 4));
  }
  return values;
}

export interface Difference {
  readonly name: string;
  readonly reference: bigint | undefined;
  readonly ours: bigint | undefined;
}

export function describeDifference({ name, reference, ours }: Difference): string {
  const show = (value: bigint | undefined): string => (value === undefined ? 'nothing' : hex(value));
  return `${name}: ${show(reference)} there, ${show(ours)} here`;
}

/** What differs, or is there on one side only. */
export function compareValues(reference: Values, ours: Values): Difference[] {
  const names = new Set([...reference.keys(), ...ours.keys()]);
  const differences: Difference[] = [];
  for (const name of names) {
    const a = reference.get(name);
    const b = ours.get(name);
    if (a !== b) differences.push({ name, reference: a, ours: b });
  }
  return differences;
}

export function resultView(ram: Uint8Array, index: number): DataView {
  return new DataView(ram.buffer, ram.byteOffset + F.RESULTS + index * F.RESULT_SIZE, F.RESULT_SIZE);
}
