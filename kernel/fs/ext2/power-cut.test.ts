/**
 * ext2 and the power cut: a workload of creating, writing, renaming and deleting with fsyncs, its writes recorded, and the
 * disk of many moments of it looked at by e2fsck and mounted again.
 */
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
  entries: [...diskEntries, 'fs/ext2/ext2.fixture.ts'],
  replace: diskDoubles,
});
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-cut-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const imageFile = path.join(folder, 'disk.img');

function makeImage(...options: string[]): Uint8Array {
  rmSync(imageFile, { force: true });
  execFileSync('mke2fs', ['-q', '-F', ...options, imageFile, options.includes('size=4') ? '24M' : '8M'], {
    stdio: 'pipe',
  });
  return new Uint8Array(readFileSync(imageFile));
}

const mount = (disk: Uint8Array): Promise<MountedVolume> =>
  MountedVolume.mount(wasm, 'registerExt2', disk, { type: 'ext2' });

/** What must be true of a name from some event on, until the next change of it is begun. */
interface Kept {
  readonly from: number;
  until: number;
  readonly name: string;
  readonly content: Uint8Array;
}

async function workload(
  disk: Uint8Array,
  seed: number,
  steps: number,
): Promise<{ v: MountedVolume; promises: Kept[] }> {
  const v = await mount(disk);
  const random = seeded(seed);
  const promises: Kept[] = [];
  const content = new Map<string, Uint8Array>();
  const dirs = ['', '/d0', '/d0/d1'];
  for (const dir of dirs.slice(1)) v.mkdir(dir);
  v.sync();
  v.recording = true;
  const breaks = (name: string): void => {
    for (const promise of promises)
      if (promise.name === name && promise.until === Infinity) promise.until = v.events.length;
  };
  const newName = (): string => `${dirs[random(dirs.length)] ?? ''}/f${random(25)}`;
  const anyName = (): string | undefined => [...content.keys()][random(content.size)];
  for (let step = 0; step < steps; step++) {
    const kind = random(10);
    if (kind < 5) {
      const name = newName();
      const data = new Uint8Array(random(3) === 0 ? random(60_000) : random(3000)).fill(65 + random(26));
      breaks(name);
      v.writeFile(name, data);
      content.set(name, data);
      if (random(2) === 0) {
        v.with(name, (inode) => {
          v.fsync(inode);
        });
        promises.push({ from: v.events.length, until: Infinity, name, content: data });
      }
    } else if (kind < 7) {
      const from = anyName();
      if (from === undefined) continue;
      const to = newName();
      if (to === from) continue;
      const data = content.get(from) ?? new Uint8Array();
      breaks(from);
      breaks(to);
      v.rename(from, to);
      content.delete(from);
      content.set(to, data);
      if (random(2) === 0) {
        v.with(to, (inode) => {
          v.fsync(inode);
        });
        promises.push({ from: v.events.length, until: Infinity, name: to, content: data });
      }
    } else if (kind < 8) {
      const name = anyName();
      if (name === undefined) continue;
      breaks(name);
      v.unlink(name);
      content.delete(name);
    } else if (kind < 9) v.kernel.fn('fxWriteBack')();
    else v.sync();
  }
  return { v, promises };
}

async function verify(
  disk: Uint8Array,
  promises: readonly Kept[],
  cut: number,
  fsck: readonly string[],
): Promise<void> {
  writeFileSync(imageFile, disk);
  const repaired = spawnSync('e2fsck', [...fsck, imageFile], { encoding: 'utf8' });
  expect(repaired.status, `cut at ${cut}: ${repaired.stdout}${repaired.stderr}`).toBeLessThanOrEqual(1);
  const clean = spawnSync('e2fsck', ['-fn', imageFile], { encoding: 'utf8' });
  expect(clean.status, `cut at ${cut}: ${clean.stdout}`).toBe(0);
  const v = await mount(new Uint8Array(readFileSync(imageFile)));
  for (const promise of promises) {
    if (promise.from > cut || promise.until <= cut) continue;
    const found = v.readFile(promise.name);
    expect(Buffer.compare(found, promise.content), `cut at ${cut}: ${promise.name}`).toBe(0);
  }
}

describe('a power cut at any moment', () => {
  it.each([
    ['1 KiB blocks', ['-t', 'ext3', '-b', '1024', '-O', '^dir_index'], 11, ['-p']],
    ['4 KiB blocks', ['-t', 'ext3', '-b', '4096', '-I', '256', '-J', 'size=4', '-N', '256'], 12, ['-p']],
    ['no journal, 1 KiB blocks', ['-t', 'ext2', '-b', '1024'], 13, ['-y']],
  ] as const)(
    'loses no file that was fsynced: %s',
    async (_what, options, seed, fsck) => {
      const before = makeImage(...options);
      const { v, promises } = await workload(before.slice(), seed, 120);
      const base = await baseOf(before);
      const random = seeded(seed);
      for (let i = 0; i < 40; i++) {
        const cut = random(v.events.length + 1);
        await verify(
          diskAfterCut(base, v.events, cut, random(4) === 0 ? undefined : random),
          promises,
          cut,
          fsck,
        );
      }
      expect(promises.length).toBeGreaterThan(20);
    },
    120_000,
  );

  /** The disk as workload() finds it when it begins to record. */
  async function baseOf(before: Uint8Array): Promise<Uint8Array> {
    const disk = before.slice();
    await workload(disk, 0, 0);
    return disk;
  }

  it.each([
    ['1 KiB blocks', ['-t', 'ext3', '-b', '1024', '-O', '^dir_index']],
    ['4 KiB blocks', ['-t', 'ext3', '-b', '4096', '-J', 'size=4', '-N', '256']],
  ] as const)(
    'is replayed by the kernel itself: %s',
    async (_what, options) => {
      const before = makeImage(...options);
      const { v, promises } = await workload(before.slice(), 21, 100);
      const base = await baseOf(before);
      const random = seeded(5);
      for (let i = 0; i < 30; i++) {
        const cut = random(v.events.length + 1);
        const disk = diskAfterCut(base, v.events, cut, random);
        const again = await mount(disk);
        for (const promise of promises) {
          if (promise.from > cut || promise.until <= cut) continue;
          expect(
            Buffer.compare(again.readFile(promise.name), promise.content),
            `${cut} ${promise.name}`,
          ).toBe(0);
        }
        again.writeFile('/after', 'the crash');
        again.unmount();
        writeFileSync(imageFile, disk);
        const clean = spawnSync('e2fsck', ['-fn', imageFile], { encoding: 'utf8' });
        expect(clean.status, `cut at ${cut}: ${clean.stdout}`).toBe(0);
      }
    },
    120_000,
  );
});
