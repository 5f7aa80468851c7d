import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { emitMbr, parseMbr, type Partition, PartitionTableError } from './mbr.ts';

const DISK = 2048 * 64;
const partitions: Partition[] = [
  { index: 0, type: 0xef, active: true, firstSector: 2048, sectorCount: 100_000 },
  { index: 2, type: 0x83, active: false, firstSector: 102_048, sectorCount: DISK - 102_048 },
];

function emitted(list: readonly Partition[] = partitions): Uint8Array {
  const sector = new Uint8Array(512).fill(0xaa, 0, 440);
  emitMbr(sector, list, DISK);
  return sector;
}

describe('the boot record', () => {
  it('gives back the partitions that were put in, and keeps the boot code', () => {
    const sector = emitted();
    expect(parseMbr(sector, DISK)).toEqual(partitions);
    expect(sector.subarray(0, 440).every((b) => b === 0xaa)).toBe(true);
  });

  it('is what mtools reads', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'breenix-mbr-'));
    try {
      const image = path.join(directory, 'disk');
      const disk = Buffer.alloc(DISK * 512);
      disk.set(emitted());
      writeFileSync(image, disk);
      const settings = path.join(directory, 'mtoolsrc');
      writeFileSync(settings, `drive a: file="${image}" partition=1\ndrive c: file="${image}" partition=3\n`);
      const show = (drive: string): string =>
        execFileSync('mpartition', ['-p', drive], {
          encoding: 'utf8',
          env: { ...process.env, MTOOLSRC: settings },
        });
      expect(show('a:')).toContain('-b 2048 -l 100000');
      expect(show('c:')).toContain('-b 102048 -l 29024');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each<[string, Partition[], RegExp]>([
    [
      'overlap',
      [
        { index: 0, type: 1, active: false, firstSector: 10, sectorCount: 10 },
        { index: 1, type: 1, active: false, firstSector: 19, sectorCount: 10 },
      ],
      /partition 2 overlaps/,
    ],
    [
      'lie on the boot record',
      [{ index: 0, type: 1, active: false, firstSector: 0, sectorCount: 10 }],
      /overlaps/,
    ],
    [
      'leave the disk',
      [{ index: 3, type: 1, active: false, firstSector: DISK - 5, sectorCount: 6 }],
      /partition 4 ends/,
    ],
  ])('may not have partitions that %s', (_, list, message) => {
    expect(() => emitted(list)).toThrow(PartitionTableError);
    expect(() => emitted(list)).toThrow(message);
  });

  it('must have its signature', () => {
    const sector = emitted();
    sector[511] = 0;
    expect(() => parseMbr(sector, DISK)).toThrow(/no master boot record/);
  });

  it('of a disk that was cut short is refused', () => {
    expect(() => parseMbr(emitted(), DISK / 2)).toThrow(/cut short/);
  });
});
