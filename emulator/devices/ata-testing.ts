/** For unit tests of drives: a disk in memory that notes what is written and fails where a test wants it. */
import type { BlockDevice } from '../machine/types.ts';

export interface TestDisk extends BlockDevice {
  readonly bytes: Uint8Array;
  readonly journal: string[];
  failAt: number | null;
}

export function makeDisk(sectors: number, sectorBytes: 512 | 2048 = 512): TestDisk {
  const bytes = new Uint8Array(sectors * sectorBytes);
  const check = (disk: TestDisk, lba: number, length: number): void => {
    const { failAt } = disk;
    if (failAt !== null && lba <= failAt && failAt < lba + length / sectorBytes)
      throw new Error('bad sector');
  };
  const disk: TestDisk = {
    sectorSizeBytes: sectorBytes,
    sectorCount: sectors,
    readOnly: false,
    bytes,
    journal: [],
    failAt: null,
    read(lba, into) {
      check(disk, lba, into.length);
      into.set(bytes.subarray(lba * sectorBytes, lba * sectorBytes + into.length));
    },
    write(lba, from) {
      check(disk, lba, from.length);
      disk.journal.push(`write ${String(lba)} ${String(from.length / sectorBytes)}`);
      bytes.set(from, lba * sectorBytes);
    },
    flush() {
      disk.journal.push('flush');
    },
  };
  return disk;
}
