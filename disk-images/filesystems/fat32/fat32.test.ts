/** Our FAT32 against fsck.vfat, mtools and mkfs.vfat: they read what we write, and we read what they write. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MemorySectors, SECTOR_BYTES } from '../../sectors.ts';
import { writeSparse } from '../../testing.ts';
import { FatError, type FatErrorCode } from './error.ts';
import { Fat32 } from './fat32.ts';
import { formatFat32 } from './format.ts';

const MIB = 1 << 20;
const NOW = new Date('2026-11-22T12:34:56Z');
const directory = mkdtempSync(path.join(tmpdir(), 'breenix-fat-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function newVolume(mib = 40): { disk: MemorySectors; fat: Fat32 } {
  const disk = new MemorySectors(new Uint8Array(mib * MIB));
  formatFat32(disk, { label: 'TEST', volumeId: 0x1234_5678, now: NOW });
  return { disk, fat: new Fat32(disk, () => NOW) };
}

/** Counts the sectors that are read and written. */
class CountedSectors extends MemorySectors {
  moved = 0;

  override read(lba: number, into: Uint8Array): void {
    this.moved += into.length / SECTOR_BYTES;
    super.read(lba, into);
  }

  override write(lba: number, from: Uint8Array): void {
    this.moved += from.length / SECTOR_BYTES;
    super.write(lba, from);
  }
}

function save(disk: MemorySectors, name = 'volume.img'): string {
  const file = path.join(directory, name);
  writeSparse(file, disk.bytes);
  return file;
}

/** Number of files and directories. Throws when fsck.vfat finds anything; -n only looks. */
function fsck(disk: MemorySectors): number {
  const output = execFileSync('fsck.vfat', ['-n', save(disk)], { encoding: 'utf8' });
  // It counts the volume label, too.
  return Number(/(\d+) files, /.exec(output)?.[1]) - 1;
}

function mtools(tool: string, image: string, ...args: string[]): string {
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' };
  return execFileSync(tool, ['-i', image, ...args], { encoding: 'utf8', env });
}

function content(size: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff);
}

function codeOf(action: () => unknown): FatErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof FatError) return error.code;
    throw error;
  }
}

describe('a new volume', () => {
  it.each([34, 40, 260, 300, 1024])('of %i MiB is clean', (mib) => {
    const { disk, fat } = newVolume(mib);
    fat.flush();
    expect(fsck(disk)).toBe(0);
    expect(fat.list('/')).toEqual([]);
  });

  it('must have a size that FAT32 allows', () => {
    expect(() => {
      formatFat32(new MemorySectors(new Uint8Array(20 * MIB)), { volumeId: 1, now: NOW });
    }).toThrow(/too small for FAT32.*MiB needed/);
  });

  it('has the label that mtools shows', () => {
    const { disk } = newVolume();
    expect(mtools('mlabel', save(disk), '-s', '::')).toContain('TEST');
  });
});

describe('files', () => {
  const names = [
    'UPPER.TXT',
    'lower.txt',
    'Mixed Case with spaces.tar.gz',
    'exactly13char',
    'a'.repeat(255),
    'näme-ß-日本語.txt',
    '.hidden',
    'two..dots',
    '+,;=.x',
  ];

  it('of every kind of name and size are read back, by us and by mtools', () => {
    const { disk, fat } = newVolume();
    const sizes = [0, 1, 511, 512, 513, 4096, 100_000, 70_000, 3];
    names.forEach((name, i) => {
      fat.writeFile(`/${name}`, content(sizes[i] ?? 0, i));
    });
    fat.flush();
    fsck(disk);
    const image = save(disk);
    const reopened = new Fat32(disk);
    expect(reopened.list('/').map((f) => f.name)).toEqual(names);
    names.forEach((name, i) => {
      const expected = content(sizes[i] ?? 0, i);
      expect(Buffer.compare(reopened.readFile(`/${name}`), expected)).toBe(0);
      const out = path.join(directory, `out${i}`);
      mtools('mcopy', image, '-n', `::${name}`, out);
      expect(Buffer.compare(readFileSync(out), expected)).toBe(0);
      expect(reopened.stat(`/${name.toUpperCase()}`)).toMatchObject({
        sizeBytes: expected.length,
        modified: NOW,
      });
    });
  });

  it('that mtools and mkfs.vfat wrote are read', () => {
    const image = path.join(directory, 'theirs.img');
    execFileSync('mkfs.vfat', ['-C', '-F', '32', '-n', 'THEIRS', image, String(40 * 1024)]);
    const source = path.join(directory, 'source');
    writeFileSync(source, content(123_456));
    mtools('mmd', image, '::Some Folder');
    mtools('mcopy', image, source, '::Some Folder/A file of theirs.bin');
    mtools('mcopy', image, source, '::SHORT.BIN');
    const fat = new Fat32(new MemorySectors(readFileSync(image)));
    expect(fat.list('/').map((f) => [f.name, f.isDirectory])).toEqual([
      ['Some Folder', true],
      ['SHORT.BIN', false],
    ]);
    expect(Buffer.compare(fat.readFile('/some folder/a FILE of theirs.bin'), content(123_456))).toBe(0);
  });

  it('can be replaced, emptied and removed without losing a cluster', () => {
    const { disk, fat } = newVolume();
    const free = fat.freeBytes;
    fat.writeFile('/a', content(50_000));
    fat.writeFile('/a', content(700, 2));
    expect(Buffer.compare(fat.readFile('/A'), content(700, 2))).toBe(0);
    fat.writeFile('/a', new Uint8Array());
    expect(fat.freeBytes).toBe(free);
    fat.writeFile('/a', content(5000));
    fat.remove('/a');
    expect(fat.freeBytes).toBe(free);
    fat.flush();
    expect(fsck(disk)).toBe(0);
  });

  it('fill the volume to the last cluster, and one more fails and changes nothing', () => {
    const { disk, fat } = newVolume(34);
    fat.writeFile('/big', new Uint8Array(fat.freeBytes - 512));
    const before = fat.freeBytes;
    expect(
      codeOf(() => {
        fat.writeFile('/more', content(513));
      }),
    ).toBe('no-space');
    expect(fat.freeBytes).toBe(before);
    expect(fat.stat('/more')).toBeNull();
    fat.writeFile('/last', content(512));
    expect(fat.freeBytes).toBe(0);
    fat.flush();
    expect(fsck(disk)).toBe(2);
  });
});

describe('directories', () => {
  it('nest, hold thousands of entries, each for a few sectors, and are clean', () => {
    const disk = new CountedSectors(new Uint8Array(40 * MIB));
    formatFat32(disk, { label: 'TEST', volumeId: 0x1234_5678, now: NOW });
    const fat = new Fat32(disk, () => NOW);
    fat.makeDirectory('/a/b/c', { parents: true });
    fat.makeDirectory('/a/b/c', { parents: true });
    disk.moved = 0;
    for (let i = 0; i < 5000; i++) fat.writeFile(`/a/b/c/A long file name number ${i}.txt`, content(i % 3));
    for (let i = 0; i < 5000; i += 2) fat.remove(`/a/b/c/a long file name number ${i}.txt`);
    for (let i = 0; i < 1000; i++) fat.writeFile(`/a/b/c/x${i}`, content(1));
    expect(disk.moved / 8500).toBeLessThan(2);
    fat.flush();
    expect(fsck(disk)).toBe(3503);
    expect(new Fat32(disk).list('/a/b/c')).toHaveLength(3500);
    expect(mtools('mdir', save(disk), '-b', '::a/b/c').trim().split('\n')).toHaveLength(3500);
  });

  it('are removed when empty, and their clusters used again', () => {
    const { disk, fat } = newVolume();
    fat.makeDirectory('/d');
    fat.writeFile('/d/f', content(3));
    expect(
      codeOf(() => {
        fat.remove('/d');
      }),
    ).toBe('not-empty');
    fat.remove('/d/f');
    fat.remove('/d');
    fat.makeDirectory('/e');
    expect(fat.list('/e')).toEqual([]);
    fat.flush();
    expect(fsck(disk)).toBe(1);
  });
});

describe('what cannot be done', () => {
  it('is refused with a code', () => {
    const { disk, fat } = newVolume();
    fat.makeDirectory('/dir');
    fat.writeFile('/file', content(9));
    const refused: [FatErrorCode, () => unknown][] = [
      ['not-found', () => fat.readFile('/none')],
      ['not-found', () => fat.list('/none')],
      [
        'not-found',
        () => {
          fat.writeFile('/none/f', content(1));
        },
      ],
      [
        'not-found',
        () => {
          fat.remove('/none');
        },
      ],
      ['is-a-directory', () => fat.readFile('/dir')],
      [
        'is-a-directory',
        () => {
          fat.writeFile('/dir', content(1));
        },
      ],
      [
        'is-a-directory',
        () => {
          fat.remove('/');
        },
      ],
      ['not-a-directory', () => fat.list('/file')],
      [
        'not-a-directory',
        () => {
          fat.writeFile('/file/x', content(1));
        },
      ],
      [
        'not-a-directory',
        () => {
          fat.makeDirectory('/file/x', { parents: true });
        },
      ],
      [
        'exists',
        () => {
          fat.makeDirectory('/DIR');
        },
      ],
      [
        'invalid-name',
        () => {
          fat.writeFile('/a:b', content(1));
        },
      ],
      [
        'invalid-name',
        () => {
          fat.writeFile('/ends.', content(1));
        },
      ],
      [
        'invalid-name',
        () => {
          fat.makeDirectory(`/${'x'.repeat(256)}`);
        },
      ],
    ];
    expect(refused.map(([, action]) => codeOf(action))).toEqual(refused.map(([code]) => code));
    fat.flush();
    expect(fsck(disk)).toBe(2);
  });

  it('damaged volumes are errors, not endless loops', () => {
    const { disk, fat } = newVolume();
    fat.writeFile('/f', content(5000));
    fat.flush();
    const table = fat.geometry.reservedSectors * 512;
    const view = new DataView(disk.bytes.buffer);
    const first = 3;
    const damage = (value: number): Fat32 => {
      view.setUint32(table + (first + 1) * 4, value, true);
      return new Fat32(disk);
    };
    expect(codeOf(() => damage(first).readFile('/f'))).toBe('corrupt');
    expect(codeOf(() => damage(0).readFile('/f'))).toBe('corrupt');
    expect(codeOf(() => damage(0x0fff_0000).readFile('/f'))).toBe('corrupt');
    expect(codeOf(() => damage(0x0fff_ffff).readFile('/f'))).toBe('corrupt');
  });

  it('random boot sectors are refused or give a volume, nothing else', () => {
    const { disk } = newVolume(34);
    let seed = 42;
    for (let i = 0; i < 500; i++) {
      const copy = new MemorySectors(disk.bytes.slice(0, 600 * 512));
      for (let n = 0; n < 3; n++) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        copy.bytes[(seed >>> 8) % 90] = seed >>> 24;
      }
      // The rest of the volume is cut off, so that none of them can be opened.
      expect(codeOf(() => new Fat32(copy))).toBe('not-fat32');
    }
  });
});
