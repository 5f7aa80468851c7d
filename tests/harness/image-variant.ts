/** Copies of the system image with other kernel arguments or more files, made as any user of disk-images could. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeSparse } from '../../build/cache.ts';
import { type Attributes, Ext2 } from '../../disk-images/filesystems/ext2/ext2.ts';
import { Fat32 } from '../../disk-images/filesystems/fat32/fat32.ts';
import { parseMbr } from '../../disk-images/partitions/mbr.ts';
import {
  DEFAULT_GRAPHICS_MODE,
  GRUB_CONFIGURATION,
  grubConfiguration,
} from '../../disk-images/recipes/system.ts';
import { MemorySectors, SECTOR_BYTES, SectorRange } from '../../disk-images/sectors.ts';

export const systemImage = path.resolve(import.meta.dirname, '../../out/breenix.img');

export interface ImageVariant {
  /** Words on the kernel's command line. */
  readonly kernelArguments?: readonly string[];
  /** Files for the root, by absolute path; their directories are made. */
  readonly files?: ReadonlyMap<string, Attributes & { readonly content: Uint8Array }>;
}

function partition(disk: MemorySectors, index: number): SectorRange {
  const found = parseMbr(disk.bytes.subarray(0, SECTOR_BYTES), disk.sectorCount)[index];
  if (!found) throw new Error(`the system image has no partition ${index + 1}`);
  return new SectorRange(disk, found.firstSector, found.sectorCount);
}

/** The root file system of an image in memory; call its `flush` after changes. */
export function openRoot(disk: MemorySectors): Ext2 {
  return new Ext2(partition(disk, 1));
}

/** Writes the root partition of `image` to a file of its own, for the checkers. */
export function extractRoot(image: string, file: string): void {
  const bytes = readFileSync(image);
  const root = parseMbr(bytes.subarray(0, SECTOR_BYTES), bytes.length / SECTOR_BYTES)[1];
  if (!root) throw new Error(`${image} has no root partition`);
  const start = root.firstSector * SECTOR_BYTES;
  writeSparse(file, bytes.subarray(start, start + root.sectorCount * SECTOR_BYTES));
}

/** Writes the variant to `file`. */
export function makeImageVariant(file: string, { kernelArguments, files }: ImageVariant): void {
  const disk = new MemorySectors(new Uint8Array(readFileSync(systemImage)));
  if (kernelArguments) {
    const fat = new Fat32(partition(disk, 0));
    const configuration = grubConfiguration(kernelArguments, DEFAULT_GRAPHICS_MODE);
    fat.writeFile(GRUB_CONFIGURATION, new TextEncoder().encode(configuration));
    fat.flush();
  }
  if (files) {
    const root = openRoot(disk);
    for (const [at, { content, ...attributes }] of files) {
      root.makeDirectory(at.slice(0, at.lastIndexOf('/')), { parents: true });
      root.writeFile(at, content, attributes);
    }
    root.flush();
  }
  writeSparse(file, disk.bytes);
}
