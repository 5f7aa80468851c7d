/**
 * Damaged file systems in a running guest: a second disk of many partitions, each a damaged ext2 or FAT32 volume, is
 * mounted, walked, read and written. What is asked of the kernel: errors, never a panic, never a loop, and a system that
 * goes on.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { openRawImage } from '../../../disk-images/formats/raw.ts';
import {
  GPT_END_SECTORS,
  GPT_TYPE,
  type GptPartition,
  writeGpt,
} from '../../../disk-images/partitions/gpt.ts';
import { guidFromBytes } from '../../../disk-images/partitions/guid.ts';
import { SECTOR_BYTES, type SectorDevice } from '../../../disk-images/sectors.ts';
import { damage, EXT2_REGIONS, fatRegions, type Regions } from '../../../kernel/testing/disk/damage.ts';
import { seeded } from '../../../kernel/testing/seeded.ts';
import { makeImageVariant } from '../../harness/image-variant.ts';
import { check, succeed } from '../expect.ts';
import { waitForPrompt, type BootGuest } from '../suite.ts';

const EXT2_KIB = 3072;
/** With clusters of a sector, the smallest that mtools takes for FAT32. */
const FAT_KIB = 34 * 1024;
const FAT_TABLES_KIB = 532;
/** Zeroes are left out of the disk's file in pieces of this size. */
const PIECE = 65_536;
const FIRST_VOLUME = 2048;
const SCRIPT = '/root/use-disks.sh';

/** The kernel knows 64 disks and partitions; the system disk has three. */
export const MOST_VOLUMES = 56;

interface Kind {
  readonly make: (file: string, source: string) => void;
  readonly regions: Regions;
}

function makeFat(file: string, source: string): void {
  execFileSync('mkfs.vfat', ['-C', '-F', '32', '-s', '1', file, String(FAT_KIB)], { stdio: 'pipe' });
  execFileSync('mcopy', ['-s', '-i', file, path.join(source, 'dir'), '::'], { stdio: 'pipe' });
}

function makeExt2(...options: readonly string[]): Kind['make'] {
  return (file, source) => {
    execFileSync('mke2fs', ['-q', '-F', '-d', source, ...options, file, `${EXT2_KIB}K`], { stdio: 'pipe' });
  };
}

const KINDS: readonly Kind[] = [
  { make: makeExt2('-t', 'ext2', '-b', '1024'), regions: EXT2_REGIONS },
  { make: makeExt2('-t', 'ext2', '-b', '4096'), regions: EXT2_REGIONS },
  { make: makeExt2('-t', 'ext3', '-b', '1024', '-J', 'size=1'), regions: EXT2_REGIONS },
  { make: makeFat, regions: fatRegions(FAT_TABLES_KIB) },
];

/** Sound volumes of each kind with the same files. */
function makeVolumes(folder: string): { readonly volume: Uint8Array; readonly regions: Regions }[] {
  const source = mkdtempSync(path.join(folder, 'source-'));
  mkdirSync(path.join(source, 'dir/sub/below'), { recursive: true });
  for (let i = 0; i < 40; i++) writeFileSync(path.join(source, 'dir', `file ${i}`), 'x'.repeat(i * 700));
  writeFileSync(path.join(source, 'dir/sub/below/large'), 'y'.repeat(300_000));
  const withLink = mkdtempSync(path.join(folder, 'linked-'));
  execFileSync('cp', ['-r', path.join(source, 'dir'), withLink]);
  symlinkSync('y'.repeat(100), path.join(withLink, 'dir/link'));
  return KINDS.map(({ make, regions }, i) => {
    const file = path.join(folder, `volume-${i}`);
    make(file, make === makeFat ? source : withLink);
    return { volume: new Uint8Array(readFileSync(file)), regions };
  });
}

function writeWithoutZeroes(disk: SectorDevice, firstSector: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    if (piece.some((byte) => byte !== 0)) disk.write(firstSector + at / SECTOR_BYTES, piece);
  }
}

/** Writes a disk of `count` damaged volumes. */
export function makeDamagedDisk(file: string, count: number, seed: number): void {
  const folder = mkdtempSync(`${file}-`);
  try {
    const volumes = makeVolumes(folder);
    const random = seeded(seed);
    const chosen = Array.from({ length: count }, (_, i) => volumes[i % volumes.length]).filter(
      (v) => v !== undefined,
    );
    const sizes = chosen.map(({ volume }) => volume.length / SECTOR_BYTES);
    const sectors = sizes.reduce((sum, size) => sum + size, FIRST_VOLUME + GPT_END_SECTORS);
    writeFileSync(file, '');
    truncateSync(file, sectors * SECTOR_BYTES);
    const disk = openRawImage(file, { readOnly: false });
    const partitions: GptPartition[] = [];
    let firstSector = FIRST_VOLUME;
    for (const [i, { volume, regions }] of chosen.entries()) {
      const damaged = volume.slice();
      damage(damaged, random, regions);
      writeWithoutZeroes(disk, firstSector, damaged);
      const sectorCount = sizes[i] ?? 0;
      const id = guidFromBytes(Buffer.alloc(16, i + 1));
      partitions.push({ number: i + 1, type: GPT_TYPE.linux, id, firstSector, sectorCount, name: '' });
      firstSector += sectorCount;
    }
    writeGpt(disk, partitions, guidFromBytes(Buffer.alloc(16, 0xee)));
    disk.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A system image with the script that uses the disks, and few words on the console. */
export function makeUserImage(image: string): void {
  const script = path.join(import.meta.dirname, 'use-disks.sh');
  makeImageVariant(image, {
    kernelArguments: ['loglevel=2'],
    files: new Map([[SCRIPT, { content: readFileSync(script), mode: 0o755 }]]),
  });
}

/** Boots QEMU with the disk, uses all its volumes, and throws for whatever is not an error of a file system. */
export async function useDamagedDisk(
  boot: BootGuest,
  image: string,
  disk: string,
  count: number,
): Promise<void> {
  const qemuArguments = ['-drive', `file=${disk},format=raw,if=ide,index=1,snapshot=on`];
  const guest = await boot({ image, qemuArguments });
  await waitForPrompt(guest);
  const before = (await succeed(guest, 'ls /dev/sdb?* | wc -l')).trim();
  check(before === String(count), `the guest sees ${before} of ${count} volumes`);
  const said = await succeed(guest, SCRIPT, count * 60_000);
  const results = [...said.matchAll(/^DISK (\d+): (.*)$/gm)];
  const failures = results.filter(([, , what]) => !/^mounted/.test(what ?? '')).map(([line]) => line);
  check(failures.length === 0, failures.join('; '));
  const mounted = results.filter(([, , what]) => what !== 'mounted no');
  check(results.length === count, `${results.length} of ${count} volumes were tried:\n${said}`);
  // Damage that no file system survives would prove nothing.
  check(mounted.length > count / 4, `only ${mounted.length} of ${count} volumes could be mounted`);
  await succeed(guest, 'cp /bin/ls /root/ls && cmp /bin/ls /root/ls && ps > /dev/null && sync');
  await guest.kill();
}
