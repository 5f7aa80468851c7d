/**
 * The master boot record: four primary partitions in the first sector of a disk.
 * Source: UEFI Specification 2.10, chapter 5.2 (LBA 0 format, legacy MBR).
 *
 * Rules for callers: `parseMbr` returns only entries that are in use and throws for a sector without signature or
 * with entries that overlap or leave the disk; `emitMbr` keeps boot code and disk signature of the sector it
 * changes.
 */
import { SECTOR_BYTES } from '../sectors.ts';

export interface Partition {
  /** 0 to 3: the place in the table. */
  readonly index: number;
  readonly type: number;
  readonly active: boolean;
  readonly firstSector: number;
  readonly sectorCount: number;
}

export const PARTITION_TYPE = { fat32Lba: 0x0c, linux: 0x83, protectiveGpt: 0xee, efiSystem: 0xef } as const;

/** Boot code may use the bytes before the disk signature. */
export const BOOT_CODE_BYTES = 440;

const TABLE = 446;
const ENTRY_BYTES = 16;
const SIGNATURE = 510;
const ACTIVE = 0x80;
/** A cylinder/head/sector address that means "beyond what CHS can say": use the LBA. */
const CHS_OVERFLOW = [0xfe, 0xff, 0xff];

export class PartitionTableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PartitionTableError';
  }
}

function viewOf(sector: Uint8Array): DataView {
  if (sector.length !== SECTOR_BYTES) throw new RangeError(`a boot record has ${SECTOR_BYTES} bytes`);
  return new DataView(sector.buffer, sector.byteOffset, SECTOR_BYTES);
}

export function parseMbr(sector: Uint8Array, diskSectors: number): Partition[] {
  const view = viewOf(sector);
  if (view.getUint16(SIGNATURE) !== 0x55aa) {
    throw new PartitionTableError('the disk has no master boot record (no 55 AA at its end)');
  }
  const partitions: Partition[] = [];
  for (let index = 0; index < 4; index++) {
    const at = TABLE + index * ENTRY_BYTES;
    const type = view.getUint8(at + 4);
    const sectorCount = view.getUint32(at + 12, true);
    if (type === 0 || sectorCount === 0) continue;
    const active = view.getUint8(at) === ACTIVE;
    partitions.push({ index, type, active, firstSector: view.getUint32(at + 8, true), sectorCount });
  }
  checkPartitions(partitions, diskSectors);
  return partitions;
}

function checkPartitions(partitions: readonly Partition[], diskSectors: number): void {
  const sorted = partitions.toSorted((a, b) => a.firstSector - b.firstSector);
  let end = 1;
  for (const p of sorted) {
    if (p.firstSector < end) {
      throw new PartitionTableError(`partition ${p.index + 1} overlaps the one before it or the boot record`);
    }
    end = p.firstSector + p.sectorCount;
    if (end > diskSectors) {
      throw new PartitionTableError(
        `partition ${p.index + 1} ends at sector ${end - 1}, the disk has ${diskSectors}: was the image cut short?`,
      );
    }
  }
}

/** Cylinder, head, sector as firmware with 255 heads and 63 sectors a track counts them. */
function chs(lba: number): readonly number[] {
  const cylinder = Math.floor(lba / (255 * 63));
  if (cylinder > 1023) return CHS_OVERFLOW;
  const head = Math.floor(lba / 63) % 255;
  return [head, ((lba % 63) + 1) | ((cylinder >> 2) & 0xc0), cylinder & 0xff];
}

/** Writes the table into `sector`. */
export function emitMbr(sector: Uint8Array, partitions: readonly Partition[], diskSectors: number): void {
  checkPartitions(partitions, diskSectors);
  const view = viewOf(sector);
  sector.fill(0, TABLE, SIGNATURE);
  for (const p of partitions) {
    const at = TABLE + p.index * ENTRY_BYTES;
    view.setUint8(at, p.active ? ACTIVE : 0);
    sector.set(chs(p.firstSector), at + 1);
    view.setUint8(at + 4, p.type);
    sector.set(chs(p.firstSector + p.sectorCount - 1), at + 5);
    view.setUint32(at + 8, p.firstSector, true);
    view.setUint32(at + 12, p.sectorCount, true);
  }
  view.setUint16(SIGNATURE, 0x55aa);
}
