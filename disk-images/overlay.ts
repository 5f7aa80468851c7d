/**
 * A device whose changes stay in memory: what a reader that must repair first works on, without writing to the disk.
 *
 * Rules for callers: `flush` makes nothing stable; changes go with the object.
 */
import { checkRange, SECTOR_BYTES, type SectorDevice } from './sectors.ts';

export class OverlaySectors implements SectorDevice {
  readonly sectorCount: number;
  readonly #device: SectorDevice;
  readonly #changed = new Map<number, Uint8Array>();

  constructor(device: SectorDevice) {
    this.#device = device;
    this.sectorCount = device.sectorCount;
  }

  read(lba: number, into: Uint8Array): void {
    this.#device.read(lba, into);
    if (this.#changed.size === 0) return;
    for (let i = 0; i < into.length / SECTOR_BYTES; i++) {
      const sector = this.#changed.get(lba + i);
      if (sector) into.set(sector, i * SECTOR_BYTES);
    }
  }

  write(lba: number, from: Uint8Array): void {
    const count = checkRange(this, lba, from);
    for (let i = 0; i < count; i++) {
      this.#changed.set(lba + i, from.slice(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES));
    }
  }

  flush(): void {
    // Nothing reaches the device.
  }
}
