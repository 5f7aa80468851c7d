/**
 * Compiles kernel modules to wasm32 with the stock AssemblyScript compiler, so that vitest can run the very
 * sources of the kernel on a WebAssembly.Memory.
 *
 * - `entries` are paths relative to kernel/ (name a replaced module by its real path); what they export is what the
 *   test calls. Pointers are numbers,
 *   u64 and i64 are bigints.
 * - `replace` swaps a module for a double: { 'mm/kmalloc.ts': 'testing/doubles/kmalloc.ts' }.
 * - Host imports go by `module.function`, where module is the base name of the file that declares it. One that
 *   the test does not provide throws when it is called.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const kernelRoot = fileURLToPath(new URL('..', import.meta.url));

/** What a kernel function is to the test: numbers for pointers and 32-bit values, bigints for 64-bit ones. */
export type KernelFunction = (...args: (number | bigint)[]) => number;
export type KernelFunction64 = (...args: (number | bigint)[]) => bigint;
export type HostFunction = (...args: never[]) => number | bigint | void;
export type HostImports = Record<string, Record<string, HostFunction>>;

export interface KernelModuleOptions {
  readonly entries: readonly string[];
  readonly replace?: Readonly<Record<string, string>>;
}

/** The doubles that nearly every test wants. */
export const standardDoubles: Readonly<Record<string, string>> = {
  'mm/kmalloc.ts': 'testing/doubles/kmalloc.ts',
  'mm/page-cache.ts': 'testing/doubles/page-cache.ts',
  'arch/x86_64/ports.ts': 'testing/doubles/ports.ts',
  'arch/x86_64/irq.ts': 'testing/doubles/irq.ts',
  'lib/log.ts': 'testing/doubles/log.ts',
  'lib/spinlock.ts': 'testing/doubles/spinlock.ts',
  'arch/x86_64/cpu.ts': 'testing/doubles/cpu.ts',
  'proc/credentials.ts': 'testing/doubles/credentials.ts',
  'sched/clock.ts': 'testing/doubles/clock.ts',
  'sched/mutex.ts': 'testing/doubles/mutex.ts',
  'sched/wait-queue.ts': 'testing/doubles/wait-queue.ts',
};

/** Compiles to wasm bytes; throws with the compiler's own messages. */
export async function compileKernel(options: KernelModuleOptions): Promise<Uint8Array<ArrayBuffer>> {
  const replace = options.replace ?? standardDoubles;
  const outputs = new Map<string, Uint8Array>();
  let messages = '';
  const { error } = await asc.main(
    [
      ...options.entries,
      '--outFile',
      'module.wasm',
      '--runtime',
      'stub',
      '--optimizeLevel',
      '1',
      '--debug',
      '--enable',
      'threads', // atomic.* is how the kernel shares flags with interrupt handlers
      '--baseDir',
      kernelRoot,
    ],
    {
      readFile: async (name: string, baseDir: string) => {
        const relative = path.relative(kernelRoot, path.resolve(baseDir, name)).replaceAll(path.sep, '/');
        try {
          return await readFile(path.resolve(kernelRoot, replace[relative] ?? relative), 'utf8');
        } catch {
          return null; // the compiler tries several names for one import
        }
      },
      writeFile: (name: string, contents: string | Uint8Array) => {
        if (typeof contents !== 'string') outputs.set(name, contents);
      },
      listFiles: () => [],
      stderr: {
        write: (chunk: string | Uint8Array) => {
          messages += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
          return true;
        },
      },
    },
  );
  const wasm = outputs.get('module.wasm');
  if (error || !wasm) throw new Error(`${options.entries.join(' ')} does not compile:\n${messages}`);
  return new Uint8Array(wasm);
}

/** A running kernel module: its exports, and its memory by the kind of value. */
export class KernelModule {
  readonly #instance: WebAssembly.Instance;
  readonly memory: WebAssembly.Memory;

  constructor(instance: WebAssembly.Instance) {
    this.#instance = instance;
    const memory = instance.exports['memory'];
    if (!(memory instanceof WebAssembly.Memory)) throw new Error('the module exports no memory');
    this.memory = memory;
  }

  /** The exported function `name` of a 32-bit result (or none). */
  fn(name: string): KernelFunction {
    return this.#lookup(name) as KernelFunction;
  }

  /** The exported function `name` of a 64-bit result. */
  fn64(name: string): KernelFunction64 {
    return this.#lookup(name) as KernelFunction64;
  }

  #lookup(name: string): unknown {
    const value = this.#instance.exports[name];
    if (typeof value !== 'function') throw new Error(`the module exports no function ${name}`);
    return value;
  }

  /** An exported constant or variable. */
  value(name: string): number {
    const value = this.#instance.exports[name];
    if (!(value instanceof WebAssembly.Global)) throw new Error(`the module exports no value ${name}`);
    return Number(value.value);
  }

  /** Memory is re-viewed at each call: it may have grown. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** Copies bytes into freshly allocated kernel memory; the module must include the kmalloc double. */
  put(data: Uint8Array): number {
    const address = this.fn('kmalloc')(Math.max(data.length, 1));
    if (address === 0) throw new Error('the test ran out of kernel memory');
    this.bytes(address, data.length).set(data);
    return address;
  }

  /** A NUL-terminated string in kernel memory. */
  putString(text: string): number {
    return this.put(new TextEncoder().encode(`${text}\0`));
  }

  text(address: number, length: number): string {
    return new TextDecoder().decode(this.bytes(address, length).slice());
  }

  cString(address: number): string {
    const all = new Uint8Array(this.memory.buffer);
    return this.text(address, all.indexOf(0, address) - address);
  }
}

/** Reads the UTF-16 message of a failed kernel assertion. */
function staticString(memory: WebAssembly.Memory | undefined, pointer: number): string {
  if (!memory || pointer === 0) return '';
  const length = new DataView(memory.buffer).getUint32(pointer - 4, true);
  return new TextDecoder('utf-16le').decode(new Uint8Array(memory.buffer, pointer, length).slice());
}

export async function instantiateKernel(
  wasm: Uint8Array<ArrayBuffer>,
  host: HostImports = {},
): Promise<KernelModule> {
  let memory: WebAssembly.Memory | undefined;
  const module = await WebAssembly.compile(wasm);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const given = host[from]?.[name];
    (imports[from] ??= {})[name] = given
      ? (given as (...args: never[]) => unknown)
      : () => {
          throw new Error(`the test provides no ${from}.${name}`);
        };
  }
  imports['env'] = {
    ...imports['env'],
    abort: (message: number, file: number, line: number, column: number) => {
      throw new Error(
        `kernel assertion: ${staticString(memory, message)} at ${staticString(memory, file)}:${line}:${column}`,
      );
    },
  };
  const instance = await WebAssembly.instantiate(module, imports);
  const kernel = new KernelModule(instance);
  memory = kernel.memory;
  return kernel;
}

/** Compile and start in one step. */
export async function loadKernel(
  entries: readonly string[],
  host: HostImports = {},
  replace: Readonly<Record<string, string>> = {},
): Promise<KernelModule> {
  const wasm = await compileKernel({
    entries: [...entries, 'mm/kmalloc.ts'],
    replace: { ...standardDoubles, ...replace },
  });
  return instantiateKernel(wasm, host);
}
