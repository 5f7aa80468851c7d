import { defineConfig } from 'vitest/config';

/** The product in Chromium. One file after the other: each has a browser and machines of its own. */
export default defineConfig({
  test: {
    include: ['tests/app/**/*.spec.ts'],
    pool: 'forks',
    fileParallelism: false,
    // Ends what hangs outside of all waits, which have a limit of their own (HANG_MS).
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
