/**
 * The physical address space: RAM, ROM, shadow RAM, video memory and MMIO windows in layers.
 *
 * - A later claim hides what it overlaps and uncovers it when it is removed, page by page. What lies on the PCI bus
 *   (`pci`) is beneath all else, whenever it is claimed: the host bridge forwards only what is not memory (440FX data
 *   sheet, "System Address Map"), so that no BAR, wherever software moves it, takes the place of RAM or of the local APIC.
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

type Bus = 'host' | 'pci';

/** Addresses from `base` to `end` at which one layer is uppermost; undefined: nobody is there. */
interface Piece {
  readonly base: number;
  readonly end: number;
  readonly layer: Layer | undefined;
}

type Mapper = Pick<Vcpu, 'mapPages' | 'invalidateCode'>;

const ALL_ONES = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;
const NAMED_PAGE = 4096;

const NOBODY: Piece = { base: 0, end: Infinity, layer: undefined };
const NO_PIECE: Piece = { base: 0, end: 0, layer: undefined };
/** A power of two. */
const RECENT = 64;

function mmioLayer(name: string, base: number, sizeBytes: number, handler: MmioHandler): Layer {
  return { name, base, end: base + sizeBytes, kind: 'mmio', backingOffset: -1, handler };
}

function backingLayer(
  name: string,
  base: number,
  sizeBytes: number,
  kind: 'rom' | 'video',
  backing: Backing,
  writes: MmioHandler | undefined,
): Layer {
  const { offset: backingOffset } = backing;
  return { name, base, end: base + sizeBytes, kind, backingOffset, handler: writes ?? null };
}

export class MemoryMap implements MemorySpace, BusMasterMemory {
  readonly #vcpu: Mapper;
  readonly #ram: Uint8Array;
  readonly #ramOffset: number;
  /** Upon each other, the uppermost last. */
  readonly #layers: Layer[] = [];
  /** How many of them, the lowest, are on the PCI bus. */
  #pciLayers = 0;
  /** The whole address space, sorted, made anew when a layer comes or goes: accesses are far more. */
  #pieces: readonly Piece[] = [NOBODY];
  /** Where accesses were lately, by bits of the page number: the next ones are mostly there too. */
  readonly #recent = new Array<Piece>(RECENT).fill(NO_PIECE);
  readonly #once: (message: string) => void;

  /** The PCI bus: windows that software places by BARs, and the display adapter's. */
  readonly pci: MemorySpace = {
    claimMmio: (name, base, sizeBytes, handler) =>
      this.#add(mmioLayer(name, base, sizeBytes, handler), 'pci'),
    claimBacking: (name, base, sizeBytes, kind, backing, writes) =>
      this.#add(backingLayer(name, base, sizeBytes, kind, backing, writes), 'pci'),
  };

  constructor(vcpu: Mapper, ramOffset: number, ram: Uint8Array, log: Log) {
    this.#vcpu = vcpu;
    this.#ram = ram;
    this.#ramOffset = ramOffset;
    this.#once = logOnce(log);
  }

  /** Guest RAM at its own address, writable or as a ROM. */
  claimRam(name: string, base: number, sizeBytes: number, kind: 'ram' | 'rom'): Region {
    const backingOffset = this.#ramOffset + base;
    return this.#add({ name, base, end: base + sizeBytes, kind, backingOffset, handler: null }, 'host');
  }

  claimMmio(name: string, base: number, sizeBytes: number, handler: MmioHandler): Region {
    return this.#add(mmioLayer(name, base, sizeBytes, handler), 'host');
  }

  claimBacking(
    name: string,
    base: number,
    sizeBytes: number,
    kind: 'rom' | 'video',
    backing: Backing,
    writes?: MmioHandler,
  ): Region {
    return this.#add(backingLayer(name, base, sizeBytes, kind, backing, writes), 'host');
  }

  #add(layer: Layer, bus: Bus): Region {
    if (bus === 'host') this.#layers.push(layer);
    else this.#layers.splice(this.#pciLayers++, 0, layer);
    this.#arrange();
    this.#paint(layer.base, layer.end);
    return {
      remove: (): void => {
        const at = this.#layers.indexOf(layer);
        if (at < 0) return;
        this.#layers.splice(at, 1);
        if (bus === 'pci') this.#pciLayers--;
        this.#arrange();
        this.#paint(layer.base, layer.end);
      },
    };
  }

  #arrange(): void {
    const edges = [...new Set(this.#layers.flatMap(({ base, end }) => [base, end]))].sort((a, b) => a - b);
    this.#pieces = [0, ...edges].map((base, i) => ({
      base,
      end: edges[i] ?? Infinity,
      layer: this.#layers.findLast((layer) => base >= layer.base && base < layer.end),
    }));
    this.#recent.fill(NO_PIECE);
  }

  #top(address: number): Layer | undefined {
    // Of numbers beyond 32 bits the operator takes the low ones. Chips lie at round addresses: higher bits tell them apart.
    const page = (address / NAMED_PAGE) | 0;
    const at = (page ^ (page >> 8)) & (RECENT - 1);
    const recent = this.#recent[at] ?? NO_PIECE;
    if (address >= recent.base && address < recent.end) return recent.layer;
    const pieces = this.#pieces;
    let low = 0;
    for (let high = pieces.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((pieces[middle]?.base ?? 0) <= address) low = middle;
      else high = middle - 1;
    }
    const found = pieces[low] ?? NOBODY;
    this.#recent[at] = found;
    return found.layer;
  }

  /** Tells the processor what is uppermost in a range, in the largest uniform pieces. */
  #paint(base: number, end: number): void {
    for (const piece of this.#pieces) {
      const from = Math.max(piece.base, base);
      const to = Math.min(piece.end, end);
      if (from >= to) continue;
      const { layer } = piece;
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
