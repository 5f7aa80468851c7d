import { diskDoubles } from '../../testing/disk/mounted-volume.ts';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileKernel, instantiateKernel, type KernelModule } from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: [
    'fs/vfs.fixture.ts',
    'fs/vfs.ts',
    'fs/file.ts',
    'fs/fd-table.ts',
    'block/buffer-cache.ts',
    'mm/kmalloc.ts',
  ],
  replace: diskDoubles,
});

const ENOENT = -2;
const EIO = -5;
const EBADF = -9;
const EEXIST = -17;
const ENOTDIR = -20;
const EISDIR = -21;
const EINVAL = -22;
const EMFILE = -24;
const EROFS = -30;
const ENAMETOOLONG = -36;

const O_DIRECTORY = 0x10000;
const O_CREAT = 0x40;
const O_EXCL = 0x80;

const folder = mkdtempSync(path.join(tmpdir(), 'breenix-fat-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Pseudo-random but repeatable bytes. */
function pattern(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const big = pattern(300_001, 7);
const longName = 'a file with a long name, ünïcödé and 漢字.text';

/** FAT32 has at least 65525 clusters, else mtools takes it for FAT16; most of such a volume is never touched. */
const CLUSTERS = 66_000;
const KEPT_BYTES = 6 << 20;

/** A volume made by dosfstools and mtools, which the kernel reads as it reads any other: the part that is in use. */
function makeImage(sectorsPerCluster: number): Uint8Array {
  const image = path.join(folder, `fat-${sectorsPerCluster}.img`);
  const kib = String((CLUSTERS * sectorsPerCluster) / 2 + 2048);
  execFileSync('mkfs.vfat', ['-C', '-F', '32', '-s', String(sectorsPerCluster), image, kib], {
    stdio: 'pipe',
  });
  const env = { ...process.env, MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' };
  const put = (to: string, files: Record<string, Uint8Array>): void => {
    const source = mkdtempSync(path.join(folder, 'source-'));
    for (const [name, data] of Object.entries(files)) writeFileSync(path.join(source, name), data);
    const names = Object.keys(files).map((name) => path.join(source, name));
    execFileSync('mcopy', ['-i', image, ...names, `::${to}`], { env, stdio: 'pipe' });
  };
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  execFileSync('mmd', ['-i', image, '::/bin', '::/etc', '::/dev', '::/deep', '::/deep/er'], {
    env,
    stdio: 'pipe',
  });
  put('/', { 'HELLO.TXT': text('hello\n'), [longName]: text('long') });
  put('/bin', { big });
  put('/deep/er', { 'bottom.txt': text('bottom') });
  const many = Array.from({ length: 100 }, (_, i) => [
    `a rather long file name number ${i}.conf`,
    Uint8Array.of(i),
  ]);
  put('/etc', { empty: new Uint8Array(0), ...(Object.fromEntries(many) as Record<string, Uint8Array>) });
  const kept = new Uint8Array(KEPT_BYTES);
  const file = openSync(image, 'r');
  readSync(file, kept, 0, KEPT_BYTES, 0);
  closeSync(file);
  return kept;
}

const image = makeImage(1);

async function boot(
  disk: Uint8Array = image,
  whole: Uint8Array = image,
): Promise<{ kernel: KernelModule; mounted: number }> {
  const kernel: KernelModule = await instantiateKernel(wasm, {
    'vfs.fixture': {
      hostRead: (lba: bigint, count: number, buffer: number) => {
        const from = Number(lba) * 512;
        const bytes = kernel.bytes(buffer, count * 512);
        bytes.fill(0);
        bytes.set(disk.subarray(from, from + count * 512));
      },
    },
  });
  const total = new DataView(whole.buffer).getUint32(32, true);
  const mounted = kernel.fn('mountImage')(total);
  return { kernel, mounted };
}

function open(kernel: KernelModule, name: string, flags = 0, cwd = ''): number {
  const out = kernel.put(new Uint8Array(8));
  const error = kernel.fn('vfsOpen')(
    cwd === '' ? 0 : kernel.putString(cwd),
    kernel.putString(name),
    flags,
    0,
    out,
  );
  return error < 0 ? error : kernel.view().getUint32(out, true);
}

function readAll(kernel: KernelModule, file: number, chunk: number): Uint8Array {
  const buffer = kernel.put(new Uint8Array(chunk));
  const parts: Uint8Array[] = [];
  for (;;) {
    const n = Number(kernel.fn64('fileRead')(file, buffer, chunk));
    if (n < 0) throw new Error(`errno ${-n}`);
    if (n === 0) return Buffer.concat(parts);
    parts.push(kernel.bytes(buffer, n).slice());
  }
}

function list(kernel: KernelModule, name: string, size = 300): string[] {
  const file = open(kernel, name, O_DIRECTORY);
  expect(file).toBeGreaterThan(0);
  const buffer = kernel.put(new Uint8Array(size));
  const names: string[] = [];
  for (;;) {
    const n = Number(kernel.fn64('fileGetdents64')(file, buffer, size));
    if (n < 0) throw new Error(`errno ${-n}`);
    if (n === 0) break;
    for (let at = buffer; at < buffer + n; at += kernel.view().getUint16(at + 16, true)) {
      names.push(kernel.cString(at + 19));
    }
  }
  kernel.fn('fileRelease')(file);
  return names;
}

function stat(
  kernel: KernelModule,
  name: string,
  cwd = '',
): number | { mode: number; size: number; inode: number } {
  const out = kernel.put(new Uint8Array(144));
  const error = kernel.fn('vfsStat')(
    cwd === '' ? 0 : kernel.fn('contextAt')(kernel.putString(cwd)),
    kernel.putString(name),
    out,
    1,
  );
  if (error !== 0) return error;
  const view = kernel.view();
  return {
    mode: view.getUint32(out + 24, true),
    size: Number(view.getBigUint64(out + 48, true)),
    inode: Number(view.getBigUint64(out + 8, true)),
  };
}

describe('FAT32 through the VFS', () => {
  it('reads files of any size, in any pieces', async () => {
    const { kernel, mounted } = await boot();
    expect(mounted).toBe(0);
    expect(Buffer.from(readAll(kernel, open(kernel, '/HELLO.TXT'), 4)).toString()).toBe('hello\n');
    expect(readAll(kernel, open(kernel, '/etc/empty'), 10)).toHaveLength(0);
    for (const chunk of [777, 4096, 65536, 400_000]) {
      const file = open(kernel, '/bin/big');
      expect(Buffer.compare(readAll(kernel, file, chunk), big)).toBe(0);
      kernel.fn('fileRelease')(file);
    }
  });

  it('reads anywhere in a file', async () => {
    const { kernel } = await boot();
    const file = open(kernel, '/bin/big');
    const buffer = kernel.put(new Uint8Array(5000));
    for (const [offset, count] of [
      [299_000, 5000],
      [0, 1],
      [150_123, 3000],
      [511, 2],
      [300_001, 10],
      [999_999, 10],
    ] as const) {
      const n = Number(kernel.fn64('fileReadAt')(file, buffer, count, BigInt(offset)));
      const expected = big.subarray(offset, offset + count);
      expect(n).toBe(expected.length);
      expect(Buffer.compare(kernel.bytes(buffer, n), expected)).toBe(0);
    }
    expect(Number(kernel.fn64('fileReadAt')(file, buffer, 1, -1n))).toBe(EINVAL);
    expect(Number(kernel.fn64('fileSeek')(file, -1n, 2))).toBe(300_000);
    expect(Number(kernel.fn64('fileRead')(file, buffer, 100))).toBe(1);
    expect(Number(kernel.fn64('fileSeek')(file, -1n, 0))).toBe(EINVAL);
  });

  it('lists directories with long names, in small pieces', async () => {
    const { kernel } = await boot();
    expect(list(kernel, '/').sort()).toEqual(
      ['.', '..', 'HELLO.TXT', longName, 'bin', 'deep', 'dev', 'etc'].sort(),
    );
    const etc = list(kernel, '/etc');
    expect(etc).toHaveLength(103);
    expect(etc).toContain('a rather long file name number 99.conf');
    const file = open(kernel, '/etc', O_DIRECTORY);
    expect(Number(kernel.fn64('fileGetdents64')(file, kernel.put(new Uint8Array(8)), 8))).toBe(EINVAL);
  });

  it('finds names whatever their case, and long ones', async () => {
    const { kernel } = await boot();
    expect(open(kernel, '/hello.txt')).toBeGreaterThan(0);
    expect(open(kernel, `/${longName}`)).toBeGreaterThan(0);
    expect(stat(kernel, '/BIN/BIG')).toMatchObject({ mode: 0o100755, size: 300_001 });
    expect(stat(kernel, '/bin')).toMatchObject({ mode: 0o40755 });
  });

  it('resolves dots, repeated slashes and relative paths', async () => {
    const { kernel } = await boot();
    const bottom = stat(kernel, '/deep/er/bottom.txt');
    expect(bottom).toMatchObject({ size: 6 });
    for (const name of [
      '/deep/./er//bottom.txt',
      '/../deep/er/../../deep/er/bottom.txt',
      '//deep/er/./bottom.txt',
    ]) {
      expect(stat(kernel, name)).toEqual(bottom);
    }
    expect(stat(kernel, 'er/bottom.txt', '/deep')).toEqual(bottom);
    expect(stat(kernel, '../deep/er/bottom.txt', '/etc')).toEqual(bottom);
    const out = kernel.put(new Uint8Array(64));
    const resolve = (cwd: string, name: string, max = 64): string | number => {
      const error = kernel.fn('vfsResolve')(kernel.putString(cwd), kernel.putString(name), out, max);
      return error === 0 ? kernel.cString(out) : error;
    };
    expect(resolve('/deep', 'er/.')).toBe('/deep/er');
    expect(resolve('/deep/er', '../..')).toBe('/');
    expect(resolve('/', 'HELLO.TXT')).toBe(ENOTDIR);
    expect(resolve('/', 'nowhere')).toBe(ENOENT);
    expect(resolve('/', '/deep/er', 8)).toBe(-34);
  });

  it('answers each wrong path with its errno', async () => {
    const { kernel } = await boot();
    expect(open(kernel, '')).toBe(ENOENT);
    expect(open(kernel, '/nothing')).toBe(ENOENT);
    expect(open(kernel, '/nothing/at/all')).toBe(ENOENT);
    expect(open(kernel, '/HELLO.TXT/x')).toBe(ENOTDIR);
    expect(open(kernel, '/HELLO.TXT/')).toBe(ENOTDIR);
    expect(open(kernel, '/HELLO.TXT', O_DIRECTORY)).toBe(ENOTDIR);
    expect(open(kernel, '/bin', 1)).toBe(EISDIR);
    expect(open(kernel, '/HELLO.TXT', 2)).toBe(EROFS);
    expect(open(kernel, '/HELLO.TXT', O_CREAT | O_EXCL)).toBe(EEXIST);
    expect(open(kernel, '/new', O_CREAT | 1)).toBe(EROFS);
    expect(open(kernel, '/nodir/new', O_CREAT | 1)).toBe(ENOENT);
    expect(open(kernel, `/${'n'.repeat(256)}`)).toBe(ENAMETOOLONG);
    expect(open(kernel, `/${'n'.repeat(255)}`)).toBe(ENOENT);
    expect(kernel.fn('mountedReadOnly')(kernel.putString('/bin'))).toBe(1);
    const directory = open(kernel, '/bin');
    expect(Number(kernel.fn64('fileRead')(directory, kernel.put(new Uint8Array(8)), 8))).toBe(EISDIR);
    expect(Number(kernel.fn64('fileWrite')(directory, kernel.put(new Uint8Array(8)), 8))).toBe(EBADF);
    const file = open(kernel, '/HELLO.TXT');
    expect(Number(kernel.fn64('fileIoctl')(file, 0x5401, 0n))).toBe(-25);
    expect(Number(kernel.fn64('fileGetdents64')(file, 0, 0))).toBe(ENOTDIR);
  });

  it('frees what it takes', async () => {
    const { kernel } = await boot();
    const visit = (): void => {
      for (let i = 0; i < 5; i++) {
        const file = open(kernel, '/deep/er/bottom.txt');
        kernel.fn('fileRelease')(file);
        open(kernel, '/deep/missing');
        list(kernel, '/etc');
      }
    };
    visit();
    const put = kernel.fn('kmallocLive')();
    const leaks = (): number => {
      const before = kernel.fn('kmallocLive')();
      visit();
      return kernel.fn('kmallocLive')() - before;
    };
    // What the test itself puts into memory is the same each time.
    const own = leaks();
    expect(leaks()).toBe(own);
    expect(put).toBeGreaterThan(0);
  });

  it('survives running out of memory at every single allocation', async () => {
    const { kernel } = await boot();
    const name = kernel.putString('/deep/er/bottom.txt');
    const out = kernel.put(new Uint8Array(8));
    for (let i = 0; ; i++) {
      const before = kernel.fn('kmallocLive')();
      kernel.fn('kmallocFailAfter')(i);
      const error = kernel.fn('vfsOpen')(0, name, 0, 0, out);
      kernel.fn('kmallocFailAfter')(-1);
      if (error === 0) break;
      expect([-12]).toContain(error);
      expect(i).toBeLessThan(100);
      expect(kernel.fn('kmallocLive')() - before).toBeLessThan(20); // cached names and blocks stay
    }
  });

  it('works with every cluster size', async () => {
    for (const sectors of [2, 8]) {
      const other = makeImage(sectors);
      const { kernel, mounted } = await boot(other, other);
      expect(mounted).toBe(0);
      expect(Buffer.compare(readAll(kernel, open(kernel, '/bin/big'), 65536), big)).toBe(0);
      expect(list(kernel, '/etc')).toHaveLength(103);
    }
  });

  it('reads a large file with few disk operations', async () => {
    const { kernel } = await boot();
    const before = kernel.fn('readOperations')();
    readAll(kernel, open(kernel, '/bin/big'), 65536);
    expect(kernel.fn('readOperations')() - before).toBeLessThan(16);
    const again = kernel.fn('readOperations')();
    readAll(kernel, open(kernel, '/bin/big'), 65536);
    expect(kernel.fn('readOperations')()).toBe(again);
  });
});

/** Sector numbers of the volume, from its boot sector. */
function layout(disk: Uint8Array): { fat: number; data: number } {
  const view = new DataView(disk.buffer, disk.byteOffset);
  const reserved = view.getUint16(14, true);
  return { fat: reserved, data: reserved + (disk[16] ?? 0) * view.getUint32(36, true) };
}

describe('damaged FAT32', () => {
  const damaged = (change: (view: DataView, disk: Uint8Array) => void): Uint8Array => {
    const disk = image.slice();
    change(new DataView(disk.buffer), disk);
    return disk;
  };

  it.each<[string, (view: DataView) => void]>([
    [
      'no signature',
      (v) => {
        v.setUint16(510, 0, true);
      },
    ],
    [
      'sector size 0',
      (v) => {
        v.setUint16(11, 0, true);
      },
    ],
    [
      'sector size 1000',
      (v) => {
        v.setUint16(11, 1000, true);
      },
    ],
    [
      'no sectors per cluster',
      (v) => {
        v.setUint8(13, 0);
      },
    ],
    [
      'three sectors per cluster',
      (v) => {
        v.setUint8(13, 3);
      },
    ],
    [
      'clusters of 128 KiB',
      (v) => {
        v.setUint16(11, 4096, true);
        v.setUint8(13, 32);
      },
    ],
    [
      'no FAT',
      (v) => {
        v.setUint8(16, 0);
      },
    ],
    [
      '255 FATs',
      (v) => {
        v.setUint8(16, 255);
      },
    ],
    [
      'a FAT16 root directory',
      (v) => {
        v.setUint16(17, 512, true);
      },
    ],
    [
      'a FAT larger than the volume',
      (v) => {
        v.setUint32(36, 0xffffffff, true);
      },
    ],
    [
      'a FAT too small',
      (v) => {
        v.setUint32(36, 1, true);
      },
    ],
    [
      'more sectors than the disk',
      (v) => {
        v.setUint32(32, 0xffffffff, true);
      },
    ],
    [
      'no sectors',
      (v) => {
        v.setUint32(32, 0, true);
      },
    ],
    [
      'a root cluster of 0',
      (v) => {
        v.setUint32(44, 0, true);
      },
    ],
    [
      'a root cluster past the end',
      (v) => {
        v.setUint32(44, 0x0ffffff0, true);
      },
    ],
    [
      'an active FAT that is not there',
      (v) => {
        v.setUint16(40, 0x8f, true);
      },
    ],
    [
      'a future version',
      (v) => {
        v.setUint16(42, 1, true);
      },
    ],
  ])('is refused: %s', async (_what, change) => {
    const { mounted } = await boot(damaged(change));
    expect(mounted).toBe(EINVAL);
  });

  /** Every FAT entry of the first FAT from cluster 2 on, changed. */
  const withFat = (change: (cluster: number, value: number) => number): Uint8Array =>
    damaged((view, disk) => {
      const { fat } = layout(disk);
      for (let c = 2; c < 30000; c++) {
        const at = fat * 512 + c * 4;
        const value = view.getUint32(at, true);
        if (value !== 0) view.setUint32(at, change(c, value), true);
      }
    });

  it.each<[string, (cluster: number, value: number) => number]>([
    ['links to itself', (c) => c],
    ['links to cluster 1', () => 1],
    ['links to a free cluster', () => 0],
    ['links past the end', () => 0x0ffffff0],
    ['bad clusters', () => 0x0ffffff7],
    ['two clusters in a loop', (c) => (c & 1 ? c - 1 : c + 1)],
  ])('gives EIO or what is left, and never hangs: %s', async (_what, change) => {
    const { kernel, mounted } = await boot(withFat(change));
    expect(mounted).toBe(0);
    const results: unknown[] = [];
    for (const name of ['/bin/big', '/etc/empty', '/deep/er/bottom.txt', '/zzz']) {
      const file = open(kernel, name);
      results.push(file);
      if (file < 0) expect([EIO, ENOENT]).toContain(file);
      else {
        try {
          readAll(kernel, file, 65536);
        } catch (error) {
          results.push(error);
          expect(String(error)).toContain('errno 5');
        }
      }
    }
    expect(results).toHaveLength(results.length);
  });

  it('gives EIO for a file whose chain is shorter than its size', async () => {
    const { kernel } = await boot(withFat((_c, value) => (value > 0x0ffffff7 ? value : 0x0fffffff)));
    expect(() => readAll(kernel, open(kernel, '/bin/big'), 65536)).toThrow('errno 5');
  });

  it('reports a sector that cannot be read and goes on', async () => {
    const { kernel } = await boot();
    const { data } = layout(image);
    const file = open(kernel, '/bin/big');
    const { inode } = stat(kernel, '/bin/big') as { inode: number };
    const cluster = new DataView(image.buffer).getUint16(inode + 26, true);
    kernel.fn('setBadSector')(BigInt(data + (cluster - 2) + 300));
    expect(() => readAll(kernel, file, 65536)).toThrow('errno 5');
    kernel.fn('setBadSector')(-1n);
    expect(Buffer.compare(readAll(kernel, open(kernel, '/bin/big'), 65536), big)).toBe(0);
  });

  it('survives random damage', async () => {
    let seed = 99;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const { data } = layout(image);
    const used = (data + 400) * 512;
    for (let round = 0; round < 40; round++) {
      const disk = damaged((_view, bytes) => {
        for (let i = 0; i < 200; i++) {
          // Mostly the FAT and the directories, which come first.
          const at = 512 + random(random(2) === 0 ? used - 512 : 64 * 512);
          bytes[random(8) === 0 ? random(512) : at] = random(256);
          bytes[layout(image).data * 512 + random(60 * 512)] = random(256);
        }
      });
      const { kernel, mounted } = await boot(disk);
      if (mounted !== 0) continue;
      for (const name of ['/', '/etc', '/bin', '/deep/er']) {
        const file = open(kernel, name);
        if (file < 0) continue;
        const buffer = kernel.put(new Uint8Array(1000));
        for (let i = 0; i < 100_000; i++) {
          if (Number(kernel.fn64('fileGetdents64')(file, buffer, 1000)) <= 0) break;
        }
      }
      for (const name of ['/bin/big', '/HELLO.TXT', '/deep/er/bottom.txt']) {
        const file = open(kernel, name);
        if (file < 0) continue;
        try {
          readAll(kernel, file, 65536);
        } catch (error) {
          expect(String(error)).toContain('errno');
        }
      }
    }
  }, 60_000);
});

describe('descriptor table', () => {
  it('gives the lowest free number, shares files over clones, closes on exec', async () => {
    const { kernel } = await boot();
    const table = kernel.fn('fdTableCreate')();
    const file = open(kernel, '/bin/big');
    const references = (): number => kernel.view().getInt32(file, true);
    expect(kernel.fn('fdInstall')(table, file, 0, 0)).toBe(0);
    kernel.fn('fileRetain')(file);
    expect(kernel.fn('fdInstall')(table, file, 5, 1)).toBe(5);
    expect(kernel.fn('fdDup2')(table, 0, 20, 0)).toBe(20);
    expect(references()).toBe(3);
    const clone = kernel.fn('fdTableClone')(table);
    expect(references()).toBe(6);
    kernel.fn('fdTableCloseOnExec')(clone);
    expect(references()).toBe(5);
    expect(kernel.fn('fdGet')(clone, 5)).toBe(0);
    expect(kernel.fn('fdGet')(clone, 20)).toBe(file);
    kernel.fn('fileRelease')(file);
    kernel.fn('fdTableDestroy')(clone);
    expect(references()).toBe(3);
    expect(kernel.fn('fdClose')(table, 0)).toBe(0);
    expect(kernel.fn('fdClose')(table, 0)).toBe(EBADF);
    expect(kernel.fn('fdClose')(table, -1)).toBe(EBADF);
    expect(kernel.fn('fdClose')(table, 100_000)).toBe(EBADF);
    expect(kernel.fn('fdDup2')(table, 7, 8, 0)).toBe(EBADF);
    expect(kernel.fn('fdDup2')(table, 5, 5, 0)).toBe(5);
    expect(kernel.fn('fdDup2')(table, 5, 1024, 0)).toBe(EBADF);
    expect(references()).toBe(2);
    kernel.fn('fdTableDestroy')(table);
  });

  it('is full at its limit', async () => {
    const { kernel } = await boot();
    const table = kernel.fn('fdTableCreate')();
    const file = open(kernel, '/bin/big');
    for (let i = 0; i < 1024; i++) {
      kernel.fn('fileRetain')(file);
      expect(kernel.fn('fdInstall')(table, file, 0, 0)).toBe(i);
    }
    expect(kernel.fn('fdInstall')(table, file, 0, 0)).toBe(EMFILE);
    expect(kernel.fn('fdInstall')(table, file, 2000, 0)).toBe(EINVAL);
  });
});
