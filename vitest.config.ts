import { defineConfig } from 'vitest/config';

/** Unit tests: they stand beside what they test. System and app tests have runners of their own (tests/). */
export default defineConfig({
  test: {
    include: [
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
      'tests/system/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
