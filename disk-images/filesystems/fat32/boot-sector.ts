/**
 * The FAT32 boot sector (BIOS parameter block) and the FSInfo sector.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03, "Boot Sector and BPB" and "FAT32
 * FSInfo Sector Structure". Offsets are decimal as there.
 *
 * Rules for callers: `parseBootSector` checks every field that later arithmetic depends on, so that the rest of
 * the file system never divides by zero or leaves the volume.
 */
import { SECTOR_BYTES } from '../../sectors.ts';
import { FatError } from './error.ts';

export interface Geometry {
  readonly sectorsPerCluster: number;
  readonly reservedSectors: number;
  readonly fatCount: number;
  readonly sectorsPerFat: number;
  readonly totalSectors: number;
  readonly rootCluster: number;
  readonly infoSector: number;
  readonly backupBootSector: number;
  readonly volumeId: number;
  /** Sector of the volume where cluster 2 starts. */
  readonly dataStart: number;
  readonly clusterCount: number;
}

/** From this many clusters on a volume is FAT32, whatever its label says. */
export const MINIMUM_CLUSTERS = 65_525;
/** Cluster numbers have 28 bits; the last ones are marks. */
export const MAXIMUM_CLUSTERS = 0x0fff_fff5;
export const MEDIA_FIXED_DISK = 0xf8;

const SIGNATURE = 510;
const INFO_LEAD = 0x4161_5252;
const INFO_STRUCTURE = 0x6141_7272;
const INFO_TRAIL = 0xaa55_0000;
export const UNKNOWN_COUNT = 0xffff_ffff;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new FatError('not-fat32', `not a FAT32 volume: ${message}`);
}

export function parseBootSector(sector: Uint8Array, deviceSectors: number): Geometry {
  const v = viewOf(sector);
  require(v.getUint16(SIGNATURE) === 0x55aa, 'the boot sector has no signature');
  require(v.getUint16(11, true) === SECTOR_BYTES, `sectors of ${v.getUint16(11, true)} bytes`);
  const sectorsPerCluster = v.getUint8(13);
  require(sectorsPerCluster > 0 && (sectorsPerCluster & (sectorsPerCluster - 1)) === 0, 'cluster size');
  const reservedSectors = v.getUint16(14, true);
  const fatCount = v.getUint8(16);
  const sectorsPerFat = v.getUint32(36, true);
  require(reservedSectors > 0 && fatCount > 0 && sectorsPerFat > 0, 'no allocation table');
  require(v.getUint16(17, true) === 0 && v.getUint16(22, true) === 0, 'it is FAT12 or FAT16');
  const totalSectors = v.getUint32(32, true);
  require(totalSectors <= deviceSectors, `it has ${totalSectors} sectors, the device ${deviceSectors}`);
  const dataStart = reservedSectors + fatCount * sectorsPerFat;
  require(dataStart < totalSectors, 'the allocation tables fill it');
  const clusterCount = Math.floor((totalSectors - dataStart) / sectorsPerCluster);
  require(clusterCount >= MINIMUM_CLUSTERS, `${clusterCount} clusters make it FAT12 or FAT16`);
  require(clusterCount <= MAXIMUM_CLUSTERS, `${clusterCount} clusters`);
  require(sectorsPerFat * (SECTOR_BYTES / 4) >= clusterCount + 2, 'the allocation table is too short');
  const rootCluster = v.getUint32(44, true);
  require(rootCluster >= 2 && rootCluster < clusterCount + 2, 'the root directory is outside');
  return {
    sectorsPerCluster,
    reservedSectors,
    fatCount,
    sectorsPerFat,
    totalSectors,
    rootCluster,
    infoSector: v.getUint16(48, true),
    backupBootSector: v.getUint16(50, true),
    volumeId: v.getUint32(67, true),
    dataStart,
    clusterCount,
  };
}

/** `label` is 11 bytes of OEM text; `hiddenSectors` is where the partition starts on its disk. */
export function emitBootSector(g: Geometry, label: string, hiddenSectors: number): Uint8Array {
  const sector = new Uint8Array(SECTOR_BYTES);
  const v = viewOf(sector);
  const text = (at: number, value: string): void => {
    sector.set(Buffer.from(value, 'latin1'), at);
  };
  sector.set([0xeb, 0x58, 0x90]);
  text(3, 'BREENIX ');
  v.setUint16(11, SECTOR_BYTES, true);
  v.setUint8(13, g.sectorsPerCluster);
  v.setUint16(14, g.reservedSectors, true);
  v.setUint8(16, g.fatCount);
  v.setUint8(21, MEDIA_FIXED_DISK);
  v.setUint16(24, 63, true);
  v.setUint16(26, 255, true);
  v.setUint32(28, hiddenSectors, true);
  v.setUint32(32, g.totalSectors, true);
  v.setUint32(36, g.sectorsPerFat, true);
  v.setUint32(44, g.rootCluster, true);
  v.setUint16(48, g.infoSector, true);
  v.setUint16(50, g.backupBootSector, true);
  v.setUint8(64, 0x80);
  v.setUint8(66, 0x29);
  v.setUint32(67, g.volumeId, true);
  text(71, label.padEnd(11).slice(0, 11));
  text(82, 'FAT32   ');
  v.setUint16(SIGNATURE, 0x55aa);
  return sector;
}

export interface FreeSpaceHint {
  /** UNKNOWN_COUNT when nobody counted. */
  readonly freeClusters: number;
  readonly nextFree: number;
}

/** The hint, or null when the sector is not an FSInfo sector. */
export function parseInfoSector(sector: Uint8Array): FreeSpaceHint | null {
  const v = viewOf(sector);
  if (v.getUint32(0, true) !== INFO_LEAD || v.getUint32(484, true) !== INFO_STRUCTURE) return null;
  if (v.getUint32(508, true) !== INFO_TRAIL) return null;
  return { freeClusters: v.getUint32(488, true), nextFree: v.getUint32(492, true) };
}

export function emitInfoSector(hint: FreeSpaceHint): Uint8Array {
  const sector = new Uint8Array(SECTOR_BYTES);
  const v = viewOf(sector);
  v.setUint32(0, INFO_LEAD, true);
  v.setUint32(484, INFO_STRUCTURE, true);
  v.setUint32(488, hint.freeClusters, true);
  v.setUint32(492, hint.nextFree, true);
  v.setUint32(508, INFO_TRAIL, true);
  return sector;
}
