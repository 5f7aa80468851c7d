/**
 * A processor for tests of the board: instead of instructions it runs what the test gives it.
 *
 * - Each `run` calls the script once; the script uses `cpu.host` for ports and MMIO and says why it returns.
 */
import type { StateFields } from './state-fields.ts';
import { NO_CHECKS, type PageKind, type RunResult, type Vcpu, type VcpuHost } from './vcpu-types.ts';

const PAGE_BYTES = 4096;
const BACKING_BYTES = 24 * 1024 * 1024;

interface Mapping {
  readonly kind: PageKind;
  readonly offset: number;
}

export type Script = (cpu: ScriptedVcpu) => RunResult;

export class ScriptedVcpu implements Vcpu {
  readonly memory: WebAssembly.Memory;
  readonly ramOffset = 0;
  readonly host: VcpuHost;
  readonly pages = new Map<number, Mapping>();
  script: Script;
  interruptLine = false;
  a20 = true;
  resets = 0;
  /** How often the board asked for the end of the slice. A script returns by itself. */
  yieldsAsked = 0;
  instructionCount = 0n;
  readonly translatorChecks = NO_CHECKS;
  /** The low halves of the general registers, by number. */
  readonly general = new Uint32Array(8);
  #next: number;
  readonly #bytes: Uint8Array;
  readonly #dirty = new Set<number>();

  constructor(ramBytes: number, host: VcpuHost, script: Script) {
    this.memory = new WebAssembly.Memory({ initial: (ramBytes + BACKING_BYTES) / 65536 });
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#next = ramBytes;
    this.host = host;
    this.script = script;
  }

  state(fields: StateFields): void {
    this.instructionCount = fields.u64(this.instructionCount);
  }

  readGeneral(register: number): number {
    return this.general[register] ?? 0;
  }

  writeGeneral(register: number, value: number): void {
    this.general[register] = value;
  }

  allocateBacking(sizeBytes: number): number {
    const offset = this.#next;
    this.#next += sizeBytes;
    return offset;
  }

  mapPages(physicalAddress: number, sizeBytes: number, kind: PageKind, backingOffset: number): void {
    for (let at = 0; at < sizeBytes; at += PAGE_BYTES) {
      this.pages.set((physicalAddress + at) / PAGE_BYTES, { kind, offset: backingOffset + at });
    }
  }

  takeDirtyPages(backingOffset: number, sizeBytes: number): Uint8Array {
    const bits = new Uint8Array(Math.ceil(sizeBytes / PAGE_BYTES / 8));
    for (const page of this.#dirty) {
      const index = page - backingOffset / PAGE_BYTES;
      if (index < 0 || index >= sizeBytes / PAGE_BYTES) continue;
      bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
      this.#dirty.delete(page);
    }
    return bits;
  }

  invalidateCode(): void {
    // It caches nothing.
  }

  setA20(enabled: boolean): void {
    this.a20 = enabled;
  }

  setInterruptLine(asserted: boolean): void {
    this.interruptLine = asserted;
  }

  raiseNmi(): void {
    // No script needs one yet.
  }

  run(budget: number): RunResult {
    this.instructionCount += BigInt(Math.min(budget, 100));
    return this.script(this);
  }

  requestYield(): void {
    this.yieldsAsked++;
  }

  reset(): void {
    this.resets++;
  }

  registers(): ReadonlyMap<string, bigint> {
    return new Map([['rip', 0xfff0n]]);
  }

  /** A byte at a physical address, as the processor reaches it. */
  read(address: number): number {
    const page = this.pages.get(Math.floor(address / PAGE_BYTES));
    if (page === undefined || page.kind === 'mmio') return this.host.mmioRead(address, 1);
    return this.#bytes[page.offset + (address % PAGE_BYTES)] ?? 0;
  }

  write(address: number, value: number): void {
    const page = this.pages.get(Math.floor(address / PAGE_BYTES));
    if (page === undefined || page.kind === 'mmio') {
      this.host.mmioWrite(address, 1, value);
    } else if (page.kind !== 'rom') {
      this.#bytes[page.offset + (address % PAGE_BYTES)] = value;
      if (page.kind === 'video') this.#dirty.add(Math.floor(page.offset / PAGE_BYTES));
    }
  }
}
