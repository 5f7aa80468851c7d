/** A disk that boots Linux through GRUB on any PC by BIOS: for machines that cannot load a kernel by themselves. */
import { readFileSync } from 'node:fs';
import { writeSparse } from '../../build/cache.ts';
import { Fat32 } from '../../disk-images/filesystems/fat32/fat32.ts';
import { formatFat32 } from '../../disk-images/filesystems/fat32/format.ts';
import { emitMbr, PARTITION_TYPE } from '../../disk-images/partitions/mbr.ts';
import { grubImages } from '../../disk-images/recipes/grub.ts';
import { MemorySectors, SECTOR_BYTES, SectorRange } from '../../disk-images/sectors.ts';

export interface LinuxFiles {
  readonly kernel: string;
  readonly initrd: string;
}

const SECTORS = 96 * 2048;
const FIRST = 2048;

/** Writes the disk to `file`; `words` is the kernel's command line. */
export function makeLinuxImage(linux: LinuxFiles, words: string, file: string): void {
  const disk = new MemorySectors(new Uint8Array(SECTORS * SECTOR_BYTES));
  const grub = grubImages('/vmlinuz', '/grub', ['linux']);
  const record = new Uint8Array(SECTOR_BYTES);
  record.set(grub.bootCode);
  const volume = { index: 0, type: PARTITION_TYPE.fat32Lba, active: true, firstSector: FIRST };
  emitMbr(record, [{ ...volume, sectorCount: SECTORS - FIRST }], SECTORS);
  disk.write(0, record);
  disk.write(1, grub.core);
  const range = new SectorRange(disk, FIRST, SECTORS - FIRST);
  const now = new Date();
  formatFat32(range, { volumeId: 1, hiddenSectors: FIRST, now });
  const fat = new Fat32(range, () => now);
  fat.makeDirectory('/grub');
  fat.writeFile('/vmlinuz', readFileSync(linux.kernel));
  fat.writeFile('/initrd', readFileSync(linux.initrd));
  fat.writeFile(
    '/grub/grub.cfg',
    Buffer.from(`set timeout=0\nlinux /vmlinuz ${words}\ninitrd /initrd\nboot\n`),
  );
  fat.flush();
  writeSparse(file, disk.bytes);
}
