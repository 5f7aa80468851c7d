import { defineConfig } from 'vitest/config';

/** The product in Chromium. One file after the other: each has a browser and machines of its own. */
export default defineConfig({
  test: {
    include: ['tests/app/**/*.spec.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
