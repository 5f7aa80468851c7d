/** What is damaged for machines: the system disk, and a CD with GRUB. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readPartitions } from '../../disk-images/partitions/table.ts';
import { MemorySectors, SECTOR_BYTES } from '../../disk-images/sectors.ts';
import { makeGrubCd } from '../foreign/grub-cd.ts';
import { systemImage } from '../harness/image-variant.ts';
import type { SoundDrive } from './damaged-drives.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function systemDisk(): SoundDrive {
  const bytes = new Uint8Array(readFileSync(systemImage));
  const [fatAt = 0, ext2At = 0] = readPartitions(new MemorySectors(bytes)).map(
    (p) => p.firstSector * SECTOR_BYTES,
  );
  return {
    name: 'system disk',
    kind: 'disk',
    bytes,
    regions: [
      [0, 512],
      // GRUB's core image.
      [512, 100 * KIB],
      [fatAt, 90],
      [fatAt + 16 * KIB, 900 * KIB],
      // GRUB's files, the kernel.
      [fatAt + MIB, 6 * MIB],
      [ext2At + KIB, 300],
      [ext2At + 4 * KIB, 2 * MIB],
      [ext2At, 40 * MIB],
    ],
  };
}

function grubCd(): SoundDrive {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-fuzz-'));
  try {
    const bytes = new Uint8Array(readFileSync(makeGrubCd(folder)));
    const descriptors = 16 * 2048;
    return {
      name: 'GRUB CD',
      kind: 'cdrom',
      bytes,
      regions: [
        [descriptors, 8192],
        [descriptors, 200 * KIB],
        [0, bytes.length],
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Needs out/breenix.img, grub-mkrescue and xorriso. */
export function soundDrives(): readonly SoundDrive[] {
  return [systemDisk(), grubCd()];
}
