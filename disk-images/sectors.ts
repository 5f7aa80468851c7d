/**
 * What file systems and partition tables stand on: an array of 512-byte sectors, wherever it is kept.
 *
 * Rules for callers: buffers are whole sectors; a range outside the device is a RangeError before anything is
 * read or written. `flush` returns when everything written is on stable storage.
 */
export const SECTOR_BYTES = 512;

export interface SectorDevice {
  readonly sectorCount: number;
  read(lba: number, into: Uint8Array): void;
  write(lba: number, from: Uint8Array): void;
  flush(): void;
}

/** Number of sectors in `buffer`; throws unless they are whole and inside the device. */
export function checkRange(
  device: { readonly sectorCount: number },
  lba: number,
  buffer: Uint8Array,
): number {
  const count = buffer.length / SECTOR_BYTES;
  if (!Number.isInteger(count)) throw new RangeError(`${buffer.length} bytes are not whole sectors`);
  if (!Number.isSafeInteger(lba) || lba < 0 || lba + count > device.sectorCount) {
    throw new RangeError(
      `sectors ${lba} to ${lba + count - 1} are outside the ${device.sectorCount} of the disk`,
    );
  }
  return count;
}

/** A disk in memory, all zero at first. */
export class MemorySectors implements SectorDevice {
  readonly bytes: Uint8Array;
  readonly sectorCount: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.sectorCount = Math.floor(bytes.length / SECTOR_BYTES);
  }

  read(lba: number, into: Uint8Array): void {
    checkRange(this, lba, into);
    into.set(this.bytes.subarray(lba * SECTOR_BYTES, lba * SECTOR_BYTES + into.length));
  }

  write(lba: number, from: Uint8Array): void {
    checkRange(this, lba, from);
    this.bytes.set(from, lba * SECTOR_BYTES);
  }

  flush(): void {
    // Memory is as stable as it gets.
  }
}

/** A part of a device as a device of its own, such as a partition. */
export class SectorRange implements SectorDevice {
  readonly sectorCount: number;
  readonly #device: SectorDevice;
  readonly #first: number;

  constructor(device: SectorDevice, first: number, sectorCount: number) {
    if (first < 0 || sectorCount < 0 || first + sectorCount > device.sectorCount) {
      throw new RangeError(`sectors ${first} to ${first + sectorCount - 1} are outside the disk`);
    }
    this.#device = device;
    this.#first = first;
    this.sectorCount = sectorCount;
  }

  read(lba: number, into: Uint8Array): void {
    checkRange(this, lba, into);
    this.#device.read(this.#first + lba, into);
  }

  write(lba: number, from: Uint8Array): void {
    checkRange(this, lba, from);
    this.#device.write(this.#first + lba, from);
  }

  flush(): void {
    this.#device.flush();
  }
}
