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
import { MODULE_UNIT } from './c/names.ts';
import { translateModule } from './c/translate.ts';
import { type CompileJob, compileObjects, findTool, HEADER, run, writeSources } from './clang.ts';
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
  /** One C unit for the program, or one for each source file, so that a change compiles little. */
  readonly singleUnit: boolean;
  /** Adds the table that maps addresses to TypeScript names. */
  readonly symbolTable: boolean;
  /** The program without debug information, as it goes on a disk. */
  readonly output: string;
  /** The same with debug information, for gdb. */
  readonly debugOutput: string;
}

const RUNTIME_DIR = fromRoot('build/toolchain/runtime');
const RUNTIME_STUB = fromRoot('kernel/lib/runtime-stub.ts');

/** What every C unit is compiled with; the reasons are in docs/internals/toolchain.md. */
const COMMON_FLAGS = [
  '-O2',
  '-std=gnu11',
  '-ffreestanding',
  '-fno-pic',
  '-fno-strict-aliasing',
  '-fno-delete-null-pointer-checks',
  '-fwrapv',
  '-ffp-contract=off',
  '-fno-math-errno',
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
    // Above 1 the compiler takes two to four times as long, for code that clang makes no better by it.
    optimizeLevel: 1,
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
    singleUnit: spec.singleUnit,
    sourcePath: (file) => (file.startsWith('~lib/') ? `assemblyscript/${file.slice('~lib/'.length)}` : file),
  });
  const units = new Map<string, string>();
  for (const { name, text } of translation.units)
    units.set(`${name.replace(/[^A-Za-z0-9_.-]/g, '_')}.c`, text);
  const binary = relativeToRoot(path.join(directory, 'static-data.bin'));
  // The hash makes the unit, and with it the cache key of its object, depend on the bytes it includes.
  const dataUnit = `/* ${sha256(data.bytes)} */\n__asm__(${JSON.stringify(data.assembly(binary))});\n`;
  const moduleUnit = `${MODULE_UNIT}.c`;
  units.set(moduleUnit, `${units.get(moduleUnit) ?? ''}${dataUnit}`);
  writeSources(
    directory,
    new Map<string, string | Uint8Array>([
      ...units,
      ['module.wasm', asc.wasm],
      ['static-data.bin', data.bytes],
    ]),
  );

  const floatFlags = spec.floats ? [] : ['-mno-sse', '-mno-mmx', '-mno-80387', '-DRT_NO_FLOATS'];
  const flags = [...COMMON_FLAGS, ...floatFlags, ...spec.cFlags];
  const include = [RUNTIME_DIR, spec.includeDir];
  const jobs: CompileJob[] = [
    ...spec.assembly.map((source) => ({ source, flags: ['-g'], include })),
    ...[...units.keys()].map((unit) => ({ source: path.join(directory, unit), flags, include })),
  ];
  const objects = await compileObjects(jobs);
  await link(spec, directory, objects, translation.symbols);
  const headers = listFiles(spec.includeDir, (name) => HEADER.test(name));
  return [...asc.inputs, ...spec.assembly, ...headers, spec.linkerScript];
}

async function link(
  spec: ProgramSpec,
  directory: string,
  objects: readonly string[],
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const lld = findTool('ld.lld');
  const linkTo = async (output: string, extra: readonly string[]): Promise<void> => {
    mkdirSync(path.dirname(output), { recursive: true });
    const temporary = `${output}.${process.pid}`;
    try {
      await run(lld, [
        '-static',
        ...spec.linkFlags,
        '-T',
        spec.linkerScript,
        ...objects,
        ...extra,
        '-o',
        temporary,
      ]);
      renameSync(temporary, output);
    } finally {
      rmSync(temporary, { force: true });
    }
  };
  const table = spec.symbolTable ? await linkedSymbolTable(directory, names, linkTo) : [];
  await Promise.all([linkTo(spec.debugOutput, table), linkTo(spec.output, [...table, '--strip-debug'])]);
}

/** The order of the table's rows is that of the functions in memory, which a first link tells. */
async function linkedSymbolTable(
  directory: string,
  names: ReadonlyMap<string, string>,
  linkTo: (output: string, extra: readonly string[]) => Promise<void>,
): Promise<string[]> {
  const source = path.join(directory, 'symbol-table.S');
  const compileTable = (linked: Uint8Array | null): Promise<string[]> => {
    writeIfChanged(source, symbolTableAssembly(names, linked));
    return compileObjects([{ source, flags: [], include: [] }]);
  };
  const first = path.join(directory, 'first-link.elf');
  await linkTo(first, [...(await compileTable(null)), '--strip-debug']);
  return compileTable(readFileSync(first));
}
