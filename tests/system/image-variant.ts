/** The system image with other kernel arguments, made with our own FAT32 as any user of it could. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Fat32 } from '../../disk-images/filesystems/fat32/fat32.ts';
import { grubConfiguration } from '../../disk-images/recipes/system.ts';
import { MemorySectors, SectorRange } from '../../disk-images/sectors.ts';

export const systemImage = path.resolve(import.meta.dirname, '../../out/breenix.img');

const partitionFirstSector = 2048;

/** Writes the image to `file`, with these words on the kernel's command line. */
export function makeImageWithArguments(file: string, kernelArguments: readonly string[]): void {
  const bytes = new Uint8Array(readFileSync(systemImage));
  const disk = new MemorySectors(bytes);
  const sectorCount = bytes.length / 512 - partitionFirstSector;
  const root = new Fat32(new SectorRange(disk, partitionFirstSector, sectorCount));
  const configuration = grubConfiguration(kernelArguments, '1024x768x32,auto');
  root.writeFile('/boot/grub/grub.cfg', new TextEncoder().encode(configuration));
  root.flush();
  writeFileSync(file, bytes);
}
