/**
 * The long run: CONFORMANCE_CASES cases of each family and mode (default 200,000: over 20 million instructions in all)
 * from a seed that CONFORMANCE_SEED can set; prints how many were run. CONFORMANCE_FAMILY, a regular expression, runs
 * some of them only.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildEmulator } from '../../build/emulator.ts';
import { EmulatedProcessor } from './emulated.ts';
import { groups } from './families.ts';
import { nativeObstacle } from './native.ts';
import { describeFailures, runSession } from './session.ts';

const CASES = Number(process.env['CONFORMANCE_CASES'] ?? 200_000);
const SEED = Number(process.env['CONFORMANCE_SEED'] ?? 1);
const FAMILY = new RegExp(process.env['CONFORMANCE_FAMILY'] ?? '');
const TIMEOUT_MS = 4 * 3600_000;

describe.skipIf(nativeObstacle() !== null)(
  'random instructions, as the real processor runs them (long)',
  () => {
    let emulated: EmulatedProcessor;
    let total = 0;
    beforeAll(async () => {
      await buildEmulator({ built: () => undefined, warn: () => undefined });
      emulated = await EmulatedProcessor.create();
    });
    afterAll(() => {
      console.log(`all families: ${total} instructions`);
    });

    it.each(groups(true).filter(({ name }) => FAMILY.test(name)))(
      '$name',
      (group) => {
        const { cases, instructions, failures } = runSession(emulated, group, SEED, CASES);
        total += instructions;
        console.log(
          `${group.name}: ${instructions} instructions in ${cases} cases, ${failures.length} differences`,
        );
        expect(describeFailures(failures)).toBe('');
      },
      TIMEOUT_MS,
    );
  },
);
