/**
 * Makes an empty FAT32 file system.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03, "FAT Volume Initialization".
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import {
  emitBootSector,
  emitInfoSector,
  type Geometry,
  MAXIMUM_CLUSTERS,
  MEDIA_FIXED_DISK,
  MINIMUM_CLUSTERS,
  viewOf,
} from './boot-sector.ts';
import { ATTRIBUTE, emitShortEntry } from './directory-entry.ts';
import { FatError } from './error.ts';

export interface FormatOptions {
  /** At most 11 characters of ASCII; upper case is customary. */
  readonly label?: string;
  readonly volumeId: number;
  /** Where the partition starts on its disk; boot loaders that run from the volume want to know. */
  readonly hiddenSectors?: number;
  readonly now: Date;
}

const RESERVED_SECTORS = 32;
const FAT_COUNT = 2;
const ROOT_CLUSTER = 2;
const INFO_SECTOR = 1;
const BACKUP_BOOT_SECTOR = 6;
const MIB = 2048;
const GIB = 1024 * MIB;

/** Cluster sizes of Microsoft's formatter, by volume size in sectors. */
const CLUSTER_SIZES: readonly { readonly upTo: number; readonly sectors: number }[] = [
  { upTo: 260 * MIB, sectors: 1 },
  { upTo: 8 * GIB, sectors: 8 },
  { upTo: 16 * GIB, sectors: 16 },
  { upTo: 32 * GIB, sectors: 32 },
  { upTo: Infinity, sectors: 64 },
];

function geometryFor(totalSectors: number, volumeId: number): Geometry {
  const sectorsPerCluster = CLUSTER_SIZES.find((c) => totalSectors <= c.upTo)?.sectors ?? 64;
  // Each cluster takes its sectors and four bytes in every copy of the table.
  const entriesPerSector = SECTOR_BYTES / 4;
  const sectorsPerFat = Math.ceil(
    (totalSectors - RESERVED_SECTORS + 2 * sectorsPerCluster) /
      (entriesPerSector * sectorsPerCluster + FAT_COUNT),
  );
  const dataStart = RESERVED_SECTORS + FAT_COUNT * sectorsPerFat;
  const clusterCount = Math.floor((totalSectors - dataStart) / sectorsPerCluster);
  if (clusterCount < MINIMUM_CLUSTERS) {
    const mib = Math.ceil((RESERVED_SECTORS + MINIMUM_CLUSTERS * (1 + (2 * 4) / SECTOR_BYTES) + 16) / MIB);
    throw new FatError('not-fat32', `too small for FAT32: ${totalSectors} sectors, ${mib} MiB needed`);
  }
  if (clusterCount > MAXIMUM_CLUSTERS || totalSectors > 0xffff_ffff) {
    throw new FatError('not-fat32', `too large for FAT32: ${totalSectors} sectors`);
  }
  return {
    sectorsPerCluster,
    reservedSectors: RESERVED_SECTORS,
    fatCount: FAT_COUNT,
    sectorsPerFat,
    totalSectors,
    rootCluster: ROOT_CLUSTER,
    infoSector: INFO_SECTOR,
    backupBootSector: BACKUP_BOOT_SECTOR,
    volumeId: volumeId >>> 0,
    dataStart,
    clusterCount,
  };
}

export function formatFat32(device: SectorDevice, options: FormatOptions): void {
  const g = geometryFor(device.sectorCount, options.volumeId);
  const label = options.label ?? '';
  if (!/^[\x20-\x7e]{0,11}$/.test(label)) {
    throw new FatError('invalid-name', `'${label}' is no volume label: at most 11 ASCII characters`);
  }
  writeZeros(device, 0, g.dataStart + g.sectorsPerCluster);
  const boot = emitBootSector(g, label === '' ? 'NO NAME' : label, options.hiddenSectors ?? 0);
  const info = emitInfoSector({ freeClusters: g.clusterCount - 1, nextFree: ROOT_CLUSTER + 1 });
  for (const first of [0, BACKUP_BOOT_SECTOR]) {
    device.write(first, boot);
    device.write(first + INFO_SECTOR, info);
  }
  const table = new Uint8Array(SECTOR_BYTES);
  const v = viewOf(table);
  v.setUint32(0, 0x0fff_ff00 | MEDIA_FIXED_DISK, true);
  v.setUint32(4, 0x0fff_ffff, true);
  v.setUint32(ROOT_CLUSTER * 4, 0x0fff_ffff, true);
  for (let copy = 0; copy < FAT_COUNT; copy++) device.write(RESERVED_SECTORS + copy * g.sectorsPerFat, table);
  if (label !== '') {
    const root = new Uint8Array(SECTOR_BYTES);
    root.set(
      emitShortEntry({
        shortName: Buffer.from(label.padEnd(11), 'latin1'),
        attributes: ATTRIBUTE.volumeLabel,
        lowerCase: 0,
        firstCluster: 0,
        sizeBytes: 0,
        created: options.now,
        modified: options.now,
        accessed: options.now,
      }),
    );
    device.write(g.dataStart, root);
  }
  device.flush();
}

function writeZeros(device: SectorDevice, first: number, count: number): void {
  const chunk = new Uint8Array(1024 * SECTOR_BYTES);
  for (let done = 0; done < count; done += 1024) {
    const sectors = Math.min(1024, count - done);
    device.write(first + done, chunk.subarray(0, sectors * SECTOR_BYTES));
  }
}
