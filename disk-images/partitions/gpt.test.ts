/** The GUID partition table with sgdisk as the judge of what we write, and as the writer of what we read. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MemorySectors } from '../sectors.ts';
import { GPT_FIRST_USABLE, GPT_TYPE, type GptPartition, readGpt, writeGpt } from './gpt.ts';
import { guidBytes, guidFromBytes, guidText } from './guid.ts';
import { parseMbr } from './mbr.ts';
import { readPartitions } from './table.ts';

const MIB = 1 << 20;
const DISK = '11223344-5566-4778-899A-ABBCCDDEEFF0';
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-gpt-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const partitions: readonly GptPartition[] = [
  {
    number: 1,
    type: GPT_TYPE.efiSystem,
    id: guidFromBytes(Buffer.alloc(16, 1)),
    firstSector: 2048,
    sectorCount: 8192,
    name: 'boot',
  },
  {
    number: 2,
    type: GPT_TYPE.linux,
    id: guidFromBytes(Buffer.alloc(16, 2)),
    firstSector: 10_240,
    sectorCount: 20_447,
    name: 'Wurzel ä',
  },
  {
    number: 3,
    type: GPT_TYPE.biosBoot,
    id: guidFromBytes(Buffer.alloc(16, 3)),
    firstSector: GPT_FIRST_USABLE,
    sectorCount: 2014,
    name: '',
  },
];

function newDisk(mib = 15): MemorySectors {
  const disk = new MemorySectors(new Uint8Array(mib * MIB));
  writeGpt(disk, partitions, DISK);
  return disk;
}

function save(disk: MemorySectors): string {
  const file = path.join(folder, 'disk.img');
  writeFileSync(file, disk.bytes);
  return file;
}

describe('a GUID partition table of ours', () => {
  it('is one that sgdisk finds nothing wrong with, and reads as it was meant', () => {
    const file = save(newDisk());
    expect(execFileSync('sgdisk', ['--verify', file], { encoding: 'utf8' })).toMatch(/No problems found/);
    const printed = execFileSync('sgdisk', ['--print', file], { encoding: 'utf8' });
    expect(printed).toContain(DISK);
    expect(printed).toMatch(/1 +2048 +10239 +4.0 MiB +EF00 +boot/);
    expect(printed).toMatch(/2 +10240 +30686 .* 8300 +Wurzel ä/);
    expect(printed).toMatch(/3 +34 +2047 .* EF02/);
  });

  it('reads back, and keeps the boot code and a protective boot record in front', () => {
    const disk = new MemorySectors(new Uint8Array(15 * MIB));
    disk.bytes.fill(0x90, 0, 440);
    writeGpt(disk, partitions, DISK);
    expect(readGpt(disk)).toEqual(partitions);
    expect(disk.bytes.subarray(0, 440).every((byte) => byte === 0x90)).toBe(true);
    expect(parseMbr(disk.bytes.subarray(0, 512), disk.sectorCount)).toMatchObject([
      { type: 0xee, active: false, firstSector: 1, sectorCount: disk.sectorCount - 1 },
    ]);
    expect(readPartitions(disk).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('is read from its copy when the first one is damaged', () => {
    const disk = newDisk();
    for (const at of [512 + 20, 1024 + 40]) {
      const damaged = new MemorySectors(Uint8Array.from(disk.bytes));
      damaged.bytes[at] = (damaged.bytes[at] ?? 0) ^ 1;
      expect(readGpt(damaged)).toEqual(partitions);
    }
    disk.bytes.fill(0, 512, 1024);
    expect(readGpt(disk)).toEqual(partitions);
  });

  it('refuses what does not fit, and what is damaged at both ends', () => {
    const disk = new MemorySectors(new Uint8Array(MIB));
    expect(() => {
      writeGpt(disk, partitions, DISK);
    }).toThrow(/partition 3 ends at sector 2047, the last one for partitions is 2014/);
    const [first] = partitions;
    if (!first) throw new Error('no partition');
    const twice = [first, { ...first, number: 2 }];
    const larger = new MemorySectors(new Uint8Array(15 * MIB));
    expect(() => {
      writeGpt(larger, twice, DISK);
    }).toThrow(/overlaps/);
    expect(() => {
      writeGpt(larger, [{ ...first, firstSector: 33 }], DISK);
    }).toThrow(/overlaps another one or the table/);
    expect(larger.bytes.every((byte) => byte === 0)).toBe(true);
    const both = newDisk();
    both.bytes.fill(0, 512, 1024);
    both.bytes.fill(0, both.bytes.length - 512);
    expect(() => readPartitions(both)).toThrow(/neither GUID partition table/);
  });

  it('gives an error or partitions inside the disk for any damage', () => {
    const disk = newDisk();
    const whole = Uint8Array.from(disk.bytes);
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const tableBytes = 33 * 512;
    for (let round = 0; round < 500; round++) {
      for (const base of [512, whole.length - tableBytes]) {
        disk.bytes.set(whole.subarray(base, base + tableBytes), base);
        for (let i = 0; i < 1 + random(4); i++) disk.bytes[base + random(tableBytes)] = random(256);
      }
      try {
        for (const p of readGpt(disk))
          expect(p.firstSector + p.sectorCount).toBeLessThanOrEqual(disk.sectorCount);
      } catch (error) {
        expect(String(error)).toMatch(/PartitionTableError/);
      }
    }
  });
});

it('reads the table that sgdisk makes', () => {
  const file = path.join(folder, 'theirs.img');
  writeFileSync(file, '');
  truncateSync(file, 20 * MIB);
  execFileSync('sgdisk', ['-n1:2048:+8M', '-t1:EF00', '-c1:esp', '-n4:0:0', '-t4:8300', file], {
    stdio: 'ignore',
  });
  expect(readGpt(new MemorySectors(readFileSync(file)))).toMatchObject([
    { number: 1, type: GPT_TYPE.efiSystem, firstSector: 2048, sectorCount: 16_384, name: 'esp' },
    { number: 4, type: GPT_TYPE.linux, firstSector: 18_432 },
  ]);
});

it('stores GUIDs in mixed order', () => {
  expect([...guidBytes('00112233-4455-6677-8899-AABBCCDDEEFF')].slice(0, 8)).toEqual([
    0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
  ]);
  expect(guidText(guidBytes(GPT_TYPE.biosBoot))).toBe(GPT_TYPE.biosBoot);
  expect(guidFromBytes(Buffer.alloc(16, 0xff))).toBe('FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF');
  expect(() => guidBytes('nonsense')).toThrow(/no GUID/);
});
