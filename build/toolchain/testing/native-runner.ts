/**
 * Runs a wasm module twice, by V8 and as C compiled by clang for this machine, on the same calls, so that tests can
 * compare results, traps and memory.
 *
 * Rules for callers: every parameter and result is u32 or u64 (pass floats as bits and reinterpret inside), because
 * JavaScript numbers do not keep the payload of a NaN.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromRoot } from '../../paths.ts';
import { translateModule } from '../c/translate.ts';
import { findTool } from '../clang.ts';
import { readWasmModule } from '../wasm/module-reader.ts';
import type { WasmModule } from '../wasm/types.ts';

export interface Call {
  readonly name: string;
  readonly args: readonly bigint[];
}

export interface RunResult {
  /** One for each call: `0x…`, `void`, or `trap N` with a kind of rt.h. */
  readonly outcomes: readonly string[];
  /** Linear memory after all calls. */
  readonly memory: Buffer;
}

const MEMORY_BYTES = 65_536;

/** V8's messages, and the kinds of trap in rt.h that they are. */
const TRAPS: readonly { readonly pattern: RegExp; readonly kind: number }[] = [
  { pattern: /unreachable/, kind: 0 },
  { pattern: /divide|remainder/, kind: 1 },
  { pattern: /table index/, kind: 2 },
  { pattern: /null function|signature mismatch/, kind: 3 },
  { pattern: /float unrepresentable/, kind: 4 },
];

function trapKind(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const trap = TRAPS.find(({ pattern }) => pattern.test(message));
  if (!trap) throw error;
  return `trap ${trap.kind}`;
}

export function runInV8(wasm: Uint8Array<ArrayBuffer>, calls: readonly Call[]): RunResult {
  const module = readWasmModule(wasm);
  const types = new Map(module.functions.map((f) => [f.name, f.type]));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const outcomes = calls.map(({ name, args }) => {
    const type = types.get(name);
    const f = exports[name] as (...args: (number | bigint)[]) => number | bigint | undefined;
    try {
      const result = f(...args.map((a, i) => (type?.params[i] === 'u64' ? a : Number(a))));
      if (result === undefined) return 'void';
      return `0x${BigInt.asUintN(type?.result === 'u64' ? 64 : 32, BigInt(result)).toString(16)}`;
    } catch (error) {
      return trapKind(error);
    }
  });
  return { outcomes, memory: Buffer.from((exports['memory'] as WebAssembly.Memory).buffer) };
}

function driver(module: WasmModule, calls: readonly Call[]): string {
  const widest = Math.max(1, ...module.functions.map((f) => f.type.params.length));
  const wrappers = module.functions.map(({ name, type }) => {
    const args = type.params.map((_, i) => `a[${i}]`).join(', ');
    const call = `${name}(${args})`;
    const prototype = `${type.result ?? 'void'} ${name}(${type.params.join(', ') || 'void'});`;
    const body = type.result === null ? `${call}; printf("void\\n");` : `printf("0x%lx\\n", (u64)${call});`;
    return `${prototype}\nstatic void call_${name}(const u64 *a) { ${body} }`;
  });
  const rows = calls.map(
    (c) => `{ call_${c.name}, { ${c.args.map((a) => `0x${a.toString(16)}ull`).join(', ')} } },`,
  );
  return `#include <setjmp.h>
#include <stdio.h>
#include "rt.h"
u8 memory[${MEMORY_BYTES}] __attribute__((aligned(65536)));
static jmp_buf trap;
_Noreturn void rt_trap(u32 kind) { longjmp(trap, 1 + kind); }
${wrappers.join('\n')}
static const struct { void (*f)(const u64 *); u64 args[${widest}]; } calls[] = {
${rows.join('\n')}
};
int main(void) {
  for (u32 i = 0; i < sizeof calls / sizeof *calls; i++) {
    int kind = setjmp(trap);
    if (kind) printf("trap %d\\n", kind - 1);
    else calls[i].f(calls[i].args);
  }
  fflush(stdout);
  fwrite(memory, sizeof memory, 1, stderr);
  return 0;
}
`;
}

export function runNatively(wasm: Uint8Array, calls: readonly Call[], optimize = '-O2'): RunResult {
  const module = readWasmModule(wasm);
  const { units } = translateModule({
    module,
    sourceMap: new Map(),
    data: null,
    floats: true,
    singleUnit: true,
    sourcePath: (file) => file,
  });
  const directory = mkdtempSync(path.join(tmpdir(), 'breenix-native-'));
  try {
    const write = (name: string, content: string): string => {
      const file = path.join(directory, name);
      writeFileSync(file, content);
      return file;
    };
    write('imports.h', 'extern u8 memory[];\n#define rt_memory_size() 1\n');
    const sources = units.map((unit, i) => write(`unit${i}.c`, unit.text));
    sources.push(write('driver.c', driver(module, calls)));
    const program = path.join(directory, 'program');
    // The flags of program.ts that decide what operators mean.
    const flags = [
      '-fno-strict-aliasing',
      '-fwrapv',
      '-ffp-contract=off',
      '-fno-math-errno',
      '-DRT_BASE=memory',
    ];
    const include = ['-I', fromRoot('build/toolchain/runtime'), '-I', directory];
    execFileSync(findTool('clang'), [optimize, '-w', ...flags, ...include, ...sources, '-o', program], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output = path.join(directory, 'output');
    const memory = path.join(directory, 'memory');
    execFileSync('/bin/sh', ['-c', `"${program}" > "${output}" 2> "${memory}"`], { timeout: 60_000 });
    return { outcomes: readFileSync(output, 'utf8').trimEnd().split('\n'), memory: readFileSync(memory) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
