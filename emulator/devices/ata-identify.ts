/**
 * The 512-byte answers to IDENTIFY DEVICE and IDENTIFY PACKET DEVICE.
 * Source: ATA/ATAPI-6 (T13 1410D), 8.15 and 8.16.
 */

export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

export interface DiskIdentity {
  readonly serial: string;
  readonly firmware: string;
  readonly model: string;
  readonly sectorCount: number;
  /** The geometry the drive was made with, and the one the host has set. */
  readonly native: Geometry;
  readonly current: Geometry;
  /** Sectors a DRQ block of READ/WRITE MULTIPLE, 0 when not set. */
  readonly multiple: number;
  readonly writeCache: boolean;
  /** Words 63 and 88: which DMA modes there are and which is chosen. */
  readonly multiwordDma: number;
  readonly ultraDma: number;
}

export const MAX_MULTIPLE = 16;
const LBA28_SECTORS = 0x0fffffff;

class Words {
  readonly bytes = new Uint8Array(512);

  set(word: number, value: number): void {
    this.bytes[2 * word] = value & 0xff;
    this.bytes[2 * word + 1] = (value >> 8) & 0xff;
  }

  set32(word: number, value: number): void {
    this.set(word, value & 0xffff);
    this.set(word + 1, Math.floor(value / 65536) & 0xffff);
  }

  /** ATA strings: padded with spaces, the two characters of a word swapped. */
  text(word: number, words: number, value: string): void {
    const padded = value.padEnd(2 * words).slice(0, 2 * words);
    for (let i = 0; i < padded.length; i++) this.bytes[2 * word + (i ^ 1)] = padded.charCodeAt(i) & 0x7f;
  }

  /** Word 255: signature and a checksum that makes all bytes add up to 0. */
  sign(): Uint8Array {
    this.bytes[510] = 0xa5;
    const sum = this.bytes.reduce((a, b) => a + b, 0);
    this.bytes[511] = -sum & 0xff;
    return this.bytes;
  }
}

export function identifyDisk(id: DiskIdentity): Uint8Array {
  const w = new Words();
  const lba28 = Math.min(id.sectorCount, LBA28_SECTORS);
  w.set(0, 0x0040);
  w.set(1, id.native.cylinders);
  w.set(3, id.native.heads);
  w.set(6, id.native.sectorsPerTrack);
  w.text(10, 10, id.serial);
  w.text(23, 4, id.firmware);
  w.text(27, 20, id.model);
  w.set(47, 0x8000 | MAX_MULTIPLE);
  // LBA, DMA, IORDY with a way to disable it.
  w.set(49, 0x0f00);
  w.set(50, 0x4000);
  w.set(51, 0x0200);
  w.set(53, 0x0007);
  w.set(54, id.current.cylinders);
  w.set(55, id.current.heads);
  w.set(56, id.current.sectorsPerTrack);
  w.set32(57, id.current.cylinders * id.current.heads * id.current.sectorsPerTrack);
  w.set(59, id.multiple === 0 ? 0 : 0x0100 | id.multiple);
  w.set32(60, lba28);
  w.set(63, id.multiwordDma);
  w.set(64, 0x0003);
  for (const word of [65, 66, 67, 68]) w.set(word, 120);
  // ATA/ATAPI-4 to -6.
  w.set(80, 0x0070);
  w.set(81, 0x0000);
  // Write cache; NOP; then FLUSH CACHE, FLUSH CACHE EXT and 48-bit addresses.
  w.set(82, 0x4020);
  w.set(83, 0x7400);
  w.set(84, 0x4000);
  w.set(85, 0x4000 | (id.writeCache ? 0x0020 : 0));
  w.set(86, 0x3400);
  w.set(87, 0x4000);
  w.set(88, id.ultraDma);
  w.set(93, 0x6001);
  w.set32(100, id.sectorCount);
  w.set(102, Math.floor(id.sectorCount / 2 ** 32) & 0xffff);
  return w.sign();
}

export function identifyCdrom(
  id: Pick<DiskIdentity, 'serial' | 'firmware' | 'model' | 'multiwordDma' | 'ultraDma'>,
): Uint8Array {
  const w = new Words();
  // ATAPI, CD-ROM, removable, DRQ within 50 us of PACKET, 12-byte packets.
  w.set(0, 0x85c0);
  w.text(10, 10, id.serial);
  w.text(23, 4, id.firmware);
  w.text(27, 20, id.model);
  // LBA, DMA, IORDY.
  w.set(49, 0x0b00);
  w.set(50, 0x4000);
  w.set(53, 0x0006);
  w.set(63, id.multiwordDma);
  w.set(64, 0x0003);
  for (const word of [65, 66, 67, 68]) w.set(word, 120);
  w.set(80, 0x0070);
  // PACKET and DEVICE RESET.
  w.set(82, 0x4210);
  w.set(83, 0x4000);
  w.set(84, 0x4000);
  w.set(85, 0x4210);
  w.set(87, 0x4000);
  w.set(88, id.ultraDma);
  w.set(93, 0x6001);
  return w.sign();
}
