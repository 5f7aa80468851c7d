/**
 * Whether a volume was left in order: marks in the boot sector and in the second entry of the table, which everybody
 * who writes sets first and takes back last. Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03
 * (ClnShutBitMask); the boot sector's bit is BS_Reserved1 as Windows NT and Linux use it.
 *
 * Rules for callers: no Fat32 object has the volume open meanwhile that would write its own copy of the table's
 * beginning afterwards without a flush.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { type Geometry, viewOf } from './boot-sector.ts';

const BOOT_FLAGS = 65;
const BOOT_DIRTY = 1;
/** Entry 1 of the table. */
const ENTRY = 4;
const CLEAN = 0x0800_0000;

function withSector(device: SectorDevice, lba: number, change: (view: DataView) => void): void {
  const sector = new Uint8Array(SECTOR_BYTES);
  device.read(lba, sector);
  change(viewOf(sector));
  device.write(lba, sector);
}

export function wasLeftInOrder(device: SectorDevice, { reservedSectors }: Geometry): boolean {
  const boot = new Uint8Array(SECTOR_BYTES);
  const table = new Uint8Array(SECTOR_BYTES);
  device.read(0, boot);
  device.read(reservedSectors, table);
  const entry = viewOf(table).getUint32(ENTRY, true);
  return (viewOf(boot).getUint8(BOOT_FLAGS) & BOOT_DIRTY) === 0 && (entry & CLEAN) !== 0;
}

export function setLeftInOrder(device: SectorDevice, geometry: Geometry, inOrder: boolean): void {
  withSector(device, 0, (view) => {
    const flags = view.getUint8(BOOT_FLAGS);
    view.setUint8(BOOT_FLAGS, inOrder ? flags & ~BOOT_DIRTY : flags | BOOT_DIRTY);
  });
  for (let copy = 0; copy < geometry.fatCount; copy++) {
    withSector(device, geometry.reservedSectors + copy * geometry.sectorsPerFat, (view) => {
      const entry = view.getUint32(ENTRY, true);
      view.setUint32(ENTRY, (inOrder ? entry | CLEAN : entry & ~CLEAN) >>> 0, true);
    });
  }
  device.flush();
}
