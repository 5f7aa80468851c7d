/**
 * What one translation unit uses of the module: while its functions are translated it collects the functions,
 * globals, data symbols and table it must declare, and nothing else, so that its text changes only when the code
 * in it does.
 */
import type { SourceMap } from '../source-map.ts';
import type { FunctionType, ValueType, WasmFunction, WasmModule } from '../wasm/types.ts';
import type { StaticData } from './data.ts';
import { literal } from './literal.ts';
import type { Names } from './names.ts';

/** A program that cannot be built this way; the message names the function. */
export class TranslationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TranslationError';
  }
}

/** What all units of a module share. */
export interface ModuleContext {
  readonly module: WasmModule;
  readonly names: Names;
  readonly sourceMap: SourceMap;
  /** Static data at real addresses, or null where the host places it (tests). */
  readonly data: StaticData | null;
  /** False where no floating-point register may be touched: the kernel. */
  readonly floats: boolean;
  /** All functions are in one unit, so that only the exported ones need to be seen outside. */
  readonly singleUnit: boolean;
  /** Import module whose functions no program may call: the runtime's. */
  readonly forbiddenModule: string;
  sourcePath(file: string): string;
}

export function prototype(type: FunctionType, name: string, parameter = ''): string {
  const params = type.params.map((p, i) => (parameter === '' ? p : `${p} ${parameter}${i}`));
  return `${type.result ?? 'void'} ${name}(${params.join(', ') || 'void'})`;
}

const SIGNATURE_DIGITS: Readonly<Record<ValueType, bigint>> = { u32: 1n, u64: 2n, f32: 3n, f64: 4n };
/** Digits of base 5 in 64 bits, less the one for the result. */
const SIGNATURE_PARAMETERS = 26;

/** A number that is equal for equal function types only: the result and the parameters as digits of base 5. */
export function signature(type: FunctionType): bigint {
  if (type.params.length > SIGNATURE_PARAMETERS) {
    throw new TranslationError(`a function called through a table has ${type.params.length} parameters`);
  }
  const digits = [...type.params].reverse().map((p) => SIGNATURE_DIGITS[p]);
  // The leading 1 keeps a function without result and parameters apart from an empty table slot.
  const start = 5n + (type.result ? SIGNATURE_DIGITS[type.result] : 0n);
  return digits.reduce((sum, digit) => sum * 5n + digit, start);
}

export class UnitContext {
  readonly #shared: ModuleContext;
  readonly #declarations = new Set<string>();
  readonly #used = new Set<WasmFunction>();

  constructor(shared: ModuleContext) {
    this.#shared = shared;
  }

  get module(): WasmModule {
    return this.#shared.module;
  }
  get names(): Names {
    return this.#shared.names;
  }
  get sourceMap(): SourceMap {
    return this.#shared.sourceMap;
  }
  get addressType(): 'u32' | 'u64' {
    return this.module.memory64 ? 'u64' : 'u32';
  }
  /** Functions of the module that were called or referred to so far. */
  get usedFunctions(): readonly WasmFunction[] {
    return [...this.#used];
  }

  /** Sorted, so that the order of uses does not show. */
  get declarations(): readonly string[] {
    return [...this.#declarations].sort();
  }

  sourcePath(file: string): string {
    return this.#shared.sourcePath(file);
  }

  /** Declaration or head of the definition of a function of the module. */
  head(f: WasmFunction, parameter = ''): string {
    const linkage = this.#shared.singleUnit && f.exports.length === 0 ? 'static ' : '';
    return `${linkage}${prototype(f.type, this.names.function(f), parameter)}`;
  }

  useType(type: ValueType, user: WasmFunction): void {
    if (this.#shared.floats || type === 'u32' || type === 'u64') return;
    throw new TranslationError(`${user.name} uses floating point, which this program must not`);
  }

  useFunction(index: number, user: WasmFunction): { type: FunctionType; name: string } | null {
    const f = this.module.functions[index];
    if (!f) return null;
    if (f.imported?.module === this.#shared.forbiddenModule) {
      throw new TranslationError(
        `${user.name} creates a managed object: use @unmanaged classes and explicit allocation`,
      );
    }
    const name = this.names.function(f);
    // Imports are declared or defined by imports.h.
    if (!f.imported) {
      this.#declarations.add(`${this.head(f)};`);
      this.#used.add(f);
    }
    return { type: f.type, name };
  }

  useGlobal(index: number): { type: ValueType; text: string; mutable: boolean } | null {
    const g = this.module.globals[index];
    if (!g) return null;
    if (!g.mutable) return { type: g.type, text: literal(g.type, g.initial.bits), mutable: false };
    const text = this.names.global(g);
    this.#declarations.add(`extern ${g.type} ${text};`);
    return { type: g.type, text, mutable: true };
  }

  /** C for an address in static data, or null when `address` is not in it. */
  useData(address: bigint): string | null {
    const object = this.#shared.data?.find(address);
    if (!object) return null;
    this.#declarations.add(`extern u8 ${object.symbol}[];`);
    return `((u64)${object.symbol} + ${address - object.address})`;
  }

  /** C for the function at `index` of the table, checked to be of `type`. */
  useTable(type: FunctionType, index: string): string {
    const cast = prototype(type, '(*)');
    return `((${cast})RT_TABLE(${index}, ${signature(type)}ull))`;
  }
}
