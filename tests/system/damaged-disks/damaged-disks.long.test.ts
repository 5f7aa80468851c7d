/** Hundreds of damaged volumes, and thousands of damaged programs, in guests: see damaged-disks.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '../../../build/build.ts';
import type { BootOptions, Guest } from '../../harness/guest.ts';
import { systemImage } from '../../harness/image-variant.ts';
import { startQemuGuest } from '../../harness/qemu-guest.ts';
import { waitForPrompt } from '../suite.ts';
import { makeDamagedDisk, makeUserImage, MOST_VOLUMES, useDamagedDisk } from './damaged-disks.ts';

const FIRST_SEED = 1000;
const BOOTS = 8;

let folder = '';
beforeAll(async () => {
  await build(['kernel', 'userland', 'image']);
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-damaged-'));
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What `body` boots is killed at its end. */
async function withGuests(
  body: (boot: (options?: Partial<BootOptions>) => Promise<Guest>) => Promise<void>,
): Promise<void> {
  const guests: Guest[] = [];
  try {
    await body(async (options = {}) => {
      const guest = await startQemuGuest({
        image: systemImage,
        firmware: 'bios',
        memoryMiB: 256,
        discardWrites: true,
        ...options,
      });
      guests.push(guest);
      return guest;
    });
  } finally {
    for (const guest of guests) await guest.kill();
  }
}

it.each(Array.from({ length: BOOTS }, (_, i) => FIRST_SEED + i))(
  `uses ${MOST_VOLUMES} damaged volumes, seed %i`,
  async (seed) => {
    const [disk, image] = [path.join(folder, 'disk'), path.join(folder, 'image')];
    makeDamagedDisk(disk, MOST_VOLUMES, seed);
    makeUserImage(image);
    await withGuests((boot) => useDamagedDisk(boot, image, disk, MOST_VOLUMES));
  },
  3_600_000,
);

it('executes thousands of damaged programs', async () => {
  await withGuests(async (boot) => {
    const guest = await boot();
    await waitForPrompt(guest);
    const { status, output } = await guest.console.run('/tests/c/elf_fuzz 5000', 1_800_000);
    expect(output).toMatch(/TEST_MARKER: \w+ OK/);
    expect(status).toBe(0);
  });
}, 2_000_000);
