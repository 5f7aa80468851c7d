import { defineConfig } from 'vitest/config';

/** Unit tests: they stand beside what they test. System and app tests have runners of their own (tests/). */
export default defineConfig({
  test: {
    include: [
      'bench/**/*.test.ts',
      'build/**/*.test.ts',
      'disk-images/**/*.test.ts',
      'electron/**/*.test.ts',
      'emulator/**/*.test.ts',
      'kernel/**/*.test.ts',
      'renderer/**/*.test.ts',
      'tests/conformance/**/*.test.ts',
      'tests/foreign/**/*.test.ts',
      'tests/fuzz/**/*.test.ts',
      'tests/harness/**/*.test.ts',
      'tests/long/**/*.test.ts',
      'tests/system/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // For what hangs, never for what is slow: no test says by its time whether something is fast enough.
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
