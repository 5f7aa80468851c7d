/**
 * The processor as the board sees it: one WebAssembly.Memory, one instance of the core over it.
 *
 * - Implements Vcpu of emulator/machine/vcpu-types.ts; rules for callers are there.
 * - Exceptions of the guest unwind the core's frames by a JavaScript exception (UNWIND), caught here.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StateFields } from '../machine/state-fields.ts';
import {
  NO_CHECKS,
  type AccessSize,
  type PageKind,
  type RunResult,
  type TranslatorChecks,
  type Vcpu,
  type VcpuHost,
} from '../machine/vcpu-types.ts';
import {
  BACKING_RESERVE,
  DIRTY,
  EXIT_REASON,
  INSTRUCTIONS,
  COUNTDOWN,
  COUNTDOWN_SAVED,
  CURRENT_UOP,
  PAGE_MMIO,
  PAGE_RAM,
  PAGE_ROM,
  PAGE_VIDEO,
  RAM_BASE,
  REGS,
  SLICE,
  UOP_COUNT,
} from './layout.ts';
import { readRegisters } from './register-view.ts';
import { describeReport } from './reports.ts';
import { VCPU_STATE_VERSION, vcpuState } from './state.ts';
import type { OpDescription } from './codegen/generate.ts';
import type { TranslatorCore } from '../translator/core.ts';
import { Translator, type TranslatorOptions, type TranslatorStatistics } from '../translator/translator.ts';

const PAGE_SIZE = 4096;
const WASM_PAGE = 65536;
/** As the core's import declares it. */
const MAXIMUM_PAGES = 65536;

const KINDS: Readonly<Record<PageKind, number>> = {
  mmio: PAGE_MMIO,
  ram: PAGE_RAM,
  rom: PAGE_ROM,
  video: PAGE_VIDEO,
};
const RESULTS: readonly RunResult[] = ['budget', 'halted', 'yield', 'triple-fault'];

/** Exceptions in one run that cost nothing besides their instructions. */
const FREE_EXCEPTIONS = 1000;

/** Takes all frames of the core away; the core has written down why. */
const UNWIND = new Error('the guest raised an exception');

interface Core extends TranslatorCore {
  initialise(): number;
  reset(powerOn: boolean): void;
  begin(budget: number): void;
  runSlice(): void;
  end(): void;
  requestYield(): void;
  raiseNmi(): void;
  setInterruptLine(asserted: boolean): void;
  setA20(enabled: boolean): void;
  mapPages(firstPage: number, count: number, entry: number, step: number): void;
  invalidateCode(offset: number, size: number): void;
  videoTaken(): void;
  forgetCaches(): void;
}

const CORE_FILE = path.join(import.meta.dirname, '..', '..', 'out', 'emulator', 'cpu.wasm');
let compiled: Promise<WebAssembly.Module> | null = null;

function compileCore(): Promise<WebAssembly.Module> {
  compiled ??= readFile(process.env['BREENIX_CPU_WASM'] ?? CORE_FILE).then((bytes) =>
    WebAssembly.compile(bytes),
  );
  return compiled;
}

function asAccessSize(size: number): AccessSize {
  return size === 1 ? 1 : size === 2 ? 2 : 4;
}

/** The imports by function name; the module part is the path of core/host.ts. */
function hostImports(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  host: VcpuHost,
): WebAssembly.Imports {
  const view = new DataView(memory.buffer);
  const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
    portRead: (port: number, size: number) => host.portRead(port, asAccessSize(size)),
    portReadRun: (port: number, size: number, at: number, bytes: number) =>
      host.portReadRun(port, asAccessSize(size), new Uint8Array(memory.buffer, at >>> 0, bytes)),
    portWrite: (port: number, size: number, value: number) => {
      host.portWrite(port, asAccessSize(size), value >>> 0);
    },
    portWriteRun: (port: number, size: number, at: number, bytes: number) =>
      host.portWriteRun(port, asAccessSize(size), new Uint8Array(memory.buffer, at >>> 0, bytes)),
    mmioRead: (address: number, size: number) => host.mmioRead(address, asAccessSize(size)),
    mmioWrite: (address: number, size: number, value: number) => {
      host.mmioWrite(address, asAccessSize(size), value >>> 0);
    },
    acknowledgeInterrupt: () => host.acknowledgeInterrupt(),
    taskPriority: () => host.taskPriority(),
    setTaskPriority: (value: number) => {
      host.setTaskPriority(value);
    },
    setApicBase: (value: bigint) => {
      host.setApicBase(BigInt.asUintN(64, value));
    },
    timestampDeadline: () => host.timestampDeadline(),
    setTimestampDeadline: (value: bigint) => {
      host.setTimestampDeadline(BigInt.asUintN(64, value));
    },
    timestamp: () => host.timestampCounter(),
    unwind: () => {
      throw UNWIND;
    },
    report: (what: number, a: bigint, b: bigint) => {
      host.log(...describeReport(view, what, a, b));
    },
    abort: () => {
      throw new Error('the processor core aborted');
    },
  };
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = (imports[from] ??= {});
    const found = kind === 'memory' ? memory : functions[name];
    if (found === undefined)
      throw new Error(`cpu.wasm wants ${from}.${name}, which the wrapper does not have`);
    group[name] = found;
  }
  return imports;
}

export class WasmVcpu implements Vcpu {
  readonly memory: WebAssembly.Memory;
  readonly ramOffset = RAM_BASE;
  readonly #core: Core;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #backingEnd: number;
  #backingNext: number;
  readonly #translator: Translator | null;
  #running = false;

  constructor(memory: WebAssembly.Memory, core: Core, ramBytes: number, translator: Translator | null) {
    this.#translator = translator;
    this.memory = memory;
    this.#core = core;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#backingNext = RAM_BASE + ramBytes;
    this.#backingEnd = this.#backingNext + BACKING_RESERVE;
  }

  allocateBacking(sizeBytes: number): number {
    const offset = this.#backingNext;
    const end = offset + Math.ceil(sizeBytes / PAGE_SIZE) * PAGE_SIZE;
    if (end > this.#backingEnd) throw new RangeError(`no room for ${sizeBytes} bytes of ROM or video memory`);
    this.#backingNext = end;
    return offset;
  }

  mapPages(physicalAddress: number, sizeBytes: number, kind: PageKind, backingOffset: number): void {
    if ((physicalAddress | sizeBytes) % PAGE_SIZE !== 0) throw new RangeError('mapPages: not whole pages');
    // What lies above 4 GiB is always MMIO.
    const end = Math.min(physicalAddress + sizeBytes, 0x1_0000_0000);
    if (physicalAddress >= end) return;
    const entry = kind === 'mmio' ? PAGE_MMIO : backingOffset + KINDS[kind];
    const step = kind === 'mmio' ? 0 : PAGE_SIZE;
    this.#core.mapPages(physicalAddress / PAGE_SIZE, (end - physicalAddress) / PAGE_SIZE, entry, step);
  }

  takeDirtyPages(backingOffset: number, sizeBytes: number): Uint8Array {
    const count = Math.ceil(sizeBytes / PAGE_SIZE);
    const bits = new Uint8Array(Math.ceil(count / 8));
    const first = DIRTY + backingOffset / PAGE_SIZE;
    const bytes = this.#bytes;
    let any = false;
    for (let i = 0; i < count; i++) {
      if (bytes[first + i] === 0) continue;
      bytes[first + i] = 0;
      bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
      any = true;
    }
    if (any) this.#core.videoTaken();
    return bits;
  }

  invalidateCode(backingOffset: number, sizeBytes: number): void {
    this.#core.invalidateCode(backingOffset, sizeBytes);
  }

  setA20(enabled: boolean): void {
    this.#core.setA20(enabled);
  }

  setInterruptLine(asserted: boolean): void {
    this.#core.setInterruptLine(asserted);
  }

  raiseNmi(): void {
    this.#core.raiseNmi();
  }

  run(budget: number): RunResult {
    if (this.#running) throw new Error('run was called from a host call');
    this.#running = true;
    try {
      this.#core.begin(Math.min(Math.max(1, Math.floor(budget)), 0x3fff_ffff));
      const reason = this.#proceed();
      this.#core.end();
      this.#translator?.afterSlice();
      return RESULTS[reason] ?? 'budget';
    } finally {
      this.#running = false;
    }
  }

  #proceed(): number {
    let unwound = 0;
    for (;;) {
      try {
        this.#core.runSlice();
        return this.#view.getUint32(EXIT_REASON, true);
      } catch (error) {
        if (error !== UNWIND) throw error;
        // A guest whose handlers fault before their first instruction executes none: its exceptions use the budget up.
        if (++unwound > FREE_EXCEPTIONS)
          this.#view.setInt32(COUNTDOWN, this.#view.getInt32(COUNTDOWN, true) - 1, true);
      }
    }
  }

  /** What was translated so far; null without a translator. */
  get translatorStatistics(): TranslatorStatistics | null {
    return this.#translator?.statistics ?? null;
  }

  get translatorChecks(): TranslatorChecks {
    return this.#translator?.checked ?? NO_CHECKS;
  }

  requestYield(): void {
    this.#core.requestYield();
  }

  reset(kind: 'power-on' | 'init'): void {
    this.#core.reset(kind === 'power-on');
  }

  readGeneral(register: number): number {
    return this.#view.getUint32(REGS + 8 * register, true);
  }

  writeGeneral(register: number, value: number): void {
    this.#view.setBigUint64(REGS + 8 * register, BigInt(value >>> 0), true);
  }

  get instructionCount(): bigint {
    const view = this.#view;
    const left = view.getInt32(COUNTDOWN, true) + view.getInt32(COUNTDOWN_SAVED, true);
    // Inside a host call the instructions before the running one of its block are not taken off yet.
    const current = view.getUint32(CURRENT_UOP, true);
    const before = current === 0 ? 0 : view.getUint8(current + UOP_COUNT) - 1;
    return view.getBigUint64(INSTRUCTIONS, true) + BigInt(view.getInt32(SLICE, true) - left + before);
  }

  readonly stateVersion = VCPU_STATE_VERSION;

  /** Drops all caches in both directions: what is saved goes on with the same ones as what is restored. */
  state(fields: StateFields): void {
    vcpuState(this.#view, fields);
    this.#core.forgetCaches();
  }

  registers(): ReadonlyMap<string, bigint> {
    return readRegisters(this.#view, this.#core.eflags());
  }
}

/** What the numbers of micro-ops mean, from the module that they belong to. */
function opDescriptions(module: WebAssembly.Module): readonly OpDescription[] {
  const [section] = WebAssembly.Module.customSections(module, 'micro-ops');
  if (section === undefined) throw new Error('cpu.wasm has no list of micro-ops: build the emulator anew');
  return JSON.parse(new TextDecoder().decode(section)) as OpDescription[];
}

export interface VcpuOptions {
  /** Translates hot code to WebAssembly; null: everything is interpreted. */
  readonly translator?: TranslatorOptions | null;
}

/** A processor with `ramBytes` of guest RAM behind it, in its reset state, nothing mapped. */
export async function createVcpu(
  ramBytes: number,
  host: VcpuHost,
  options: VcpuOptions = {},
): Promise<WasmVcpu> {
  const module = await compileCore();
  const pages = Math.ceil((RAM_BASE + ramBytes + BACKING_RESERVE) / WASM_PAGE);
  if (pages > MAXIMUM_PAGES)
    throw new RangeError(`${ramBytes} bytes of RAM do not fit in 4 GiB of address space`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const instance = await WebAssembly.instantiate(module, hostImports(module, memory, host));
  const core = instance.exports as unknown as Core;
  if (core.initialise() === 0) throw new Error('cpu.wasm: the handlers are not where the tables expect them');
  const wanted = options.translator ?? null;
  const translator = wanted === null ? null : new Translator(memory, core, opDescriptions(module), wanted);
  return new WasmVcpu(memory, core, ramBytes, translator);
}
