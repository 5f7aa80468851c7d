/** `breenix cp` and `breenix ls` as a user calls them: their output, their messages and their status. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ext2 } from '../../disk-images/filesystems/ext2/ext2.ts';
import { formatExt2 } from '../../disk-images/filesystems/ext2/format.ts';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { MemorySectors } from '../../disk-images/sectors.ts';

const program = path.resolve(import.meta.dirname, 'main.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-cp-'));
const fresh = path.join(folder, 'fresh.img');
const image = path.join(folder, 'disk.img');

beforeAll(() => {
  const disk = new MemorySectors(new Uint8Array(8 << 20));
  const now = new Date('2026-11-22T12:34:56Z');
  formatExt2(disk, { uuid: Buffer.alloc(16, 7), now });
  const ext2 = new Ext2(disk, () => now);
  ext2.makeDirectory('/etc');
  ext2.writeFile('/etc/motd', Buffer.from('hello\n'));
  ext2.makeSymlink('/etc/link', 'motd');
  ext2.flush();
  writeFileSync(fresh, disk.bytes);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function breenix(...words: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, out: stdout, error: stderr };
}

describe('breenix cp', () => {
  it('copies in, out, and within an image, and names what it does when asked', () => {
    copyFileSync(fresh, image);
    mkdirSync(path.join(folder, 'work'));
    writeFileSync(path.join(folder, 'work/a'), 'A');
    expect(breenix('cp', '--verbose', 'work', 'disk.img:/')).toEqual({
      status: 0,
      out: `${folder}/work -> disk.img:/work\n${folder}/work/a -> disk.img:/work/a\n`,
      error: '',
    });
    expect(breenix('cp', 'disk.img:/work/a', 'disk.img:/etc/link', 'disk.img:/work').status).toBe(2);
    expect(breenix('cp', 'disk.img:/etc/motd', 'disk.img:/etc/link', 'disk.img:/work').status).toBe(0);
    expect(breenix('cp', 'disk.img:/work', 'back')).toEqual({ status: 0, out: '', error: '' });
    expect(readFileSync(path.join(folder, 'back/a'), 'utf8')).toBe('A');
    // A link that is named is followed.
    expect(readFileSync(path.join(folder, 'back/link'), 'utf8')).toBe('hello\n');
    expect(spawnSync('e2fsck', ['-fn', image]).status).toBe(0);
  });

  it('copies what it can, says what it cannot, and ends with 1', () => {
    copyFileSync(fresh, image);
    writeFileSync(path.join(folder, 'one'), '1');
    expect(breenix('cp', 'one', 'missing', 'disk.img:/etc')).toEqual({
      status: 1,
      out: '',
      error: `breenix: ${folder}/missing: not copied: there is no such file or folder\n`,
    });
    expect(breenix('ls', 'disk.img:/etc').out).toBe('link\nmotd\none\n');
  });

  it.each([
    [['cp'], /name what to copy/],
    [['cp', 'a', 'b'], /none of these is in a disk image/],
    [['cp', '--wrong', 'a', 'disk.img:/'], /Unknown option '--wrong'; --help lists/],
    [['cp', '--owner', 'root', 'one', 'disk.img:/'], /--owner root: give two numbers/],
    [['cp', 'one', 'missing.img:/'], /missing.img: cannot open it: there is no such file/],
    [['cp', 'one', 'disk.img:/etc/motd/'], /disk.img:\/etc\/motd is no folder/],
    [['cp', 'one', 'disk.img:/no/where'], /no folder disk.img:\/no to copy into/],
    [['cp', 'one', 'disk.img:/etc/motd/x'], /no folder disk.img:\/etc\/motd to copy into/],
    [['cp', 'disk.img:/etc', 'disk.img:/etc/motd2'], /cannot be copied into itself/],
    [['cp', 'one', 'disk.img:3:/'], /disk.img: there is no partition 3/],
  ])('refuses %j in one line', (words, message) => {
    copyFileSync(fresh, image);
    const { status, out, error } = breenix(...words);
    expect([status, out]).toEqual([2, '']);
    expect(error).toMatch(message);
    expect(error.trimEnd().split('\n')).toHaveLength(1);
    expect(spawnSync('e2fsck', ['-fn', image]).status).toBe(0);
  });

  it('refuses an image that is in use, also to read it', () => {
    copyFileSync(fresh, image);
    const holder = openRawImage(image, { readOnly: false });
    try {
      for (const words of [
        ['one', 'disk.img:/'],
        ['disk.img:/etc', 'out'],
      ]) {
        const { status, error } = breenix('cp', ...words);
        expect(status).toBe(2);
        expect(error).toMatch(
          new RegExp(`disk.img is in use by .* \\(process ${process.pid}\\): close it there`),
        );
      }
    } finally {
      holder.close();
    }
  });
});

describe('breenix ls', () => {
  it('lists names, and more with -l', () => {
    copyFileSync(fresh, image);
    expect(breenix('ls', 'disk.img:')).toEqual({ status: 0, out: 'etc\nlost+found\n', error: '' });
    const long = breenix('ls', '-l', 'disk.img:/etc').out.split('\n');
    expect(long[0]).toMatch(/^lrwxrwxrwx 0:0 +4 2026-11-22 12:34 link -> motd$/);
    expect(long[1]).toMatch(/^-rw-r--r-- 0:0 +6 2026-11-22 12:34 motd$/);
    expect(breenix('ls', 'disk.img:/none')).toEqual({
      status: 2,
      out: '',
      error: 'breenix: ls: there is no disk.img:/none\n',
    });
    expect(breenix('ls', '/etc').error).toMatch(/is not in a disk image: write IMAGE:\/PATH/);
  });
});
