/** A short part of images.long.test.ts, the same seeds each time. */
import { expect, it } from 'vitest';
import { fuzzDrives } from './damaged-drives.ts';
import { fuzzImages } from './damaged-images.ts';
import { soundDrives } from './sound-drives.ts';

const SEED = 20261122;
const IMAGES = 60;
const MACHINES = 2;

it('damaged images are read and written, or refused with a reason', () => {
  const tally = fuzzImages(SEED, IMAGES, 0);
  console.log(tally);
  expect(tally.rounds).toBe(IMAGES);
  // Damage that nothing notices, or that nothing survives, would prove little.
  for (const count of [tally.opened, tally.refused, tally.errors, tally.written])
    expect(count).toBeGreaterThan(10);
}, 240_000);

it('machines boot from damaged drives without harm to the host', async () => {
  const report = await fuzzDrives(soundDrives(), SEED, MACHINES, 0);
  console.log(report);
  expect(report.rounds).toBe(MACHINES);
  expect(report.instructions).toBeGreaterThan(1_000_000n);
}, 240_000);
