/** Ten minutes of damaged disk images, each time with other seeds, which a failure names. */
import { expect, it } from 'vitest';
import { fuzzDrives } from './damaged-drives.ts';
import { fuzzImages } from './damaged-images.ts';
import { soundDrives } from './sound-drives.ts';

const SEED = Date.now() % 1_000_000_000;
const SLICE_MS = 300_000;
const LIMIT_MS = 25 * 60_000;
const LEAST_ROUNDS = 20;
/** What collected machines may leave behind for the garbage collector. */
const GROWTH_MIB = 400;

it(
  'damaged images are read and written, or refused with a reason',
  () => {
    const tally = fuzzImages(SEED, LEAST_ROUNDS, SLICE_MS);
    console.log(tally);
    expect(tally.opened).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

it(
  'machines boot from damaged drives without harm to the host',
  async () => {
    const report = await fuzzDrives(soundDrives(), SEED, LEAST_ROUNDS, SLICE_MS);
    console.log(report);
    const [first, last] = report.residentMib;
    expect(last - first).toBeLessThan(GROWTH_MIB);
  },
  LIMIT_MS,
);
