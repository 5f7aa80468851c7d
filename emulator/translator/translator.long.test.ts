/** 100 million instructions of random code, the same in the interpreter and in the translator (TRANSLATOR_INSTRUCTIONS). */
import { expect, test } from 'vitest';
import { compareRandom } from './testing/comparison.ts';
import { CODE_MODES, FLOW_MODES } from './testing/random-code.ts';

const TOTAL = BigInt(process.env['TRANSLATOR_INSTRUCTIONS'] ?? 100_000_000);
const SEED = Number(process.env['TRANSLATOR_SEED'] ?? 1);

const RUNS = [
  ...CODE_MODES.map((mode) => ({ mode, kind: 'loop' as const })),
  ...FLOW_MODES.map((mode) => ({ mode, kind: 'flow' as const })),
];
const EACH = TOTAL / BigInt(RUNS.length);

for (const { mode, kind } of RUNS) {
  test(`random code in ${mode} mode: ${kind}`, { timeout: 3_600_000 }, async () => {
    const result = await compareRandom(kind, mode, SEED, EACH);
    expect(result.instructions).toBeGreaterThanOrEqual(EACH);
  });
}
