import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { MemorySectors } from '../../sectors.ts';
import { writeSparse } from '../../testing.ts';
import { checkFat32, type Problem } from './check.ts';
import { Fat32 } from './fat32.ts';
import { formatFat32 } from './format.ts';

const NOW = new Date('2026-11-22T12:34:56Z');
const directory = mkdtempSync(path.join(tmpdir(), 'breenix-check-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

let disk: MemorySectors;
let view: DataView;
let table: number;
let copy: number;
let data: number;

beforeEach(() => {
  disk = new MemorySectors(new Uint8Array(34 << 20));
  formatFat32(disk, { volumeId: 1, now: NOW });
  const fat = new Fat32(disk, () => NOW);
  // Clusters from 3 on: one file of four, a directory, and a file of two in it.
  fat.writeFile('/FILE.BIN', new Uint8Array(2000).fill(1));
  fat.makeDirectory('/DIR');
  fat.writeFile('/DIR/INNER.BIN', new Uint8Array(1000).fill(2));
  fat.flush();
  view = new DataView(disk.bytes.buffer);
  table = fat.geometry.reservedSectors * 512;
  copy = table + fat.geometry.sectorsPerFat * 512;
  data = fat.geometry.dataStart * 512;
});

function setNext(cluster: number, next: number): void {
  view.setUint32(table + cluster * 4, next, true);
  view.setUint32(copy + cluster * 4, next, true);
}

/** fsck.vfat -n: 0 is clean, 1 has found something. */
function fsckStatus(): number | null {
  const file = path.join(directory, 'volume');
  writeSparse(file, disk.bytes);
  return spawnSync('fsck.vfat', ['-n', file]).status;
}

/** Size field of the first entry of the root directory. */
const FILE_SIZE_AT = 28;

describe('a check', () => {
  it('finds nothing in a sound volume', () => {
    expect(checkFat32(disk)).toEqual([]);
    expect(fsckStatus()).toBe(0);
  });

  it.each<[string, () => void, readonly (readonly [Problem['kind'], string])[]]>([
    [
      'tables that differ',
      () => {
        view.setUint32(copy + 3 * 4, 9, true);
      },
      [['tables-differ', '/']],
    ],
    [
      'a chain that leaves the volume',
      () => {
        setNext(4, 0x0fff_0000);
      },
      [
        ['broken-chain', '/FILE.BIN'],
        ['wrong-size', '/FILE.BIN'],
        ['lost-clusters', '/'],
      ],
    ],
    [
      'a chain that ends in a free cluster',
      () => {
        setNext(5, 0);
      },
      [
        ['broken-chain', '/FILE.BIN'],
        ['wrong-size', '/FILE.BIN'],
        ['lost-clusters', '/'],
        ['wrong-free-count', '/'],
      ],
    ],
    [
      'a chain in a circle',
      () => {
        setNext(6, 3);
      },
      [['broken-chain', '/FILE.BIN']],
    ],
    [
      'files that share clusters',
      () => {
        setNext(6, 8);
      },
      [
        ['shared-cluster', '/DIR/INNER.BIN'],
        ['wrong-size', '/DIR/INNER.BIN'],
        ['wrong-size', '/FILE.BIN'],
      ],
    ],
    [
      'a size that is too large',
      () => {
        view.setUint32(data + FILE_SIZE_AT, 5000, true);
      },
      [['wrong-size', '/FILE.BIN']],
    ],
    [
      'a size that is too small',
      () => {
        view.setUint32(data + FILE_SIZE_AT, 100, true);
      },
      [['wrong-size', '/FILE.BIN']],
    ],
    [
      'clusters that belong to nobody',
      () => {
        setNext(100, 101);
        setNext(101, 0x0fff_ffff);
      },
      [
        ['lost-clusters', '/'],
        ['wrong-free-count', '/'],
      ],
    ],
    [
      'a wrong number of free clusters',
      () => {
        view.setUint32(512 + 488, 17, true);
      },
      [['wrong-free-count', '/']],
    ],
  ])('finds %s, as fsck.vfat does', (_, damage, expected) => {
    damage();
    const found = checkFat32(disk).map((p) => [p.kind, p.path]);
    expect(found.toSorted()).toEqual(expected.map((e) => [...e]).toSorted());
    expect(fsckStatus()).toBe(1);
  });

  it('says so when it is no FAT32 at all', () => {
    disk.bytes.fill(0, 0, 512);
    expect(checkFat32(disk)).toEqual([expect.objectContaining({ kind: 'not-fat32' })]);
  });

  it('ends, whatever the tables and directories hold', () => {
    let seed = 7;
    const next = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0);
    for (let round = 0; round < 60; round++) {
      for (let n = 0; n < 6; n++) setNext(2 + (next() % 8), next() % 12);
      for (let n = 0; n < 6; n++) disk.bytes[data + (next() % 4096)] = next() >>> 24;
      expect(() => checkFat32(disk)).not.toThrow();
    }
  });
});
