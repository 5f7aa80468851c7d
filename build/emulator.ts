/** Builds the emulated processor: emulator/cpu/core and the code generated from its instruction table, to out/emulator/cpu.wasm. */
import path from 'node:path';
import { generateCore } from '../emulator/cpu/codegen/generate.ts';
import { CURRENT_UOP, STATIC_DATA } from '../emulator/cpu/layout.ts';
import { buildIdentity, isFresh, listFiles, markFresh, sha256, writeAtomically } from './cache.ts';
import { joinRunLoop } from './emulator/run-loop.ts';
import { growableTable, withCustomSection } from './emulator/sections.ts';
import { fromRoot, OUT, ROOT } from './paths.ts';
import type { Report } from './report.ts';
import { compileAssemblyScript } from './toolchain/asc/compile.ts';

export const CPU_WASM = path.join(OUT, 'emulator', 'cpu.wasm');
const GENERATED = 'emulator/cpu/core/generated.ts';
const MEMORY_PAGES = 65536;

export async function buildEmulator(report: Report): Promise<void> {
  const inputs = [
    ...listFiles(fromRoot('emulator/cpu'), (name) => name.endsWith('.ts') && !name.endsWith('.test.ts')),
    fromRoot('package-lock.json'),
  ];
  const key = sha256(buildIdentity(['emulator.ts', 'emulator', 'toolchain/asc', 'toolchain/wasm']));
  if (isFresh('emulator', key)) return;
  const { source: generated, caseCount, ops } = generateCore();
  const result = await compileAssemblyScript({
    baseDir: ROOT,
    entries: ['emulator/cpu/core/main.ts'],
    target: 'wasm32',
    memoryBase: BigInt(STATIC_DATA),
    aliases: {},
    runtime: null,
    optimizeLevel: 2,
    memory: { import: true, initialPages: 4, maximumPages: MEMORY_PAGES, shared: true },
    noAssert: true,
    simd: true,
    exportTable: true,
    generated: { [GENERATED]: generated },
  });
  // AS201 warns of 64-bit pointers; the core is wasm32 for good.
  report.warn(
    result.warnings
      .split(/\n(?=WARNING )/)
      .filter((warning) => !warning.includes('AS201'))
      .join('\n'),
  );
  const joined = joinRunLoop(result.wasm, { count: caseCount, currentUop: CURRENT_UOP });
  // The translator reads what the numbers of micro-ops mean from the module that they belong to.
  const wasm = withCustomSection(growableTable(joined), 'micro-ops', Buffer.from(JSON.stringify(ops)));
  writeAtomically(CPU_WASM, wasm);
  // To read when something is wrong with it.
  writeAtomically(path.join(OUT, 'emulator', 'generated.ts'), generated);
  markFresh('emulator', key, { inputs, outputs: [CPU_WASM] });
  report.built(`out/emulator/cpu.wasm, ${Math.round(wasm.length / 1024)} KB`);
}
