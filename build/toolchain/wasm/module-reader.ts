/**
 * Parses a WebAssembly binary module. Source: WebAssembly Core Specification 2.0, chapter 5.5, with the memory64
 * proposal's limits flag.
 *
 * Rules for callers: what asc never emits (several memories, passive segments, imported globals, multi-value) is
 * refused with a WasmFormatError instead of being skipped, so that a new compiler version cannot change meaning
 * silently. Function bodies are not decoded here; see instructions.ts.
 */
import { ByteReader } from './byte-reader.ts';
import type {
  ConstantExpression,
  DataSegment,
  ElementSegment,
  FunctionType,
  ImportedFunction,
  ValueType,
  WasmModule,
} from './types.ts';

const VALUE_TYPES: Readonly<Record<number, ValueType>> = {
  0x7f: 'u32',
  0x7e: 'u64',
  0x7d: 'f32',
  0x7c: 'f64',
};
const FUNCREF = 0x70;
const EXTERNAL_FUNCTION = 0;
const EXTERNAL_MEMORY = 2;
const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;
const NAME_FUNCTIONS = 1;
const NAME_GLOBALS = 7;

export function readValueType(r: ByteReader): ValueType {
  const code = r.u8();
  return VALUE_TYPES[code] ?? r.fail(`value type 0x${code.toString(16)} is not supported`);
}

interface Draft {
  bytes: Uint8Array;
  types: FunctionType[];
  functions: { type: FunctionType; imported: ImportedFunction | null; bodyStart: number; bodyEnd: number }[];
  globals: { type: ValueType; mutable: boolean; initial: ConstantExpression }[];
  exports: { name: string; kind: number; index: number }[];
  functionNames: Map<number, string>;
  globalNames: Map<number, string>;
  memory64: boolean;
  tableSize: number;
  elements: ElementSegment[];
  data: DataSegment[];
  start: number | null;
}

function vector<T>(r: ByteReader, read: (index: number) => T): T[] {
  return Array.from({ length: r.u32() }, (_, index) => read(index));
}

function readLimits(r: ByteReader): { minimum: bigint; is64: boolean } {
  const flags = r.u8();
  if (flags > 7) r.fail(`limits flags 0x${flags.toString(16)}`);
  const is64 = (flags & 4) !== 0;
  const minimum = is64 ? r.u64() : BigInt(r.u32());
  if (flags & 1) {
    if (is64) r.u64();
    else r.u32();
  }
  return { minimum, is64 };
}

function readConstant(r: ByteReader): ConstantExpression {
  const op = r.u8();
  let value: ConstantExpression;
  if (op === 0x41) value = { type: 'u32', bits: BigInt.asUintN(32, r.signed(32)) };
  else if (op === 0x42) value = { type: 'u64', bits: BigInt.asUintN(64, r.signed(64)) };
  else if (op === 0x43) value = { type: 'f32', bits: BigInt(r.f32Bits()) };
  else if (op === 0x44) value = { type: 'f64', bits: r.f64Bits() };
  else return r.fail(`opcode 0x${op.toString(16)} in a constant expression`);
  if (r.u8() !== 0x0b) r.fail('constant expression of more than one instruction');
  return value;
}

function readFunctionType(r: ByteReader): FunctionType {
  if (r.u8() !== 0x60) r.fail('not a function type');
  const params = vector(r, () => readValueType(r));
  const results = vector(r, () => readValueType(r));
  if (results.length > 1) r.fail('functions with several results are not supported');
  return { params, result: results[0] ?? null };
}

function typeAt(draft: Draft, r: ByteReader): FunctionType {
  const index = r.u32();
  return draft.types[index] ?? r.fail(`type ${index} does not exist`);
}

function readImport(draft: Draft, r: ByteReader): void {
  const module = r.name();
  const field = r.name();
  const kind = r.u8();
  if (kind === EXTERNAL_FUNCTION) {
    draft.functions.push({ type: typeAt(draft, r), imported: { module, field }, bodyStart: 0, bodyEnd: 0 });
  } else if (kind === EXTERNAL_MEMORY) draft.memory64 = readLimits(r).is64;
  else r.fail(`import ${module}.${field} is neither a function nor the memory`);
}

function readElement(draft: Draft, r: ByteReader): void {
  if (r.u32() !== 0) r.fail('only active element segments of function indices are supported');
  const offset = Number(readConstant(r).bits);
  draft.elements.push({ offset, functions: vector(r, () => functionIndex(draft, r)) });
}

function functionIndex(draft: Draft, r: ByteReader): number {
  const index = r.u32();
  return index < draft.functions.length ? index : r.fail(`function ${index} does not exist`);
}

function readCode(draft: Draft, r: ByteReader): void {
  const defined = draft.functions.filter((f) => !f.imported);
  const count = r.u32();
  if (count !== defined.length) r.fail(`${count} function bodies for ${defined.length} functions`);
  for (const f of defined) {
    const body = r.sub(r.u32());
    f.bodyStart = body.offset;
    f.bodyEnd = body.end;
  }
}

function readData(draft: Draft, r: ByteReader): void {
  if (r.u32() !== 0) r.fail('only active data segments of memory 0 are supported');
  const address = readConstant(r).bits;
  draft.data.push({ address, bytes: r.slice(r.u32()) });
}

function readNames(draft: Draft, r: ByteReader): void {
  if (r.name() !== 'name') return;
  while (!r.done) {
    const id = r.u8();
    const sub = r.sub(r.u32());
    const names =
      id === NAME_FUNCTIONS ? draft.functionNames : id === NAME_GLOBALS ? draft.globalNames : null;
    if (names) vector(sub, () => names.set(sub.u32(), sub.name()));
  }
}

function readTable(draft: Draft, r: ByteReader): void {
  if (r.u8() !== FUNCREF) r.fail('only function tables are supported');
  draft.tableSize = Number(readLimits(r).minimum);
}

const SECTION_READERS: Readonly<Record<number, (draft: Draft, r: ByteReader) => void>> = {
  [SECTION.custom]: readNames,
  [SECTION.type]: (d, r) => d.types.push(...vector(r, () => readFunctionType(r))),
  [SECTION.import]: (d, r) =>
    vector(r, () => {
      readImport(d, r);
    }),
  [SECTION.function]: (d, r) =>
    vector(r, () => d.functions.push({ type: typeAt(d, r), imported: null, bodyStart: 0, bodyEnd: 0 })),
  [SECTION.table]: (d, r) => {
    if (
      vector(r, () => {
        readTable(d, r);
      }).length > 1
    )
      r.fail('several tables are not supported');
  },
  [SECTION.memory]: (d, r) => {
    const memories = vector(r, () => readLimits(r));
    if (memories.length > 1) r.fail('several memories are not supported');
    d.memory64 = memories[0]?.is64 ?? d.memory64;
  },
  [SECTION.global]: (d, r) =>
    vector(r, () => {
      const type = readValueType(r);
      d.globals.push({ type, mutable: r.u8() === 1, initial: readConstant(r) });
    }),
  [SECTION.export]: (d, r) =>
    vector(r, () => d.exports.push({ name: r.name(), kind: r.u8(), index: r.u32() })),
  [SECTION.start]: (d, r) => {
    d.start = functionIndex(d, r);
  },
  [SECTION.element]: (d, r) =>
    vector(r, () => {
      readElement(d, r);
    }),
  [SECTION.code]: readCode,
  [SECTION.data]: (d, r) =>
    vector(r, () => {
      readData(d, r);
    }),
  [SECTION.dataCount]: (_, r) => r.u32(),
};

export function readWasmModule(bytes: Uint8Array): WasmModule {
  const r = new ByteReader(bytes);
  if (r.f32Bits() !== 0x6d736100 || r.f32Bits() !== 1) r.fail('not a WebAssembly 1.0 module');
  const draft: Draft = {
    bytes,
    types: [],
    functions: [],
    globals: [],
    exports: [],
    functionNames: new Map(),
    globalNames: new Map(),
    memory64: false,
    tableSize: 0,
    elements: [],
    data: [],
    start: null,
  };
  while (!r.done) {
    const id = r.u8();
    const section = r.sub(r.u32());
    const read = SECTION_READERS[id] ?? r.fail(`section ${id} is not supported`);
    read(draft, section);
    if (id !== SECTION.custom && !section.done) section.fail(`section ${id} is longer than its content`);
  }
  return finish(draft);
}

function finish(draft: Draft): WasmModule {
  const exportsOf = new Map<number, string[]>();
  for (const e of draft.exports) {
    if (e.kind !== EXTERNAL_FUNCTION) continue;
    exportsOf.set(e.index, [...(exportsOf.get(e.index) ?? []), e.name]);
  }
  return {
    bytes: draft.bytes,
    types: draft.types,
    functions: draft.functions.map((f, index) => {
      const exports = exportsOf.get(index) ?? [];
      return {
        ...f,
        index,
        exports,
        name: draft.functionNames.get(index) ?? exports[0] ?? `function[${index}]`,
      };
    }),
    globals: draft.globals.map((g, index) => ({
      ...g,
      index,
      name: draft.globalNames.get(index) ?? `global[${index}]`,
    })),
    memory64: draft.memory64,
    tableSize: draft.tableSize,
    elements: draft.elements,
    data: draft.data,
    start: draft.start,
  };
}
