/**
 * A processor that is watched: keeps the last instructions' registers and prints them when asked.
 *
 * - It single-steps, so it is some hundred times slower; `from` lets the beginning run at full speed.
 * - Lines have the form "count cs:rip rax rbx …", to be compared with QEMU's `-d cpu`.
 */
import type { StateFields } from '../machine/state-fields.ts';
import type { PageKind, RunResult, TranslatorChecks, Vcpu } from '../machine/vcpu-types.ts';

const SHOWN = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp', 'rflags'] as const;

export interface TraceOptions {
  /** Instructions that run at full speed first. */
  readonly from: bigint;
  /** How many lines are kept. */
  readonly keep: number;
}

export class TracingVcpu implements Vcpu {
  readonly #inner: Vcpu;
  readonly #options: TraceOptions;
  readonly #lines: string[] = [];
  #yield = false;

  constructor(inner: Vcpu, options: TraceOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  get memory(): WebAssembly.Memory {
    return this.#inner.memory;
  }
  get ramOffset(): number {
    return this.#inner.ramOffset;
  }
  get instructionCount(): bigint {
    return this.#inner.instructionCount;
  }

  get translatorChecks(): TranslatorChecks {
    return this.#inner.translatorChecks;
  }

  state(fields: StateFields): void {
    this.#inner.state(fields);
  }
  allocateBacking(sizeBytes: number): number {
    return this.#inner.allocateBacking(sizeBytes);
  }
  mapPages(physicalAddress: number, sizeBytes: number, kind: PageKind, backingOffset: number): void {
    this.#inner.mapPages(physicalAddress, sizeBytes, kind, backingOffset);
  }
  takeDirtyPages(backingOffset: number, sizeBytes: number): Uint8Array {
    return this.#inner.takeDirtyPages(backingOffset, sizeBytes);
  }
  invalidateCode(backingOffset: number, sizeBytes: number): void {
    this.#inner.invalidateCode(backingOffset, sizeBytes);
  }
  setA20(enabled: boolean): void {
    this.#inner.setA20(enabled);
  }
  setInterruptLine(asserted: boolean): void {
    this.#inner.setInterruptLine(asserted);
  }
  raiseNmi(): void {
    this.#inner.raiseNmi();
  }
  requestYield(): void {
    this.#yield = true;
    this.#inner.requestYield();
  }
  reset(kind: 'power-on' | 'init'): void {
    this.#inner.reset(kind);
  }
  readGeneral(register: number): number {
    return this.#inner.readGeneral(register);
  }

  writeGeneral(register: number, value: number): void {
    this.#inner.writeGeneral(register, value);
  }

  registers(): ReadonlyMap<string, bigint> {
    return this.#inner.registers();
  }

  run(budget: number): RunResult {
    const before = this.#options.from - this.#inner.instructionCount;
    if (before > 0n) return this.#inner.run(Math.min(budget, Number(before)));
    this.#yield = false;
    for (let i = 0; i < budget; i++) {
      this.#record();
      const result = this.#inner.run(1);
      if (result !== 'budget') return result;
      if (this.#yieldAsked()) return 'yield';
    }
    return 'budget';
  }

  #yieldAsked(): boolean {
    return this.#yield;
  }

  #record(): void {
    this.#lines.push(describe(this.#inner));
    if (this.#lines.length > 2 * this.#options.keep) this.#lines.splice(0, this.#options.keep);
  }

  /** The last lines, oldest first. */
  recent(): readonly string[] {
    return this.#lines.slice(-this.#options.keep);
  }
}

export function describe(vcpu: Vcpu): string {
  const registers = vcpu.registers();
  const hex = (name: string): string => (registers.get(name) ?? 0n).toString(16);
  const rest = SHOWN.map((name) => `${name}=${hex(name)}`).join(' ');
  return `${vcpu.instructionCount.toString()} ${hex('cs')}:${hex('rip')} ${rest}`;
}
