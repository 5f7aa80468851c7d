/** Ten minutes of a hostile guest, each time with other seeds, which a failure names. */
import { expect, it } from 'vitest';
import { loadFirmware } from '../../electron/services/firmware.ts';
import { fuzzDevices } from './hostile-guest.ts';

const SEED = Date.now() % 1_000_000_000;
const LEAST_ROUNDS = 20;
const SLICE_MS = 600_000;
/** What collected machines may leave behind for the garbage collector. */
const GROWTH_MIB = 400;

it(
  'no access of a guest makes the machine crash, hang or grow',
  async () => {
    const { rounds, accesses, restored, frames, stops, residentMib } = await fuzzDevices(
      SEED,
      LEAST_ROUNDS,
      SLICE_MS,
      loadFirmware('bios'),
    );
    const [first, last] = residentMib;
    console.log(
      `${String(rounds)} machines, ${String(accesses)} accesses, ${String(restored)} restored, ${String(frames)} frames`,
      stops,
      residentMib,
    );
    expect(rounds).toBeGreaterThan(5);
    expect(restored).toBeGreaterThan(0);
    expect(frames).toBeGreaterThan(0);
    expect(last - first).toBeLessThan(GROWTH_MIB);
  },
  25 * 60_000,
);
