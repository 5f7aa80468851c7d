import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileKernel } from '../../testing/compile.ts';
import { MountedVolume, diskDoubles, diskEntries } from '../../testing/disk/mounted-volume.ts';
import { diskAfterCut } from '../../testing/disk/power-cut.ts';
import { seeded } from '../../testing/seeded.ts';

const wasm = await compileKernel({
  entries: [...diskEntries, 'fs/fat32/fat32.fixture.ts'],
  replace: diskDoubles,
});
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-fat-write-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const file = path.join(folder, 'disk.img');

/** FAT32 with fewer clusters than the specification wants is taken by all but mtools, which is told not to mind. */
function makeImage(kib: number, sectorsPerCluster: number): Uint8Array {
  rmSync(file, { force: true });
  const made = spawnSync('mkfs.vfat', ['-C', '-F', '32', '-s', String(sectorsPerCluster), file, String(kib)]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return new Uint8Array(readFileSync(file));
}

function check(disk: Uint8Array): string {
  writeFileSync(file, disk);
  const { status, stdout } = spawnSync('fsck.vfat', ['-n', '-v', file], { encoding: 'utf8' });
  return status === 0 ? 'clean' : stdout;
}

const mtools = { ...process.env, MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' };
const mtype = (name: string): Buffer =>
  execFileSync('mtype', ['-i', file, `::${name}`], { env: mtools, maxBuffer: 1 << 26 });

const mount = (disk: Uint8Array, options = ''): Promise<MountedVolume> =>
  MountedVolume.mount(wasm, 'registerFat32', disk, { type: 'fat32', options });

function pattern(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe.each([
  [1, 40_000],
  [8, 40_000],
  [64, 40_000],
])('FAT32 with %i sectors a cluster', (sectorsPerCluster, kib) => {
  const image = makeImage(kib, sectorsPerCluster);

  it('makes, writes, reads and removes files and directories, as mtools reads them', async () => {
    const disk = image.slice();
    let v = await mount(disk);
    const free = v.statfs().free;
    const big = pattern(1_234_567, 5);
    v.mkdir('/A long directory name');
    v.writeFile('/SHORT.TXT', 'short\n');
    v.writeFile('/Mixed Case name.text', 'mixed');
    v.writeFile('/ünïcödé 漢字 😀.txt', 'unicode');
    v.writeFile('/A long directory name/big', big);
    v.writeFile('/empty', '');
    expect(v.list('/').sort()).toEqual(
      ['A long directory name', 'Mixed Case name.text', 'SHORT.TXT', 'empty', 'ünïcödé 漢字 😀.txt'].sort(),
    );
    expect(v.exists('/short.txt')).toBe(true);
    v.unmount();
    expect(check(disk)).toBe('clean');
    // mtools takes volumes of fewer clusters for FAT16.
    if (sectorsPerCluster === 1) {
      expect(mtype('/SHORT.TXT').toString()).toBe('short\n');
      expect(mtype('/Mixed Case name.text').toString()).toBe('mixed');
      expect(same(mtype('/A long directory name/big'), big)).toBe(true);
    }
    v = await mount(disk);
    expect(same(v.readFile('/a LONG directory name/BIG'), big)).toBe(true);
    expect(Buffer.from(v.readFile('/ünïcödé 漢字 😀.txt')).toString()).toBe('unicode');
    expect(() => {
      v.unlink('/A long directory name');
    }).toThrow(/39/);
    for (const name of ['/A long directory name/big', '/A long directory name', '/empty', '/short.txt'])
      v.unlink(name);
    v.unlink('/Mixed Case name.text');
    v.unlink('/ünïcödé 漢字 😀.txt');
    expect(v.list('/')).toEqual([]);
    expect(v.statfs().free).toBe(free);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('renames in all ways', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    v.mkdir('/a');
    v.mkdir('/b');
    v.mkdir('/a/inner directory');
    v.writeFile('/a/inner directory/x', 'x');
    v.writeFile('/one', '1');
    v.writeFile('/two', '2');
    v.rename('/one', '/One');
    expect(v.list('/').sort()).toEqual(['One', 'a', 'b', 'two']);
    v.rename('/one', '/b/a rather longer name');
    v.rename('/b/a rather longer name', '/two');
    expect(Buffer.from(v.readFile('/two')).toString()).toBe('1');
    v.rename('/a/inner directory', '/b/moved');
    expect(Buffer.from(v.readFile('/b/moved/x')).toString()).toBe('x');
    v.mkdir('/b/target');
    expect(() => {
      v.rename('/b/target', '/b/moved');
    }).toThrow(/39/);
    v.rename('/b/moved', '/b/target');
    expect(v.list('/b')).toEqual(['target']);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('cuts and lengthens files, with zeroes between', async () => {
    const disk = image.slice();
    let v = await mount(disk);
    const data = pattern(100_000, 2);
    v.writeFile('/f', data);
    const inode = v.open('/f');
    v.fsync(inode);
    for (const size of [70_001, 65_536, 40_000, 4097, 100]) {
      v.setSize(inode, size);
      v.setSize(inode, size + 20_000);
      expect(v.read(inode, size, 20_000).every((byte) => byte === 0)).toBe(true);
      v.setSize(inode, size);
    }
    v.write(inode, 200_000, Uint8Array.of(1, 2, 3));
    v.put(inode);
    v.unmount();
    expect(check(disk)).toBe('clean');
    v = await mount(disk);
    const again = v.readFile('/f');
    expect(again.length).toBe(200_003);
    expect(same(again.subarray(0, 100), data.subarray(0, 100))).toBe(true);
    expect(again.subarray(100, 200_000).every((byte) => byte === 0)).toBe(true);
    expect([...again.subarray(200_000)]).toEqual([1, 2, 3]);
    v.unmount();
  });

  it('has many names whose short forms would collide', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    const names = Array.from({ length: 60 }, (_, i) => `collision number ${i}.text`);
    v.mkdir('/many');
    for (const name of names) v.put(v.create(`/many/${name}`));
    for (const [i, name] of names.entries()) if (i % 2 === 0) v.unlink(`/many/${name}`);
    for (let i = 0; i < 20; i++) v.put(v.create(`/many/${'long '.repeat(20)}${i}`));
    expect(v.list('/many', 800).length).toBe(50);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('fills up with ENOSPC and empties again', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    const free = v.statfs().free;
    const inode = v.create('/fill');
    let written = 0;
    expect(() => {
      for (; written < 100; written++) v.write(inode, written << 20, pattern(1 << 20, 4));
    }).toThrow(/28/);
    v.fsync(inode);
    v.put(inode);
    v.unlink('/fill');
    expect(v.statfs().free).toBe(free);
    v.writeFile('/again', pattern(1 << 20, 4));
    v.unmount();
    expect(check(disk)).toBe('clean');
  });
});

describe('FAT32', () => {
  const image = makeImage(20_000, 1);

  it('refuses names that FAT cannot have, and files that it does not know', async () => {
    const v = await mount(image.slice());
    for (const name of ['a:b', 'a*', 'what?', 'back\\slash', 'dot.', 'blank ', 'pipe|'])
      expect(() => v.create(`/${name}`), name).toThrow(/22/);
    expect(() => v.create('/fifo', 0o010644)).toThrow(/errno 1$/);
  });

  it('gives owners and permissions by mount options', async () => {
    const disk = image.slice();
    let v = await mount(disk, 'rw,uid=7,fmask=133,dmask=027');
    v.put(v.create('/read-only', 0o100444));
    v.put(v.create('/file', 0o100644));
    v.mkdir('/dir');
    v.unmount();
    v = await mount(disk, 'rw,uid=7,fmask=133,dmask=027');
    expect(v.with('/read-only', (inode) => v.stat(inode).mode)).toBe(0o100444);
    expect(v.with('/file', (inode) => v.stat(inode))).toMatchObject({ mode: 0o100644, uid: 7 });
    expect(v.with('/dir', (inode) => v.stat(inode).mode)).toBe(0o040750);
  });

  it('says while it is in use that it is, and keeps a file that is deleted while open', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    expect(disk[65]).toBe(1);
    v.writeFile('/f', 'still here');
    const inode = v.open('/f');
    v.unlink('/f');
    v.sync();
    v.sync();
    expect(Buffer.from(v.read(inode, 0, 20)).toString()).toBe('still here');
    v.put(inode);
    v.unmount();
    expect(disk[65]).toBe(0);
    expect(check(disk)).toBe('clean');
  });

  it('loses no file that was fsynced when the power goes', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    v.mkdir('/dir');
    v.sync();
    const base = disk.slice();
    const random = seeded(3);
    const kept: { from: number; until: number; names: string[]; data: Uint8Array }[] = [];
    v.recording = true;
    const content = new Map<string, Uint8Array>();
    const touch = (name: string): void => {
      for (const promise of kept)
        if (promise.names.includes(name) && promise.until === Infinity) promise.until = v.events.length;
    };
    for (let step = 0; step < 60; step++) {
      const name = `${random(2) === 0 ? '' : '/dir'}/a file with number ${random(12)}`;
      const old = [...content.keys()][random(content.size)];
      if (random(3) > 0 || old === undefined || old === name) {
        touch(name);
        const data = new Uint8Array(random(5000)).fill(65 + random(26));
        v.writeFile(name, data);
        content.set(name, data);
        v.with(name, (inode) => {
          v.fsync(inode);
        });
        kept.push({ from: v.events.length, until: Infinity, names: [name], data });
      } else if (random(2) === 0) {
        touch(old);
        v.unlink(old);
        content.delete(old);
      } else {
        const data = content.get(old) ?? new Uint8Array();
        const mine = kept.find((promise) => promise.names.at(-1) === old && promise.until === Infinity);
        // While it is renamed it has the one name or the other.
        if (mine) mine.names.push(name);
        for (const promise of kept)
          if (promise !== mine && promise.names.includes(name) && promise.until === Infinity)
            promise.until = v.events.length;
        v.rename(old, name);
        content.delete(old);
        content.set(name, data);
      }
      if (random(4) === 0) v.kernel.fn('fxWriteBack')();
    }
    for (let i = 0; i < 40; i++) {
      const cut = random(v.events.length + 1);
      writeFileSync(file, diskAfterCut(base, v.events, cut, random(4) === 0 ? undefined : random));
      spawnSync('fsck.vfat', ['-a', '-w', file]);
      const clean = spawnSync('fsck.vfat', ['-n', file], { encoding: 'utf8' });
      expect(clean.status, `cut at ${cut}: ${clean.stdout}`).toBe(0);
      const again = await mount(new Uint8Array(readFileSync(file)));
      for (const { from, until, names, data } of kept) {
        if (from > cut || until <= cut) continue;
        const found = names.some((name) => again.exists(name) && same(again.readFile(name), data));
        expect(found, `cut at ${cut}: ${names.join(' or ')}`).toBe(true);
      }
    }
  }, 120_000);
});
