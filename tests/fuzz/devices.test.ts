/** Eight machines with a hostile guest, the same ones each time; ten minutes of others are in devices.long.test.ts. */
import { expect, it } from 'vitest';
import { loadFirmware } from '../../electron/services/firmware.ts';
import { fuzzDevices } from './hostile-guest.ts';

const SEED = 20261122;
const ROUNDS = 8;
/** Two and a half machines: what the heap may be in other pieces. */
const GROWTH_MIB = 100;

it('no access of a guest makes the machine crash, hang or grow', async () => {
  const { rounds, accesses, restored, frames, stops, residentMib } = await fuzzDevices(
    SEED,
    ROUNDS,
    0,
    loadFirmware('bios'),
  );
  const [first, last] = residentMib;
  console.log(
    `${String(rounds)} machines, ${String(accesses)} accesses, ${String(restored)} restored, ${String(frames)} frames`,
    stops,
    residentMib,
  );
  expect(rounds).toBe(ROUNDS);
  expect(restored).toBeGreaterThan(0);
  expect(frames).toBeGreaterThan(0);
  expect(last - first).toBeLessThan(GROWTH_MIB);
}, 240_000);
