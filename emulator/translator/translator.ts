/**
 * Decides what is translated, and keeps the translations.
 *
 * - The core samples where the interpreter is (core/samples.ts). A place seen THRESHOLD times has cost more than its
 *   translation will; a page whose translations keep being dropped needs twice as many each time.
 * - A region lives in the handler table, and in the code page as a stub (core/regions.ts). Dropping the page's
 *   code makes the stub unreachable; `collect` finds that out and frees the table's slot.
 */
import type { OpDescription } from '../cpu/codegen/generate.ts';
import { CODE_EPOCH, PAGE_MAP, SAMPLES, SAMPLES_MAX, SAMPLE_PERIOD } from '../cpu/layout.ts';
import { NO_CHECKS, type TranslatorChecks } from '../machine/vcpu-types.ts';
import { Checker } from './check.ts';
import { CodePageReader } from './code-page-reader.ts';
import type { Handler, TranslatorCore } from './core.ts';
import { RegionFinder, type Region } from './discover.ts';
import { MicroOpReader } from './micro-op.ts';
import { translate, type Translation } from './translate.ts';
import { hasTailCalls } from './wasm/module.ts';

export interface TranslatorOptions {
  /** Instructions between samples of the interpreter. */
  readonly samplePeriod?: number;
  /** Samples at one place that make it worth translating. */
  readonly threshold?: number;
  /** Compares every Nth run of a region with the interpreter; a difference ends the run with an error. */
  readonly checkEvery?: number;
}

export interface TranslatorStatistics {
  regions: number;
  live: number;
  microOps: number;
  fallbacks: number;
  /** Places given up: the interpreter would have to do too much of them. */
  refused: number;
  wasmBytes: number;
  /** Milliseconds spent in writing modules and in the engine's compiler. */
  emitMs: number;
  compileMs: number;
}

interface Installed {
  readonly page: number;
  readonly offset: number;
  readonly stub: number;
}

const SAMPLE_PERIOD_DEFAULT = 15_000;
const THRESHOLD_DEFAULT = 8;
/** Micro-op numbers have 16 bits. */
const MAX_REGIONS = 20_000;
const TABLE_STEP = 512;
/** A region in which more than this share of the micro-ops falls back gains nothing. */
const MAX_FALLBACK_SHARE = 0.4;
const COLLECT_EVERY = 256;
const MAX_BACKOFF = 10;

export class Translator {
  readonly statistics: TranslatorStatistics = {
    regions: 0,
    live: 0,
    microOps: 0,
    fallbacks: 0,
    refused: 0,
    wasmBytes: 0,
    emitMs: 0,
    compileMs: 0,
  };
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #core: TranslatorCore;
  readonly #code: CodePageReader;
  readonly #finder: RegionFinder;
  readonly #firstRegion: number;
  readonly #imports: WebAssembly.Imports;
  readonly #threshold: number;
  readonly #tailCalls = hasTailCalls();
  readonly #checker: Checker | null;
  readonly #installed = new Map<number, Installed>();
  readonly #freeSlots: number[] = [];
  /** Samples by place: code page and offset. */
  readonly #heat = new Map<number, number>();
  /** How often a host page was translated. */
  readonly #pageHistory = new Map<number, number>();
  readonly #refused = new Set<number>();
  #epoch: number;

  constructor(
    memory: WebAssembly.Memory,
    core: TranslatorCore,
    ops: readonly OpDescription[],
    options: TranslatorOptions = {},
  ) {
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#core = core;
    this.#firstRegion = core.table.length;
    const reader = new MicroOpReader(this.#view, ops);
    this.#code = new CodePageReader(this.#view, this.#firstRegion);
    this.#finder = new RegionFinder(this.#code, reader);
    this.#imports = { e: { memory, table: core.table, spillFlags: core.spillFlags } };
    this.#threshold = options.threshold ?? THRESHOLD_DEFAULT;
    this.#epoch = this.#view.getUint32(CODE_EPOCH, true);
    this.#view.setUint32(SAMPLE_PERIOD, options.samplePeriod ?? SAMPLE_PERIOD_DEFAULT, true);
    this.#checker =
      options.checkEvery === undefined
        ? null
        : new Checker(memory, core, reader, this.#firstRegion, options.checkEvery);
  }

  get checked(): TranslatorChecks {
    return this.#checker?.checked ?? NO_CHECKS;
  }

  /** Between slices: translates what the samples say is worth it. */
  afterSlice(): void {
    const view = this.#view;
    const count = Math.min(view.getUint32(SAMPLES, true), SAMPLES_MAX);
    if (count === 0) return;
    view.setUint32(SAMPLES, 0, true);
    if (view.getUint32(CODE_EPOCH, true) !== this.#epoch) {
      this.#forgetAll();
      return;
    }
    for (let i = 0; i < count; i++) {
      const entry = SAMPLES + 8 + i * 8;
      this.#sample(view.getUint32(entry, true), view.getUint32(entry + 4, true));
    }
  }

  #sample(page: number, offset: number): void {
    const place = page * 4096 + offset;
    if (this.#code.blockAt(page, offset) === 0 || this.#refused.has(place)) return;
    if (this.#code.hasRegion(page, offset)) return;
    const heat = (this.#heat.get(place) ?? 0) + 1;
    this.#heat.set(place, heat);
    const host = this.#code.host(page);
    const history = this.#pageHistory.get(host) ?? 0;
    if (heat < this.#threshold * 2 ** Math.min(history >> 5, MAX_BACKOFF)) return;
    this.#heat.delete(place);
    this.#pageHistory.set(host, history + 1);
    const region = this.#finder.find(page, offset, (other, place) => this.#isHot(other, place));
    if (region === null || !this.#translate(page, region)) {
      this.#refused.add(place);
      this.statistics.refused++;
    }
  }

  /** Whether the interpreter was seen there, or a region begins there. */
  #isHot(page: number, offset: number): boolean {
    return this.#heat.has(page * 4096 + offset) || this.#code.hasRegion(page, offset);
  }

  /** Puts a table where it stays until all code is forgotten. */
  #reserve(bytes: Uint8Array): number | null {
    const table = this.#core.reserveTable(bytes.length);
    if (table === 0) return null;
    this.#bytes.set(bytes, table);
    return table;
  }

  #translate(page: number, region: Region): boolean {
    const started = performance.now();
    const translation = translate(region, {
      checked: this.#checker !== null,
      tailCalls: this.#tailCalls,
      firstRegion: this.#firstRegion,
      reserve: (bytes) => this.#reserve(bytes),
    });
    const { microOps, fallbacks } = translation;
    if (microOps === 0 || fallbacks > microOps * MAX_FALLBACK_SHARE) return false;
    const slot = this.#slot();
    if (slot === 0) return false;
    const emitted = performance.now();
    let handler = this.#compile(translation);
    if (this.#checker !== null) handler = this.#checker.wrap(handler, region);
    this.#core.table.set(slot, handler);
    const stub = this.#core.installRegion(page, region.entry, slot);
    if (stub === 0) {
      this.#free(slot);
      return true;
    }
    this.#installed.set(slot, { page, offset: region.entry, stub });
    const s = this.statistics;
    s.regions++;
    s.live = this.#installed.size;
    s.microOps += microOps;
    s.fallbacks += fallbacks;
    s.wasmBytes += translation.module.length;
    s.emitMs += emitted - started;
    s.compileMs += performance.now() - emitted;
    if (s.regions % COLLECT_EVERY === 0) this.#collect();
    return true;
  }

  #compile(translation: Translation): Handler {
    const module = new WebAssembly.Module(translation.module);
    const instance = new WebAssembly.Instance(module, this.#imports);
    return instance.exports['f'] as Handler;
  }

  /** A free slot of the handler table; 0 when there is none. */
  #slot(): number {
    if (this.#freeSlots.length === 0) {
      if (this.#installed.size >= MAX_REGIONS) this.#collect();
      if (this.#installed.size >= MAX_REGIONS) return 0;
    }
    const free = this.#freeSlots.pop();
    if (free !== undefined) return free;
    const first = this.#core.table.grow(TABLE_STEP);
    for (let i = TABLE_STEP - 1; i > 0; i--) this.#freeSlots.push(first + i);
    return first;
  }

  #free(slot: number): void {
    this.#installed.delete(slot);
    this.#core.table.set(slot, null);
    this.#freeSlots.push(slot);
  }

  /** Frees the slots of regions whose code was dropped. */
  #collect(): void {
    for (const [slot, { page, offset, stub }] of this.#installed) {
      if (this.#view.getUint32(page + PAGE_MAP + offset * 4, true) !== stub) this.#free(slot);
    }
    if (this.#heat.size > 100_000) this.#heat.clear();
    this.#refused.clear();
    this.statistics.live = this.#installed.size;
  }

  /** The store of decoded code was emptied. */
  #forgetAll(): void {
    this.#epoch = this.#view.getUint32(CODE_EPOCH, true);
    for (const slot of [...this.#installed.keys()]) this.#free(slot);
    this.#heat.clear();
    this.#refused.clear();
    this.statistics.live = 0;
  }
}
