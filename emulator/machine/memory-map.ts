/**
 * The physical address space: RAM, ROM, shadow RAM, video memory and MMIO windows in layers.
 *
 * - A later claim hides what it overlaps and uncovers it when it is removed, page by page.
 * - An address nobody claims reads as ones and ignores writes; each such page is named once in the log.
 */
import type { AccessSize, Backing, BusMasterMemory, Log, MemorySpace, MmioHandler, Region } from './bus.ts';
import { logOnce } from '../devices/log-once.ts';
import type { PageKind, Vcpu } from './vcpu-types.ts';

interface Layer {
  readonly name: string;
  readonly base: number;
  readonly end: number;
  readonly kind: PageKind;
  /** Backing of `base`; -1 for MMIO. */
  readonly backingOffset: number;
  /** Of all accesses to MMIO, of writes to a ROM. */
  readonly handler: MmioHandler | null;
}

type Mapper = Pick<Vcpu, 'mapPages' | 'invalidateCode'>;

const ALL_ONES = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;
const NAMED_PAGE = 4096;

export class MemoryMap implements MemorySpace, BusMasterMemory {
  readonly #vcpu: Mapper;
  readonly #ram: Uint8Array;
  readonly #ramOffset: number;
  readonly #layers: Layer[] = [];
  readonly #once: (message: string) => void;

  constructor(vcpu: Mapper, ramOffset: number, ram: Uint8Array, log: Log) {
    this.#vcpu = vcpu;
    this.#ram = ram;
    this.#ramOffset = ramOffset;
    this.#once = logOnce(log);
  }

  /** Guest RAM at its own address, writable or as a ROM. */
  claimRam(name: string, base: number, sizeBytes: number, kind: 'ram' | 'rom'): Region {
    return this.#add({
      name,
      base,
      end: base + sizeBytes,
      kind,
      backingOffset: this.#ramOffset + base,
      handler: null,
    });
  }

  claimMmio(name: string, base: number, sizeBytes: number, handler: MmioHandler): Region {
    return this.#add({ name, base, end: base + sizeBytes, kind: 'mmio', backingOffset: -1, handler });
  }

  claimBacking(
    name: string,
    base: number,
    sizeBytes: number,
    kind: 'rom' | 'video',
    backing: Backing,
    writes?: MmioHandler,
  ): Region {
    return this.#add({
      name,
      base,
      end: base + sizeBytes,
      kind,
      backingOffset: backing.offset,
      handler: writes ?? null,
    });
  }

  #add(layer: Layer): Region {
    this.#layers.push(layer);
    this.#paint(layer.base, layer.end);
    return {
      remove: (): void => {
        const at = this.#layers.indexOf(layer);
        if (at < 0) return;
        this.#layers.splice(at, 1);
        this.#paint(layer.base, layer.end);
      },
    };
  }

  #top(address: number): Layer | undefined {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i];
      if (layer !== undefined && address >= layer.base && address < layer.end) return layer;
    }
    return undefined;
  }

  /** Tells the processor what is uppermost in a range, in the largest uniform pieces. */
  #paint(base: number, end: number): void {
    const edges = new Set([base, end]);
    for (const layer of this.#layers) {
      if (layer.base > base && layer.base < end) edges.add(layer.base);
      if (layer.end > base && layer.end < end) edges.add(layer.end);
    }
    const sorted = [...edges].sort((a, b) => a - b);
    for (let i = 0; i + 1 < sorted.length; i++) {
      const from = sorted[i] ?? end;
      const to = sorted[i + 1] ?? end;
      const layer = this.#top(from);
      const mapped = layer !== undefined && layer.kind !== 'mmio';
      const offset = mapped ? layer.backingOffset + (from - layer.base) : 0;
      this.#vcpu.mapPages(from, to - from, mapped ? layer.kind : 'mmio', offset);
    }
  }

  mmioRead(address: number, sizeBytes: AccessSize): number {
    const layer = this.#top(address);
    if (layer !== undefined && layer.handler !== null) {
      return layer.handler.mmioRead(address - layer.base, sizeBytes);
    }
    this.#nameOnce(address, 'read');
    return ALL_ONES[sizeBytes];
  }

  mmioWrite(address: number, sizeBytes: AccessSize, value: number): void {
    const layer = this.#top(address);
    if (layer !== undefined && layer.handler !== null)
      layer.handler.mmioWrite(address - layer.base, sizeBytes, value);
    else if (layer === undefined) this.#nameOnce(address, 'write');
  }

  #nameOnce(address: number, what: string): void {
    const page = Math.floor(address / NAMED_PAGE) * NAMED_PAGE;
    this.#once(`no memory in the page at 0x${page.toString(16)}: ${what}`);
  }

  // --- Bus masters ------------------------------------------------------------------------------------------

  read(physicalAddress: number, into: Uint8Array): void {
    const available = Math.max(0, Math.min(into.length, this.#ram.length - physicalAddress));
    into.set(this.#ram.subarray(physicalAddress, physicalAddress + available));
    into.fill(0xff, available);
  }

  write(physicalAddress: number, from: Uint8Array): void {
    const available = Math.max(0, Math.min(from.length, this.#ram.length - physicalAddress));
    if (available === 0) return;
    this.#ram.set(from.subarray(0, available), physicalAddress);
    this.ramWritten(physicalAddress, available);
  }

  clear(physicalAddress: number, sizeBytes: number): void {
    const end = Math.min(physicalAddress + sizeBytes, this.#ram.length);
    if (end <= physicalAddress) return;
    this.#ram.fill(0, physicalAddress, end);
    this.ramWritten(physicalAddress, end - physicalAddress);
  }

  ram(physicalAddress: number, sizeBytes: number): Uint8Array | null {
    const end = physicalAddress + sizeBytes;
    return end <= this.#ram.length ? this.#ram.subarray(physicalAddress, end) : null;
  }

  ramWritten(physicalAddress: number, sizeBytes: number): void {
    this.#vcpu.invalidateCode(this.#ramOffset + physicalAddress, sizeBytes);
  }
}
