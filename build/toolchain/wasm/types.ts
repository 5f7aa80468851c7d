/**
 * The parsed form of a WebAssembly module, as far as asc and binaryen produce it: one memory (32 or 64 bit),
 * one function table, active segments only. Value types carry the name that the generated C gives them.
 */

/** i32, i64, f32 and f64. Integers have no sign in WebAssembly; the C is unsigned and casts where a sign counts. */
export type ValueType = 'u32' | 'u64' | 'f32' | 'f64';

export interface FunctionType {
  readonly params: readonly ValueType[];
  /** At most one: multi-value is refused by the reader. */
  readonly result: ValueType | null;
}

export interface ConstantExpression {
  readonly type: ValueType;
  /** The bit pattern, unsigned. */
  readonly bits: bigint;
}

export interface ImportedFunction {
  readonly module: string;
  readonly field: string;
}

export interface WasmFunction {
  readonly index: number;
  readonly type: FunctionType;
  readonly imported: ImportedFunction | null;
  /** The name from the name section, else the first export's, else `function[N]`. */
  readonly name: string;
  /** Every name under which the function is exported. */
  readonly exports: readonly string[];
  /** Byte range of the body (local declarations and code); empty for imports. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

export interface WasmGlobal {
  readonly index: number;
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly initial: ConstantExpression;
  readonly name: string;
}

export interface DataSegment {
  /** Address in linear memory; for the kernel a real virtual address. */
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface ElementSegment {
  readonly offset: number;
  readonly functions: readonly number[];
}

export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly types: readonly FunctionType[];
  readonly functions: readonly WasmFunction[];
  readonly globals: readonly WasmGlobal[];
  readonly memory64: boolean;
  readonly tableSize: number;
  readonly elements: readonly ElementSegment[];
  readonly data: readonly DataSegment[];
  readonly start: number | null;
}
