/** Builds one case: state by name, code, patches of the window. */
import * as F from './format.ts';
import { TEMPLATE_NAMES, type Template } from './templates.ts';

/** Where a case runs: the template of its window and the registers that make the mode. */
export interface Environment {
  readonly name: string;
  readonly template: Template;
  readonly mode: keyof typeof F.MODES;
  /** Size of code addresses: what `objdump` and encodings depend on. */
  readonly bits: 16 | 32 | 64;
  readonly cpl: number;
  readonly v86?: boolean;
}

const ALWAYS_ONE = 2n;
const VM = 1n << 17n;

type Field = Exclude<keyof typeof F.Case, 'gdtr' | 'idtr' | 'regs' | 'msrs' | 'patchList'>;
const WIDE = new Set<Field>(['rip', 'rflags', 'rsp']);
const NARROW = new Set<Field>(['ldtr', 'tr', 'ds', 'es', 'fs', 'gs']);

const CR0_BASE = 0x10;
const PE = 1;
const PG = 0x80000000;
const PAE = 0x20;
const LME = 0x100;
const NXE = 0x800;

const paging: Readonly<Record<Template, { cr0: number; cr3: number; cr4: number; efer: number }>> = {
  real: { cr0: CR0_BASE, cr3: 0, cr4: 0, efer: 0 },
  legacy: { cr0: CR0_BASE | PE, cr3: 0, cr4: 0, efer: 0 },
  pae: { cr0: CR0_BASE | PE | PG, cr3: F.At.pdpt, cr4: PAE, efer: NXE },
  long: { cr0: CR0_BASE | PE | PG, cr3: F.At.pml4, cr4: PAE, efer: LME | NXE | 1 },
  'legacy-paging': { cr0: CR0_BASE | PE | PG, cr3: F.At.pd, cr4: 0, efer: 0 },
};

const CODE_BY_RING = [F.Sel.code32, F.Sel.code1, F.Sel.code2, F.Sel.userCode32];
const DATA_BY_RING = [F.Sel.data32, F.Sel.data1, F.Sel.data2, F.Sel.userData];

function codeSelector({ bits, cpl, v86 }: Environment): number {
  if (v86) return 0;
  if (bits === 64) return cpl === 3 ? F.Sel.userCode64 : F.Sel.code64;
  if (bits === 16) return cpl === 3 ? F.Sel.userCode16 : F.Sel.code16;
  return CODE_BY_RING[cpl] ?? F.Sel.code32;
}

export class SystemCase {
  readonly bytes = new Uint8Array(F.CASE_SIZE);
  readonly environment: Environment;
  /** The code as hex, for reports and leniencies. */
  codeHex = '';
  readonly #view = new DataView(this.bytes.buffer);
  #end: number = F.Case.patchList;
  #msrs = 0;

  constructor(environment: Environment) {
    this.environment = environment;
    const { template, mode, cpl, v86 } = environment;
    this.set('template', TEMPLATE_NAMES.indexOf(template));
    this.set('mode', F.MODES[mode]);
    const { cr0, cr3, cr4, efer } = paging[template];
    this.set('cr0', cr0).set('cr3', cr3).set('cr4', cr4).set('efer', efer);
    this.setTable('gdtr', F.At.gdt, F.GDT_LIMIT);
    if (mode === 'real') this.setTable('idtr', 0, 0x3ff);
    else this.setTable('idtr', F.At.idt, F.VECTORS * (template === 'long' ? 16 : 8) - 1);
    const segmented = mode !== 'real' && !v86;
    const data = segmented ? (DATA_BY_RING[cpl] ?? 0) : 0;
    if (mode !== 'real') this.set('tr', F.Sel.tss).set('ldtr', F.Sel.ldt);
    this.set('ds', data).set('es', data).set('fs', data).set('gs', data).set('ss', data);
    this.set('cs', mode === 'real' ? 0 : codeSelector(environment));
    this.set('rip', F.At.code);
    this.set('rsp', cpl === 3 ? F.At.userStackTop : F.At.stackTop);
    this.set('rflags', ALWAYS_ONE | (v86 ? VM : 0n));
    this.set('dr6', 0xffff0ff0).set('dr7', 0x400);
  }

  set(field: Field, value: number | bigint): this {
    const at = F.Case[field];
    if (WIDE.has(field)) this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
    else if (NARROW.has(field)) this.#view.setUint16(at, Number(value), true);
    else this.#view.setUint32(at, Number(value) >>> 0, true);
    return this;
  }

  get(field: Field): number {
    const at = F.Case[field];
    return NARROW.has(field) ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  setTable(field: 'gdtr' | 'idtr', base: number, limit: number): this {
    this.#view.setUint16(F.Case[field], limit, true);
    this.#view.setUint32(F.Case[field] + 2, base, true);
    return this;
  }

  register(index: number, value: number | bigint): this {
    this.#view.setBigUint64(F.Case.regs + index * 8, BigInt.asUintN(64, BigInt(value)), true);
    return this;
  }

  breakpoint(index: number, address: number): this {
    this.#view.setUint32(F.Case.dr0 + index * 4, address, true);
    return this;
  }

  flags(value: bigint): this {
    return this.set('rflags', this.#view.getBigUint64(F.Case.rflags, true) | value);
  }

  /** Written before the case starts. */
  msr(index: number, value: bigint): this {
    if (this.#msrs === F.MAX_MSRS) throw new Error('a case holds no more MSRs');
    const at = F.Case.msrs + this.#msrs++ * 12;
    this.#view.setUint32(at, index, true);
    this.#view.setBigUint64(at + 4, BigInt.asUintN(64, value), true);
    return this;
  }

  patch(address: number, content: Uint8Array | readonly number[]): this {
    const padded = (content.length + 3) & ~3;
    if (this.#end + 8 + padded > F.CASE_SIZE)
      throw new Error(`no room for the patch at ${address.toString(16)}`);
    this.#view.setUint32(this.#end, address, true);
    this.#view.setUint32(this.#end + 4, content.length, true);
    this.bytes.set(content, this.#end + 8);
    this.#end += 8 + padded;
    this.set('patches', this.get('patches') + 1);
    return this;
  }

  patch64(address: number, ...values: readonly bigint[]): this {
    const bytes = new Uint8Array(values.length * 8);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      view.setBigUint64(i * 8, BigInt.asUintN(64, value), true);
    });
    return this.patch(address, bytes);
  }

  patch32(address: number, ...values: readonly number[]): this {
    return this.patch(
      address,
      values.flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]),
    );
  }

  /** Where in the case lie the bytes that it puts at an address of the window, or -1. */
  #patched(address: number, size: number): number {
    for (let at: number = F.Case.patchList; at < this.#end;) {
      const base = this.#view.getUint32(at, true);
      const length = this.#view.getUint32(at + 4, true);
      if (address >= base && address + size <= base + length) return at + 8 + address - base;
      at += 8 + ((length + 3) & ~3);
    }
    return -1;
  }

  /** What the case itself put at a selector's place in its tables, or null. */
  descriptor(selector: number): bigint | null {
    const at = this.#patched((selector & 4 ? F.At.ldt : F.At.gdt) + (selector & 0xfff8), 8);
    return at < 0 ? null : this.#view.getBigUint64(at, true);
  }

  /** The 32 bits that the case itself put at an address, or 0. */
  word(address: number): number {
    const at = this.#patched(address, 4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }

  /** Bytes at the start of the code page; an int3 follows whatever they are. */
  code(...pieces: readonly (string | readonly number[])[]): this {
    const bytes = assemble(pieces);
    this.codeHex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return this.patch(F.At.code, bytes);
  }
}

/** Hex text and byte lists to bytes. */
export function assemble(pieces: readonly (string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    pieces.flatMap((piece) =>
      typeof piece === 'string'
        ? (piece.replace(/\s+/g, '').match(/../g) ?? []).map((pair) => parseInt(pair, 16))
        : [...piece],
    ),
  );
}

export const word = (value: number): number[] => [value & 255, (value >> 8) & 255];
export const dword = (value: number): number[] => [...word(value), ...word(value >>> 16)];
export const qword = (value: bigint): number[] => [
  ...dword(Number(value & 0xffffffffn)),
  ...dword(Number((value >> 32n) & 0xffffffffn)),
];
