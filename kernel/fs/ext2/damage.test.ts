/** Damaged ext2 images: an error, never a trap of the kernel, never an endless loop. Seeded: a failure comes again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileKernel } from '../../testing/compile.ts';
import { KernelError, MountedVolume, diskDoubles, diskEntries } from '../../testing/disk/mounted-volume.ts';
import { seeded } from '../../testing/disk/power-cut.ts';

const wasm = await compileKernel({
  entries: [...diskEntries, 'fs/ext2/ext2.fixture.ts'],
  replace: diskDoubles,
});
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-damage-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function makeImage(...options: string[]): Uint8Array {
  const source = mkdtempSync(path.join(folder, 'source-'));
  execFileSync('mkdir', ['-p', path.join(source, 'dir/sub')]);
  for (let i = 0; i < 40; i++) writeFileSync(path.join(source, 'dir', `file ${i}`), 'x'.repeat(i * 700));
  execFileSync('ln', ['-s', 'y'.repeat(100), path.join(source, 'link')]);
  const file = path.join(folder, 'made.img');
  rmSync(file, { force: true });
  execFileSync('mke2fs', ['-q', '-F', '-d', source, ...options, file, '3M'], { stdio: 'pipe' });
  return new Uint8Array(readFileSync(file));
}

/** Does a bit of everything; errors are what is expected. */
function use(v: MountedVolume, random: (limit: number) => number): void {
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
  };
  attempt(() => v.list('/'));
  attempt(() => v.list('/dir'));
  attempt(() => v.readLink('/link'));
  for (let i = 0; i < 4; i++) attempt(() => v.readFile(`/dir/file ${random(40)}`));
  attempt(() => v.unlink(`/dir/file ${random(40)}`));
  attempt(() => {
    v.writeFile('/dir/new', 'z'.repeat(random(30_000)));
  });
  attempt(() => {
    v.mkdir('/dir/made');
  });
  attempt(() => {
    v.rename(`/dir/file ${random(40)}`, '/moved');
  });
  attempt(() => v.unlink('/dir/sub'));
  attempt(() => v.statfs());
  attempt(() => {
    v.sync();
  });
  attempt(() => {
    v.unmount();
  });
}

/** Where a byte hurts: super block, descriptors, bitmaps, inode table, directories; and anywhere. */
function damage(disk: Uint8Array, random: (limit: number) => number): void {
  const regions: readonly (readonly [number, number])[] = [
    [1024, 300],
    [2048, 128],
    [2048, 20_000],
    [0, 400_000],
    [0, disk.length],
  ];
  const count = 1 + random(12);
  for (let i = 0; i < count; i++) {
    const [start, length] = regions[random(regions.length)] ?? [0, 1];
    const at = start + random(Math.min(length, disk.length - start));
    const kind = random(4);
    if (kind === 0) disk[at] = random(256);
    else if (kind === 1) disk[at] = (disk[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) disk.fill(random(2) * 255, at & ~3, (at & ~3) + 4);
    else new DataView(disk.buffer).setUint32(Math.min(at & ~3, disk.length - 4), random(4000), true);
  }
}

describe('damaged ext2', () => {
  it.each([
    ['1 KiB blocks', ['-t', 'ext2', '-b', '1024'], 1],
    ['4 KiB blocks', ['-t', 'ext2', '-b', '4096'], 2],
    ['a journal', ['-t', 'ext3', '-b', '1024', '-J', 'size=1'], 3],
  ] as const)(
    'gives errors: %s',
    async (_what, options, seed) => {
      const image = makeImage(...options);
      const random = seeded(seed);
      let mounted = 0;
      for (let round = 0; round < 300; round++) {
        const disk = image.slice();
        damage(disk, random);
        try {
          const v = await MountedVolume.mount(wasm, 'registerExt2', disk, { type: 'ext2' });
          mounted++;
          use(v, random);
        } catch (error) {
          if (!(error instanceof KernelError)) throw new Error(`round ${round}`, { cause: error });
        }
      }
      expect(mounted).toBeGreaterThan(50);
    },
    240_000,
  );
});
