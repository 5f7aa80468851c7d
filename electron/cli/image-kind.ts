/**
 * What an image file holds, by its content: names lie.
 *
 * - A file with an ISO 9660 volume is a CD, also a "hybrid" one that has a partition table as well, when it has
 *   an El Torito boot record. A hybrid without one boots as a disk only.
 * Sources: ECMA-119, 8.1 "Format of a Volume Descriptor"; El Torito Bootable CD-ROM Format 1.0, 2.0.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

const SECTOR = 2048;
const FIRST_DESCRIPTOR = 16;
const LAST_DESCRIPTOR = 31;
const BOOT_RECORD = 0;
const PRIMARY = 1;
const TERMINATOR = 255;
const EL_TORITO = 'EL TORITO SPECIFICATION';
const MBR_SIGNATURE = 0xaa55;

/** Whether `file` belongs into a CD-ROM drive. False when it cannot be read: opening it as a disk says why. */
export function isCdImage(file: string): boolean {
  let descriptor: number;
  try {
    // Opening a FIFO would wait for its other end.
    if (!statSync(file).isFile()) return false;
    descriptor = openSync(file, 'r');
  } catch {
    return false;
  }
  try {
    return holdsCd((lba) => {
      const sector = Buffer.alloc(SECTOR);
      return readSync(descriptor, sector, 0, SECTOR, lba * SECTOR) === SECTOR ? sector : null;
    });
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}

/** The same of a medium that `readSector` reads; null behind its end. */
export function holdsCd(readSector: (lba: number) => Buffer | null): boolean {
  let volume = false;
  for (let lba = FIRST_DESCRIPTOR; lba <= LAST_DESCRIPTOR; lba++) {
    const sector = readSector(lba);
    if (sector?.toString('latin1', 1, 6) !== 'CD001') break;
    const type = sector[0];
    if (type === TERMINATOR) break;
    if (type === BOOT_RECORD && sector.toString('latin1', 7, 7 + EL_TORITO.length) === EL_TORITO) return true;
    if (type === PRIMARY) volume = true;
  }
  return volume && readSector(0)?.readUInt16LE(510) !== MBR_SIGNATURE;
}
