/**
 * The part of the AssemblyScript compiler's API that compile.ts uses, typed here because the compiler's own
 * declarations define AssemblyScript's globals (i32, usize, load …) for every file of the project.
 *
 * asc itself compiles for wasm32 only. Two things make it compile for wasm64 at a memory base above 4 GiB, both
 * from outside: the compiler object's `memoryOffset` is a property, and the one binaryen call that declares the
 * memory is wrapped before the compiler takes its reference to it.
 */

/** 64-bit integer of the compiler (the `long` package). */
export interface I64 {
  readonly low: number;
  readonly high: number;
}

export interface Program {
  readonly options: unknown;
}
export interface BinaryenModule {
  dispose(): void;
  emitText(): string;
}
export interface CompiledModule {
  readonly ref: number;
  toBinary(sourceMapUrl: string | null): { output: Uint8Array; sourceMap: string | null };
}
export interface MemorySegment {
  readonly buffer: Uint8Array;
  readonly offset: I64;
}
export interface Compiler {
  memoryOffset: I64;
  readonly memorySegments: readonly MemorySegment[];
  compile(): CompiledModule;
}

type Options = object;

export interface AssemblyScript {
  readonly Compiler: new (program: Program) => Compiler;
  newOptions(): Options;
  newProgram(options: Options): Program;
  setTarget(options: Options, target: number): void;
  setDebugInfo(options: Options, on: boolean): void;
  setSourceMap(options: Options, on: boolean): void;
  setRuntime(options: Options, runtime: number): void;
  setNoAssert(options: Options, on: boolean): void;
  setMemoryBase(options: Options, low: number): void;
  setTableBase(options: Options, base: number): void;
  setStackSize(options: Options, size: number): void;
  setFeature(options: Options, feature: number, on: boolean): void;
  setOptimizeLevelHints(options: Options, optimize: number, shrink: number): void;
  setExportMemory(options: Options, on: boolean): void;
  setImportMemory(options: Options, on: boolean): void;
  setInitialMemory(options: Options, pages: number): void;
  setMaximumMemory(options: Options, pages: number): void;
  setSharedMemory(options: Options, on: boolean): void;
  setExportTable(options: Options, on: boolean): void;
  setUncheckedBehavior(options: Options, behavior: number): void;
  addGlobalAlias(options: Options, alias: string, target: string): void;
  parse(program: Program, text: string | null, path: string, isEntry: boolean): void;
  nextFile(program: Program): string | null;
  getDependee(program: Program, path: string): string | null;
  validate(module: CompiledModule): boolean;
  optimize(module: CompiledModule, level: number, shrink: number, debug: boolean, zeroFilled: boolean): void;
  readonly FEATURE_MEMORY64: number;
  readonly FEATURE_THREADS: number;
  readonly FEATURE_SIMD: number;
}

interface Frontend {
  readonly version: string;
  readonly libraryFiles: Readonly<Record<string, string>>;
  checkDiagnostics(
    program: Program,
    stderr: { write(text: string): void },
    silentWarnings: readonly number[] | null,
  ): number;
}

interface Binaryen {
  wrapModule(ref: number): BinaryenModule;
  _BinaryenSetMemory(...args: unknown[]): void;
  _BinaryenLoad(...args: unknown[]): number;
  _BinaryenTypeInt32(): number;
}

/** asc's enum Target. */
export const TARGET = { wasm32: 1, wasm64: 2 } as const;
export type AscTarget = keyof typeof TARGET;

const ASSEMBLYSCRIPT_VERSION = '0.28.20';
const SET_MEMORY_PARAMETERS = 13;
const SET_MEMORY_IS64 = 11;
/** BinaryenLoad(module, bytes, signed, offset, align, type, pointer, memory). */
const LOAD = { parameters: 8, bytes: 1, signed: 2, type: 5 } as const;

export interface AscApi {
  readonly compiler: AssemblyScript;
  readonly frontend: Frontend;
  readonly binaryen: Binaryen;
  i64(value: bigint): I64;
  /** Declares memories of modules compiled from now on as 32 or 64 bit. */
  setMemoryTarget(target: AscTarget): void;
}

async function importUntyped(specifier: string): Promise<unknown> {
  return import(specifier);
}

let loaded: Promise<AscApi> | null = null;

/** Loads the compiler once in a process; about half a second. */
export function loadAsc(): Promise<AscApi> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<AscApi> {
  const { default: binaryen } = (await importUntyped('assemblyscript/binaryen')) as { default: Binaryen };
  const setMemory = binaryen._BinaryenSetMemory.bind(binaryen);
  if (binaryen._BinaryenSetMemory.length !== SET_MEMORY_PARAMETERS) {
    throw new Error(`binaryen: BinaryenSetMemory takes ${binaryen._BinaryenSetMemory.length} parameters`);
  }
  let is64 = false;
  binaryen._BinaryenSetMemory = (...args) => {
    args[SET_MEMORY_IS64] = is64;
    setMemory(...args);
  };
  // Whether a 32-bit load of an i32 is signed means nothing, yet the optimiser turns `<u64>(<u32>load<i32>(p))`
  // into a signed 64-bit load when it is marked so (binaryen 123's OptimizeInstructions): mark none.
  const makeLoad = binaryen._BinaryenLoad.bind(binaryen);
  if (binaryen._BinaryenLoad.length !== LOAD.parameters) {
    throw new Error(`binaryen: BinaryenLoad takes ${binaryen._BinaryenLoad.length} parameters`);
  }
  const i32Type = binaryen._BinaryenTypeInt32();
  binaryen._BinaryenLoad = (...args) => {
    if (args[LOAD.bytes] === 4 && args[LOAD.type] === i32Type) args[LOAD.signed] = false;
    return makeLoad(...args);
  };
  const compiler = (await importUntyped('assemblyscript')) as AssemblyScript;
  const frontend = (await importUntyped('assemblyscript/asc')) as Frontend;
  if (frontend.version !== ASSEMBLYSCRIPT_VERSION) {
    throw new Error(
      `assemblyscript ${frontend.version} is installed, ${ASSEMBLYSCRIPT_VERSION} is needed: npm ci`,
    );
  }
  const { i64_new } = globalThis as unknown as { i64_new: (low: number, high: number) => I64 };
  return {
    compiler,
    frontend,
    binaryen,
    i64: (value) => i64_new(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))),
    setMemoryTarget: (target) => {
      is64 = target === 'wasm64';
    },
  };
}
