/**
 * Compiles AssemblyScript to wasm with asc's compiler API, in this process.
 *
 * Rules for callers:
 * - Files are named relative to `baseDir`; an import's module name, and so its C name, is that path.
 * - `inputs` of the result lists every file that was read or looked for, for the build cache.
 * - Compilation is synchronous once the compiler is loaded: run several in worker processes (pool.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AscApi, type AscTarget, loadAsc, type Program, TARGET } from './api.ts';

export interface AscOptions {
  readonly baseDir: string;
  /** Entry files, relative to `baseDir`, with `.ts`. */
  readonly entries: readonly string[];
  readonly target: AscTarget;
  /** First address of static data. 0 leaves the choice to asc (wasm32). */
  readonly memoryBase: bigint;
  /** Global name to element, such as `abort` to `kernel/lib/panic/abort`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** File that defines `__new` and its kin, absolute; null for none (asc's own "stub" is used). */
  readonly runtime: string | null;
  readonly optimizeLevel: 0 | 1 | 2 | 3;
  /** Linear memory of a module that a host instantiates; null where memory is the real one. */
  readonly memory?: { import: boolean; initialPages: number; maximumPages: number; shared: boolean };
  readonly exportTable?: boolean;
  /** Leaves out the bounds checks of StaticArray and assertions. */
  readonly noAssert?: boolean;
  readonly simd?: boolean;
  /** Numbers of warnings that are not to be shown. */
  readonly silentWarnings?: readonly number[];
  /** First index of the function table that is used. */
  readonly tableBase?: number;
  /** Sources that are on no disk, by path relative to `baseDir`. */
  readonly generated?: Readonly<Record<string, string>>;
}

export interface StaticObject {
  readonly address: bigint;
  readonly size: number;
}

export interface AscResult {
  readonly wasm: Uint8Array;
  readonly sourceMap: string;
  /** Static data as the compiler laid it out, before zero bytes are trimmed; ascending. */
  readonly objects: readonly StaticObject[];
  /** One past the last byte of static data. */
  readonly dataEnd: bigint;
  /** Absolute paths of the files that were read, and of those that were looked for and are absent. */
  readonly inputs: readonly string[];
  readonly warnings: string;
}

/** The sources do not compile. The message is asc's diagnostics, one per error with file and line. */
export class AscError extends Error {
  constructor(diagnostics: string) {
    super(diagnostics.trim());
    this.name = 'AscError';
  }
}

const RUNTIME_STUB = 0;
const RUNTIME_FUNCTIONS = [
  '__alloc',
  '__realloc',
  '__free',
  '__new',
  '__renew',
  '__link',
  '__pin',
  '__unpin',
  '__visit',
  '__collect',
];
/** Name under which the runtime file is parsed; its functions are called `runtime-stub/__new` and so on. */
export const RUNTIME_MODULE = 'runtime-stub';
const LIBRARY_PREFIX = '~lib/';

class SourceFiles {
  readonly inputs: string[] = [];
  readonly #baseDir: string;
  readonly #library: Readonly<Record<string, string>>;
  readonly #generated: Readonly<Record<string, string>>;

  constructor(
    baseDir: string,
    library: Readonly<Record<string, string>>,
    generated: Readonly<Record<string, string>>,
  ) {
    this.#baseDir = baseDir;
    this.#library = library;
    this.#generated = generated;
  }

  read(file: string): string | null {
    const generated = this.#generated[file];
    if (generated !== undefined) return generated;
    const absolute = path.resolve(this.#baseDir, file);
    this.inputs.push(absolute);
    return existsSync(absolute) ? readFileSync(absolute, 'utf8') : null;
  }

  /** The file that an import of `name` (no extension) means: `name.ts`, then `name/index.ts`. */
  resolve(name: string): { path: string; text: string | null } {
    for (const candidate of [name, `${name}/index`]) {
      const text = name.startsWith(LIBRARY_PREFIX)
        ? (this.#library[candidate.slice(LIBRARY_PREFIX.length)] ?? null)
        : this.read(`${candidate}.ts`);
      if (text !== null) return { path: `${candidate}.ts`, text };
    }
    return { path: `${name}.ts`, text: null };
  }
}

function newProgram(api: AscApi, options: AscOptions): Program {
  const { compiler } = api;
  const o = compiler.newOptions();
  compiler.setTarget(o, TARGET[options.target]);
  compiler.setDebugInfo(o, true);
  compiler.setSourceMap(o, true);
  compiler.setRuntime(o, RUNTIME_STUB);
  compiler.setStackSize(o, 0);
  compiler.setNoAssert(o, options.noAssert ?? false);
  // Any value but 0 says that low addresses are not free for the optimiser's tricks; the real one is set below.
  compiler.setMemoryBase(o, options.memoryBase === 0n ? 0 : Number(options.memoryBase & 0xffff_ffffn) || 1);
  compiler.setFeature(o, compiler.FEATURE_MEMORY64, options.target === 'wasm64');
  compiler.setFeature(o, compiler.FEATURE_THREADS, true);
  if (options.simd) compiler.setFeature(o, compiler.FEATURE_SIMD, true);
  compiler.setOptimizeLevelHints(o, options.optimizeLevel, 0);
  if (options.tableBase !== undefined) compiler.setTableBase(o, options.tableBase);
  if (options.memory) {
    compiler.setImportMemory(o, options.memory.import);
    compiler.setInitialMemory(o, options.memory.initialPages);
    compiler.setMaximumMemory(o, options.memory.maximumPages);
    compiler.setSharedMemory(o, options.memory.shared);
  }
  compiler.setExportMemory(o, options.memory !== undefined);
  compiler.setExportTable(o, options.exportTable ?? false);
  for (const [alias, target] of Object.entries(options.aliases)) compiler.addGlobalAlias(o, alias, target);
  if (options.runtime !== null) {
    for (const name of RUNTIME_FUNCTIONS) compiler.addGlobalAlias(o, name, `${RUNTIME_MODULE}/${name}`);
  }
  return compiler.newProgram(o);
}

function parseAll(api: AscApi, program: Program, options: AscOptions, files: SourceFiles): void {
  const { compiler, frontend } = api;
  for (const [name, text] of Object.entries(frontend.libraryFiles)) {
    if (!name.includes('/')) compiler.parse(program, text, `${LIBRARY_PREFIX}${name}.ts`, false);
  }
  if (options.runtime === null) {
    compiler.parse(
      program,
      frontend.libraryFiles['rt/index-stub'] ?? '',
      `${LIBRARY_PREFIX}rt/index-stub.ts`,
      true,
    );
  } else compiler.parse(program, files.read(options.runtime), `${RUNTIME_MODULE}.ts`, false);
  for (const entry of options.entries) compiler.parse(program, files.read(entry), entry, true);
  for (let name = compiler.nextFile(program); name !== null; name = compiler.nextFile(program)) {
    const file = files.resolve(name);
    compiler.parse(program, file.text, file.path, false);
  }
}

function toBigInt(value: { low: number; high: number }): bigint {
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

export async function compileAssemblyScript(options: AscOptions): Promise<AscResult> {
  const api = await loadAsc();
  const { compiler: asc, frontend, binaryen } = api;
  api.setMemoryTarget(options.target);
  const files = new SourceFiles(options.baseDir, frontend.libraryFiles, options.generated ?? {});
  const program = newProgram(api, options);
  let diagnostics = '';
  const check = (): void => {
    const errors = frontend.checkDiagnostics(
      program,
      { write: (text) => (diagnostics += text) },
      // An empty list would silence all of them.
      options.silentWarnings ?? null,
    );
    if (errors > 0) throw new AscError(diagnostics);
  };

  parseAll(api, program, options, files);
  check();
  (program as Program & { parser: { finish(): void } }).parser.finish();
  const compiler = new asc.Compiler(program);
  if (options.memoryBase !== 0n) compiler.memoryOffset = api.i64(options.memoryBase);
  const module = compiler.compile();
  const handle = binaryen.wrapModule(module.ref);
  try {
    check();
    if (!asc.validate(module))
      throw new AscError('the compiler made an invalid module (see its output above)');
    asc.optimize(module, options.optimizeLevel, 0, true, false);
    const { output, sourceMap } = module.toBinary('module.wasm.map');
    const objects = compiler.memorySegments.map((s) => ({
      address: toBigInt(s.offset),
      size: s.buffer.length,
    }));
    return {
      wasm: output,
      sourceMap: sourceMap ?? '{"sources":[],"mappings":""}',
      objects: objects.sort((a, b) => (a.address < b.address ? -1 : 1)),
      dataEnd: toBigInt(compiler.memoryOffset),
      inputs: files.inputs,
      warnings: diagnostics,
    };
  } finally {
    handle.dispose();
  }
}
