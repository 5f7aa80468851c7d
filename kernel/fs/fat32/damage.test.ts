/** Damaged FAT32 volumes, written to: an error, never a trap of the kernel, never an endless loop. Seeded. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compileKernel } from '../../testing/compile.ts';
import { damage, fatRegions } from '../../testing/disk/damage.ts';
import { KernelError, MountedVolume, diskDoubles, diskEntries } from '../../testing/disk/mounted-volume.ts';
import { seeded } from '../../testing/seeded.ts';

const wasm = await compileKernel({
  entries: [...diskEntries, 'fs/fat32/fat32.fixture.ts'],
  replace: diskDoubles,
});
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-fat-damage-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const mount = (disk: Uint8Array): Promise<MountedVolume> =>
  MountedVolume.mount(wasm, 'registerFat32', disk, { type: 'fat32' });

async function makeImage(): Promise<Uint8Array> {
  const file = path.join(folder, 'made.img');
  execFileSync('mkfs.vfat', ['-C', '-F', '32', '-s', '1', file, '2000'], { stdio: 'pipe' });
  const disk = new Uint8Array(readFileSync(file));
  const v = await mount(disk);
  v.mkdir('/dir');
  v.mkdir('/dir/sub');
  for (let i = 0; i < 30; i++) v.writeFile(`/dir/a file number ${i}`, 'x'.repeat(i * 300));
  v.unmount();
  return disk;
}

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
  for (let i = 0; i < 3; i++) attempt(() => v.readFile(`/dir/a file number ${random(30)}`));
  attempt(() => {
    v.unlink(`/dir/a file number ${random(30)}`);
  });
  attempt(() => {
    v.writeFile('/dir/something new', 'z'.repeat(random(20_000)));
  });
  attempt(() => {
    v.mkdir('/dir/sub/made');
  });
  attempt(() => {
    v.rename(`/dir/a file number ${random(30)}`, '/dir/sub/moved away');
  });
  attempt(() => {
    v.with(`/dir/a file number ${random(30)}`, (inode) => {
      v.setSize(inode, random(30_000));
    });
  });
  attempt(() => {
    v.unlink('/dir/sub');
  });
  attempt(() => v.statfs());
  attempt(() => {
    v.sync();
  });
  attempt(() => {
    v.unmount();
  });
}

it('answers damage with errors', async () => {
  const image = await makeImage();
  const random = seeded(17);
  const regions = fatRegions(31);
  let mounted = 0;
  for (let round = 0; round < 600; round++) {
    const disk = image.slice();
    damage(disk, random, regions);
    try {
      const v = await mount(disk);
      mounted++;
      use(v, random);
    } catch (error) {
      if (!(error instanceof KernelError)) throw new Error(`round ${round}`, { cause: error });
    }
  }
  expect(mounted).toBeGreaterThan(200);
}, 240_000);
