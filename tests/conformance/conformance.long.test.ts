/**
 * The long run: CONFORMANCE_CASES cases of each family (default 200,000) from a seed that CONFORMANCE_SEED can set;
 * prints how many were run.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEmulator } from '../../build/emulator.ts';
import { EmulatedProcessor } from './emulated.ts';
import { groups } from './families.ts';
import { nativeObstacle } from './native.ts';
import { describeFailures, runSession } from './session.ts';

const CASES = Number(process.env['CONFORMANCE_CASES'] ?? 200_000);
const SEED = Number(process.env['CONFORMANCE_SEED'] ?? 1);
const TIMEOUT_MS = 4 * 3600_000;

describe.skipIf(nativeObstacle() !== null)(
  'random instructions, as the real processor runs them (long)',
  () => {
    let emulated: EmulatedProcessor;
    beforeAll(async () => {
      await buildEmulator({ built: () => undefined, warn: () => undefined });
      emulated = await EmulatedProcessor.create();
    });

    it.each(groups(true))(
      '$name',
      ({ name, forms }) => {
        const { cases, failures } = runSession(emulated, forms, SEED, CASES);
        console.log(`${name}: ${cases} cases, ${failures.length} differences`);
        expect(describeFailures(failures)).toBe('');
      },
      TIMEOUT_MS,
    );
  },
);
