/** Damaged ext2 images: an error, never a trap of the kernel, never an endless loop. Seeded: a failure comes again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileKernel } from '../../testing/compile.ts';
import { damage, EXT2_REGIONS } from '../../testing/disk/damage.ts';
import { KernelError, MountedVolume, diskDoubles, diskEntries } from '../../testing/disk/mounted-volume.ts';
import { seeded } from '../../testing/seeded.ts';

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
        damage(disk, random, EXT2_REGIONS);
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
