/**
 * What lies at 0xC0000..0xFFFFF: ROM or RAM, as the host bridge's PAM registers say, segment by segment.
 *
 * - Read and write from RAM: RAM. Read from RAM only: RAM as a ROM. Write to RAM only: reads come from what
 *   is behind on the PCI bus (the system ROM), writes reach RAM; the processor asks for each access.
 * Source: Intel 440FX PCIset 82441FX data sheet (290549), "Programmable attribute map".
 */
import type { I440fx, ShadowSegment } from '../devices/i440fx.ts';
import type { AccessSize, Chip, MmioHandler, Region } from './bus.ts';
import type { MemoryMap } from './memory-map.ts';

const ROM_END = 0x100000;

export class ShadowRam implements Chip {
  readonly #bridge: I440fx;
  readonly #memory: MemoryMap;
  readonly #bios: Uint8Array;
  readonly #mapped = new Map<number, { readonly segment: ShadowSegment; readonly region: Region | null }>();

  constructor(bridge: I440fx, memory: MemoryMap, bios: Uint8Array) {
    this.#bridge = bridge;
    this.#memory = memory;
    this.#bios = bios;
    bridge.onShadowChange = () => {
      this.#apply();
    };
  }

  /** The bridge is reset with the other PCI functions; what it says then holds. */
  reset(): void {
    this.#apply();
  }

  #apply(): void {
    for (const segment of this.#bridge.shadow()) {
      const old = this.#mapped.get(segment.base);
      const { readRam, writeRam } = segment;
      if (old?.segment.readRam === readRam && old.segment.writeRam === writeRam) continue;
      old?.region?.remove();
      this.#mapped.set(segment.base, { segment, region: this.#map(segment) });
    }
  }

  #map({ base, sizeBytes, readRam, writeRam }: ShadowSegment): Region | null {
    if (readRam) return this.#memory.claimRam('shadow RAM', base, sizeBytes, writeRam ? 'ram' : 'rom');
    if (!writeRam) return null;
    return this.#memory.claimMmio('shadow RAM', base, sizeBytes, this.#writeOnly(base));
  }

  #writeOnly(base: number): MmioHandler {
    return {
      mmioRead: (offset: number, sizeBytes: AccessSize): number => {
        let value = 0;
        for (let i = 0; i < sizeBytes; i++) value += this.#romByte(base + offset + i) * 2 ** (8 * i);
        return value;
      },
      mmioWrite: (offset: number, sizeBytes: AccessSize, value: number): void => {
        const bytes = Uint8Array.from({ length: sizeBytes }, (_, i) => (value >>> (8 * i)) & 0xff);
        this.#memory.write(base + offset, bytes);
      },
    };
  }

  #romByte(address: number): number {
    return this.#bios[this.#bios.length - (ROM_END - address)] ?? 0xff;
  }
}
