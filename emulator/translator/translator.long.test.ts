/** 100 million instructions of random code, the same in the interpreter and in the translator (TRANSLATOR_INSTRUCTIONS). */
import { expect, test } from 'vitest';
import { compareRandom } from './testing/comparison.ts';

const TOTAL = BigInt(process.env['TRANSLATOR_INSTRUCTIONS'] ?? 100_000_000);
const SEED = Number(process.env['TRANSLATOR_SEED'] ?? 1);

for (const mode of ['long', 'protected'] as const) {
  for (const kind of ['loop', 'flow'] as const) {
    test(`random code in ${mode} mode: ${kind}`, { timeout: 3_600_000 }, async () => {
      const result = await compareRandom(kind, mode, SEED, TOTAL / 4n);
      expect(result.instructions).toBeGreaterThanOrEqual(TOTAL / 4n);
    });
  }
}
