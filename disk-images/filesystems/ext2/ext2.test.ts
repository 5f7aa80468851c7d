/** Our ext2 against e2fsck, debugfs and mke2fs: they find nothing wrong with what we write, and we read what they write. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemorySectors, SECTOR_BYTES } from '../../sectors.ts';
import { writeSparse } from '../../testing.ts';
import { Ext2 } from './ext2.ts';
import { formatExt2 } from './format.ts';

const now = new Date('2026-03-04T05:06:07.000Z');
const uuid = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const MIB = 1 << 20;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-ext2-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function blank(mib: number, blockBytes = 4096): MemorySectors {
  const disk = new MemorySectors(new Uint8Array(mib * MIB));
  formatExt2(disk, { label: 'test', uuid, now, blockBytes });
  return disk;
}

function save(disk: MemorySectors): string {
  const file = path.join(folder, 'image');
  writeSparse(file, disk.bytes);
  return file;
}

/** What e2fsck says of the image; empty when it finds nothing. */
function complaints(disk: MemorySectors): string {
  const { status, stdout } = spawnSync('e2fsck', ['-fn', save(disk)], { encoding: 'utf8' });
  return status === 0 ? '' : stdout;
}

function debugfs(disk: MemorySectors, command: string): string {
  return execFileSync('debugfs', ['-R', command, save(disk)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Bytes that differ from block to block. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >> 10)) & 0xff;
  return bytes;
}

function expectCode(action: () => unknown, code: string): void {
  expect(action).toThrow(expect.objectContaining({ code }));
}

describe('an empty file system', () => {
  it.each([
    [1, 1024],
    [8, 1024],
    [9, 2048],
    [33, 1024],
    [64, 4096],
    [130, 4096],
    [300, 4096],
  ])('of %d MiB with blocks of %d bytes satisfies e2fsck', (mib, blockBytes) => {
    const disk = blank(mib, blockBytes);
    expect(complaints(disk)).toBe('');
    expect(new Ext2(disk).list('/').map(({ name }) => name)).toEqual(['lost+found']);
  });

  it('leaves out a last group that is too small for anything', () => {
    const disk = new MemorySectors(new Uint8Array(8 * MIB + 64 * 1024));
    formatExt2(disk, { uuid, now, blockBytes: 1024 });
    expect(complaints(disk)).toBe('');
  });

  it.each([1024, 4096])('has a journal of %d blocks where one is wanted', (journalBlocks) => {
    const disk = new MemorySectors(new Uint8Array(40 * MIB));
    formatExt2(disk, { uuid, now, journalBlocks });
    expect(complaints(disk)).toBe('');
    const fs = new Ext2(disk, () => now);
    fs.writeFile('/file', pattern(10_000));
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(debugfs(disk, 'logdump -S')).toMatch(
      new RegExp(`Total journal blocks: +${journalBlocks}[\\s\\S]*Journal start: +0`),
    );
    expect(debugfs(disk, 'features')).toContain('has_journal');
  });

  it('is refused on a disk that is too small, with a label that is too long, and where there is none', () => {
    expectCode(() => {
      formatExt2(new MemorySectors(new Uint8Array(32 * SECTOR_BYTES)), { uuid, now });
    }, 'no-space');
    expectCode(() => {
      formatExt2(new MemorySectors(new Uint8Array(MIB)), { uuid, now, label: 'seventeen letters' });
    }, 'bad-name');
    expectCode(() => new Ext2(new MemorySectors(new Uint8Array(MIB))), 'not-ext2');
  });
});

describe.each([1024, 2048, 4096])('with blocks of %d bytes', (blockBytes) => {
  it('writes files of every depth of pointers that e2fsck and debugfs accept', () => {
    const disk = blank(48, blockBytes);
    const fs = new Ext2(disk, () => now);
    const sizes = [0, 1, blockBytes, 12 * blockBytes, 12 * blockBytes + 1, 300 * blockBytes, 20 * MIB];
    for (const size of sizes)
      fs.writeFile(`/f${size}`, pattern(size), { mode: 0o640, uid: 1000, gid: 70_000 });
    fs.flush();
    expect(complaints(disk)).toBe('');
    for (const size of sizes) {
      expect(Buffer.compare(new Ext2(disk).readFile(`/f${size}`), pattern(size))).toBe(0);
    }
    const out = path.join(folder, 'out');
    debugfs(disk, `dump /f${20 * MIB} ${out}`);
    expect(Buffer.compare(readFileSync(out), pattern(20 * MIB))).toBe(0);
    expect(debugfs(disk, 'stat /f1')).toMatch(/Mode: {2}0640[\s\S]*User: {2}1000[\s\S]*Group: 70000/);
  });

  it('grows directories, removes names and gives the space back', () => {
    const disk = blank(16, blockBytes);
    const fs = new Ext2(disk, () => now);
    const before = fs.freeBytes;
    fs.makeDirectory('/a/b/c', { parents: true });
    const name = (i: number): string => `/a/b/a-name-of-some-length-${i}`;
    for (let i = 0; i < 500; i++) fs.writeFile(name(i), pattern(i));
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(fs.list('/a/b')).toHaveLength(501);
    for (let i = 0; i < 500; i++) fs.remove(name(i));
    for (const directory of ['/a/b/c', '/a/b', '/a']) fs.remove(directory);
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(fs.freeBytes).toBe(before);
  });
});

describe('links and nodes', () => {
  it('makes symbolic links, short and long, that are followed on the way', () => {
    const disk = blank(8);
    const fs = new Ext2(disk, () => now);
    fs.makeDirectory('/usr/bin', { parents: true });
    fs.writeFile('/usr/bin/tool', pattern(10));
    fs.makeSymlink('/bin', 'usr/bin');
    fs.makeSymlink('/usr/absolute', '/bin');
    fs.makeSymlink('/long', `/${'x'.repeat(59)}`);
    fs.makeSymlink('/longer', `/${'x'.repeat(60)}`);
    expect(fs.readFile('/bin/tool')).toEqual(pattern(10));
    expect(fs.readFile('/usr/absolute/tool')).toEqual(pattern(10));
    expect(fs.readLink('/long')).toBe(`/${'x'.repeat(59)}`);
    expect(fs.readLink('/longer')).toBe(`/${'x'.repeat(60)}`);
    fs.makeSymlink('/loop', '/loop');
    expectCode(() => fs.readFile('/loop/x'), 'not-found');
    fs.remove('/longer');
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(debugfs(disk, 'stat /bin')).toContain('Fast link dest: "usr/bin"');
  });

  it('makes hard links, device nodes and FIFOs', () => {
    const disk = blank(8);
    const fs = new Ext2(disk, () => now);
    fs.writeFile('/one', pattern(5000));
    fs.link('/two', '/one');
    fs.makeNode('/null', 'characterDevice', { major: 1, minor: 3, mode: 0o666 });
    fs.makeNode('/big', 'blockDevice', { major: 259, minor: 70_000 });
    fs.makeNode('/fifo', 'fifo');
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(fs.stat('/two')?.links).toBe(2);
    fs.remove('/one');
    expect(fs.readFile('/two')).toEqual(pattern(5000));
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(debugfs(disk, 'stat /null')).toContain('Device major/minor number: 01:03');
    expect(debugfs(disk, 'stat /big')).toContain('Device major/minor number: 259:70000');
    expectCode(() => {
      fs.link('/dir', '/lost+found');
    }, 'is-a-directory');
  });
});

describe('what cannot be done', () => {
  it('has a code and changes nothing', () => {
    const disk = blank(4);
    const fs = new Ext2(disk, () => now);
    fs.makeDirectory('/d');
    fs.writeFile('/d/f', pattern(100));
    fs.flush();
    const before = Uint8Array.from(disk.bytes);
    expectCode(() => fs.readFile('/none'), 'not-found');
    expectCode(() => fs.readFile('/d'), 'is-a-directory');
    expectCode(() => fs.list('/d/f'), 'not-a-directory');
    expectCode(() => fs.readFile('/d/f/x'), 'not-a-directory');
    expectCode(() => fs.readLink('/d/f'), 'not-a-link');
    expectCode(() => {
      fs.makeDirectory('/d');
    }, 'exists');
    expectCode(() => {
      fs.remove('/d');
    }, 'not-empty');
    expectCode(() => {
      fs.writeFile(`/${'n'.repeat(256)}`, pattern(1));
    }, 'bad-name');
    expectCode(() => {
      fs.writeFile('relative', pattern(1));
    }, 'bad-name');
    expectCode(() => {
      fs.writeFile('/big', pattern(8 * MIB));
    }, 'no-space');
    fs.flush();
    expect(complaints(disk)).toBe('');
    expect(fs.list('/').map(({ name }) => name)).toEqual(['lost+found', 'd']);
    expect(before.length).toBe(disk.bytes.length);
  });

  it('runs out of inodes and of space without damage', () => {
    const disk = new MemorySectors(new Uint8Array(2 * MIB));
    formatExt2(disk, { uuid, now, blockBytes: 1024, bytesPerInode: 32_768 });
    const fs = new Ext2(disk, () => now);
    let made = 0;
    expectCode(() => {
      for (; ; made++) fs.writeFile(`/n${made}`, new Uint8Array());
    }, 'no-space');
    expect(made).toBeGreaterThan(10);
    fs.remove('/n0');
    expectCode(() => {
      fs.writeFile('/large', pattern(2 * MIB));
    }, 'no-space');
    fs.writeFile('/n0', pattern(1000));
    fs.flush();
    expect(complaints(disk)).toBe('');
  });
});

describe('what others wrote', () => {
  it('is read, and written to without damage', () => {
    const tree = path.join(folder, 'tree');
    mkdirSync(path.join(tree, 'deep/er'), { recursive: true });
    writeFileSync(path.join(tree, 'deep/er/file'), pattern(3 * MIB));
    writeFileSync(path.join(tree, 'script'), '#!/bin/sh\n');
    chmodSync(path.join(tree, 'script'), 0o755);
    symlinkSync('deep/er', path.join(tree, 'link'));
    const image = path.join(folder, 'made');
    execFileSync(
      'mke2fs',
      ['-q', '-t', 'ext2', '-O', 'dir_index,resize_inode,^ext_attr', '-d', tree, image, '16M'],
      {
        stdio: 'ignore',
      },
    );
    const disk = new MemorySectors(new Uint8Array(readFileSync(image)));
    const fs = new Ext2(disk, () => now);
    expect(Buffer.compare(fs.readFile('/link/file'), pattern(3 * MIB))).toBe(0);
    expect(fs.stat('/script')?.mode).toBe(0o100755);
    fs.writeFile('/deep/new', pattern(100_000));
    fs.remove('/deep/er/file');
    fs.flush();
    expect(complaints(disk)).toBe('');
  });

  it('is refused while its journal waits to be replayed', () => {
    const disk = new MemorySectors(new Uint8Array(40 * MIB));
    formatExt2(disk, { uuid, now, journalBlocks: 1024 });
    disk.bytes[1024 + 96] = 0x2 | 0x4;
    expect(() => new Ext2(disk)).toThrow(/journal/);
  });

  it('is refused when it is ext4, damaged or cut short', () => {
    const image = path.join(folder, 'made');
    execFileSync('mke2fs', ['-q', '-t', 'ext4', image, '16M'], { stdio: 'ignore' });
    expectCode(() => new Ext2(new MemorySectors(new Uint8Array(readFileSync(image)))), 'unsupported');
    const good = blank(8);
    expectCode(() => new Ext2(new MemorySectors(good.bytes.slice(0, 4 * MIB))), 'corrupt');
    // Every byte of the superblock, damaged in turn: an error or a file system that can be listed, never a hang.
    for (let at = 0; at < 256; at++) {
      const bytes = Uint8Array.from(good.bytes);
      bytes[1024 + at] = (bytes[1024 + at] ?? 0) ^ 0xff;
      try {
        new Ext2(new MemorySectors(bytes)).list('/');
      } catch (error) {
        expect(error).toHaveProperty('name', 'Ext2Error');
      }
    }
  });
});
