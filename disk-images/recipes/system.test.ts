/** The system image without booting it: the checks that take no machine. tests/system boots it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fat32 } from '../filesystems/fat32/fat32.ts';
import { parseMbr } from '../partitions/mbr.ts';
import { MemorySectors, SectorRange } from '../sectors.ts';
import { buildSystemImage, grubConfiguration, makeGrubImages } from './system.ts';
import type { GrubImages } from './grub.ts';

const TIMESTAMP = new Date('2026-01-02T03:04:06Z');
let grub: GrubImages;
let directory: string;

beforeAll(() => {
  grub = makeGrubImages();
  directory = mkdtempSync(path.join(tmpdir(), 'breenix-system-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function image(): Uint8Array {
  return buildSystemImage({
    kernel: Buffer.from('not really a kernel'),
    kernelArguments: ['init=/bin/init', 'loglevel=7'],
    files: new Map([['/bin/hello', Buffer.from('hello')]]),
    directories: ['/dev'],
    timestamp: TIMESTAMP,
    grub,
  });
}

describe('the system image', () => {
  it('is one active partition with what the contract says, clean, and the same each time', () => {
    const bytes = image();
    expect(Buffer.compare(bytes, image())).toBe(0);
    const disk = new MemorySectors(bytes);
    const [partition] = parseMbr(bytes.subarray(0, 512), disk.sectorCount);
    expect(partition).toMatchObject({ type: 0xef, active: true, firstSector: 2048 });
    const volume = new SectorRange(disk, 2048, partition?.sectorCount ?? 0);
    const fat = new Fat32(volume);
    expect(
      fat
        .list('/')
        .map((f) => f.name)
        .sort(),
    ).toEqual(['EFI', 'bin', 'boot', 'dev']);
    expect(Buffer.from(fat.readFile('/boot/breenix.elf')).toString()).toBe('not really a kernel');
    expect(Buffer.from(fat.readFile('/boot/grub/grub.cfg')).toString()).toContain(
      'multiboot2 /boot/breenix.elf init=/bin/init loglevel=7',
    );
    expect(fat.stat('/EFI/BOOT/BOOTX64.EFI')?.sizeBytes).toBeGreaterThan(100_000);
    expect(fat.stat('/bin/hello')?.modified).toEqual(TIMESTAMP);
    const file = path.join(directory, 'partition');
    writeFileSync(file, bytes.subarray(2048 * 512));
    execFileSync('fsck.vfat', ['-n', file]);
  });

  it('says what GRUB needs when it does not fit', () => {
    const options = { kernel: new Uint8Array(), files: new Map<string, Uint8Array>(), timestamp: TIMESTAMP };
    const core = new Uint8Array(2048 * 512);
    expect(() => buildSystemImage({ ...options, grub: { ...grub, core } })).toThrow(/too many for the gap/);
    expect(() => buildSystemImage({ ...options, grub, sizeMiB: 16 })).toThrow(/too small for FAT32/);
  });

  it('takes no kernel argument that GRUB would understand otherwise', () => {
    for (const word of ['a b', 'x;reboot', '$root', "quote'"]) {
      expect(() => grubConfiguration([word], '1024x768x32')).toThrow(/cannot be a kernel argument/);
    }
  });
});
