/** The system image without booting it: the checks that take no machine. tests/system boots it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ext2 } from '../filesystems/ext2/ext2.ts';
import { Fat32 } from '../filesystems/fat32/fat32.ts';
import { parseMbr } from '../partitions/mbr.ts';
import { readPartitions } from '../partitions/table.ts';
import { MemorySectors, SectorRange } from '../sectors.ts';
import { writeSparse } from '../testing.ts';
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

function image(table: 'mbr' | 'gpt' = 'mbr'): Uint8Array {
  return buildSystemImage({
    table,
    sizeMiB: 128,
    kernel: Buffer.from('not really a kernel'),
    kernelArguments: ['init=/bin/init', 'loglevel=7'],
    root: new Map([
      ['/bin/hello', { content: Buffer.from('hello'), mode: 0o755 }],
      ['/bin/su', { content: Buffer.from('su'), mode: 0o4755 }],
      ['/bin/hi', { sameAs: '/bin/hello' }],
      ['/bin/greet', { target: 'hello' }],
      ['/dev', { directory: true }],
      ['/tmp', { directory: true, mode: 0o1777 }],
      ['/home/user', { directory: true, uid: 1000, gid: 1000 }],
    ]),
    timestamp: TIMESTAMP,
    grub,
  });
}

/** Writes a partition to a file of its own. */
function partitionFile(bytes: Uint8Array, number: number): string {
  const partition = readPartitions(new MemorySectors(bytes)).find((p) => p.number === number);
  if (!partition) throw new Error(`no partition ${number}`);
  const file = path.join(directory, `partition-${number}`);
  const start = partition.firstSector * 512;
  writeSparse(file, bytes.subarray(start, start + partition.sectorCount * 512));
  return file;
}

function checkPartitions(bytes: Uint8Array): void {
  execFileSync('fsck.vfat', ['-n', partitionFile(bytes, 1)]);
  execFileSync('e2fsck', ['-fn', partitionFile(bytes, 2)], { stdio: 'ignore' });
}

describe('the system image', () => {
  it('has a boot partition and a root that the checkers find clean, the same each time', () => {
    const bytes = image();
    expect(Buffer.compare(bytes, image())).toBe(0);
    const partitions = parseMbr(bytes.subarray(0, 512), bytes.length / 512);
    expect(partitions).toMatchObject([
      { type: 0xef, active: true, firstSector: 2048 },
      { type: 0x83, active: false },
    ]);
    checkPartitions(bytes);
  });

  it('has the same partitions in a GUID partition table that sgdisk finds clean, and room for GRUB', () => {
    const bytes = image('gpt');
    const file = path.join(directory, 'gpt.img');
    writeSparse(file, bytes);
    expect(execFileSync('sgdisk', ['--verify', file], { encoding: 'utf8' })).toMatch(/No problems found/);
    checkPartitions(bytes);
    const [boot, root, biosBoot] = readPartitions(new MemorySectors(bytes));
    expect([boot, root]).toMatchObject([{ number: 1, firstSector: 2048 }, { number: 2 }]);
    const at = (biosBoot?.firstSector ?? 0) * 512;
    // What boot.img and the core image must be told: where the core image begins, and where it goes on.
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect([view.getBigUint64(0x5c, true), view.getBigUint64(at + 0x1f4, true)]).toEqual([34n, 35n]);
    expect(Buffer.from(bytes.subarray(at + 512, at + 1024))).toEqual(
      Buffer.from(grub.core.subarray(512, 1024)),
    );
  });

  it('holds on the boot partition what firmware and GRUB look for', () => {
    const disk = new MemorySectors(image());
    const [partition] = parseMbr(disk.bytes.subarray(0, 512), disk.sectorCount);
    const fat = new Fat32(new SectorRange(disk, 2048, partition?.sectorCount ?? 0));
    const names = fat.list('/').map((f) => f.name);
    expect(names.sort()).toEqual(['EFI', 'breenix.elf', 'grub']);
    expect(Buffer.from(fat.readFile('/breenix.elf')).toString()).toBe('not really a kernel');
    expect(Buffer.from(fat.readFile('/grub/grub.cfg')).toString()).toContain(
      'multiboot2 /breenix.elf init=/bin/init loglevel=7',
    );
    expect(fat.stat('/EFI/BOOT/BOOTX64.EFI')?.sizeBytes).toBeGreaterThan(100_000);
  });

  it('keeps modes, owners, links and times on the root', () => {
    const disk = new MemorySectors(image());
    const [, partition] = parseMbr(disk.bytes.subarray(0, 512), disk.sectorCount);
    const root = new Ext2(new SectorRange(disk, partition?.firstSector ?? 0, partition?.sectorCount ?? 0));
    expect(root.label).toBe('breenix-root');
    expect(root.stat('/bin/hello')).toMatchObject({ mode: 0o100755, uid: 0, links: 2, modified: TIMESTAMP });
    expect(root.stat('/bin/su')?.mode).toBe(0o104755);
    expect(root.stat('/tmp')?.mode).toBe(0o041777);
    expect(root.stat('/home/user')).toMatchObject({ mode: 0o040755, uid: 1000, gid: 1000 });
    expect(root.stat('/home')).toMatchObject({ mode: 0o040755, uid: 0 });
    expect(root.readLink('/bin/greet')).toBe('hello');
    expect(Buffer.from(root.readFile('/bin/hi')).toString()).toBe('hello');
  });

  it('says what is wrong when something does not fit', () => {
    const options = { kernel: new Uint8Array(), root: new Map(), timestamp: TIMESTAMP };
    const core = new Uint8Array(2048 * 512);
    expect(() => buildSystemImage({ ...options, grub: { ...grub, core } })).toThrow(/too many for the gap/);
    expect(() => buildSystemImage({ ...options, grub: { ...grub, core }, table: 'gpt' })).toThrow(/too many/);
    expect(() => buildSystemImage({ ...options, grub, sizeMiB: 32 })).toThrow(/no room/);
    const large = new Map([['/large', { content: new Uint8Array(100 << 20) }]]);
    expect(() => buildSystemImage({ ...options, root: large, grub, sizeMiB: 128 })).toThrow(/blocks wanted/);
  });

  it('takes no kernel argument that GRUB would understand otherwise', () => {
    for (const word of ['a b', 'x;reboot', '$root', "quote'"]) {
      expect(() => grubConfiguration([word], '1024x768x32')).toThrow(/cannot be a kernel argument/);
    }
  });
});
