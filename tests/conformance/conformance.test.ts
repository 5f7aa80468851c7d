/** The emulated processor against the real one: a short seeded run of every instruction family. */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEmulator } from '../../build/emulator.ts';
import { EmulatedProcessor } from './emulated.ts';
import { groups } from './families.ts';
import { nativeObstacle } from './native.ts';
import { describeFailures, runSession } from './session.ts';

const CASES_PER_FAMILY = 1000;
const SEED = 0x5eed;

describe.skipIf(nativeObstacle() !== null)('random instructions, as the real processor runs them', () => {
  let emulated: EmulatedProcessor;
  beforeAll(async () => {
    await buildEmulator({ built: () => undefined, warn: () => undefined });
    emulated = await EmulatedProcessor.create();
  });

  it.each(groups(false))('$name', (group) => {
    const { failures } = runSession(emulated, group, SEED, CASES_PER_FAMILY);
    expect(describeFailures(failures)).toBe('');
  });
});
