/**
 * The long run: CONFORMANCE_CASES cases of each family and mode (default 200,000: over 20 million instructions in all)
 * from a seed that CONFORMANCE_SEED can set. CONFORMANCE_FAMILY, a regular expression, runs some of them only.
 *
 * - Each group says when it is done; a table of all, as in this folder's README, comes at the end and lies in
 *   out/conformance.md, also when groups failed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildEmulator } from '../../build/emulator.ts';
import { EmulatedProcessor } from './emulated.ts';
import { groups } from './families.ts';
import { describeCounts, type GroupCount } from './counts.ts';
import { nativeObstacle } from './native.ts';
import { describeFailures, runSession } from './session.ts';

const CASES = Number(process.env['CONFORMANCE_CASES'] ?? 200_000);
const SEED = Number(process.env['CONFORMANCE_SEED'] ?? 1);
const FAMILY = new RegExp(process.env['CONFORMANCE_FAMILY'] ?? '');
const RECORD = path.resolve(import.meta.dirname, '../../out/conformance.md');
/** Of a run in full. */
const LEAST_INSTRUCTIONS = 20_000_000;
const FULL_CASES = 200_000;
const TIMEOUT_MS = 4 * 3600_000;

describe.skipIf(nativeObstacle() !== null)(
  'random instructions, as the real processor runs them (long)',
  () => {
    let emulated: EmulatedProcessor;
    const counts: GroupCount[] = [];
    beforeAll(async () => {
      await buildEmulator({ built: () => undefined, warn: () => undefined });
      emulated = await EmulatedProcessor.create();
    });
    afterAll(() => {
      const record = describeCounts(counts, SEED);
      mkdirSync(path.dirname(RECORD), { recursive: true });
      writeFileSync(RECORD, record);
      console.log(record);
    });

    it.each(groups(true).filter(({ name }) => FAMILY.test(name)))(
      '$name',
      (group) => {
        const started = performance.now();
        const { cases, instructions, failures } = runSession(emulated, group, SEED, CASES);
        const seconds = Math.round((performance.now() - started) / 1000);
        counts.push({ family: group.family, mode: group.mode, instructions, differences: failures.length });
        console.log(
          `${group.name}: ${instructions} instructions in ${cases} cases, ${failures.length} differences, ${seconds} s`,
        );
        expect(describeFailures(failures)).toBe('');
      },
      TIMEOUT_MS,
    );

    it.runIf(CASES >= FULL_CASES && FAMILY.source === '(?:)')('are twenty million in all', () => {
      const total = counts.reduce((sum, { instructions }) => sum + instructions, 0);
      expect(total).toBeGreaterThanOrEqual(LEAST_INSTRUCTIONS);
    });
  },
);
