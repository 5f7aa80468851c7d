/**
 * TypeScript to ELF, the whole way: asc -> wasm -> C units -> objects -> executable. docs/internals/toolchain.md
 * tells why; each step is a module of its own beside this file.
 */
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { listFiles, sha256, writeIfChanged } from '../cache.ts';
import { fromRoot, OUT, relativeToRoot, ROOT } from '../paths.ts';
import { type AscResult, compileAssemblyScript } from './asc/compile.ts';
import { StaticData } from './c/data.ts';
import { translateModule } from './c/translate.ts';
import { type CompileJob, compileObjects, findTool, run, writeSources } from './clang.ts';
import { symbolTableAssembly } from './symbol-table.ts';
import { readSourceMap } from './source-map.ts';
import { readWasmModule } from './wasm/module-reader.ts';

export interface ProgramSpec {
  /** Folder below out/native/ for the generated sources. */
  readonly name: string;
  /** Entry files, relative to the repository. */
  readonly entries: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  /** Where the linker script places `.asdata`. */
  readonly memoryBase: bigint;
  readonly floats: boolean;
  readonly cFlags: readonly string[];
  /** Assembly sources, absolute. */
  readonly assembly: readonly string[];
  /** Folder of imports.h, absolute. */
  readonly includeDir: string;
  readonly linkerScript: string;
  readonly linkFlags: readonly string[];
  /** Adds the table that maps addresses to TypeScript names. */
  readonly symbolTable: boolean;
  readonly output: string;
}

const RUNTIME_DIR = fromRoot('build/toolchain/runtime');
const RUNTIME_STUB = fromRoot('kernel/lib/runtime-stub.ts');

/** What every C unit is compiled with; the reasons are in docs/internals/toolchain.md. */
const COMMON_FLAGS = [
  '-O2',
  '-g',
  '-std=gnu11',
  '-ffreestanding',
  '-fno-pic',
  '-fno-strict-aliasing',
  '-fno-delete-null-pointer-checks',
  '-fwrapv',
  '-ffp-contract=off',
  '-fno-omit-frame-pointer',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-Werror=implicit-function-declaration',
  '-Werror=int-conversion',
  '-Werror=incompatible-pointer-types',
];

/** asc's part, separately so that a worker process can do it. */
export function compileSources(
  spec: Pick<ProgramSpec, 'entries' | 'aliases' | 'memoryBase'>,
): Promise<AscResult> {
  return compileAssemblyScript({
    baseDir: ROOT,
    entries: spec.entries,
    target: 'wasm64',
    memoryBase: spec.memoryBase,
    aliases: spec.aliases,
    runtime: RUNTIME_STUB,
    optimizeLevel: 3,
  });
}

/** Returns the files that the result depends on besides the toolchain, for the caller's record. */
export async function buildProgram(spec: ProgramSpec, asc: AscResult): Promise<readonly string[]> {
  const directory = path.join(OUT, 'native', spec.name);
  const module = readWasmModule(asc.wasm);
  const data = new StaticData(spec.memoryBase, asc.dataEnd, asc.objects, module.data);
  const translation = translateModule({
    module,
    sourceMap: readSourceMap(asc.sourceMap),
    data,
    floats: spec.floats,
    sourcePath: (file) => (file.startsWith('~lib/') ? `assemblyscript/${file.slice('~lib/'.length)}` : file),
  });
  const sources = new Map<string, string | Uint8Array>();
  for (const unit of translation.units)
    sources.set(`${unit.name.replace(/[^A-Za-z0-9_.-]/g, '_')}.c`, unit.text);
  const units = [...sources.keys()];
  sources.set('module.wasm', asc.wasm);
  sources.set('static-data.bin', data.bytes);
  // The hash makes the assembly, and with it the cache key of its object, depend on the bytes it includes.
  const binary = relativeToRoot(path.join(directory, 'static-data.bin'));
  sources.set('static-data.S', `/* ${sha256(data.bytes)} */\n${data.assembly(binary)}`);
  writeSources(directory, sources);

  const floatFlags = spec.floats ? [] : ['-mno-sse', '-mno-mmx', '-mno-80387', '-DRT_NO_FLOATS'];
  const flags = [...COMMON_FLAGS, ...floatFlags, ...spec.cFlags];
  const include = [RUNTIME_DIR, spec.includeDir];
  const assembly = [...spec.assembly, path.join(directory, 'static-data.S')];
  const jobs: CompileJob[] = [
    ...assembly.map((source) => ({ source, flags: ['-g'], include })),
    ...units.map((unit) => ({ source: path.join(directory, unit), flags, include })),
  ];
  const objects = await compileObjects(jobs);
  await link(spec, directory, objects, translation.symbols);
  const headers = listFiles(spec.includeDir, (name) => name.endsWith('.h'));
  return [...asc.inputs, ...spec.assembly, ...headers, spec.linkerScript];
}

async function link(
  spec: ProgramSpec,
  directory: string,
  objects: readonly string[],
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const lld = findTool('ld.lld');
  mkdirSync(path.dirname(spec.output), { recursive: true });
  const temporary = `${spec.output}.${process.pid}`;
  const linkWith = async (extra: readonly string[]): Promise<void> => {
    const args = [
      '-static',
      ...spec.linkFlags,
      '-T',
      spec.linkerScript,
      ...objects,
      ...extra,
      '-o',
      temporary,
    ];
    await run(lld, args);
  };
  try {
    if (spec.symbolTable) {
      // Twice: the first link only serves to learn the order of the functions, which the table's size does not change.
      const table = path.join(directory, 'symbol-table.S');
      const compileTable = async (order: Uint8Array | null): Promise<string[]> => {
        writeIfChanged(table, symbolTableAssembly(names, order));
        return compileObjects([{ source: table, flags: [], include: [] }]);
      };
      await linkWith(await compileTable(null));
      await linkWith(await compileTable(readFileSync(temporary)));
    } else await linkWith([]);
    renameSync(temporary, spec.output);
  } finally {
    rmSync(temporary, { force: true });
  }
}
