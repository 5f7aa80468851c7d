/**
 * Writes wasm modules for tests, straight from opcodes, so that no other tool decides which instructions there are.
 * Source: WebAssembly Core Specification 2.0, chapter 5.
 */
import type { ValueType } from '../wasm/types.ts';

export type Code = readonly number[];

const TYPE_CODES: Readonly<Record<ValueType, number>> = { u32: 0x7f, u64: 0x7e, f32: 0x7d, f64: 0x7c };
const FUNCTION_TYPE = 0x60;
const FUNCREF = 0x70;
export const EMPTY_BLOCK = 0x40;
export const END = 0x0b;

export function typeCode(type: ValueType): number {
  return TYPE_CODES[type];
}

export function unsigned(value: number | bigint): number[] {
  let rest = BigInt(value);
  const bytes: number[] = [];
  do {
    const more = rest > 0x7fn;
    bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(low | (done ? 0 : 0x80));
    if (done) return bytes;
  }
}

function littleEndian(bits: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn));
}

/** The instruction that pushes a constant with these bits. */
export function constant(type: ValueType, bits: bigint): number[] {
  switch (type) {
    case 'u32':
      return [0x41, ...signed(BigInt.asIntN(32, bits))];
    case 'u64':
      return [0x42, ...signed(BigInt.asIntN(64, bits))];
    case 'f32':
      return [0x43, ...littleEndian(bits, 4)];
    case 'f64':
      return [0x44, ...littleEndian(bits, 8)];
  }
}

export const local = {
  get: (index: number): number[] => [0x20, ...unsigned(index)],
  set: (index: number): number[] => [0x21, ...unsigned(index)],
  tee: (index: number): number[] => [0x22, ...unsigned(index)],
};

/** An opcode as wasm/instructions.ts numbers it: 0xFC0A for 0xFC 0x0A. */
export function opcode(op: number): number[] {
  return op > 0xff ? [op >> 8, ...unsigned(op & 0xff)] : [op];
}

/** A load, store or atomic access; `align` is the logarithm. */
export function memoryAccess(op: number, align: number, offset: number | bigint): number[] {
  return [...opcode(op), ...unsigned(align), ...unsigned(offset)];
}

export interface FunctionSpec {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: ValueType | null;
  readonly locals?: readonly ValueType[];
  /** Without the final `end`. */
  readonly body: Code;
}

export interface GlobalSpec {
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly bits: bigint;
}

export interface ModuleSpec {
  /** All exported. Function N has type N. */
  readonly functions: readonly FunctionSpec[];
  readonly memory64?: boolean;
  readonly globals?: readonly GlobalSpec[];
  /** Function indices, null for an empty slot. */
  readonly table?: readonly (number | null)[];
}

function section(id: number, content: Code): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = [...Buffer.from(value)];
  return [...unsigned(bytes.length), ...bytes];
}

function functionType(f: FunctionSpec): number[] {
  const results = f.result === null ? [] : [[typeCode(f.result)]];
  return [FUNCTION_TYPE, ...vector(f.params.map((p) => [typeCode(p)])), ...vector(results)];
}

function code(f: FunctionSpec): number[] {
  const locals = vector((f.locals ?? []).map((type) => [1, typeCode(type)]));
  const body = [...locals, ...f.body, END];
  return [...unsigned(body.length), ...body];
}

export function buildModule(spec: ModuleSpec): Uint8Array<ArrayBuffer> {
  const { functions, globals = [], table = [] } = spec;
  const exports = [
    ...functions.map((f, i) => [...text(f.name), 0, ...unsigned(i)]),
    [...text('memory'), 2, 0],
  ];
  const elements = table.flatMap((index, slot) =>
    index === null ? [] : [[0, 0x41, ...signed(BigInt(slot)), END, 1, ...unsigned(index)]],
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(functions.map(functionType))),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...(table.length > 0 ? section(4, [1, FUNCREF, 0, ...unsigned(table.length)]) : []),
    ...section(5, [1, spec.memory64 === true ? 4 : 0, 1]),
    ...(globals.length > 0
      ? section(
          6,
          vector(globals.map((g) => [typeCode(g.type), g.mutable ? 1 : 0, ...constant(g.type, g.bits), END])),
        )
      : []),
    ...section(7, vector(exports)),
    ...(elements.length > 0 ? section(9, vector(elements)) : []),
    ...section(10, vector(functions.map(code))),
  ]);
}
