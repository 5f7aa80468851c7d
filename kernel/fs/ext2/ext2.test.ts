import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileKernel } from '../../testing/compile.ts';
import { KernelError, MountedVolume, diskDoubles, diskEntries } from '../../testing/disk/mounted-volume.ts';

const wasm = await compileKernel({
  entries: [...diskEntries, 'fs/ext2/ext2.fixture.ts'],
  replace: diskDoubles,
});
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-ext2-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function makeImage(size: string, ...options: string[]): Uint8Array {
  const file = path.join(folder, 'made.img');
  rmSync(file, { force: true });
  execFileSync('mke2fs', ['-q', '-F', ...options, file, size], { stdio: 'pipe' });
  return new Uint8Array(readFileSync(file));
}

function check(disk: Uint8Array): string {
  const file = path.join(folder, 'check.img');
  writeFileSync(file, disk);
  const { status, stdout, stderr } = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8' });
  return status === 0 ? 'clean' : `${status}\n${stdout}${stderr}`;
}

const mount = (disk: Uint8Array, flags = 0): Promise<MountedVolume> =>
  MountedVolume.mount(wasm, 'registerExt2', disk, { type: 'ext2', flags });

function pattern(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const kinds: readonly (readonly [string, readonly string[]])[] = [
  ['1 KiB blocks, 128-byte inodes', ['-t', 'ext2', '-b', '1024', '-I', '128']],
  ['2 KiB blocks', ['-t', 'ext2', '-b', '2048']],
  ['4 KiB blocks', ['-t', 'ext2', '-b', '4096']],
  ['a journal, 1 KiB blocks', ['-t', 'ext3', '-b', '1024', '-O', '^dir_index']],
  ['a journal, 4 KiB blocks', ['-t', 'ext3', '-b', '4096', '-I', '256']],
];

describe.each(kinds)('ext2 with %s', (_what, options) => {
  const image = makeImage('64M', ...options);

  it('makes, writes, reads and removes files and directories', async () => {
    const disk = image.slice();
    let v = await mount(disk);
    const free = v.statfs();
    const big = pattern(3_000_001, 7);
    v.mkdir('/dir');
    v.mkdir('/dir/sub');
    v.writeFile('/hello', 'hello\n');
    v.writeFile('/dir/big', big);
    v.symlink('/short', 'hello');
    v.symlink('/long', 'x'.repeat(200));
    v.put(v.create('/null', 0o020666, 0x103));
    v.put(v.create('/big-device', 0o060660, 0x12345678));
    v.put(v.create('/fifo', 0o010600));
    v.link('/hello', '/dir/hello');
    expect(v.with('/hello', (inode) => v.stat(inode).links)).toBe(2);
    v.unmount();
    expect(check(disk)).toBe('clean');
    v = await mount(disk);
    expect(v.list('/').sort()).toEqual(
      ['lost+found', 'dir', 'hello', 'short', 'long', 'null', 'big-device', 'fifo'].sort(),
    );
    expect(same(v.readFile('/dir/big'), big)).toBe(true);
    expect(Buffer.from(v.readFile('/dir/hello')).toString()).toBe('hello\n');
    expect(v.readLink('/short')).toBe('hello');
    expect(v.readLink('/long')).toBe('x'.repeat(200));
    expect(v.with('/null', (inode) => v.stat(inode).device)).toBe(0x103);
    expect(v.with('/big-device', (inode) => v.stat(inode).device)).toBe(0x12345678);
    for (const name of [
      '/hello',
      '/short',
      '/long',
      '/null',
      '/big-device',
      '/fifo',
      '/dir/hello',
      '/dir/big',
    ])
      v.unlink(name);
    expect(() => {
      v.unlink('/dir');
    }).toThrow(/39/);
    v.unlink('/dir/sub');
    v.unlink('/dir');
    v.sync();
    const after = v.statfs();
    expect(after.free).toBe(free.free);
    expect(after.filesFree).toBe(free.filesFree);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('keeps sparse files, and truncates through all levels of pointers', async () => {
    const disk = image.slice();
    let v = await mount(disk);
    const block = pattern(5000, 3);
    const offsets = [0, 100_000, 5_000_000, 900_000_000, 1_073_741_000 * 3];
    const inode = v.create('/sparse');
    for (const offset of offsets) v.write(inode, offset, block);
    v.put(inode);
    v.unmount();
    expect(check(disk)).toBe('clean');
    v = await mount(disk);
    const again = v.open('/sparse');
    for (const offset of offsets) expect(same(v.read(again, offset, 5000), block)).toBe(true);
    expect(v.read(again, 50_000, 1000).every((byte) => byte === 0)).toBe(true);
    const free = v.statfs().free;
    for (const size of [900_003_000, 5_004_999, 5_000_000, 4_999_999, 100_001, 4097, 1]) {
      v.setSize(again, size);
      v.setSize(again, size + 3000);
      expect(v.read(again, size, 3000).every((byte) => byte === 0)).toBe(true);
      v.setSize(again, size);
      v.fsync(again);
    }
    expect(same(v.read(again, 0, 1), block.subarray(0, 1))).toBe(true);
    expect(v.statfs().free).toBeGreaterThan(free);
    v.put(again);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('renames in all ways', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    v.mkdir('/a');
    v.mkdir('/b');
    v.mkdir('/a/inner');
    v.writeFile('/a/one', '1');
    v.writeFile('/b/two', '2');
    v.rename('/a/one', '/a/uno');
    v.rename('/a/uno', '/b/two');
    expect(Buffer.from(v.readFile('/b/two')).toString()).toBe('1');
    v.rename('/a/inner', '/b/inner');
    expect(v.with('/a', (inode) => v.stat(inode).links)).toBe(2);
    expect(v.with('/b', (inode) => v.stat(inode).links)).toBe(3);
    v.mkdir('/empty');
    v.rename('/b/inner', '/empty');
    expect(v.with('/b', (inode) => v.stat(inode).links)).toBe(2);
    expect(() => {
      v.rename('/a', '/b');
    }).toThrow(/39/);
    v.exchange('/empty', '/b/two');
    expect(v.with('/b', (inode) => v.stat(inode).links)).toBe(3);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('has large directories, listed with small buffers while they change', async () => {
    const disk = image.slice();
    let v = await mount(disk);
    v.mkdir('/many');
    const names = Array.from({ length: 700 }, (_, i) => `file ${i} ${'n'.repeat(i % 200)}`);
    for (const name of names) v.put(v.create(`/many/${name}`));
    expect(v.list('/many', 300).sort()).toEqual([...names].sort());
    for (const [i, name] of names.entries()) if (i % 3 !== 0) v.unlink(`/many/${name}`);
    for (let i = 0; i < 100; i++) v.put(v.create(`/many/again${i}`));
    v.unmount();
    expect(check(disk)).toBe('clean');
    v = await mount(disk);
    const left = names
      .filter((_, i) => i % 3 === 0)
      .concat(Array.from({ length: 100 }, (_, i) => `again${i}`));
    expect(v.list('/many', 290).sort()).toEqual(left.sort());
    v.unmount();
  });

  it('fills up with ENOSPC and empties again', async () => {
    const disk = image.slice();
    const v = await mount(disk);
    const before = v.statfs();
    const data = pattern(1 << 20, 1);
    let written = 0;
    const inode = v.create('/fill');
    expect(() => {
      for (; written < 100; written++) v.write(inode, written << 20, data);
    }).toThrow(/28/);
    v.fsync(inode);
    expect(same(v.read(inode, (written - 1) << 20, 1 << 20), data)).toBe(true);
    v.put(inode);
    v.sync();
    expect(v.statfs().free).toBeLessThan(2000);
    v.unlink('/fill');
    v.sync();
    expect(v.statfs().free).toBe(before.free);
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('finishes at the next mount what was deleted while open', async () => {
    const disk = image.slice();
    let v = await mount(disk);
    const free = v.statfs().free;
    const inodes = ['/x', '/y', '/z'].map((name) => v.create(name));
    for (const inode of inodes) v.write(inode, 0, pattern(50_000, 9));
    const nameless = v.temporary('/');
    v.write(nameless, 0, pattern(50_000, 2));
    for (const inode of [...inodes, nameless]) v.fsync(inode);
    for (const name of ['/x', '/y', '/z']) v.unlink(name);
    v.put(inodes[1] ?? 0);
    v.sync();
    // No unmount: the machine is switched off with files open.
    const crashed = disk.slice();
    v = await mount(crashed);
    expect(v.list('/')).toEqual(['lost+found']);
    v.sync();
    expect(v.statfs().free).toBe(free);
    v.unmount();
    expect(check(crashed)).toBe('clean');
  });

  it('does not write when mounted read-only, and changes between the two', async () => {
    const disk = image.slice();
    const v = await mount(disk, 1);
    v.list('/');
    expect(same(disk, image)).toBe(true);
    v.remount(0);
    v.writeFile('/file', 'x');
    v.sync();
    v.remount(1);
    const before = disk.slice();
    expect(check(disk)).toBe('clean');
    v.unmount();
    expect(same(disk, before)).toBe(true);
  });
});

describe('ext2', () => {
  it('refuses features that it does not know, and writes to none that it must not', async () => {
    await expect(mount(makeImage('16M', '-t', 'ext4'))).rejects.toThrow(KernelError);
    await expect(mount(new Uint8Array(1 << 20))).rejects.toThrow(/22/);
    const v = await mount(makeImage('16M', '-t', 'ext2', '-O', 'uninit_bg'));
    expect(v.kernel.fn('fxReadOnly')()).toBe(1);
  });

  it('keeps nanoseconds and years after 2038 in inodes of 256 bytes', async () => {
    const disk = makeImage('16M', '-t', 'ext2', '-I', '256');
    const time = 4_102_444_800_987_654_321n;
    let v = await mount(disk);
    v.writeFile('/f', 'x');
    v.with('/f', (inode) => v.kernel.fn('fxSetTimes')(inode, -5_000_000_001n, time));
    v.unmount();
    v = await mount(disk);
    v.with('/f', (inode) => {
      expect(v.kernel.fn64('fxStat')(inode, 7)).toBe(time);
      expect(BigInt.asIntN(64, v.kernel.fn64('fxStat')(inode, 8))).toBe(-5_000_000_001n);
    });
    v.unmount();
    expect(check(disk)).toBe('clean');
  });

  it('reads what others wrote, and drops a hash index when it changes the directory', async () => {
    const source = mkdtempSync(path.join(folder, 'source-'));
    for (let i = 0; i < 500; i++) writeFileSync(path.join(source, `a long enough name ${i}`), `${i}`);
    const disk = makeImage('32M', '-t', 'ext2', '-O', 'dir_index', '-b', '1024', '-d', source);
    writeFileSync(path.join(folder, 'indexed.img'), disk);
    spawnSync('e2fsck', ['-fyD', path.join(folder, 'indexed.img')]);
    const indexed = new Uint8Array(readFileSync(path.join(folder, 'indexed.img')));
    const v = await mount(indexed);
    expect(v.list('/').length).toBe(501);
    expect(Buffer.from(v.readFile('/a long enough name 321')).toString()).toBe('321');
    v.unlink('/a long enough name 7');
    v.writeFile('/new', 'new');
    v.unmount();
    expect(check(indexed)).toBe('clean');
  });
});
